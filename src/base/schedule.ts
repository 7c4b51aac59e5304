/**
 * When something is due: a cron expression of five parts, in the local time of a time zone. Where clocks are set forward, a time
 * that is skipped is the first moment after the gap; where they are set back, a time that comes twice counts once.
 */
import { Cron } from 'croner'
import { Failure } from './failure.ts'
import type { EventTime } from './quantity.ts'

export type Schedule = {
  /** The expression. */
  readonly text: string
  /** The first time after `instant`, if any. */
  after(instant: EventTime): EventTime | undefined
  /** The last time at or before `instant`, if any. */
  lastBefore(instant: EventTime): EventTime | undefined
}

/** A moment of no meaning: whether a time ever comes does not depend on today. */
const SOME_DAY = new Date(Date.UTC(2024, 0, 1))

/** Throws a Failure if the text is no cron expression, or names a day that no year has. */
export function openSchedule(text: string, timezone: string): Schedule {
  const cron = parse(text, timezone)
  if (cron.nextRun(SOME_DAY) === null) {
    throw new Failure('pipeline', `"${text}" is a time that never comes`, {
      hint: 'Write a day that the month has: "0 0 29 2 *" comes each leap year, "0 0 30 2 *" never.',
    })
  }
  return {
    text,
    after: (instant) => cron.nextRun(new Date(instant))?.getTime(),
    // The library looks at whole seconds, before the one that it is given.
    lastBefore: (instant) =>
      cron
        .previousRuns(2, new Date(instant + 1000))
        .map((time) => time.getTime())
        .find((time) => time <= instant),
  }
}

const HINT = 'Write minute, hour, day of month, month, day of week: "0 20 * * *" is every day at 20:00.'

function parse(text: string, timezone: string): Cron {
  // The library would read a time of a day as a date.
  const [, hour, minute] = /^\s*(\d{1,2}):(\d{2})\s*$/.exec(text) ?? []
  if (hour !== undefined) {
    throw new Failure('pipeline', `"${text}" is not a schedule: it is a time of a day`, {
      hint: `Write "${Number(minute)} ${Number(hour)} * * *", which is every day at ${text.trim()}.`,
    })
  }
  try {
    return new Cron(text, { timezone, mode: '5-part', paused: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : 'it cannot be read'
    throw new Failure('pipeline', `"${text}" is not a schedule: ${reason}`, {
      hint: HINT,
      cause,
    })
  }
}
