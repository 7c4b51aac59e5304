/**
 * Takes lines over TCP from any peer that connects: netcat, rsyslog, `tailrace replay`. Nothing is acknowledged to the
 * sender, so a line is safe only once it is published. Lines that were read are delivered, but none is asked for again.
 *
 * A run to the end of its input ends when all peers have disconnected and at least one line came.
 *
 * Lines of one connection stay whole and in order. Lines that come while a batch is being delivered make up the next batches;
 * when these have `QUEUE_BYTES`, no socket is read until one is delivered.
 */
import { addAbortListener } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import * as z from 'zod'
import { shortForm } from '../base/options.ts'
import { byteSize } from '../base/unit-options.ts'
import type { Records } from '../record/column.ts'
import { LineCutter, linesWithin } from '../record/line-cutter.ts'
import { makeRecords } from '../record/lines-split.ts'
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
import { type Address, listen, listenAddress } from './tcp-listen.ts'

const BUFFER_BYTES = 1 << 20
const QUEUE_BYTES = 4 << 20
const NEWLINE = new Uint8Array([10])

type Options = { readonly listen: Address; readonly max_connections: number; readonly max_line: number }

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
  async open(options, context) {
    const server = createServer()
    server.maxConnections = options.max_connections
    const { address, isPublic } = await listen(server, options.listen, `source ${context.name}`)
    if (isPublic) context.warn(`${address} takes lines from everyone who can reach this machine`)
    return new TcpSource(server, `tcp ${address}`, options, context)
  },
})

class TcpSource implements Source {
  readonly describe: string
  readonly #server: Server
  readonly #context: SourceContext
  readonly #sockets = new Map<Socket, LineCutter>()
  readonly #longestLine: LongestLine
  readonly #bufferBytes: number
  readonly #buffers: ReadBufferPool
  #queue: Gathered[] = []
  #queuedBytes = 0
  #line: number
  #hasLines = false
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
    let full = false
    server.on('drop', () => {
      if (!full) this.#context.warn(`a connection was refused: ${options.max_connections} are open (max_connections)`)
      full = true
    })
    server.on('connection', (socket) => {
      full = false
      this.#connected(socket)
    })
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
    const peer = `${socket.remoteAddress}:${socket.remotePort}`
    let long = 0
    const cutter = new LineCutter(this.#longestLine.bytes, () => {
      if (long++ === 0) this.#warnTooLong(peer)
    })
    this.#sockets.set(socket, cutter)
    socket.on('data', (piece: Buffer) => this.#add(cutter.addApart(piece), peer))
    socket.on('end', () => {
      // The peer has sent all, so its last bytes are a line, with or without a line end.
      const rest = cutter.rest()
      if (rest.length > 0) this.#add([rest, NEWLINE], peer)
    })
    socket.on('error', (error) => this.#context.warn(`the connection from ${peer} broke: ${error.message}`))
    socket.on('close', () => {
      this.#sockets.delete(socket)
      if (cutter.kept > 0) this.#context.warn(`${cutter.kept} bytes of a line that ${peer} had not ended are left out`)
      // A peer that only tests whether the port is open does not end the run.
      if (this.#context.untilEnd && this.#hasLines && this.#sockets.size === 0) this.#closeServer()
      this.#wake()
    })
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
    const limit = { limit: this.#longestLine.bytes, tooLong, position: 0 }
    const bytes = buffer.bytes.subarray(0, length)
    if (length >= this.#bufferBytes / 4) return linesWithin(bytes, limit, buffer.lines)
    // A slow reader would hold a whole buffer for a few lines.
    const lines = linesWithin(bytes.slice(), limit, makeRecords((length >> 6) + 1))
    buffer.lines.lease?.release()
    return lines
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
