/**
 * Runs a checked pipeline in this process: the whole way of a record.
 *
 *   source ─▶ writer ─▶ topic ─▶ query reader ─▶ graph ─▶ result topic ─▶ delivery ─▶ sink
 *
 * The parts are opened in `parts.ts`, and changed there when the pipeline is reloaded. Every part ends when the part
 * before it has ended and nothing is left between them. So a clean stop only stops the sources: everything that was read
 * is delivered, and the last checkpoint says where to go on.
 */
import { slept } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { isFull, openFullDisk } from '../base/full-disk.ts'
import { buses } from '../bus/all.ts'
import { ownDataFolder } from '../data/data-folder.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { closeWindows } from '../runner/open-queries.ts'
import { topicOf } from '../runner/open-topics.ts'
import type { OpenSink } from './open-sinks.ts'
import { become, openParts, type Parts } from './parts.ts'
import { openReload } from './reload.ts'
import type { RunOptions } from './run-options.ts'
import { lookAt, type RunSummary, summaryOf } from './run-summary.ts'

export async function runPipeline(pipeline: CheckedPipeline, options: RunOptions): Promise<RunSummary> {
  const { clock, disk, dataFolder, segmentBytes } = options
  const began = clock.elapsed()
  const failed = new AbortController()
  const failures: unknown[] = []
  const stop = AbortSignal.any([options.stop, failed.signal])
  const fullDisk = openFullDisk({ folder: dataFolder, clock, giveUp: stop, tell: options.warn })
  using data = await ownDataFolder(disk, dataFolder, clock)
  await using bus = await buses[pipeline.bus].open(data, { clock, warn: options.warn, fullDisk, segmentBytes })
  const fail = (error: unknown) => {
    failures.push(error)
    failed.abort()
    for (const { ended } of parts.topics.values()) ended.abort()
  }
  await using parts = openParts({ ...options, stop, bus, fullDisk, fail })
  await become(parts, pipeline, options.reset)
  const reload = openReload(parts)
  options.watch?.(() => lookAt(parts))
  options.started(
    parts.sources.all().map(({ source }) => source.describe),
    reload.reload,
  )

  const work = async () => {
    // An input that ends is followed to its end as it is; one that does not may be changed until the stop.
    if (!options.untilEnd) await aborted(stop)
    await reload.close()
    await drain(parts)
  }
  await whileCheckpointing(parts, work().catch(fail))
  try {
    if (failures.length > 0) throw failures[0]
    await parts.checkpoints.take()
  } catch (error) {
    if (!(options.stop.aborted && isFull(error))) throw error
    options.warn(`stopped while the disk was full at ${dataFolder}; the next run goes on from what is there`)
  }
  tellUndelivered(parts.sinks.all(), options)
  return summaryOf(parts, began)
}

/** Sinks that a lasting failure kept from what was read: the others have all of it. */
function tellUndelivered(sinks: readonly OpenSink[], { stop, warn }: RunOptions): void {
  for (const { name, loop } of sinks) {
    const failure = loop.failure()
    if (failure === undefined) continue
    const { code, message, hint } = failure
    const told = `sink ${name}: ${message}; what it did not take is delivered by the next run`
    if (!stop.aborted) throw new Failure(code, told, { cause: failure, ...(hint === undefined ? {} : { hint }) })
    warn(told)
  }
}

/** Ends one part after the other, each when all that comes before it has ended. */
async function drain(parts: Parts): Promise<void> {
  const { context, topics, writers, sources, sinks, upkeep, checkpoints } = parts
  const { fail, stop, untilEnd } = context
  const end = (topic: string) => topicOf(topics, topic).ended.abort()
  const { pipeline, queries } = parts
  if (pipeline === undefined || queries === undefined) return
  const computed = new Set(queries.queries.map(({ name }) => name))
  const filled = pipeline.topics.filter((topic) => !computed.has(topic.name))
  const ends = [
    ...filled.map(async ({ name }) => {
      await sources.ended(({ to }) => to === name)
      await writers.get(name)?.settled()
      end(name)
    }),
    ...queries.queries.map(async (query) => {
      await queries.ended(query)
      if (untilEnd && !stop.aborted) {
        query.ending = true
        await checkpoints.take()
        closeWindows(query, topics.values())
      }
      await query.result.settled()
      end(query.name)
    }),
    upkeep.reportsEnded().then(() => {
      for (const { name } of pipeline.reports) end(name)
    }),
  ]
  await Promise.all(ends.map((one) => one.catch(fail)))
  await Promise.all([sinks.ended(), queries.clocksEnded()])
}

/** Takes checkpoints until the work is done. */
async function whileCheckpointing(parts: Parts, work: Promise<void>): Promise<void> {
  const { context, checkpoints, upkeep } = parts
  const done = new AbortController()
  const pause = () => slept(context.clock, parts.pipeline?.checkpointIntervalMs ?? 0, done.signal)
  const ticking = (async () => {
    while (await pause()) await checkpoints.take()
  })().catch(context.fail)
  await work
  done.abort()
  await ticking
  await upkeep.end()
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
