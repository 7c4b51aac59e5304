/** One connection of a Beat: its frames in order, and its acknowledgements. */
import { promisify } from 'node:util'
import type { Records } from '../../record/column.ts'
import { makeRecords } from '../../record/lines-split.ts'
import { NO_RECORDS } from '../../record/records.ts'
import type { IncomingRecords } from '../network/incoming.ts'
import type { Peer, PeerReader } from '../network/peers.ts'
import type { PacedWarnings } from '../network/warnings.ts'
import type { LongestLine } from '../source.ts'
import { type Frame, LumberjackFrames } from './frames.ts'

/** Unpacked bytes that are cut at once: frames can have 6 bytes, and each is an object. */
const STEP_BYTES = 64 << 10
const ACK_BYTES = 6

/** What all peers of a source share. */
export type BeatsShared = {
  readonly incoming: IncomingRecords
  readonly warnings: PacedWarnings
  readonly longest: LongestLine
  /** The most bytes of a packed frame, packed and unpacked. */
  readonly maxBatch: number
  /** The most bytes of frames that are not whole, or not unpacked yet. */
  readonly inFlight: number
  /** How many such bytes there are. */
  held: number
  /** Frames are unpacked one after the other, so that only one takes memory. */
  unpacking: Promise<void>
  isStopped(): boolean
}

/** Reads the frames of one peer, adds its events and acknowledges them. */
export class BeatsPeer implements PeerReader {
  readonly #peer: Peer
  readonly #shared: BeatsShared
  readonly #left: () => void
  readonly #frames: LumberjackFrames
  /** Events of the window that are still to come. */
  #window = 0
  /** Acknowledgements that wait for events to be durable. */
  #pending = 0
  /** The frames that are being worked on; undefined: none is. */
  #work: Promise<void> | undefined
  #packedBytes = 0
  #isClosed = false

  constructor(peer: Peer, shared: BeatsShared, left: () => void) {
    this.#peer = peer
    this.#shared = shared
    this.#left = left
    this.#frames = new LumberjackFrames({ event: shared.longest.bytes, packed: shared.maxBatch })
  }

  /** Whether the peer waits for an acknowledgement. */
  get waits(): boolean {
    return this.#pending > 0 || this.#work !== undefined
  }

  /** Tells a peer that waits that it is not forgotten. */
  keepAlive(): void {
    if (this.waits && !this.#isClosed) this.#peer.send(ack(0))
  }

  data(chunk: Uint8Array): boolean {
    const before = this.#frames.kept
    const frames = this.#frames.add(chunk)
    const packed = frames.reduce((sum, frame) => sum + (frame.kind === 'packed' ? frame.zlib.length : 0), 0)
    this.#packedBytes += packed
    this.#shared.held += this.#frames.kept - before + packed
    if (this.#shared.held > this.#shared.inFlight) {
      this.#refuse('what Beats have begun to send takes more memory than in_flight allows: it may try again')
      return false
    }
    this.#take(frames)
    return frames.length > 0
  }

  async end(): Promise<void> {
    await this.#work
    await this.#shared.incoming.allDurable()
  }

  isPartial(): boolean {
    return this.#frames.isPartial
  }

  closed(): void {
    this.#giveBack()
    this.#left()
  }

  /** Takes frames up to the first packed one; that and the others wait for it, and the socket too. */
  #take(frames: readonly Frame[]): void {
    const packed = frames.findIndex(({ kind }) => kind === 'packed')
    this.#takeEvents(packed < 0 ? frames : frames.slice(0, packed))
    if (packed < 0) return
    this.#peer.hold(true)
    this.#work = this.#takePacked(frames.slice(packed)).finally(() => {
      this.#work = undefined
      this.#peer.hold(false)
    })
  }

  async #takePacked(frames: readonly Frame[]): Promise<void> {
    for (const frame of frames) {
      if (frame.kind !== 'packed') this.#takeEvents([frame])
      else {
        const unpacked = this.#shared.unpacking.then(() => this.#unpack(frame.zlib))
        this.#shared.unpacking = unpacked
        await unpacked
      }
    }
  }

  /** Takes the events in a packed frame. Never rejects. */
  async #unpack(zlib: Uint8Array): Promise<void> {
    await this.#shared.incoming.whenRoom()
    if (this.#isDone()) return
    const { maxBatch, longest } = this.#shared
    let bytes: Uint8Array
    try {
      const { inflate } = process.getBuiltinModule('node:zlib')
      bytes = await promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflate)(zlib, {
        maxOutputLength: maxBatch,
      })
    } catch (error) {
      const isLong = (error as { readonly code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
      this.#refuse(isLong ? 'a packed frame unpacks to more than max_batch' : 'a packed frame is damaged')
      return
    }
    this.#shared.held -= this.#isClosed ? 0 : zlib.length
    this.#packedBytes -= this.#isClosed ? 0 : zlib.length
    const inside = new LumberjackFrames({ event: longest.bytes, packed: 0 })
    for (let at = 0; at < bytes.length && !this.#isDone(); at += STEP_BYTES) {
      await this.#shared.incoming.whenRoom()
      this.#takeEvents(inside.add(bytes.subarray(at, at + STEP_BYTES)))
    }
    if (inside.isPartial) this.#refuse('a packed frame ends within a frame')
  }

  /** Adds the events among the frames, and acknowledges the last once all are durable. */
  #takeEvents(frames: readonly Frame[]): void {
    const events: Uint8Array[] = []
    let last: number | undefined
    for (const frame of frames) {
      if (this.#isDone()) break
      if (frame.kind === 'window') this.#window = frame.count
      else if (frame.kind === 'bad') this.#refuse(frame.why)
      else if (frame.kind !== 'packed') {
        if (this.#window === 0) {
          this.#refuse('it sent an event without a window, or more than its window has')
          break
        }
        this.#window--
        last = frame.sequence
        if (frame.kind === 'event') events.push(frame.json)
        else this.#warnOfLong(frame.length)
      }
    }
    if (last === undefined) return
    const sequence = last
    this.#pending++
    this.#shared.incoming.add(recordsOf(events), () => {
      this.#pending--
      this.#peer.send(ack(sequence))
    })
  }

  #warnOfLong(length: number): void {
    const { warnings, longest } = this.#shared
    warnings.say('long', `an event of ${length} bytes from ${this.#peer.name} is left out: it is ${longest.tooLong}`)
  }

  #isDone(): boolean {
    return this.#isClosed || this.#shared.isStopped()
  }

  #refuse(why: string): void {
    this.#peer.refuse(why)
    this.#giveBack()
  }

  /** Gives back its share of the memory; nothing more is taken from it. */
  #giveBack(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#shared.held -= this.#frames.kept + this.#packedBytes
  }
}

/** The events as records: all lie in one buffer. */
function recordsOf(events: readonly Uint8Array[]): Records {
  const [first] = events
  if (first === undefined) return NO_RECORDS
  const records = makeRecords(events.length)
  records.bytes = new Uint8Array(first.buffer)
  for (const { byteOffset, length } of events) {
    records.start[records.count] = byteOffset
    records.end[records.count++] = byteOffset + length
  }
  return records
}

function ack(sequence: number): Uint8Array {
  const bytes = Buffer.alloc(ACK_BYTES)
  bytes.write('2A', 'latin1')
  bytes.writeUInt32BE(sequence, 2)
  return bytes
}
