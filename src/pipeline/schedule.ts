/** When a report is due: a cron expression of five parts, on the wall of a time zone. */
import { Cron } from 'croner'
import { Failure } from '../base/failure.ts'

export type Schedule = {
  /** The expression. */
  readonly text: string
  /** The first time after `instant`; undefined where there is none. All are ms since 1970. */
  after(instant: number): number | undefined
  /** The last time at or before `instant`. */
  lastBefore(instant: number): number | undefined
}

/** Throws a Failure where the text is not such an expression. */
export function openSchedule(text: string, timezone: string): Schedule {
  const cron = parse(text, timezone)
  return {
    text,
    after: (instant) => cron.nextRun(new Date(instant))?.getTime(),
    lastBefore: (instant) => cron.previousRuns(1, new Date(instant + 1000))[0]?.getTime(),
  }
}

function parse(text: string, timezone: string): Cron {
  try {
    return new Cron(text, { timezone, mode: '5-part', paused: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : 'it cannot be read'
    throw new Failure('pipeline', `"${text}" is not a schedule: ${reason}`, {
      hint: 'Write minute, hour, day of month, month, day of week: "0 20 * * *" is every day at 20:00.',
      cause,
    })
  }
}
