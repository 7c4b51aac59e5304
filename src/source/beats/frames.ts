/**
 * Cuts the bytes of a connection into the frames of Lumberjack v2, which Filebeat's and other Beats' `output.logstash` speaks. Numbers
 * are unsigned, 32 bits, big-endian (PROTOCOL.md of logstash-input-beats; the version is the digit 2):
 *
 *     2 W count                     a window: this many events follow before the sender waits for an answer
 *     2 J sequence length JSON      an event
 *     2 C length zlib               events in frames of their own, packed
 *     2 A sequence                  the answer: all events of the window up to this one are kept
 *
 * Frames of version 1 (`1 W`, `1 D`), which logstash-forwarder sent, have no JSON and are not taken. A frame that is longer than
 * allowed is never gathered: a longer event is skipped and reported, and a longer pack ends the reading.
 */
import { Unread } from '../network/unread.ts'

export type Frame =
  | { readonly kind: 'window'; readonly count: number }
  /** An event: bytes that are valid until the next call of `add`. */
  | { readonly kind: 'event'; readonly sequence: number; readonly json: Uint8Array }
  /** An event that is left out, as it is too long. */
  | { readonly kind: 'long'; readonly sequence: number; readonly length: number }
  /** A copy. */
  | { readonly kind: 'packed'; readonly zlib: Uint8Array }
  /** Nothing behind it can be read. */
  | { readonly kind: 'bad'; readonly why: string }

export type FrameLimits = {
  /** The most bytes of an event. */
  readonly event: number
  /** The most bytes of a packed frame, which are packed; 0 inside of one, where none may be. */
  readonly packed: number
}

const VERSION = 0x32
const VERSION_1 = 0x31
const WINDOW = 0x57
const JSON_EVENT = 0x4a
const PACKED = 0x43
const DATA = 0x44
const NUMBER = 4

/** Cuts one connection, or the inside of a packed frame. */
export class LumberjackFrames {
  readonly #limits: FrameLimits
  readonly #unread = new Unread()
  #skip = 0
  #isBad = false

  constructor(limits: FrameLimits) {
    this.#limits = limits
  }

  /** How many bytes of a frame that is not whole are kept. */
  get kept(): number {
    return this.#unread.length
  }

  /** Whether a frame has begun that is not whole. */
  get isPartial(): boolean {
    return this.kept > 0 || this.#skip > 0
  }

  /** The frames that end in this chunk. */
  add(chunk: Uint8Array): readonly Frame[] {
    if (this.#isBad) return []
    const bytes = this.#unread.with(chunk)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const frames: Frame[] = []
    let at = this.#skipped(bytes.length)
    for (let next = this.#frame(view, at, frames); next > at; next = this.#frame(view, at, frames)) at = next
    if (this.#isBad) this.#unread.clear()
    else this.#unread.keep(bytes, at)
    return frames
  }

  #skipped(length: number): number {
    const skipped = Math.min(this.#skip, length)
    this.#skip -= skipped
    return skipped
  }

  /** Reads the frame at `at`; gives the place behind it, or `at` where it is not whole. */
  #frame(view: DataView, at: number, frames: Frame[]): number {
    const left = view.byteLength - at
    if (left < 1 || this.#isBad) return at
    const version = view.getUint8(at)
    if (version !== VERSION) return this.#bad(at, frames, version === VERSION_1 ? V1 : OTHER)
    if (left < 2) return at
    const type = view.getUint8(at + 1)
    const head = at + 2
    switch (type) {
      case WINDOW:
        if (left < 2 + NUMBER) return at
        frames.push({ kind: 'window', count: view.getUint32(head) })
        return head + NUMBER
      case JSON_EVENT:
        return left < 2 + 2 * NUMBER ? at : this.#event(view, at, frames)
      case PACKED:
        return left < 2 + NUMBER ? at : this.#packed(view, at, frames)
      case DATA:
        return this.#bad(at, frames, V1)
      default:
        return this.#bad(at, frames, OTHER)
    }
  }

  #event(view: DataView, at: number, frames: Frame[]): number {
    const sequence = view.getUint32(at + 2)
    const length = view.getUint32(at + 2 + NUMBER)
    const from = at + 2 + 2 * NUMBER
    if (length > this.#limits.event) {
      frames.push({ kind: 'long', sequence, length })
      const here = Math.min(length, view.byteLength - from)
      this.#skip = length - here
      return from + here
    }
    if (from + length > view.byteLength) return at
    frames.push({ kind: 'event', sequence, json: part(view, from, length) })
    return from + length
  }

  #packed(view: DataView, at: number, frames: Frame[]): number {
    const length = view.getUint32(at + 2)
    const from = at + 2 + NUMBER
    if (this.#limits.packed === 0) return this.#bad(at, frames, 'a packed frame has another one in it')
    if (length > this.#limits.packed) {
      return this.#bad(at, frames, `a packed frame of ${length} bytes is longer than max_batch allows`)
    }
    if (from + length > view.byteLength) return at
    frames.push({ kind: 'packed', zlib: part(view, from, length).slice() })
    return from + length
  }

  #bad(at: number, frames: Frame[], why: string): number {
    this.#isBad = true
    frames.push({ kind: 'bad', why })
    return at
  }
}

const V1 = 'it speaks version 1 of Lumberjack, as logstash-forwarder did; Filebeat speaks version 2'
const OTHER = 'it sent bytes that are no frame of Lumberjack, the protocol of output.logstash'

const part = (view: DataView, from: number, length: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + from, length)
