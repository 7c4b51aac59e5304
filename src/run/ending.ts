/** How a run ends: one part after the other, with checkpoints until nothing is left between them. */
import { sinkWords } from '../alert/names.ts'
import { slept } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { UNREACHABLE } from '../pipeline/check/alert/unreachable.ts'
import { closeWindows } from '../runner/open-queries.ts'
import { topicOf } from '../runner/open-topics.ts'
import type { OpenSink } from './open-sinks.ts'
import type { Parts } from './parts.ts'
import type { RunOptions } from './run-options.ts'

/** Resolves when every part has ended, each after all parts before it, and has delivered everything. */
export async function drain(parts: Parts): Promise<void> {
  const { context, topics, writers, sources, sinks, upkeep, checkpoints } = parts
  const { fail, stop, untilEnd } = context
  const end = (topic: string) => topicOf(topics, topic).ended.abort()
  const { pipeline, queries } = parts
  if (pipeline === undefined || queries === undefined) return
  const computed = new Set(queries.queries.map(({ name }) => name))
  const filled = pipeline.topics.filter((topic) => !computed.has(topic.name))
  const ends = [
    ...filled.map(async ({ name }) => {
      // Any source may say that it cannot be reached.
      await sources.ended(({ to }) => to === name || name === UNREACHABLE)
      await writers.get(name)?.settled()
      if (name === UNREACHABLE) await parts.unreachable.settled()
      await queries.filled(name)
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
export async function whileCheckpointing(parts: Parts, work: Promise<void>): Promise<void> {
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

/**
 * Warns of sinks that did not take everything; the next run delivers the rest. Throws the Failure of such a sink if the
 * input has ended, as there may be no next run.
 */
export function warnUndelivered(sinks: readonly OpenSink[], { stop, warn }: RunOptions): void {
  for (const { name, loop } of sinks) {
    const failure = loop.failure()
    const { trouble } = loop.status()
    if (failure === undefined && stop.aborted && trouble !== undefined) {
      warn(`${sinkWords(name)}: ${trouble.text}; what it did not take is delivered by the next run`)
    }
    if (failure === undefined) continue
    const { code, message, hint } = failure
    const warning = `${sinkWords(name)}: ${message}; what it did not take is delivered by the next run`
    if (!stop.aborted) throw new Failure(code, warning, { cause: failure, hint })
    warn(warning)
  }
}

/** Throws what sources could not read, once the input has ended, as there may be no next run. All else is delivered by then. */
export function refuseMissing(missing: readonly Failure[]): void {
  const [first] = missing
  if (first === undefined) return
  const others = missing.length === 1 ? '' : ` (and ${missing.length - 1} more, see the warnings)`
  throw new Failure(first.code, `${first.message}${others}; all else was read and delivered`, {
    hint: first.hint,
    cause: first,
  })
}
