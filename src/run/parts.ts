/**
 * The parts of a run, and how they become those of another pipeline while they work.
 *
 * What is the same goes on: a source stays connected, a sink keeps its file open. What differs is halted; a checkpoint is
 * taken, so that its place is durable; and what is missing is opened from that checkpoint, as at a start. Nothing runs
 * before all of it is open.
 */
import { isDeepStrictEqual } from 'node:util'
import type { FullDisk } from '../base/full-disk.ts'
import type { Bus } from '../bus/bus.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { type OpenTopic, openTopics, topicOf } from '../runner/open-topics.ts'
import type { Reset } from '../runner/reset.ts'
import { queriesMadeOf, type RunningQueries, runningQueries } from '../runner/running-queries.ts'
import type { Checkpoint } from '../topic/checkpoint.ts'
import { checkBounds } from '../topic/checkpoint-bounds.ts'
import type { Tally } from '../topic/result-topic.ts'
import {
  type Checkpointed,
  type Checkpointer,
  openCheckpointer,
  readCheckpoint,
  withoutOpenStates,
} from './checkpoint-file.ts'
import { type Ingest, openIngest } from './ingest.ts'
import { type OpenSink, wantedSinks } from './open-sinks.ts'
import { type OpenSource, wantedSources } from './open-sources.ts'
import { openPartSet, type PartSet, type WantedPart } from './part-set.ts'
import type { RunOptions } from './run-options.ts'
import { openUpkeep, type Upkeep } from './upkeep.ts'

export type PartsContext = RunOptions & {
  readonly bus: Bus
  readonly fullDisk: FullDisk
  /** Told of the failure of a part: it ends the run. */
  fail(error: unknown): void
}

export type Parts = {
  readonly context: PartsContext
  /** The pipeline that they are of; undefined: nothing is open yet. */
  pipeline: CheckedPipeline | undefined
  /** The last checkpoint that was read. Once all is open, it holds what is not at work any more, should that come back. */
  kept: Checkpoint
  queries: RunningQueries | undefined
  /** Whether the queries that are there have stopped, and are to be opened anew. */
  areQueriesHalted: boolean
  readonly topics: Map<string, OpenTopic>
  readonly ingests: Map<string, Ingest>
  readonly sources: PartSet<OpenSource>
  readonly sinks: PartSet<OpenSink>
  readonly checkpoints: Checkpointer
  readonly upkeep: Upkeep
  /** What is counted over all of a run, also of parts that have ended. */
  readonly tallies: Map<string, Tally>
  readonly delivered: Map<string, number>
}

export function openParts(context: PartsContext): Parts & AsyncDisposable {
  const topics = new Map<string, OpenTopic>()
  const sources = openPartSet<OpenSource>(context.fail)
  const sinks = openPartSet<OpenSink>(context.fail)
  const kept = readCheckpoint(context.disk, context.dataFolder)
  const checkpoints = openCheckpointer(() => checkpointed(parts), kept, context)
  const parts: Parts & AsyncDisposable = {
    context,
    pipeline: undefined,
    kept,
    queries: undefined,
    areQueriesHalted: false,
    topics,
    ingests: new Map(),
    sources,
    sinks,
    checkpoints,
    upkeep: openUpkeep({ ...context, topics, checkpoints, atRest: (topic) => isAtRest(parts, topic) }),
    tallies: new Map(),
    delivered: new Map(),
    async [Symbol.asyncDispose]() {
      await using closing = new AsyncDisposableStack()
      closing.use(sinks)
      closing.use(sources)
    },
  }
  return parts
}

/** Whether the sources of a topic have nothing to read and nothing is on its way into it. */
const isAtRest = ({ ingests, sources }: Parts, topic: string): boolean =>
  ingests.get(topic)?.atRest() !== false &&
  sources.all().every(({ source, to }) => to !== topic || source.atRest?.() !== false)

/** What a checkpoint is taken of, at this moment. */
const checkpointed = ({ pipeline, kept, queries, topics, sinks }: Parts): Checkpointed => ({
  name: pipeline?.name ?? '',
  before: kept,
  opened: queries ?? { queries: [], readers: [] },
  topics,
  deliveries: sinks.all(),
})

export const sourcesOf = (parts: Parts, next: CheckedPipeline): WantedPart<OpenSource>[] =>
  wantedSources(next, { ...parts.context, ingests: parts.ingests })

export const sinksOf = (parts: Parts, next: CheckedPipeline): WantedPart<OpenSink>[] =>
  wantedSinks(next, { ...parts.context, topics: parts.topics, checkpoint: () => parts.kept })

/** Makes them the parts of a pipeline. Rejects with a Failure where one cannot be opened; some are halted then. */
export async function become(parts: Parts, next: CheckedPipeline, reset: ReadonlyMap<string, Reset>): Promise<void> {
  if (parts.pipeline !== undefined) await haltOthers(parts, next)
  parts.pipeline = next
  await openMissing(parts, next, reset)
  // Before anything is put out: a crash in the first seconds, too, finds what made the rows and where each file began.
  await parts.checkpoints.take()
  parts.upkeep.start(next)
  parts.queries?.start()
  parts.sinks.start()
  parts.sources.start()
}

/** Halts what differs, and lets go of it once its place is durable. */
async function haltOthers(parts: Parts, next: CheckedPipeline): Promise<void> {
  const { context, sources, sinks, queries, ingests, delivered } = parts
  // First: a source that waits for room on the disk would not stop.
  await parts.upkeep.end()
  await Promise.all([sources.halt(sourcesOf(parts, next)), sinks.halt(sinksOf(parts, next))])
  parts.areQueriesHalted ||= !isDeepStrictEqual(queries?.madeOf, queriesMadeOf(next))
  if (parts.areQueriesHalted) await queries?.halt()
  await Promise.all([...ingests.values()].map((ingest) => ingest.settled()))
  await parts.checkpoints.take()
  parts.kept = readCheckpoint(context.disk, context.dataFolder)
  await sources.drop()
  for (const { name, loop } of await sinks.drop()) delivered.set(name, (delivered.get(name) ?? 0) + loop.rows())
}

async function openMissing(parts: Parts, next: CheckedPipeline, reset: ReadonlyMap<string, Reset>): Promise<void> {
  const { context, kept, topics, ingests, sources } = parts
  const { bus, clock, dataFolder, fail } = context
  await openTopics(next, { bus, checkpoint: kept, clock, topics })
  if (parts.queries === undefined) checkBounds(kept, (name) => endsOf(topics.get(name)), { dataFolder, reset })
  if (parts.queries === undefined || parts.areQueriesHalted) {
    const { tallies } = parts
    parts.queries = runningQueries({
      pipeline: next,
      topics,
      checkpoint: kept,
      reset,
      clock,
      tallies,
      atRest: (topic) => isAtRest(parts, topic),
      fail,
    })
    parts.areQueriesHalted = false
  }
  // States may be large.
  parts.kept = withoutOpenStates(kept, parts.queries)
  await parts.sinks.open(sinksOf(parts, next))
  const keepUp = async (topic: string) => {
    for (const reader of parts.queries?.readersOf(topic) ?? []) await reader.keepsUp()
    await parts.upkeep.room(topic)
  }
  for (const { to } of next.sources) {
    if (!ingests.has(to)) ingests.set(to, await openIngest(topicOf(topics, to).topic, clock, () => keepUp(to)))
  }
  await sources.open(sourcesOf(parts, next))
}

const endsOf = (opened: OpenTopic | undefined) =>
  opened && Array.from({ length: opened.topic.partitions }, (_, partition) => opened.topic.bounds(partition).end)
