/**
 * Takes syslog messages over UDP, TCP and TLS, from any number of addresses. A record is a whole message; format `syslog` reads RFC 3164
 * and RFC 5424.
 *
 * Syslog has no acknowledgement, so a message is safe only once it is in the topic; TCP and TLS senders are held back while it is
 * busy, and datagrams that come meanwhile are dropped and counted.
 *
 * A run to the end of its input ends when a message has come and the last connection is closed; with UDP, also when nothing has come
 * for `QUIET_MS` after a message, as nobody says that no more will.
 */
import { addAbortListener } from 'node:events'
import type { TlsOptions } from 'node:tls'
import * as z from 'zod'
import { every } from '../../base/clock.ts'
import { eitherForm } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import type { Records } from '../../record/column.ts'
import { IncomingRecords } from '../network/incoming.ts'
import { oneOrMore } from '../network/listen-list.ts'
import { type Peer, type PeerReader, Peers } from '../network/peers.ts'
import { readServerTls, type ServerTls, serverTlsShape } from '../network/server-tls.ts'
import { PacedWarnings } from '../network/warnings.ts'
import { type Obstacle, obstaclesTo } from '../obstacle.ts'
import {
  type Deliver,
  defineSource,
  type LongestLine,
  longestLine,
  type Source,
  type SourceContext,
  type SourceType,
} from '../source.ts'
import { type Address, listenAddress, whyNotListening } from '../tcp-listen.ts'
import { Datagrams, whyNoDatagrams } from './datagrams.ts'
import { type Framing, SyslogFrames } from './frames.ts'

const QUIET_MS = 5000
const LOOKS_IN_QUIET = 5

type TlsListener = ServerTls & { readonly listen: Address }

type Options = {
  readonly udp?: readonly Address[] | undefined
  readonly tcp?: readonly Address[] | undefined
  readonly tls?: readonly TlsListener[] | undefined
  readonly framing: Framing
  readonly max_message: number
  readonly max_connections: number
  readonly timeout: Duration
  readonly receive_buffer: number
}

const addresses = oneOrMore(listenAddress, { type: ['string', 'number', 'array'] })

export const syslogSource: SourceType = defineSource<Options>({
  name: 'syslog',
  summary: 'Takes syslog messages over UDP, TCP and TLS: listens on 127.0.0.1 unless told otherwise.',
  oneHost: () => 'listens on an address of one machine',
  replayable: false,
  options: eitherForm(
    z
      .strictObject({
        udp: addresses.optional(),
        tcp: addresses.optional(),
        tls: oneOrMore(z.strictObject({ listen: listenAddress, ...serverTlsShape }), {
          type: ['object', 'array'],
        }).optional(),
        framing: z.enum(['auto', 'counted', 'lines']).prefault('auto'),
        max_message: byteSize.prefault('64KiB'),
        max_connections: z.int().min(1).prefault(256),
        timeout: duration.refine((time) => time > 0, 'a message takes longer than nothing').prefault('1m'),
        receive_buffer: byteSize
          .refine((bytes) => bytes > 0 && bytes < 2 ** 31, 'expected 1B to 2047MiB')
          .prefault('4MiB'),
      })
      .refine(
        ({ udp, tcp, tls }) => udp !== undefined || tcp !== undefined || tls !== undefined,
        'listens nowhere: give it udp, tcp or tls, as in syslog: { udp: 127.0.0.1:5514 }',
      ),
    (value) => (typeof value === 'string' || typeof value === 'number' ? { udp: value, tcp: value } : value),
    { type: ['string', 'number'] },
  ),
  listens: ({ udp = [], tcp = [], tls = [] }) => [
    ...udp.map((address) => ({ ...address, isUdp: true })),
    ...tcp,
    ...tls.map(({ listen: address }) => address),
  ],
  async lookAhead({ udp = [], tcp = [], tls = [] }, folder) {
    const found = await Promise.all([
      ...udp.map(whyNoDatagrams),
      ...[...tcp, ...tls.map(({ listen }) => listen)].map(whyNotListening),
      ...tls.map((files): Promise<readonly Obstacle[]> => obstaclesTo((who) => readServerTls(files, folder, who))),
    ])
    return found.flat()
  },
  async open(options, context) {
    const source = new SyslogSource(options, context)
    try {
      await source.listen(options)
      return source
    } catch (error) {
      await source[Symbol.asyncDispose]()
      throw error
    }
  },
})

class SyslogSource implements Source {
  readonly #options: Options
  readonly #context: SourceContext
  readonly #warnings: PacedWarnings
  readonly #longest: LongestLine
  readonly #incoming: IncomingRecords
  readonly #peers: Peers
  readonly #datagrams: Datagrams[] = []
  readonly #listening: string[] = []
  #isStopped = false
  /** When a message came last, by `Clock.elapsed`. */
  #heardAt: Duration | undefined
  readonly atRest: () => boolean = () => this.#incoming.isEmpty

  constructor(options: Options, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#warnings = new PacedWarnings(context)
    this.#longest = longestLine(options.max_message, context, 'max_message')
    this.#peers = new Peers({
      name: context.name,
      clock: context.clock,
      warnings: this.#warnings,
      maxConnections: options.max_connections,
      timeout: options.timeout,
      takes: 'syslog messages',
      accept: (peer) => this.#accept(peer),
      left: () => this.#left(),
    })
    this.#incoming = new IncomingRecords({
      context,
      longest: this.#longest.bytes,
      full: () => this.#peers.pause(),
      room: () => this.#peers.resume(),
    })
  }

  get describe(): string {
    return `syslog ${this.#listening.join(', ')}`
  }

  /** Listens on all addresses. Rejects with a Failure. */
  async listen({ udp = [], tcp = [], tls = [], receive_buffer }: Options): Promise<void> {
    const { name, folder, clock, warn } = this.#context
    const secured = await Promise.all(tls.map((files) => readServerTls(files, folder, `source ${name}`)))
    for (const at of udp) {
      const datagrams = await Datagrams.listen(at, {
        name,
        clock,
        warnings: this.#warnings,
        warn,
        receiveBuffer: receive_buffer,
        longest: this.#longest,
        take: (message) => {
          if (this.#incoming.isFull || this.#isStopped) return false
          this.#add(message)
          return true
        },
      })
      this.#datagrams.push(datagrams)
      this.#heard('udp', datagrams)
    }
    for (const at of tcp) this.#heard('tcp', await this.#peers.listen(at))
    for (const [index, { listen }] of tls.entries()) {
      const options = secured[index] as TlsOptions
      this.#heard('tls', await this.#peers.listen(listen, options), options.ca !== undefined)
    }
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock, untilEnd } = this.#context
    using _ = addAbortListener(signal, () => this.#stop())
    await using began = new AsyncDisposableStack()
    began.use(this.#warnings.begin())
    began.use(this.#peers.begin())
    for (const datagrams of this.#datagrams) began.use(datagrams.begin())
    if (untilEnd && this.#datagrams.length > 0) {
      began.use(every(clock, QUIET_MS / LOOKS_IN_QUIET, () => this.#endIfQuiet()))
    }
    try {
      await this.#incoming.run(deliver, () => this.#isStopped)
    } finally {
      await this.#peers.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
    await this.#peers.close()
    await Promise.all(this.#datagrams.splice(0).map((datagrams) => datagrams.close()))
  }

  #heard(how: string, { address, isPublic }: { address: string; isPublic: boolean }, isKnown = false): void {
    this.#listening.push(`${how} ${address}`)
    if (isPublic && !isKnown) {
      this.#context.warn(`${how} ${address} takes syslog messages from everyone who can reach this machine`)
    }
  }

  #accept(peer: Peer): PeerReader {
    const tooLong = () =>
      this.#warnings.say('long', `a message from ${peer.name} is left out: it is ${this.#longest.tooLong}`)
    const frames = new SyslogFrames({ framing: this.#options.framing, longest: this.#longest.bytes, tooLong })
    return {
      data: (chunk) => {
        const messages = frames.add(chunk)
        this.#add(messages)
        if (frames.why !== undefined) peer.refuse(frames.why)
        return messages.count > 0
      },
      end: async () => this.#add(frames.end()),
      isPartial: () => frames.isPartial,
      closed: () => {
        if (frames.kept === 0) return
        const message = `${frames.kept} bytes of a message that ${peer.name} had not ended are left out`
        this.#warnings.say('half', message)
      },
    }
  }

  #add(messages: Records): void {
    if (messages.count === 0) return
    this.#heardAt = this.#context.clock.elapsed()
    this.#incoming.add(messages)
  }

  #left(): void {
    const { untilEnd } = this.#context
    // A peer that only tests whether the port is open does not end the run.
    if (untilEnd && this.#incoming.count > 0 && this.#peers.count === 0 && this.#datagrams.length === 0) this.#stop()
  }

  #endIfQuiet(): void {
    if (this.#heardAt === undefined || this.#peers.count > 0) return
    if (this.#context.clock.elapsed() - this.#heardAt >= QUIET_MS) this.#stop()
  }

  /** Reads nothing more; what was read is still delivered. */
  #stop(): void {
    this.#isStopped = true
    this.#peers.stop()
    this.#incoming.wake()
  }
}
