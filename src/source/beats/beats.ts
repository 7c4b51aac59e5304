/**
 * Takes events of Filebeat and other Beats, from their `output.logstash`: Lumberjack v2 (`frames.ts`), over TCP or TLS. A record is an
 * event's JSON, as it was sent.
 *
 * An event is acknowledged once it and all before it are durable, so none is lost, whatever ends. A sender whose acknowledgement was
 * lost sends its events again, and they are there twice: at least once. A sender that waits for more than `KEEPALIVE_MS` is told that
 * its events are being worked on, as Logstash does, so that it does not give up while the disk is slow or the topic is held back.
 */
import { addAbortListener } from 'node:events'
import * as z from 'zod'
import { every } from '../../base/clock.ts'
import { shortForm } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import { IncomingRecords } from '../network/incoming.ts'
import { type Peer, Peers } from '../network/peers.ts'
import { readServerTls, type ServerTls, serverTlsShape } from '../network/server-tls.ts'
import { PacedWarnings } from '../network/warnings.ts'
import { obstaclesTo } from '../obstacle.ts'
import { type Deliver, defineSource, longestLine, type Source, type SourceContext, type SourceType } from '../source.ts'
import { type Address, listenAddress, whyNotListening } from '../tcp-listen.ts'
import { BeatsPeer, type BeatsShared } from './beats-peer.ts'

const KEEPALIVE_MS = 5000

type Options = {
  readonly listen: Address
  readonly tls?: ServerTls | undefined
  readonly max_event: number
  readonly max_batch: number
  readonly in_flight: number
  readonly max_connections: number
  readonly timeout: Duration
}

export const beats: SourceType = defineSource<Options>({
  name: 'beats',
  summary: 'Takes events of Filebeat and other Beats (output.logstash): listens on 127.0.0.1 unless told otherwise.',
  oneHost: () => 'listens on an address of one machine',
  replayable: false,
  afterCrash: 'nothing is lost: what was not acknowledged is sent again, and may be there twice',
  options: shortForm(
    'listen',
    z
      .strictObject({
        listen: listenAddress,
        tls: z.strictObject(serverTlsShape).optional(),
        max_event: byteSize.prefault('16MiB'),
        max_batch: byteSize.refine((bytes) => bytes > 0, 'a batch has more than nothing').prefault('64MiB'),
        in_flight: byteSize.prefault('128MiB'),
        max_connections: z.int().min(1).prefault(256),
        timeout: duration.refine((time) => time > 0, 'a frame takes longer than nothing').prefault('1m'),
      })
      .refine(
        ({ in_flight, max_batch }) => in_flight >= max_batch,
        'has less room in_flight than one batch, max_batch',
      ),
  ),
  listens: ({ listen: address }) => [address],
  async lookAhead({ listen, tls }, folder) {
    const files = tls === undefined ? [] : await obstaclesTo((who) => readServerTls(tls, folder, who))
    return [...files, ...(await whyNotListening(listen))]
  },
  async open(options, context) {
    const source = new BeatsSource(options, context)
    await source.listen(options)
    return source
  },
})

class BeatsSource implements Source {
  readonly #context: SourceContext
  readonly #warnings: PacedWarnings
  readonly #incoming: IncomingRecords
  readonly #peers: Peers
  readonly #readers = new Set<BeatsPeer>()
  readonly #shared: BeatsShared
  #isStopped = false
  describe = 'beats'
  readonly atRest: () => boolean = () => this.#incoming.isEmpty && ![...this.#readers].some(({ waits }) => waits)

  constructor(options: Options, context: SourceContext) {
    this.#context = context
    this.#warnings = new PacedWarnings(context)
    const longest = longestLine(options.max_event, context, 'max_event')
    this.#peers = new Peers({
      name: context.name,
      clock: context.clock,
      warnings: this.#warnings,
      maxConnections: options.max_connections,
      timeout: options.timeout,
      takes: 'what Beats send',
      accept: (peer) => this.#accept(peer),
      left: () => {
        if (context.untilEnd && this.#incoming.count > 0 && this.#peers.count === 0) this.#stop()
      },
    })
    this.#incoming = new IncomingRecords({
      context,
      longest: longest.bytes,
      full: () => this.#peers.pause(),
      room: () => this.#peers.resume(),
    })
    this.#shared = {
      incoming: this.#incoming,
      warnings: this.#warnings,
      longest,
      maxBatch: options.max_batch,
      inFlight: options.in_flight,
      held: 0,
      unpacking: Promise.resolve(),
      isStopped: () => this.#isStopped,
    }
  }

  async listen({ listen: at, tls }: Options): Promise<void> {
    const { name, folder, warn } = this.#context
    const secured = tls === undefined ? undefined : await readServerTls(tls, folder, `source ${name}`)
    const { address, isPublic } = await this.#peers.listen(at, secured)
    this.describe = `beats ${tls === undefined ? '' : 'tls '}${address}`
    if (isPublic && tls?.ca === undefined) warn(`${address} takes events from everyone who can reach this machine`)
  }

  async run(deliver: Deliver): Promise<void> {
    const { signal, clock } = this.#context
    using _ = addAbortListener(signal, () => this.#stop())
    await using began = new AsyncDisposableStack()
    began.use(this.#warnings.begin())
    began.use(this.#peers.begin())
    began.use(
      every(clock, KEEPALIVE_MS, () => {
        for (const reader of this.#readers) reader.keepAlive()
      }),
    )
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

  #accept(peer: Peer): BeatsPeer {
    const reader = new BeatsPeer(peer, this.#shared, () => this.#readers.delete(reader))
    this.#readers.add(reader)
    return reader
  }

  /** Reads nothing more; what was read is still delivered and acknowledged. */
  #stop(): void {
    this.#isStopped = true
    this.#peers.stop()
    this.#incoming.wake()
  }
}
