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
import { every } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { shortForm } from '../base/options.ts'
import type { Duration } from '../base/quantity.ts'
import { byteSize } from '../base/unit-options.ts'
import { roundSpan } from '../base/units.ts'
import { hasMark, MARK_BYTES } from '../bytes/mark.ts'
import type { Records } from '../record/column.ts'
import { LineCutter } from '../record/line-cutter.ts'
import type { OtherNames } from '../record/spans.ts'
import { foreignProtocol, LONGEST_HEAD, otherKind } from './foreign-protocol.ts'
import { GatheredLines } from './gathered-lines.ts'
import { namesFailure } from './other-names.ts'
import {
  type Deliver,
  defineSource,
  type LongestLine,
  longestLine,
  type Source,
  type SourceContext,
  type SourceType,
} from './source.ts'
import { type Address, listen, listenAddress, whyNotListening } from './tcp-listen.ts'

const QUEUE_BYTES = 4 << 20
const NOTHING = new Uint8Array(0)
const NEWLINE = new Uint8Array([10])
/** After this silence, the system asks a peer whether it is still there. */
const KEEPALIVE_MS = 60_000
const SILENT_MS = 5 * 60_000
/** How often peers are looked at in the time that lines of a record wait for more. */
const LOOKS_IN_WAIT = 4

type Options = { readonly listen: Address; readonly max_connections: number; readonly max_line: number }

type Peer = {
  readonly name: string
  readonly cutter: LineCutter
  /** When its last bytes came, by `Clock.elapsed`. */
  heardAt: number
  /** Its first bytes, as long as they may be of another protocol; then undefined. */
  head: Uint8Array | undefined
}

export const tcp: SourceType = defineSource<Options>({
  name: 'tcp',
  summary: 'Takes lines over TCP: listens on 127.0.0.1 unless told otherwise.',
  oneHost: () => 'listens on an address of one machine',
  replayable: false,
  options: shortForm(
    'listen',
    z.strictObject({
      listen: listenAddress,
      max_connections: z.int().min(1).prefault(256),
      max_line: byteSize.prefault('1MiB'),
    }),
  ),
  listens: ({ listen: address }) => [address],
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
  readonly #gathered: GatheredLines
  #line: number
  #hasLines = false
  #hasNuls = false
  /** Whether no peer can connect any more. */
  #closed = false
  #wake: () => void = () => {}
  #isDelivering = false
  readonly atRest: () => boolean = () => !this.#isDelivering && this.#gathered.isEmpty && !this.#waits()

  constructor(server: Server, describe: string, options: Options, context: SourceContext) {
    this.describe = describe
    this.#server = server
    this.#context = context
    this.#longestLine = longestLine(options.max_line, context)
    const leftOut = { tooLong: (peer: string) => this.#warnTooLong(peer), hole: () => this.#warnOfNuls() }
    this.#gathered = new GatheredLines(this.#longestLine.bytes, leftOut, context)
    this.#line = typeof context.place?.line === 'number' ? context.place.line : 0
    this.#maxConnections = options.max_connections
    server.on('connection', (socket) => this.#connected(socket))
  }

  async run(deliver: Deliver): Promise<void> {
    using _ = addAbortListener(this.#context.signal, () => this.#stop())
    const { clock, form: { waitMs } = {} } = this.#context
    const look = (waitMs ?? 0) / LOOKS_IN_WAIT
    await using _looks = waitMs === undefined ? undefined : every(clock, look, () => this.#endWaiting(waitMs))
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
    const leftOut = { tooLong: leaveOut, names, hole: () => this.#warnOfNuls() }
    const cutter = new LineCutter(this.#longestLine.bytes, leftOut, 0, this.#context.form)
    const peer: Peer = { name, cutter, heardAt: this.#context.clock.elapsed(), head: NOTHING }
    this.#sockets.set(socket, peer)
    socket.setKeepAlive(true, KEEPALIVE_MS)
    socket.on('data', (piece: Buffer) => {
      peer.heardAt = this.#context.clock.elapsed()
      const isStart = peer.head?.length === 0
      if (peer.head !== undefined && !this.#isOfLines(socket, peer, piece)) return
      const text = isStart && hasMark(piece) ? piece.subarray(MARK_BYTES) : piece
      this.#addOrRefuse(() => cutter.addApart(text), socket, peer)
    })
    socket.on('end', () => {
      // The peer has sent all, so its last bytes are a line, with or without a line end.
      this.#addOrRefuse(
        () => {
          const rest = cutter.rest()
          return [rest, rest.length > 0 ? NEWLINE : NOTHING]
        },
        socket,
        peer,
      )
    })
    socket.on('error', (error) => this.#context.warn(`the connection from ${name} broke: ${error.message}`))
    socket.on('close', () => {
      this.#sockets.delete(socket)
      if (!isRefused) this.#add([cutter.wholeRest(), NOTHING], peer)
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
  #addOrRefuse(cut: () => readonly [Uint8Array, Uint8Array], socket: Socket, peer: Peer): void {
    let pieces: readonly [Uint8Array, Uint8Array]
    try {
      pieces = cut()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#context.warn(`the connection from ${peer.name} was closed, as ${error.message}`)
      socket.destroy()
      return
    }
    this.#add(pieces, peer)
  }

  /** Adds whole lines of one peer, in two pieces: a line may begin in the first and end in the second. */
  #add([head, tail]: readonly [Uint8Array, Uint8Array], { name, cutter }: Peer): void {
    const length = head.length + tail.length
    if (length === 0) return
    this.#hasLines = true
    const spans = this.#context.form?.join !== undefined
    this.#gathered.add([head, tail], name, spans ? cutter.lines(head.length > 0 ? head : tail) : undefined)
    if (this.#gathered.bytes >= QUEUE_BYTES) for (const socket of this.#sockets.keys()) socket.pause()
    this.#wake()
  }

  /** The lines that have waited longest; undefined where none wait. */
  #takeQueue(): Records | undefined {
    const lines = this.#gathered.take()
    if (this.#gathered.bytes < QUEUE_BYTES) for (const socket of this.#sockets.keys()) socket.resume()
    return lines
  }

  /** Whether lines of a record wait for more, but not for good. */
  #waits(): boolean {
    return (
      this.#context.form?.waitMs !== undefined && [...this.#sockets.values()].some(({ cutter }) => cutter.holdsLines)
    )
  }

  /** Adds the lines of a record that might go on, of each peer that has been quiet for as long as they are to wait. */
  #endWaiting(waitMs: Duration): void {
    const now = this.#context.clock.elapsed()
    for (const peer of this.#sockets.values()) {
      const { cutter, heardAt } = peer
      if (now - heardAt >= waitMs && cutter.holdsLines) this.#add([cutter.wholeRest(), NOTHING], peer)
    }
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

  #warnOfNuls(): void {
    if (!this.#hasNuls) this.#context.warn('NULs that peers send before a line are left out: they are not text')
    this.#hasNuls = true
  }

  #warnTooLong(peer: string): void {
    this.#context.warn(`a line from ${peer} is left out: it is ${this.#longestLine.tooLong}`)
  }
}
