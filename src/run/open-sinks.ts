/** Opens the sinks of a pipeline where the last checkpoint left them, each with the loop that delivers to it. */
import type { Account } from '../alert/journal.ts'
import { sinkWords } from '../alert/names.ts'
import type { Silences } from '../alert/silences.ts'
import { openTelling, type TellingSink } from '../alert/telling.ts'
import { groupReadable } from '../base/disk/disk.ts'
import { entryOf } from '../base/entry.ts'
import type { Topic } from '../bus/bus.ts'
import type { Before } from '../data/before.ts'
import { scratchOf } from '../data/data-folder.ts'
import { allTopics, type CheckedPipeline, type CheckedSink } from '../pipeline/checked.ts'
import { type OpenTopic, topicOf } from '../runner/open-topics.ts'
import type { Runner } from '../runner/runner.ts'
import { type DeliveryLoop, openDelivery } from '../sink/delivery/loop.ts'
import type { Checkpoint, SinkCheckpoint } from '../topic/checkpoint.ts'
import type { TopicFormat } from '../topic/topic-format.ts'
import { lastingOf, placeOfTeller } from './alerts/teller.ts'
import type { Part, WantedPart } from './part-set.ts'
import type { RunContext } from './run-options.ts'

export type OpenSink = Part & {
  readonly kind: string
  readonly from: string
  readonly loop: DeliveryLoop
  /** The partitions that this process delivers; undefined: all. */
  readonly only: readonly number[] | undefined
  /** The alert that it tells people of, and whom it has told; undefined: it is no notifier. */
  readonly alert: string | undefined
  account(): Account
  /** Why it does not take what it gets, in words; undefined: all is well. */
  trouble(): string | undefined
}

type Opening = {
  readonly context: RunContext
  readonly topics: ReadonlyMap<string, OpenTopic>
  /** The last checkpoint; read when a sink is opened. */
  readonly kept: Checkpoint
  /** What people have silenced. */
  readonly silences: Silences
  /** Those at work at the moment. */
  readonly queries: Runner | undefined
}

/** The sinks of a pipeline, to open. Each is made of its options and of the rows that it gets. */
export function wantedSinks(pipeline: CheckedPipeline, opening: Opening): WantedPart<OpenSink>[] {
  const topics = allTopics(pipeline)
  return pipeline.sinks.map((checked) => {
    const { name, type, options, from, rows, limits, telling, only } = checked
    const read = topics.find((topic) => topic.name === from)
    const madeOf = [type.name, options, limits, from, rows, read?.fingerprint, telling, only]
    return { name, madeOf, open: () => openSink(checked, pipeline, opening) }
  })
}

/** What a delivery knows of the format. */
const readingOf = ({ ready, hasMetadata, readsArrival }: TopicFormat) => ({
  ready,
  hasMetadata,
  readsArrival,
})

/**
 * Where a sink goes on. One that delivers another topic now begins anew: a place in the old topic says nothing. Partitions that
 * several processes share, and notifiers, which move with the queries, go on where the process that had them has committed;
 * they keep nothing else.
 */
async function placeOf(
  { name: sink, from, group, only, telling }: CheckedSink,
  { name, partitions }: Pick<Topic, 'name' | 'partitions'>,
  { kept, context: { bus, share } }: Opening,
): Promise<SinkCheckpoint | undefined> {
  const moved = only ?? (share !== undefined && telling !== undefined ? [...Array(partitions).keys()] : undefined)
  if (moved === undefined) {
    const own = entryOf(kept.sinks, sink)
    return own?.from === from ? own : undefined
  }
  const committed = await bus.committed(group, name)
  const offsets = Object.fromEntries(moved.flatMap((of) => (committed[of] === undefined ? [] : [[of, committed[of]]])))
  return Object.keys(offsets).length === 0 ? undefined : { from, offsets, state: {} }
}

/**
 * Whether records of the topic that cannot be decoded are reported by its queries alone: where several processes share the pipeline,
 * none knows what the others have reported.
 */
const isReportedElsewhere = (topic: string, { context: { share } }: Opening): boolean =>
  share?.whole().queries.some(({ reads }) => reads.includes(topic)) === true

async function openSink(sink: CheckedSink, { folder, mask }: CheckedPipeline, opening: Opening): Promise<OpenSink> {
  const { name, from, type, options, rows, limits, telling, only } = sink
  const { clock, disk, random, stop, output, warn } = opening.context
  const { checked, topic, starts, dead, ended } = topicOf(opening.topics, from)
  const { fields, rowtime, format } = checked
  await using cleanup = new AsyncDisposableStack()
  const halt = new AbortController()
  const last = await placeOf(sink, topic, opening)
  const scratch = scratchOf(opening.context.dataFolder, name)
  const remember = (had: Before) => opening.context.beforeMemory.remember(name, had)
  const { identity: data } = opening.context.data
  const ours = { name, folder, data, scratch, state: last?.state, remember }
  const say = (message: string) => warn(`${sinkWords(name)}: ${message}`)
  const around = { rowtime, clock, disk: groupReadable(disk, scratch), output, warn: say, silenced: opening.silences }
  let teller: TellingSink | undefined
  const open = async () => {
    const context = { ...rows, ...ours, ...around }
    if (telling === undefined) return type.open(options, context)
    teller = await openTelling(telling, options, { ...context, lasting: () => lastingOf(opening.queries, from) })
    return teller
  }
  let place = last?.offsets ?? starts
  if (telling !== undefined) place = await placeOfTeller(topic, last?.offsets, { ...around, scratch })
  const cursor = topic.cursor(place, undefined, only)
  cleanup.defer(() => cursor.close())
  const loop = await openDelivery({
    cursor,
    only,
    decoder: () => format.decoder(fields.map((_, column) => column)),
    ...readingOf(format),
    ...{ givesKept: type.readsKept?.(options) === true, changing: rows.changing === true },
    open,
    limits,
    anyOrder: type.batch?.anyOrder === true,
    clock,
    random,
    before: last ?? { offsets: {}, state: {} },
    ended: ended.signal,
    halt: halt.signal,
    giveUp: AbortSignal.any([stop, halt.signal]),
    warn: say,
    undecodable(partition, placed, rejects, rows) {
      if (!isReportedElsewhere(from, opening)) dead.undecodable(partition, placed, rejects)
      dead.tally.usable(rows)
      dead.flush()
    },
    refused: (partition, placed, rows) =>
      dead.refused(
        name,
        partition,
        placed,
        rows.map((row) => ({ ...row, reason: mask(row.reason) })),
      ),
  })
  cleanup.use(loop)
  const opened = cleanup.move()
  return {
    name,
    kind: type.name,
    from,
    loop,
    only,
    alert: telling?.alert,
    account: () => teller?.account() ?? { joined: undefined, heard: [] },
    trouble: () => loop.status().trouble?.text ?? teller?.trouble(),
    run: () => loop.run(),
    halt: () => halt.abort(),
    close: () => opened.disposeAsync(),
  }
}
