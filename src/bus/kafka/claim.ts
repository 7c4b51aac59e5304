/**
 * A part of a pipeline that this process has claimed: it appends under a producer that the transaction coordinator has given to
 * the part (client/kafka/fencing.ts). A process that claims the part later has a greater epoch, and leaves a fence with it in each
 * partition before it looks where the part stands there. From then on the partition takes nothing from this process.
 *
 *   claimed ──▶ a topic is opened: a fence, then a search ──▶ appends ──another process claims──▶ fenced
 *
 * A broker forgets a producer that has appended nothing for a day (`producer.id.expiration.ms`), and the coordinator forgets an
 * id after a week (`transactional.id.expiration.ms`). So the fences are renewed while the part is claimed; and a process that has
 * slept asks whether the part is still its own before it appends.
 */
import { every } from '../../base/clock.ts'
import { changedFailure, Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import {
  type FencedPartitions,
  type Fencing,
  type FencingProducer,
  LAST_EPOCH,
  openFencing,
} from '../../client/kafka/fencing.ts'
import { saveTogether } from '../../data/save-together.ts'
import type { ClaimedBus, PartOfPipeline } from '../bus.ts'
import { checkPartitions } from '../topic-name.ts'
import { endedPartitions, readEnds, rememberEnds } from './claimed-ends.ts'
import { openKafkaReader } from './kafka-reader.ts'
import { type SharedTopic, type WriteContext, writerOn } from './kafka-topic.ts'
import { claimsTopic, type KafkaOptions } from './options.ts'
import type { Epochs, OwnFile } from './own-file.ts'
import { findTopic } from './topic-form.ts'
import { openWriters, type SharedTopics } from './topics.ts'

/** After this time without an answer of a broker, the process may have slept while another one claimed the part. */
const CHECK_MS: Duration = 60_000
/** How often fences are renewed, well before a broker forgets the producer. */
const FENCE_MS: Duration = 6 * 3_600_000
/** No part appends in the last epochs, so that a fence with one of them keeps out all that have appended. */
const SPARE_EPOCHS = 8
const CLAIM_AGAIN = 'Start the process again: it goes on behind what is there.'
/** The appender of the topic that keeps where parts stand remembers nothing: each record there stands for itself. */
const NOTHING_KEPT = { get: () => undefined, set() {}, async save() {} }

/** Disposing of it resolves when nothing is under way, and what it remembers is kept. */
export type Claim = Pick<ClaimedBus, 'appended' | 'topic' | 'fenced' | typeof Symbol.asyncDispose>

export type ClaimHost = {
  readonly context: WriteContext
  readonly options: KafkaOptions
  readonly open: SharedTopics
  /** What the data folder appended before the pipeline was shared. */
  readonly before: OwnFile
}

/**
 * Claims the part; `ended` is called when the claim is disposed of. Rejects with a Failure: 'fenced' where another process claims
 * the part at the same time.
 */
export async function openClaim(
  host: ClaimHost,
  { pipeline, part }: PartOfPipeline,
  ended: () => void,
): Promise<Claim> {
  const { context, options, open, before } = host
  const { cluster } = context
  const { prefix } = options
  const lost = openLoss(pipeline, part)
  const fencing = openFencing(cluster, `${prefix}tailrace.${pipeline}.${part}`, lost.failure)
  const kept = await openKept(host, claimsTopic(pipeline))
  const keptPartition: FencedPartitions = new Map([[kept.opened.leaders.topic, [0]]])
  const first = await fencing.begin()
  await fencing.fence(first, keptPartition)
  const found = await readEnds(kept.opened.reader, part)
  const producer = await withSpareEpochs(host, fencing, first, endedPartitions(found))
  if (producer !== first) await fencing.fence(producer, keptPartition)

  const epochs = openEpochs({ fencing, producer, clock: cluster.clock, lost })
  const { producerId } = producer
  const keptWriter = writerOn(context, kept, { appender: { ...NOTHING_KEPT, producerId, epochs } }, {})
  const { topic: keptTopic } = keptWriter
  const ends = rememberEnds({ part, producerId, found, topic: keptTopic, clock: cluster.clock })
  const done = new Map(keptPartition)
  const due = new Map<string, readonly number[]>()
  const raising = saveTogether(async () => {
    const partitions = new Map(due)
    due.clear()
    await epochs.fence(partitions)
    for (const [topic, of] of partitions) done.set(topic, of)
  })
  // A topic that is gone must not hold up the others.
  const renew = async () => epochs.fence(await existing(context, done))
  const keeping = every(cluster.clock, FENCE_MS, () => void renew().catch(() => {}))
  const writers = openWriters(context, {
    prefix,
    open,
    appender: { ...ends, epochs },
    before,
    async begin({ opened: { leaders, reader } }) {
      due.set(
        leaders.topic,
        Array.from({ length: leaders.partitions }, (_, partition) => partition),
      )
      await raising.save()
      // Another part may have opened the topic long ago.
      await reader.refresh()
    },
  })
  return {
    appended: [...endedPartitions(found).keys()].map((topic) => topic.slice(prefix.length)),
    topic: writers.topic,
    fenced: lost.signal,
    async [Symbol.asyncDispose]() {
      ended()
      await keeping[Symbol.asyncDispose]()
      await writers.settled()
      await ends.save().catch((failure: unknown) => {
        // The process that has claimed the part finds everything in the log.
        if (!lost.signal.aborted) throw failure
      })
      await keptWriter.settled()
    },
  }
}

/** The topic that keeps where parts stand. */
async function openKept({ context, options }: ClaimHost, name: string): Promise<SharedTopic> {
  const { prefix, replication } = options
  checkPartitions(prefix + name, 1)
  const wanted = { topic: prefix + name, partitions: 1, settings: { replication }, isCompacted: true }
  const found = await findTopic(context.cluster, wanted)
  return { name, found, opened: await openKafkaReader(context, found.state, name) }
}

/** Keeps what happens once this process finds out that another one has claimed the part: the signal and the Failure. */
function openLoss(pipeline: string, part: string) {
  const lost = new AbortController()
  const failure = new Failure('fenced', `another process has taken over part ${part} of pipeline ${pipeline}`, {
    hint: 'This process appends nothing more for it; all that it had appended before is there once.',
  })
  return {
    signal: lost.signal,
    failure(): Failure {
      lost.abort(failure)
      return failure
    },
  }
}

type Loss = ReturnType<typeof openLoss>

/**
 * A producer with epochs to spare. At the end of its epochs a part gets another producer. Before that, every partition that the
 * part has ever appended to gets a fence for the old producer, as later fences are for the new one alone.
 */
async function withSpareEpochs(
  { context }: ClaimHost,
  fencing: Fencing,
  first: FencingProducer,
  partitions: FencedPartitions,
): Promise<FencingProducer> {
  if (first.epoch < LAST_EPOCH - SPARE_EPOCHS) return first
  await fencing.fence(first, await existing(context, partitions))
  let producer = first
  while (producer.producerId === first.producerId) producer = await fencing.begin()
  return producer
}

/** The partitions that exist. */
async function existing({ cluster }: WriteContext, partitions: FencedPartitions): Promise<FencedPartitions> {
  const there = await cluster.persist(() => cluster.describe([...partitions.keys()]))
  const still = there.map(({ name, partitions: { length } }) => {
    return [name, (partitions.get(name) ?? []).filter((partition) => partition < length)] as const
  })
  return new Map(still)
}

type EpochsOptions = {
  readonly fencing: Fencing
  readonly producer: FencingProducer
  readonly clock: WriteContext['cluster']['clock']
  readonly lost: Loss
}

/** The epochs of a claim. Requests to the coordinator come one after the other: it takes one transaction of a producer at a time. */
function openEpochs({ fencing, producer: first, clock, lost }: EpochsOptions): Epochs & {
  fence(partitions: FencedPartitions): Promise<void>
} {
  let producer = first
  let toldAt = clock.elapsed()
  let checking: Promise<void> | undefined
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
  const told = () => {
    toldAt = clock.elapsed()
  }
  return {
    current: () => producer.epoch,
    told,
    fenced: lost.failure,
    check() {
      if (lost.signal.aborted) return Promise.reject(lost.failure())
      if (clock.elapsed() - toldAt < CHECK_MS) return undefined
      checking ??= inTurn(() => fencing.check(producer))
        .then(told)
        .finally(() => {
          checking = undefined
        })
      return checking
    },
    fence: (partitions) => inTurn(() => fencing.fence(producer, partitions).then(told)),
    after: (epoch, isTooSmall) =>
      inTurn(async () => {
        if (epoch < producer.epoch) return producer.epoch
        if (isTooSmall) throw lost.failure()
        const renewed = await fencing.renew(producer).catch(asFinal)
        const isSpent = renewed.producerId !== producer.producerId || renewed.epoch >= LAST_EPOCH - SPARE_EPOCHS
        if (isSpent) throw new Failure('io', 'the leader has lost track of what was appended', { hint: CLAIM_AGAIN })
        producer = renewed
        return producer.epoch
      }),
  }
}

/** Rethrows a failure as one that is not tried again. */
function asFinal(error: unknown): never {
  if (!(error instanceof Failure) || !error.retryable) throw error
  throw changedFailure(error, { retryable: false, hint: CLAIM_AGAIN })
}
