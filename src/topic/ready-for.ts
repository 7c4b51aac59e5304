/**
 * Waits for what decoding records needs, such as a schema of a registry. Trouble there is no trouble of the records: it is waited for, as
 * for a bus that is away, and said once when it begins and once when it is over.
 */
import type { Clock } from '../base/clock.ts'
import { slept } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'
import type { Records } from '../record/column.ts'
import type { TopicFormat } from './topic-format.ts'

const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5000
/** How long it is waited for once nothing more comes into the topic, so that a run can end. */
const LAST_MS: Duration = 10_000

export type Awaiting = {
  readonly topic: string
  readonly format: Pick<TopicFormat, 'ready'>
  readonly clock: Clock
  warn(message: string): void
  /** Aborted when it is not waited for any longer. */
  readonly halt: AbortSignal
  /** Aborted when nothing more comes into the topic. */
  readonly ended: AbortSignal
}

/**
 * Resolves when the records can be decoded; false: it was halted before. Rejects with the last Failure where the topic has ended and
 * there is still trouble a while later.
 */
export async function readyFor(records: Records, awaiting: Awaiting): Promise<boolean> {
  const { topic, format, clock, warn, halt, ended } = awaiting
  const missing = format.ready?.(records, halt)
  if (missing === undefined) return true
  let endedAt: number | undefined
  let hasFailed = false
  for (let attempt = missing, pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      await attempt
      if (hasFailed) warn(`topic ${topic}: it goes on`)
      return !halt.aborted
    } catch (error) {
      if (halt.aborted) return false
      if (!(error instanceof Failure)) throw error
      if (ended.aborted) endedAt ??= clock.elapsed()
      if (endedAt !== undefined && clock.elapsed() - endedAt >= LAST_MS) throw error
      const hint = error.hint === undefined ? '' : ` (${error.hint})`
      if (!hasFailed) warn(`topic ${topic}: ${error.message}${hint}; trying again until it works`)
      hasFailed = true
    }
    if (!(await slept(clock, pause, halt))) return false
    attempt = format.ready?.(records, halt) ?? Promise.resolve()
  }
}
