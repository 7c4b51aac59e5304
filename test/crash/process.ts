/**
 * The process that is killed, in place of `tailrace run`: with small segments, a retention that is too small for a pipeline
 * file, and a clock that runs faster. `kill-disk.ts` kills it.
 *
 *   node test/crash/process.ts FOLDER [--until-end] [--options JSON]
 */
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { describeFailure, Failure } from '../../src/base/failure.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import type { CheckedPipeline, RetentionRule } from '../../src/pipeline/checked.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'
import { runInProcess } from '../run/in-process.ts'
import { nowRunning, say } from './kill-disk.ts'
import { SEGMENT_BYTES } from './pipeline.ts'

export type ProcessOptions = {
  /** The retention of source topics. */
  readonly retention?: RetentionRule
  /** Its clock shows `from` when the real one shows `since`, and goes `speed` times as fast. */
  readonly time?: { readonly speed: number; readonly from: number; readonly since: number }
}

/** Without a clock of its own, work that is due every ten seconds is due at once. */
const LONG_MS = 10_000
const SHORT_MS = 40

function clockOf(time: ProcessOptions['time']): Clock {
  const { now, elapsed, sleep } = systemClock
  if (time === undefined) return { now, elapsed, sleep: (ms, signal) => sleep(ms === LONG_MS ? SHORT_MS : ms, signal) }
  const { speed, from, since } = time
  return {
    now: () => from + (now() - since) * speed,
    elapsed: () => elapsed() * speed,
    sleep: (ms, signal) => sleep(ms / speed, signal),
  }
}

function withRetention(pipeline: CheckedPipeline, retention: RetentionRule | undefined): CheckedPipeline {
  if (retention === undefined) return pipeline
  const filled = new Set(pipeline.sources.map(({ to }) => to))
  const topics = pipeline.topics.map((topic) => (filled.has(topic.name) ? { ...topic, retention } : topic))
  return { ...pipeline, topics }
}

const [folder = '.', ...flags] = process.argv.slice(2)
const at = flags.indexOf('--options')
const { retention, time } = JSON.parse(at < 0 ? '{}' : (flags[at + 1] ?? '{}')) as ProcessOptions
const clock = clockOf(time)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
try {
  const loaded = await loadPipeline(join(folder, 'p.yaml'), { environment: {}, overrides: [] })
  const { pipeline } = checkPipeline(loaded, clock.now())
  const summary = await runInProcess(withRetention(pipeline, retention), {
    dataFolder: join(folder, 'data'),
    untilEnd: flags.includes('--until-end'),
    clock,
    segmentBytes: SEGMENT_BYTES,
    stop: stop.signal,
    started(sources) {
      nowRunning()
      say(`crash runs: ${sources.join(', ')}`)
    },
    warn: (message) => say(`warning: ${message}`),
  })
  say(JSON.stringify(summary))
} catch (error) {
  say(error instanceof Failure ? describeFailure(error) : String((error as Error).stack))
  process.exitCode = 1
}
