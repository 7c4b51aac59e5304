/**
 * Runs a checked pipeline in this process: the whole way of a record.
 *
 *   source ─▶ topic writer ─▶ topic ─▶ query reader ─▶ graph ─▶ result topic ─▶ delivery loop ─▶ sink
 *
 * `openWay` opens these parts, and `become` does so again when the pipeline is reloaded: parts that stay the same are left
 * at work. Every part ends when the part before it has ended and nothing is left between them (`ending.ts`), so a clean stop
 * only stops the sources: every record that was read is delivered, and the last checkpoint says where to go on.
 */
import { once } from 'node:events'
import { openFullDisk } from '../base/disk/full-disk.ts'
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import { openTurns, type Turns } from '../base/turns.ts'
import type { OwnBusContext } from '../bus/bus-type.ts'
import { partitionEnds } from '../bus/fetched.ts'
import { openBeforeMemory } from '../data/before.ts'
import { ownDataFolder } from '../data/data-folder.ts'
import { UNREACHABLE } from '../pipeline/check/alert/unreachable.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { keptIn, type OpenTopic, openTopics, topicOf } from '../runner/open-topics.ts'
import { runningQueries } from '../runner/running-queries.ts'
import { checkBounds } from '../topic/checkpoint-bounds.ts'
import { checkBus } from '../topic/checkpoint-bus.ts'
import { foundBefore, goesOn, readsAgain } from './again/earlier-runs.ts'
import { startOver } from './again/start-over.ts'
import { withoutOpenStates } from './checkpoint-file.ts'
import { controlCommands } from './control/commands.ts'
import { drain, refuseMissing, warnUndelivered, whileCheckpointing } from './ending.ts'
import { openTimeWatch, type TimeWatch, type Watched } from './event-time/watch.ts'
import { flinkRunner } from './flink/flink-runner.ts'
import { beginning } from './flink/moving.ts'
import { type LocalPipeline, localPipeline } from './flink/split.ts'
import { refuseLostCheckpoint } from './lost-checkpoint.ts'
import { type MaskedOptions, maskedOptions, openMasks } from './masks.ts'
import { wantedSinks } from './open-sinks.ts'
import { sourceWriter, wantedSources } from './open-sources.ts'
import { haltChanged, isAtRest, openParts, type Parts, type Resets } from './parts.ts'
import { journalFolder, keyJournalFolder } from './places/source-places.ts'
import { openPressure } from './pressure.ts'
import { openReload } from './reload.ts'
import type { Reload, RunOptions } from './run-options.ts'
import { lookAt, type RunSummary, summaryOf } from './run-summary.ts'
import { openDoors } from './served/doors.ts'
import { rowsOfOpenWindows } from './served/open-windows.ts'
import type { ServedOptions } from './served/served-options.ts'
import { isFenced } from './share/claims.ts'
import { QUERIES, sourcePart } from './share/reduce.ts'
import { changingOf, openSharedReload, openSharing } from './share/run-shared.ts'
import type { SharedChange } from './share/sharing.ts'
import { signsOf } from './signs-of-life.ts'
import { isoText } from './status/clock-status.ts'
import { statusOfRun } from './status/of-run.ts'
import { openSteering } from './status/steering.ts'
import { openUseWatch, unusableIn } from './status/unusable.ts'
import { openTopicWriter } from './topic-writer.ts'

/**
 * Runs until all sources have ended, or until `options.stop`. Rejects with a Failure where a part cannot be opened or fails
 * for good.
 */
export async function runPipeline(pipeline: CheckedPipeline, options: ServedOptions): Promise<RunSummary> {
  const masks = openMasks(pipeline)
  return await masks.inFailures(() => runTakingPart(localPipeline(pipeline), maskedOptions(options, masks)))
}

/** Runs; where others have taken over the parts of this process, as it was stopped for too long, it joins them anew. */
async function runTakingPart(pipeline: LocalPipeline, options: MaskedOptions): Promise<RunSummary> {
  for (let current: LocalPipeline = pipeline, { reset } = options; ; reset = new Map()) {
    const onReload = (next: CheckedPipeline) => {
      current = next
    }
    try {
      return await runUnmasked(current, { ...options, reset, onReload })
    } catch (error) {
      if (!isFenced(error) || options.stop.aborted) throw error
      options.warn(`${error.message}; it joins the others again`)
    }
  }
}

async function runUnmasked(
  pipeline: LocalPipeline,
  options: MaskedOptions & { onReload(next: CheckedPipeline): void },
): Promise<RunSummary> {
  const { clock, random, disk, dataFolder, segmentBytes, warn } = options
  const [began, since] = [clock.elapsed(), isoText(clock.now())]
  const failed = new AbortController()
  const failures: unknown[] = []
  const stop = AbortSignal.any([options.stop, failed.signal])
  const fullDisk = openFullDisk({ folder: dataFolder, clock, giveUp: stop, tell: warn })
  using data = await ownDataFolder(disk, dataFolder, clock, random)
  if (data.hasFinishedFresh) warn('an earlier run with --fresh was interrupted; what it was to remove is removed now')
  if (options.fresh !== undefined) await startOver(data, pipeline, options.fresh)
  const { type, options: chosen } = pipeline.bus
  let isStarted = false
  let opened: Parts | undefined
  const status = () =>
    statusOfRun(opened, {
      state: stop.aborted ? 'stopping' : isStarted ? 'running' : 'starting',
      now: clock.now(),
      dataFolder,
      process: { pid: process.pid, version: options.control?.version ?? '', since },
      bus: type.name,
      mask: options.mask,
    })
  const turns = openTurns()
  const commands = controlCommands({ status, parts: () => (isStarted ? opened : undefined), turns, clock, stop })
  await using doors = await openDoors(options, () => opened, { pipeline: pipeline.name, clock, status, commands })
  const openBus = options.openBus ?? ((context: OwnBusContext) => type.open(chosen, context))
  const { folder } = pipeline
  await using bus = await openBus({ folder, data, clock, random, warn, fullDisk, segmentBytes, giveUp: stop })
  const fail = (error: unknown) => {
    failures.push(error)
    failed.abort()
    for (const { ended } of opened?.topics.values() ?? []) ended.abort()
  }
  await using share = await openSharing(pipeline, bus, { ...options, stop, fail })
  await refuseLostCheckpoint({ disk, dataFolder, bus, pipeline, reset: options.reset })
  const beforeMemory = openBeforeMemory(disk, dataFolder)
  const missing: Failure[] = []
  const missed = (failure: Failure) => missing.push(failure)
  const checkOwned = () => [data.checkOwned?.(), share?.checkHeld()]
  const own = { data, stop, bus, fullDisk, beforeMemory, share, fail, missed, checkOwned }
  await using parts = openParts({ ...options, ...own })
  opened = parts
  await using _ = doors.untilParts()
  await become(parts, share?.held() ?? pipeline, options.reset)
  const changing = changingOf(parts, become, turns, () => failures.length > 0)
  const reload = share ? openSharedReload(parts, share, changing, turns) : openReload(parts, become, turns)
  await using times = watchTimes(parts, options)
  await using uses = openUseWatch(parts, options)
  isStarted = true
  announce(parts, reload, options)
  const working = work(parts, turns, changing)
  await whileCheckpointing(parts, working.catch(fail))
  await takeLast(parts, failures, options)
  const hasEnded = options.untilEnd && !options.stop.aborted
  if (hasEnded) for (const text of foundBefore(parts)) options.note?.(text)
  warnUndelivered(parts.sinks.all(), options)
  times.end()
  uses.end()
  if (hasEnded) judgeInput(parts, missing, options)
  return summaryOf(parts, began)
}

/** Resolves when the parts have done their work: with the end of the input, or after the stop. */
async function work(parts: Parts, turns: Turns, changing: SharedChange): Promise<void> {
  const { share, untilEnd, stop } = parts.context
  if (share !== undefined) return await share.run(changing)
  // An input that ends is followed to its end as it is; one that does not may be changed until the stop.
  if (!untilEnd && !stop.aborted) await once(stop, 'abort')
  await turns.close()
  await drain(parts)
}

/** Gives the caller what it shows of a run, and what it changes it by. */
function announce(parts: Parts, reload: Reload, options: ServedOptions): void {
  options.watch?.(() => lookAt(parts))
  options.steer?.(openSteering(parts))
  options.show?.({ counts: () => signsOf(parts), openWindows: (query) => rowsOfOpenWindows(query, parts) })
  options.started(
    parts.sources.all().map(({ source }) => source.describe),
    reload,
  )
  if (!options.untilEnd) for (const text of goesOn(parts)) options.note?.(text)
}

/** Tells what could use none of its lines or rows, and throws what sources could not read. */
function judgeInput(parts: Parts, missing: readonly Failure[], options: RunOptions): void {
  options.unusable?.(unusableIn(parts, options.which).map(({ failure }) => failure))
  refuseMissing(missing)
}

/** Says what is wrong with the times of records while the parts are at work. */
const watchTimes = (parts: Parts, { clock, warn, which = '', machineZone = 'UTC' }: RunOptions): TimeWatch =>
  openTimeWatch(() => watchedOf(parts), { clock, warn, which, machineZone })

/** What is looked at to say what is wrong with the times of records; undefined while nothing is open. */
function watchedOf({ pipeline, queries, topics, sources }: Parts): Watched | undefined {
  if (pipeline === undefined || queries === undefined) return undefined
  return {
    pipeline,
    readersOf: queries.readersOf,
    tallyOf: (topic) => topics.get(topic)?.dead.tally,
    sourcesOf: (topic) =>
      sources
        .all()
        .filter(({ to }) => to === topic)
        .map(({ source }) => source.describe),
  }
}

/** Throws the first of the failures; else takes the last checkpoint. */
async function takeLast(
  { checkpoints, upkeep }: Parts,
  failures: readonly unknown[],
  { stop, dataFolder, warn }: RunOptions,
): Promise<void> {
  try {
    if (failures.length > 0) throw failures[0]
    await checkpoints.take()
    await checkpoints.committed()
    await upkeep.tidyUp()
  } catch (error) {
    // A stop does not wait for a disk with room, nor for a bus that cannot be reached.
    if (!(stop.aborted && error instanceof Failure && error.retryable)) throw error
    const why = error.code === 'full' ? `the disk was full at ${dataFolder}` : error.message
    warn(`stopped while ${why}; the next run goes on from what is there`)
  }
}

/** Makes the parts those of a pipeline. Rejects with a Failure where one cannot be opened; some are halted then. */
async function become(parts: Parts, next: LocalPipeline, reset: Resets): Promise<void> {
  if (parts.pipeline !== undefined) await haltChanged(parts, next)
  parts.pipeline = next
  await openWay(parts, next, reset)
  // Before anything is put out: a crash in the first seconds, too, finds what made the rows and where each file began.
  await parts.checkpoints.take()
  parts.upkeep.start(next)
  parts.lookups.start()
  parts.queries?.start()
  parts.sinks.start()
  await parts.unreachable.become(next, parts.topics.get(UNREACHABLE)?.topic)
  parts.sources.start()
}

/** Opens the parts that are missing, from the last checkpoint. None is at work before all are open. */
async function openWay(parts: Parts, next: LocalPipeline, given: Resets): Promise<void> {
  const { context, kept, topics, writers, sources, sinks, tallies } = parts
  const { bus, clock, dataFolder, disk, fail, fullDisk, share, warn } = context
  // Between any two parts lies a topic, with its dead letters and the ticks of its clock.
  const into = parts.areTopicsStale ? new Map<string, OpenTopic>() : topics
  const appending = { bus, claimed: share?.busOf(QUERIES), isShared: share !== undefined }
  const opened = await openTopics(next, { ...appending, checkpoint: kept, clock, warn, topics: into })
  for (const [name, topic] of opened) topics.set(name, topic)
  const isTakenOver = parts.queries === undefined || parts.areTopicsStale
  parts.areTopicsStale = false
  await parts.lookups.become(next)
  // A reader decodes the records of a topic once, for all queries at the same place. Each query fills a topic of its own.
  const { reset, jobs } =
    parts.queries === undefined ? await beginning(parts, next, given) : { reset: given, jobs: new Map() }
  if (next.onFlink !== undefined) await parts.jobs.become(next.onFlink, jobs)
  if (isTakenOver) checkBus(kept, bus, [...topics.values()].flatMap(keptIn), dataFolder)
  if (isTakenOver) checkBounds(kept, (name) => endsIfOpen(topics.get(name)), { dataFolder, reset })
  if (parts.queries === undefined || parts.areQueriesHalted) {
    const atRest = (topic: string) => isAtRest(parts, topic)
    const { tables } = parts.lookups
    const { marksOf } = parts.jobs
    const opening = { pipeline: next, topics, checkpoint: kept, reset, clock, tallies, tables, warn, marksOf }
    const queries = runningQueries({ ...opening, atRest, fail })
    parts.queries = next.onFlink === undefined ? queries : flinkRunner(queries, parts.jobs)
    parts.areQueriesHalted = false
  }
  // States may be large: those of queries that are open are not needed any more.
  parts.kept = withoutOpenStates(kept, parts.queries)
  // Each sink has a loop that delivers a topic to it, at its own pace.
  await sinks.open(wantedSinks(next, parts))
  // Sources hand lines to the writer of their topic, which lets them wait for its readers, and for space.
  for (const source of next.sources) {
    const { to } = source
    const key = sourceWriter(source, next)
    const claimed = share?.busOf(sourcePart(source.name))
    const before = writers.get(key)
    // A source that went to another process and came back goes on from what that has brought in.
    if (before !== undefined && before.by === claimed) continue
    const readers = async () => {
      for (const reader of parts.queries?.readersOf(to) ?? []) await reader.keepsUp()
    }
    const { keepUp, waitsFor } = openPressure(readers, () => parts.upkeep.room(to))
    // A reload may change what the topic asks for; the writer stays.
    const wantsFiles = () => topicOf(topics, to).checked.format.wantsFiles
    const journals = { disk, folder: journalFolder(dataFolder, to), clock, fullDisk }
    const keyJournals = { disk, folder: keyJournalFolder(dataFolder, to), fullDisk }
    const options = { keepUp, wantsFiles, journals, keyJournals }
    const { topic, checked } = topicOf(topics, to)
    const own = await claimed?.topic(checked.topic, checked.partitions, checked.settings)
    const writer = await openTopicWriter(own ?? topic, clock, options)
    const lines = () => (before?.lines() ?? 0) + writer.lines()
    writers.set(key, { ...writer, lines, waitsFor, to, by: claimed })
  }
  await sources.open(wantedSources(next, parts))
  if (next.bus.type.isShared) for (const text of readsAgain(parts, next.sources)) warn(text)
}

/** The ends of a topic's partitions; undefined where it is not open. */
const endsIfOpen = (opened: OpenTopic | undefined): readonly Offset[] | undefined =>
  opened && partitionEnds(opened.topic)
