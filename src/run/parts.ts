/**
 * The parts of a run, and how parts are halted that another pipeline does not have.
 *
 * Parts that stay the same go on: a source stays connected, a sink keeps its file open. The others are halted; then a
 * checkpoint makes their places durable, and the missing parts are opened from it, as at a start.
 */
import { isDeepStrictEqual } from 'node:util'
import { openSilences, type Silences } from '../alert/silences.ts'
import type { Bus } from '../bus/bus.ts'
import { groupOf } from '../pipeline/group.ts'
import type { OpenTopic } from '../runner/open-topics.ts'
import type { Reset } from '../runner/reset.ts'
import type { Runner } from '../runner/runner.ts'
import { queriesMadeOf } from '../runner/running-queries.ts'
import type { Checkpoint } from '../topic/checkpoint.ts'
import type { Tally } from '../topic/result-topic.ts'
import { openUnreachable, type UnreachableAlert } from './alerts/unreachable.ts'
import { type Checkpointed, type Checkpointer, openCheckpointer, readCheckpoint } from './checkpoint-file.ts'
import { type Jobs, openJobs } from './flink/jobs.ts'
import type { LocalPipeline } from './flink/split.ts'
import { type Lookups, openLookups } from './lookups/lookups.ts'
import { type OpenSink, wantedSinks } from './open-sinks.ts'
import { type OpenSource, wantedSources } from './open-sources.ts'
import { openPartSet, type PartSet } from './part-set.ts'
import type { Pressure } from './pressure.ts'
import { openReach, type Reach } from './reach.ts'
import type { RunContext } from './run-options.ts'
import type { TopicWriter } from './topic-writer.ts'
import { openUpkeep, type Upkeep } from './upkeep.ts'

/** Queries that begin anew, and where. */
export type Resets = ReadonlyMap<string, Reset>

/** The topic that a writer fills, and the bus that it was claimed on; undefined: it belongs to the data folder. */
type OfWriter = { readonly to: string; readonly by: Bus | undefined }

export type Parts = {
  readonly context: RunContext
  /** The pipeline whose parts these are; undefined: nothing is open yet. */
  pipeline: LocalPipeline | undefined
  /** The last checkpoint that was read. Once all parts are open, it keeps the places of parts that may come back later. */
  kept: Checkpoint
  /** The queries of earlier runs. */
  readonly ranBefore: ReadonlySet<string>
  queries: Runner | undefined
  /** The jobs at Flink. */
  readonly jobs: Jobs
  /** Whether the queries have stopped and must be opened again. */
  areQueriesHalted: boolean
  readonly topics: Map<string, OpenTopic>
  /** Another process has appended to the topics, so they are opened anew; only sources are at work. */
  areTopicsStale: boolean
  /** As `sourceWriter` calls them. */
  readonly writers: Map<string, TopicWriter & Pick<Pressure, 'waitsFor'> & OfWriter>
  readonly sources: PartSet<OpenSource>
  readonly sinks: PartSet<OpenSink>
  /** Which sources cannot be reached. */
  readonly reach: Reach
  /** What people have silenced among the alerts. */
  readonly silences: Silences
  /** The alert about sources that cannot be reached. */
  readonly unreachable: UnreachableAlert
  readonly checkpoints: Checkpointer
  /** The tables that rows are looked up in. */
  readonly lookups: Lookups
  readonly upkeep: Upkeep
  /** Counts over all of a run, including parts that have ended. */
  readonly tallies: Map<string, Tally>
  readonly delivered: Map<string, number>
}

/** Reads the last checkpoint; no part is open yet. */
export function openParts(context: RunContext): Parts & AsyncDisposable {
  const topics = new Map<string, OpenTopic>()
  const sources = openPartSet<OpenSource>(context.fail)
  const sinks = openPartSet<OpenSink>(context.fail)
  const reach = openReach(context.clock)
  const kept = readCheckpoint(context.disk, context.dataFolder)
  const checkpoints = openCheckpointer(() => checkpointed(parts), kept, context)
  const readersOf = (topic: string) => parts.queries?.readersOf(topic) ?? []
  const lookups = openLookups({ ...context, topics, readersOf, places: checkpoints.last })
  const parts: Parts & AsyncDisposable = {
    context,
    pipeline: undefined,
    kept,
    ranBefore: new Set(Object.keys(kept.queries)),
    queries: undefined,
    jobs: openJobs(context, topics),
    areQueriesHalted: false,
    topics,
    areTopicsStale: false,
    writers: new Map(),
    sources,
    sinks,
    reach,
    unreachable: openUnreachable({ ...context, reach }),
    silences: openSilences(context.disk, context.dataFolder, context.clock),
    checkpoints,
    lookups,
    upkeep: openUpkeep({
      ...context,
      topics,
      checkpoints,
      tables: lookups.tables,
      atRest: (topic) => isAtRest(parts, topic),
      delivered: (sink) =>
        sinks
          .all()
          .find(({ name }) => name === sink)
          ?.loop.status().offsets,
    }),
    tallies: new Map(),
    delivered: new Map(),
    async [Symbol.asyncDispose]() {
      await using closing = new AsyncDisposableStack()
      closing.defer(() => lookups.end())
      closing.use(sinks)
      closing.use(sources)
      closing.use(parts.unreachable)
      closing.defer(async () => {
        await parts.jobs.halt(undefined)
        parts.jobs.close()
      })
    },
  }
  return parts
}

/** Whether the sources of a topic have nothing to read and nothing is on its way into it. */
export const isAtRest = ({ writers, sources }: Parts, topic: string): boolean =>
  [...writers.values()].every((writer) => writer.to !== topic || writer.atRest()) &&
  sources.all().every(({ source, to }) => to !== topic || source.atRest?.() !== false)

/** The parts that a checkpoint of this moment covers. */
const checkpointed = ({ pipeline, kept, queries, topics, sinks }: Parts): Checkpointed => ({
  group: (kind, name) => groupOf(pipeline ?? { name: '', queries: [], sinks: [] }, kind, name),
  before: kept,
  opened: queries ?? { queries: [], readers: [] },
  topics,
  deliveries: sinks.all(),
})

/** The last checkpoint; of a shared pipeline also the part that is on the bus, where this process has the queries. */
async function readKept({ context, queries, areQueriesHalted }: Parts): Promise<Checkpoint> {
  const kept = readCheckpoint(context.disk, context.dataFolder)
  const isNeeded = queries === undefined || areQueriesHalted
  return context.share === undefined ? kept : await context.share.withQueries(kept, isNeeded)
}

/** Halts the parts that the next pipeline does not have as they are, and closes them once their places are durable. */
export async function haltChanged(parts: Parts, next: LocalPipeline): Promise<void> {
  const { context, sources, sinks, queries, writers, delivered } = parts
  // First: a source that waits for room on the disk would not stop.
  await parts.upkeep.end()
  await parts.lookups.end()
  await Promise.all([sources.halt(wantedSources(next, parts)), sinks.halt(wantedSinks(next, parts))])
  parts.areQueriesHalted ||= !isDeepStrictEqual(queries?.madeOf, queriesMadeOf(next))
  if (parts.areQueriesHalted) await queries?.halt()
  if (next.onFlink !== undefined) await parts.jobs.halt(next.onFlink)
  await Promise.all([...writers.values()].map((writer) => writer.settled()))
  await parts.checkpoints.take()
  // Others go on from these places as soon as they hear that they may.
  if (context.share !== undefined) await parts.checkpoints.committed()
  parts.kept = await readKept(parts)
  await sources.drop()
  for (const { name, loop } of await sinks.drop()) delivered.set(name, (delivered.get(name) ?? 0) + loop.rows())
}
