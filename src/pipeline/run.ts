/**
 * Runs a checked pipeline in this process: the whole way of a record.
 *
 *   source ─▶ ingest ─▶ topic ─▶ query reader ─▶ graph ─▶ result topic ─▶ delivery ─▶ sink
 *
 * Every part ends when the part before it has ended and nothing is left between them. So a clean stop only stops the
 * sources: everything that was read is delivered, and the last checkpoint says where to go on.
 */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import { Failure } from '../base/failure.ts'
import { isFull, openFullDisk } from '../base/full-disk.ts'
import type { Random } from '../base/random.ts'
import { openEmbedded } from '../bus/embedded.ts'
import type { SinkContext } from '../sink/sink.ts'
import type { CheckedPipeline } from './checked.ts'
import { checkBounds } from './checkpoint-bounds.ts'
import { type Checkpointer, openCheckpointer, readCheckpoint, withoutOpen } from './checkpoint-file.ts'
import type { DeadLetterKind } from './dead-letter.ts'
import { type Ingest, openIngest } from './ingest.ts'
import type { Latency } from './latency.ts'
import { closeWindows, type OpenQueries, openQueries } from './open-queries.ts'
import { openReports } from './open-reports.ts'
import { type OpenSinks, openSinks } from './open-sinks.ts'
import { type OpenSources, openSources } from './open-sources.ts'
import { type OpenTopic, openTopics, topicOf } from './open-topics.ts'
import type { Reset } from './reset.ts'
import { openRetention, type Retention } from './retention.ts'
import { runTopicClocks } from './topic-clocks.ts'

export type RunOptions = {
  readonly dataFolder: string
  /** Bounded sources end the run, and the end closes every window. */
  readonly untilEnd: boolean
  /** Queries to be started anew, and from where. */
  readonly reset: ReadonlyMap<string, Reset>
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  /** Size of the log's files; what the bus takes it to be, if not given. */
  readonly segmentBytes?: number
  /** Aborted to stop cleanly: what was read is delivered, and its place is kept. */
  readonly stop: AbortSignal
  readonly stdout: SinkContext['stdout']
  /** Whether `stdout` is a terminal that may be redrawn. */
  readonly interactive: boolean
  /** Told once everything is open: what each source listens to or reads. */
  started(sources: readonly string[]): void
  warn(message: string): void
  /** Told when something was done that nobody waits for: a report. */
  note?(message: string): void
  /** Given what to look at the run with while it goes on. */
  watch?(look: () => RunLook): void
}

export type RunLook = {
  readonly lines: number
  /** By query, of the rows that became durable since the last look. */
  readonly latency: { readonly [query: string]: Latency }
  /** Bytes that the open windows of a query take. */
  readonly state: { readonly [query: string]: number }
}

export type RunSummary = {
  /** Lines that sources brought in this run. */
  readonly lines: number
  /** Rows by query, and rows delivered by sink. */
  readonly rows: { readonly [query: string]: number }
  /** By query, from the arrival of a record, or from a tick, to the durable rows that it made complete. */
  readonly latency: { readonly [query: string]: Latency }
  /** The most that a query's open windows took of memory, and what they may. */
  readonly state: { readonly [query: string]: { readonly mostBytes: number; readonly limitBytes: number } }
  readonly delivered: { readonly [sink: string]: number }
  readonly dead: { readonly [kind in DeadLetterKind]: number }
  /** Rows that were late for all their windows, by query. */
  readonly late: { readonly [query: string]: number }
  /** Records that were deleted at a limit before every query and sink had read them. */
  readonly dropped: number
  readonly elapsedMs: number
  /** The part of it that passed before the first line came. */
  readonly waitedMs: number
}

export async function runPipeline(pipeline: CheckedPipeline, options: RunOptions): Promise<RunSummary> {
  const { clock, disk, dataFolder } = options
  const began = clock.elapsed()
  const failed = new AbortController()
  const stop = AbortSignal.any([options.stop, failed.signal])
  const fullDisk = openFullDisk({ folder: dataFolder, clock, giveUp: stop, tell: options.warn })
  const { segmentBytes } = options
  const size = segmentBytes === undefined ? {} : { segmentBytes }
  await using bus = await openEmbedded(dataFolder, { disk, clock, warn: options.warn, fullDisk, ...size })
  let checkpoint = readCheckpoint(disk, dataFolder)
  const topics = await openTopics(pipeline, bus, checkpoint, clock)
  checkBounds(checkpoint, (name) => endsOf(topics.get(name)), { dataFolder, reset: options.reset })
  const opened = openQueries({ pipeline, topics, checkpoint, reset: options.reset, clock })
  checkpoint = withoutOpen(checkpoint, opened)
  await using sinks = await openSinks({ ...options, pipeline, topics, checkpoint, stop })
  const reports = openReports({ ...options, fullDisk, pipeline, topics })
  const { deliveries } = sinks
  const checkpoints = openCheckpointer(
    { name: pipeline.name, before: checkpoint, opened, topics, deliveries },
    { disk, fullDisk, dataFolder, bus },
  )
  const retention = openRetention({ ...options, pipeline, topics, checkpoints, stop })
  const ingests = await openIngests({ pipeline, topics, clock, retention }, opened)
  await using sources = await openSources({ ...options, pipeline, ingests, stop })
  // Before anything is put out: a crash in the first seconds, too, finds what made the rows and where each file began.
  await checkpoints.take()
  options.watch?.(() => lookAt(opened, ingests))
  options.started(sources.opened.map(({ source }) => source.describe))

  const end = (topic: string) => topicOf(topics, topic).ended.abort()
  const reading = opened.readers.map((reader) => ({ reader, done: reader.run() }))
  const computed = new Set(opened.queries.map((query) => query.name))
  const filled = pipeline.topics.filter((topic) => !computed.has(topic.name))
  const parts = [
    ...filled.map(async ({ name }) => {
      await Promise.all(sources.opened.filter(({ to }) => to === name).map((source) => source.run()))
      await ingests.get(name)?.settled()
      if (!options.untilEnd) await aborted(stop)
      end(name)
    }),
    ...opened.queries.map(async (query) => {
      await Promise.all(reading.filter(({ reader }) => reader.queries.includes(query)).map(({ done }) => done))
      if (options.untilEnd && !stop.aborted) {
        query.ending = true
        await checkpoints.take()
        closeWindows(query, topics)
      }
      await query.result.settled()
      end(query.name)
    }),
    runTopicClocks({ pipeline, topics, readers: opened.readers, clock, atRest: atRest(sources, ingests) }),
    // A schedule goes by the clock on the wall, which says nothing of an input that ends.
    (options.untilEnd ? Promise.resolve() : reports.follow(stop)).then(() => {
      for (const { name } of pipeline.reports) end(name)
    }),
    ...deliveries.map(({ loop }) => loop.run()),
  ]
  const every = { clock, intervalMs: pipeline.checkpointIntervalMs }
  await whileCheckpointing(parts, { checkpoints, retention }, every, () => {
    failed.abort()
    for (const name of topics.keys()) end(name)
  }).catch((error: unknown) => {
    if (!(options.stop.aborted && isFull(error))) throw error
    options.warn(`stopped while the disk was full at ${dataFolder}; the next run goes on from what is there`)
  })
  tellUndelivered(deliveries, options)

  return { ...summaryOf({ topics, opened, ingests, deliveries, retention }), ...timesOf(ingests, began, clock) }
}

/** Sinks that a lasting failure kept from what was read: the others have all of it. */
function tellUndelivered(deliveries: OpenSinks['deliveries'], { stop, warn }: RunOptions): void {
  for (const { name, loop } of deliveries) {
    const failure = loop.failure()
    if (failure === undefined) continue
    const { code, message, hint } = failure
    const told = `sink ${name}: ${message}; what it did not take is delivered by the next run`
    if (!stop.aborted) throw new Failure(code, told, { cause: failure, ...(hint === undefined ? {} : { hint }) })
    warn(told)
  }
}

type Ran = {
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly opened: OpenQueries
  readonly ingests: ReadonlyMap<string, Ingest>
  readonly deliveries: OpenSinks['deliveries']
  readonly retention: Retention
}

function summaryOf({
  topics,
  opened,
  ingests,
  deliveries,
  retention,
}: Ran): Omit<RunSummary, 'elapsedMs' | 'waitedMs'> {
  const sum = <T>(all: Iterable<T>, count: (one: T) => number) => [...all].reduce((total, one) => total + count(one), 0)
  const letters = (kind: DeadLetterKind) => sum(topics.values(), ({ dead }) => dead.count(kind))
  const late = (query: string) => sum(topics.values(), ({ dead }) => dead.late(query))
  return {
    lines: linesOf(ingests),
    rows: Object.fromEntries(opened.queries.map(({ name, result }) => [name, result.rows()])),
    latency: Object.fromEntries(opened.queries.map(({ name, result }) => [name, result.latency()])),
    state: Object.fromEntries(
      opened.queries.map(({ name, state }) => [name, { mostBytes: state.bytes().most, limitBytes: state.limit }]),
    ),
    late: Object.fromEntries(opened.queries.map(({ name }) => [name, late(name)])),
    delivered: Object.fromEntries(deliveries.map(({ name, loop }) => [name, loop.rows()])),
    dead: {
      format: letters('format'),
      late: letters('late'),
      partly_late: letters('partly_late'),
      expression: letters('expression'),
      sink: letters('sink'),
    },
    dropped: retention.dropped(),
  }
}

const linesOf = (ingests: ReadonlyMap<string, Ingest>): number =>
  [...ingests.values()].reduce((sum, ingest) => sum + ingest.lines(), 0)

const lookAt = ({ queries }: OpenQueries, ingests: ReadonlyMap<string, Ingest>): RunLook => ({
  lines: linesOf(ingests),
  latency: Object.fromEntries(queries.map(({ name, result }) => [name, result.recentLatency()])),
  state: Object.fromEntries(queries.map(({ name, state }) => [name, state.bytes().now])),
})

/** Where no line ever came, that was no waiting for one. */
function timesOf(ingests: ReadonlyMap<string, Ingest>, began: number, clock: Clock) {
  const firstAt = Math.min(...[...ingests.values()].map((ingest) => ingest.firstAt() ?? Number.POSITIVE_INFINITY))
  return { elapsedMs: clock.elapsed() - began, waitedMs: Number.isFinite(firstAt) ? firstAt - began : 0 }
}

/** Waits for all parts and takes checkpoints meanwhile and at the end; the first failure ends the others and is thrown. */
async function whileCheckpointing(
  parts: readonly Promise<void>[],
  { checkpoints, retention }: { readonly checkpoints: Checkpointer; readonly retention: Retention },
  { clock, intervalMs }: { readonly clock: Clock; readonly intervalMs: number },
  abandon: () => void,
): Promise<void> {
  const failures: unknown[] = []
  const fail = (error: unknown) => {
    failures.push(error)
    abandon()
  }
  const done = new AbortController()
  const ticking = Promise.all([
    retention.run(done.signal).catch(fail),
    (async () => {
      while (await slept(clock, intervalMs, done.signal)) await checkpoints.take()
    })().catch(fail),
  ])
  await Promise.all(parts.map((part) => part.catch(fail)))
  done.abort()
  await ticking
  if (failures.length > 0) throw failures[0]
  await checkpoints.take()
}

/** Whether nothing is on its way into a topic, as far as its sources know. */
const atRest =
  ({ opened }: OpenSources, ingests: ReadonlyMap<string, Ingest>) =>
  (topic: string): boolean =>
    ingests.get(topic)?.atRest() !== false &&
    opened.every(({ to, source }) => to !== topic || source.atRest?.() !== false)

type Filling = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly clock: Clock
  readonly retention: Retention
}

async function openIngests(
  { pipeline, topics, clock, retention }: Filling,
  { readers }: OpenQueries,
): Promise<Map<string, Ingest>> {
  const ingests = new Map<string, Ingest>()
  for (const name of new Set(pipeline.sources.map(({ to }) => to))) {
    const waitedFor = readers.filter(({ topic }) => topic === name)
    const keepUp = async () => {
      for (const reader of waitedFor) await reader.keepsUp()
      await retention.room(name)
    }
    ingests.set(name, await openIngest(topicOf(topics, name).topic, clock, keepUp))
  }
  return ingests
}

const endsOf = (opened: OpenTopic | undefined) =>
  opened && Array.from({ length: opened.topic.partitions }, (_, partition) => opened.topic.bounds(partition).end)

/** True after the time, false once aborted. */
const slept = (clock: Clock, milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  clock.sleep(milliseconds, signal).then(
    () => true,
    () => false,
  )

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
