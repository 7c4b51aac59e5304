/**
 * Takes lines over TCP and answers each with `OK` once it is durable, as Flume's netcat source does once its channel has it: so a sender
 * that waits for its answers knows what it need not send again.
 *
 * It is a source beside `tcp` and no option of it, as most senders to `tcp` never read: answers would fill the buffers of their
 * connection until both sides wait for each other. Here a peer that does not read its answers is no longer read either.
 */
import { addAbortListener } from 'node:events'
import * as z from 'zod'
import { every } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { shortForm } from '../base/options.ts'
import type { Duration } from '../base/quantity.ts'
import { byteSize } from '../base/unit-options.ts'
import type { Records } from '../record/column.ts'
import { LineCutter } from '../record/line-cutter.ts'
import { NO_RECORDS } from '../record/records.ts'
import type { OtherNames } from '../record/spans.ts'
import { IncomingRecords } from './network/incoming.ts'
import { type Peer, type PeerReader, Peers } from './network/peers.ts'
import { PacedWarnings } from './network/warnings.ts'
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
import { type Address, listenAddress, whyNotListening } from './tcp-listen.ts'

const OK = 'OK\n'
/** Answers that are made at once. */
const MOST_TOGETHER = 4096
const MANY_OKS = Buffer.from(OK.repeat(MOST_TOGETHER))

/** How often peers are looked at in the time that lines of a record wait for more. */
const LOOKS_IN_WAIT = 4

/** A peer whose last record may go on. */
type Waiting = { heardAt: Duration; readonly cutter: LineCutter; end(): void }

type Options = {
  readonly listen: Address
  readonly acknowledge: boolean
  readonly max_connections: number
  readonly max_line: number
}

export const netcat: SourceType = defineSource<Options>({
  name: 'netcat',
  summary:
    'Takes lines over TCP, and answers each with OK once it is durable: listens on 127.0.0.1 unless told otherwise.',
  oneHost: () => 'listens on an address of one machine',
  replayable: false,
  afterCrash: 'lines without an answer may be lost, or there',
  options: shortForm(
    'listen',
    z.strictObject({
      listen: listenAddress,
      acknowledge: z.boolean().prefault(true),
      max_connections: z.int().min(1).prefault(256),
      max_line: byteSize.prefault('1MiB'),
    }),
  ),
  listens: ({ listen: address }) => [address],
  lookAhead: ({ listen }) => whyNotListening(listen),
  async open(options, context) {
    const source = new NetcatSource(options, context)
    await source.listen(options.listen)
    return source
  },
})

class NetcatSource implements Source {
  readonly #acknowledge: boolean
  readonly #context: SourceContext
  readonly #warnings: PacedWarnings
  readonly #longest: LongestLine
  readonly #incoming: IncomingRecords
  readonly #peers: Peers
  /** Peers whose records may span lines. */
  readonly #waiting = new Set<Waiting>()
  #isStopped = false
  describe = 'netcat'
  readonly atRest: () => boolean = () =>
    this.#incoming.isEmpty && ![...this.#waiting].some(({ cutter }) => cutter.holdsLines)

  constructor({ acknowledge, max_connections, max_line }: Options, context: SourceContext) {
    this.#acknowledge = acknowledge
    this.#context = context
    this.#warnings = new PacedWarnings(context)
    this.#longest = longestLine(max_line, context)
    this.#peers = new Peers({
      name: context.name,
      clock: context.clock,
      warnings: this.#warnings,
      maxConnections: max_connections,
      takes: 'lines',
      accept: (peer) => this.#accept(peer),
      left: () => {
        if (context.untilEnd && this.#incoming.count > 0 && this.#peers.count === 0) this.#stop()
      },
    })
    this.#incoming = new IncomingRecords({
      context,
      longest: this.#longest.bytes,
      full: () => this.#peers.pause(),
      room: () => this.#peers.resume(),
    })
  }

  async listen(at: Address): Promise<void> {
    const { address, isPublic } = await this.#peers.listen(at)
    this.describe = `netcat ${address}`
    if (isPublic) this.#context.warn(`${address} takes lines from everyone who can reach this machine`)
  }

  async run(deliver: Deliver): Promise<void> {
    using _ = addAbortListener(this.#context.signal, () => this.#stop())
    await using _warnings = this.#warnings.begin()
    const { clock, form: { waitMs } = {} } = this.#context
    const look = (waitMs ?? 0) / LOOKS_IN_WAIT
    await using _looks = waitMs === undefined ? undefined : every(clock, look, () => this.#endWaiting(waitMs))
    try {
      await this.#incoming.run(deliver, () => this.#isStopped)
    } finally {
      await this.#peers.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
    await this.#peers.close()
  }

  #accept(peer: Peer): PeerReader {
    const { form } = this.#context
    /** Where in the stream a line begins that is too long: nothing from there on is taken. */
    let endAt: number | undefined
    const leftOut = {
      tooLong: (position: number) => (endAt ??= position),
      hole: () => this.#warnings.say('nuls', 'NULs that peers send before a line are left out: they are not text'),
      names: (found: OtherNames) => {
        throw namesFailure('it', found)
      },
    }
    const cutter = new LineCutter(this.#longest.bytes, leftOut, 0, form)
    let headers = form?.hasHeader === true && form.join === undefined ? 1 : 0
    const take = (whole: Uint8Array): Records => {
      const lines = cutter.lines(whole)
      if (endAt !== undefined) leaveOutFrom(lines, endAt - (cutter.position - whole.length))
      const answers = lines.count + (cutter.position > 0 ? headers : 0)
      if (cutter.position > 0) headers = 0
      this.#incoming.add(lines, this.#acknowledge ? () => sendOks(peer, answers) : undefined)
      if (endAt !== undefined) this.#refuseLong(peer)
      return lines
    }
    const { clock } = this.#context
    const waiting: Waiting = { heardAt: clock.elapsed(), cutter, end: () => take(cutter.wholeRest()) }
    if (form?.waitMs !== undefined) this.#waiting.add(waiting)
    return {
      data: (chunk) => {
        waiting.heardAt = clock.elapsed()
        if (endAt !== undefined) return false
        try {
          return take(cutter.add(chunk)).count > 0
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          peer.refuse(error.message)
          return false
        }
      },
      end: async () => {
        // The peer has sent all, so its last bytes are a line, with or without a line end.
        if (endAt === undefined) take(cutter.rest())
        if (this.#acknowledge) await this.#incoming.allDurable()
      },
      isPartial: () => cutter.kept > 0,
      closed: () => {
        this.#waiting.delete(waiting)
        if (cutter.kept === 0) return
        const message = `${cutter.kept} bytes of a line that ${peer.name} had not ended are left out`
        this.#warnings.say('half', message)
      },
    }
  }

  /** Adds the lines of a record that might go on, of each peer that has been quiet for as long as they are to wait. */
  #endWaiting(waitMs: Duration): void {
    const now = this.#context.clock.elapsed()
    for (const { heardAt, cutter, end } of this.#waiting) if (now - heardAt >= waitMs && cutter.holdsLines) end()
  }

  /** Answers that a line is too long behind the answers to those before it, and closes the connection. */
  #refuseLong(peer: Peer): void {
    peer.hold(true)
    this.#incoming.add(NO_RECORDS, () => {
      const { tooLong } = this.#longest
      if (this.#acknowledge) peer.send(Buffer.from(`FAILED: the line is ${tooLong}\n`))
      peer.refuse(`it sent a line that is ${tooLong}`)
    })
  }

  #stop(): void {
    this.#isStopped = true
    this.#peers.stop()
    this.#incoming.wake()
  }
}

/** Leaves out the lines that begin at this place or behind it. */
function leaveOutFrom(lines: Records, place: number): void {
  while (lines.count > 0 && (lines.start[lines.count - 1] as number) >= place) lines.count--
}

function sendOks(peer: Peer, count: number): void {
  for (let left = count; left > 0; left -= MOST_TOGETHER) {
    peer.send(MANY_OKS.subarray(0, OK.length * Math.min(left, MOST_TOGETHER)))
  }
}
