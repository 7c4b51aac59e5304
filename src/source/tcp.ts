/**
 * Takes lines over TCP from any peer that connects: netcat, rsyslog, `tailrace replay`. Nothing is acknowledged to the
 * sender, so a line is safe only once it is published. Lines that were read are delivered, but none is asked for again.
 *
 * A run to the end of its input ends when all peers have disconnected and at least one line came.
 *
 * Lines of one connection stay whole and in order. Lines that come while a batch is being delivered make up the next batches;
 * when these have `QUEUE_BYTES`, no socket is read until one is delivered.
 *
 * Where `max_connections` are open, a new peer takes the place of the one that has been silent longest, if that is longer than
 * `SILENT_MS`: peers that are gone, or that only hold their connection, do not keep everybody out.
 */
import { addAbortListener } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import * as z from 'zod'
import { Failure } from '../base/failure.ts'
import { shortForm } from '../base/options.ts'
import { byteSize } from '../base/unit-options.ts'
import { roundSpan } from '../base/units.ts'
import { hasMark, MARK_BYTES } from '../bytes/mark.ts'
import type { Records } from '../record/column.ts'
import { LineCutter } from '../record/line-cutter.ts'
import { makeRecords } from '../record/lines-split.ts'
import { linesWithin } from '../record/lines-within.ts'
import { joinEach, type OtherNames } from '../record/spans.ts'
import { foreignProtocol, LONGEST_HEAD, otherKind } from './foreign-protocol.ts'
import { namesFailure } from './other-names.ts'
import { type ReadBuffer, type ReadBufferPool, readBufferPool } from './read-buffer.ts'
import {
  type Deliver,
  defineSource,
  fitting,
  type LongestLine,
  longestLine,
  type Source,
  type SourceContext,
  type SourceType,
} from './source.ts'
import { type Address, listen, listenAddress, whyNotListening } from './tcp-listen.ts'

const BUFFER_BYTES = 1 << 20
const QUEUE_BYTES = 4 << 20
const NOTHING = new Uint8Array(0)
const NEWLINE = new Uint8Array([10])
/** After this silence, the system asks a peer whether it is still there. */
const KEEPALIVE_MS = 60_000
const SILENT_MS = 5 * 60_000

type Options = { readonly listen: Address; readonly max_connections: number; readonly max_line: number }

type Peer = {
  readonly name: string
  readonly cutter: LineCutter
  /** When its last bytes came, by `Clock.elapsed`. */
  heardAt: number
  /** Its first bytes, as long as they may be of another protocol; then undefined. */
  head: Uint8Array | undefined
}

/** Whole lines of several connections, copied as they come, so that the memory of the sockets is free again. */
type Gathered = {
  readonly buffer: ReadBuffer
  length: number
  readonly pieces: { readonly end: number; readonly peer: string }[]
}

export const tcp: SourceType = defineSource<Options>({
  name: 'tcp',
  summary: 'Takes lines over TCP: listens on 127.0.0.1 unless told otherwise.',
  replayable: false,
  options: shortForm(
    'listen',
    z.strictObject({
      listen: listenAddress,
      max_connections: z.int().min(1).prefault(256),
      max_line: byteSize.prefault('1MiB'),
    }),
  ),
  lookAhead: ({ listen: address }) => whyNotListening(address),
  async open(options, context) {
    const server = createServer()
    const { address, isPublic } = await listen(server, options.listen, `source ${context.name}`)
    if (isPublic) context.warn(`${address} takes lines from everyone who can reach this machine`)
    return new TcpSource(server, `tcp ${address}`, options, context)
  },
})

class TcpSource implements Source {
  readonly describe: string
  readonly #server: Server
  readonly #context: SourceContext
  readonly #sockets = new Map<Socket, Peer>()
  readonly #maxConnections: number
  #isFull = false
  readonly #longestLine: LongestLine
  readonly #bufferBytes: number
  readonly #buffers: ReadBufferPool
  #queue: Gathered[] = []
  #queuedBytes = 0
  #line: number
  #hasLines = false
  #hasNuls = false
  /** Whether no peer can connect any more. */
  #closed = false
  #wake: () => void = () => {}
  #isDelivering = false
  readonly atRest: () => boolean = () => !this.#isDelivering && this.#queue.length === 0

  constructor(server: Server, describe: string, options: Options, context: SourceContext) {
    this.describe = describe
    this.#server = server
    this.#context = context
    this.#longestLine = longestLine(options.max_line, context)
    this.#bufferBytes = fitting(BUFFER_BYTES, context)
    this.#buffers = readBufferPool(this.#bufferBytes)
    this.#line = typeof context.place?.line === 'number' ? context.place.line : 0
    this.#maxConnections = options.max_connections
    server.on('connection', (socket) => this.#connected(socket))
  }

  async run(deliver: Deliver): Promise<void> {
    using _ = addAbortListener(this.#context.signal, () => this.#stop())
    for (;;) {
      const lines = this.#takeQueue()
      this.#isDelivering = lines !== undefined
      if (lines !== undefined) {
        this.#line += lines.count
        if (lines.count > 0) await deliver(lines, { line: this.#line })
        else lines.lease?.release()
      } else if (this.#closed && this.#sockets.size === 0) return
      else {
        await new Promise<void>((wake) => (this.#wake = wake))
        // Lines that can be read in the same turn of the event loop join the batch.
        await setImmediate()
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
  }

  #connected(socket: Socket): void {
    if (this.#sockets.size >= this.#maxConnections && !this.#makeRoom()) {
      if (!this.#isFull)
        this.#context.warn(`a connection was refused: ${this.#maxConnections} are open (max_connections)`)
      this.#isFull = true
      socket.destroy()
      return
    }
    this.#isFull = false
    const name = `${socket.remoteAddress}:${socket.remotePort}`
    let long = 0
    const leaveOut = () => {
      if (long++ === 0) this.#warnTooLong(name)
    }
    let isRefused = false
    const names = (found: OtherNames) => {
      isRefused = true
      throw namesFailure('it', found)
    }
    const cutter = new LineCutter(this.#longestLine.bytes, { tooLong: leaveOut, names }, 0, this.#context.form)
    const peer: Peer = { name, cutter, heardAt: this.#context.clock.elapsed(), head: NOTHING }
    this.#sockets.set(socket, peer)
    socket.setKeepAlive(true, KEEPALIVE_MS)
    socket.on('data', (piece: Buffer) => {
      peer.heardAt = this.#context.clock.elapsed()
      const isStart = peer.head?.length === 0
      if (peer.head !== undefined && !this.#isOfLines(socket, peer, piece)) return
      const text = isStart && hasMark(piece) ? piece.subarray(MARK_BYTES) : piece
      this.#addOrRefuse(() => cutter.addApart(text), socket, name)
    })
    socket.on('end', () => {
      // The peer has sent all, so its last bytes are a line, with or without a line end.
      this.#addOrRefuse(
        () => {
          const rest = cutter.rest()
          return [rest, rest.length > 0 ? NEWLINE : NOTHING]
        },
        socket,
        name,
      )
    })
    socket.on('error', (error) => this.#context.warn(`the connection from ${name} broke: ${error.message}`))
    socket.on('close', () => {
      this.#sockets.delete(socket)
      if (!isRefused) this.#add([cutter.wholeRest(), NOTHING], name)
      if (!isRefused && cutter.kept > 0)
        this.#context.warn(`${cutter.kept} bytes of a line that ${name} had not ended are left out`)
      // A peer that only tests whether the port is open does not end the run.
      if (this.#context.untilEnd && this.#hasLines && this.#sockets.size === 0) this.#closeServer()
      this.#wake()
    })
  }

  /** Closes the connection that has been silent longest, if it was silent for long enough. */
  #makeRoom(): boolean {
    const [socket, peer] = [...this.#sockets].reduce((a, b) => (b[1].heardAt < a[1].heardAt ? b : a))
    const silent = this.#context.clock.elapsed() - peer.heardAt
    if (silent < SILENT_MS) return false
    const limit = `${this.#maxConnections} are open (max_connections)`
    this.#context.warn(
      `the connection from ${peer.name}, silent for ${roundSpan(silent)}, was closed for a new one: ${limit}`,
    )
    this.#sockets.delete(socket)
    socket.destroy()
    return true
  }

  /** Looks at the first line of a peer. One that speaks another protocol is not read, and its connection is closed. */
  #isOfLines(socket: Socket, peer: Peer, piece: Uint8Array): boolean {
    const head = Buffer.concat([peer.head ?? NOTHING, piece])
    const foreign = foreignProtocol(head) ?? otherKind(head)
    peer.head = head.includes(NEWLINE[0] as number) || head.length > LONGEST_HEAD ? undefined : head
    if (foreign === undefined) return true
    this.#context.warn(`the connection from ${peer.name} was closed: it sent ${foreign}, and this port takes lines`)
    socket.destroy()
    return false
  }

  /** Adds whole lines of one peer, and closes its connection where these begin with names of other columns. */
  #addOrRefuse(cut: () => readonly [Uint8Array, Uint8Array], socket: Socket, peer: string): void {
    let pieces: readonly [Uint8Array, Uint8Array]
    try {
      pieces = cut()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#context.warn(`the connection from ${peer} was closed, as ${error.message}`)
      socket.destroy()
      return
    }
    this.#add(pieces, peer)
  }

  /** Adds whole lines of one peer, in two pieces: a line may begin in the first and end in the second. */
  #add([head, tail]: readonly [Uint8Array, Uint8Array], peer: string): void {
    const length = head.length + tail.length
    if (length === 0) return
    this.#hasLines = true
    let last = this.#queue.at(-1)
    if (last === undefined || last.buffer.bytes.length - last.length < length) {
      last = { buffer: this.#buffers.take(Math.max(this.#bufferBytes, length)), length: 0, pieces: [] }
      this.#queue.push(last)
    }
    last.buffer.bytes.set(head, last.length)
    last.buffer.bytes.set(tail, last.length + head.length)
    last.length += length
    last.pieces.push({ end: last.length, peer })
    this.#queuedBytes += length
    if (this.#queuedBytes >= QUEUE_BYTES) for (const socket of this.#sockets.keys()) socket.pause()
    this.#wake()
  }

  /** The lines that have waited longest; undefined where none wait. */
  #takeQueue(): Records | undefined {
    const gathered = this.#queue.shift()
    if (gathered === undefined) return undefined
    const { buffer, length, pieces } = gathered
    this.#queuedBytes -= length
    if (this.#queuedBytes < QUEUE_BYTES) for (const socket of this.#sockets.keys()) socket.resume()
    const tooLong = (position: number) =>
      this.#warnTooLong(pieces.find(({ end }) => end > position)?.peer ?? 'somebody')
    const hole = () => {
      if (!this.#hasNuls) this.#context.warn('NULs that peers send before a line are left out: they are not text')
      this.#hasNuls = true
    }
    const limit = { limit: this.#longestLine.bytes, tooLong, hole, position: 0 }
    const bytes = buffer.bytes.subarray(0, length)
    const isSmall = length < this.#bufferBytes / 4
    const lines = isSmall
      ? linesWithin(bytes.slice(), limit, makeRecords((length >> 6) + 1))
      : linesWithin(bytes, limit, buffer.lines)
    // A slow reader would hold a whole buffer for a few lines.
    if (isSmall) buffer.lines.lease?.release()
    const join = this.#context.form?.join
    if (join === undefined) return lines
    const ends = pieces.map(({ end }) => end)
    return joinEach(lines, ends, join, this.#longestLine.bytes)
  }

  /** Reads nothing more; queued lines are still delivered. */
  #stop(): void {
    this.#closeServer()
    for (const socket of this.#sockets.keys()) socket.destroy()
    this.#wake()
  }

  #closeServer(): void {
    this.#closed = true
    this.#server.close()
  }

  #warnTooLong(peer: string): void {
    this.#context.warn(`a line from ${peer} is left out: it is ${this.#longestLine.tooLong}`)
  }
}
