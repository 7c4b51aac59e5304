/** Opens the sinks of a pipeline where the last checkpoint left them, each with the loop that delivers to it. */
import { type Account, joinTopic, toldUpTo } from '../alert/journal.ts'
import { sinkWords } from '../alert/names.ts'
import type { Silences } from '../alert/silences.ts'
import { openTelling, type TellingSink } from '../alert/telling.ts'
import { groupReadable } from '../base/disk/disk.ts'
import { entryOf } from '../base/entry.ts'
import type { Offsets, Topic } from '../bus/bus.ts'
import { offsetsOf } from '../bus/fetched.ts'
import type { Before } from '../data/before.ts'
import { scratchOf } from '../data/data-folder.ts'
import { allTopics, type CheckedPipeline, type CheckedSink } from '../pipeline/checked.ts'
import { type OpenTopic, topicOf } from '../runner/open-topics.ts'
import type { RunningQueries } from '../runner/running-queries.ts'
import { type DeliveryLoop, openDelivery } from '../sink/delivery/loop.ts'
import type { Lasting } from '../sink/sink.ts'
import type { Checkpoint } from '../topic/checkpoint.ts'
import type { Part, WantedPart } from './part-set.ts'
import type { RunContext } from './run-options.ts'

export type OpenSink = Part & {
  readonly kind: string
  readonly from: string
  readonly loop: DeliveryLoop
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
  readonly queries: RunningQueries | undefined
}

/** The sinks of a pipeline, to open. Each is made of its options and of the rows that it gets. */
export function wantedSinks(pipeline: CheckedPipeline, opening: Opening): WantedPart<OpenSink>[] {
  const topics = allTopics(pipeline)
  return pipeline.sinks.map((checked) => {
    const { name, type, options, from, rows, limits, telling } = checked
    const read = topics.find((topic) => topic.name === from)
    const madeOf = [type.name, options, limits, from, rows, read?.fingerprint, telling]
    return { name, madeOf, open: () => openSink(checked, pipeline, opening) }
  })
}

type TellerPlace = Pick<RunContext, 'disk' | 'clock'> & { readonly scratch: string }

/** Of two places in a topic, the one that is further in each partition; one beyond its end is of another topic. */
function furthest(topic: Topic, kept: Offsets, told: Offsets): Offsets {
  return offsetsOf(topic.partitions, (partition) => {
    const { start, end } = topic.bounds(partition)
    const [own = start, other = start] = [kept[partition], told[partition]]
    return other > end ? own : Math.max(own, other)
  })
}

/** What fires of an alert; undefined where no query makes it, or it has seen no time. */
function lastingOf(queries: RunningQueries | undefined, alert: string): Lasting | undefined {
  const graph = queries?.queries.find(({ name }) => name === alert)?.graph
  const reached = graph?.reached()
  if (graph === undefined || reached === undefined) return undefined
  return { reached, ids: () => new Set(graph.standing(Infinity).map(({ id }) => id)) }
}

/** Where a notifier goes on: a new one begins at the end of what its alert has said. */
async function placeOfTeller(
  topic: Topic,
  kept: Offsets | undefined,
  { disk, scratch, clock }: TellerPlace,
): Promise<Offsets> {
  await topic.refresh()
  const ends = offsetsOf(topic.partitions, (partition) => topic.bounds(partition).end)
  if (kept === undefined) await joinTopic(disk, scratch, ends, clock.now())
  return furthest(topic, kept ?? {}, toldUpTo(disk, scratch))
}

async function openSink(sink: CheckedSink, { folder, mask }: CheckedPipeline, opening: Opening): Promise<OpenSink> {
  const { name, from, type, options, rows, limits, telling } = sink
  const { clock, disk, random, stop, output, warn } = opening.context
  const { checked, topic, starts, dead, ended } = topicOf(opening.topics, from)
  const { fields, rowtime, format } = checked
  await using cleanup = new AsyncDisposableStack()
  const halt = new AbortController()
  const kept = entryOf(opening.kept.sinks, name)
  // A sink that delivers another topic now begins anew: a place in the old topic says nothing.
  const last = kept?.from === from ? kept : undefined
  const scratch = scratchOf(opening.context.dataFolder, name)
  const remember = (had: Before) => opening.context.beforeMemory.remember(name, had)
  const { identity: data } = opening.context.data
  const own = { name, folder, data, scratch, state: last?.state, remember }
  const say = (message: string) => warn(`${sinkWords(name)}: ${message}`)
  const ours = { rowtime, clock, disk: groupReadable(disk, scratch), output, warn: say, silenced: opening.silences }
  let teller: TellingSink | undefined
  const open = async () => {
    const context = { ...rows, ...own, ...ours }
    if (telling === undefined) return type.open(options, context)
    const lasting = () => lastingOf(opening.queries, telling.alert)
    teller = await openTelling(telling, options, { ...context, lasting })
    return teller
  }
  const place =
    telling === undefined
      ? (last?.offsets ?? starts)
      : await placeOfTeller(topic, last?.offsets, { disk: ours.disk, scratch, clock })
  const cursor = topic.cursor(place)
  cleanup.defer(() => cursor.close())
  const loop = await openDelivery({
    cursor,
    decoder: () => format.decoder(fields.map((_, column) => column)),
    hasMetadata: format.hasMetadata,
    readsArrival: format.readsArrival,
    givesKept: type.readsKept?.(options) === true,
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
    undecodable(partition, placed, rejects) {
      dead.undecodable(partition, placed, rejects)
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
    alert: telling?.alert,
    account: () => teller?.account() ?? { joined: undefined, heard: [] },
    trouble: () => loop.status().trouble?.text ?? teller?.trouble(),
    run: () => loop.run(),
    halt: () => halt.abort(),
    close: () => opened.disposeAsync(),
  }
}
