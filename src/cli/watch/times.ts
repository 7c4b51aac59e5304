/** The options of `tailrace watch` that are about time, and what it says of it. */
import { systemClock } from '../../base/clock.ts'
import { changeFailure, Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { DURATION, parseQuantity } from '../../base/units.ts'
import { parseInstant } from '../../pipeline/span.ts'
import type { WantedLines } from './begin-at.ts'

export type TimeOptions = {
  readonly from: string
  readonly since?: string
  readonly delay?: string
  readonly idle?: string
  readonly every?: string
  readonly ttl?: string
  readonly timezone: string
}

export type GivenTimes = {
  /** Undefined: all lines that are there. */
  readonly wanted: WantedLines | undefined
  readonly delayMs: Duration | undefined
  /** Infinity: event time waits for lines. */
  readonly idleMs: Duration | undefined
  readonly everyMs: Duration
  readonly ttlMs: Duration | undefined
}

/** The times of the options; `isLive`: a person sees an answer change. Throws a Failure 'usage'. */
export function givenTimes(
  { from, since, delay, idle, every, ttl, timezone }: TimeOptions,
  isLive: boolean,
): GivenTimes {
  if (from !== 'all' && from !== 'end') {
    throw new Failure('usage', `--from ${from}: expected all or end`, {
      hint: 'A time is --since: --since 10m, --since 2026-05-15T20:00.',
    })
  }
  if (from === 'end' && since !== undefined) throw new Failure('usage', '--from end and --since: give one of them')
  const wanted: WantedLines | undefined =
    from === 'end'
      ? { kind: 'to come' }
      : since === undefined
        ? undefined
        : { kind: 'since', time: timeOf(since, timezone) }
  return {
    wanted,
    delayMs: optional('--delay', delay),
    idleMs: idle === 'never' ? Number.POSITIVE_INFINITY : atLeastOne('--idle', optional('--idle', idle)),
    everyMs: atLeastOne('--every', durationOf('--every', every ?? (isLive ? '1s' : '10s'))),
    ttlMs: atLeastOne('--ttl', optional('--ttl', ttl)),
  }
}

/** `10m` is a time ago. */
function timeOf(text: string, timezone: string): number {
  if (/^\d+[a-z]+$/i.test(text)) return systemClock.now() - durationOf('--since', text)
  return changeFailure(
    () => parseInstant(text, timezone),
    ({ message }) =>
      new Failure('usage', `--since: ${message}`, {
        hint: 'Write 10m for ten minutes ago, 2026-05-15 or 2026-05-15T20:00.',
      }),
  )
}

const optional = (option: string, text: string | undefined): Duration | undefined =>
  text === undefined ? undefined : durationOf(option, text)

const durationOf = (option: string, text: string): Duration =>
  changeFailure(
    () => parseQuantity(text, DURATION),
    ({ message }) => new Failure('usage', `${option}: ${message}`),
  )

function atLeastOne<Time extends Duration | undefined>(option: string, time: Time): Time {
  if (time !== undefined && time < 1) throw new Failure('usage', `${option} of nothing has no use`)
  return time
}

/** The rows of `--rows`. Throws a Failure 'usage'. */
export function givenRows(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const rows = Number(text)
  if (Number.isInteger(rows) && rows >= 1 && rows <= 1000) return rows
  throw new Failure('usage', `--rows ${text}: expected a whole number from 1 to 1000`)
}

/** A warning of a run, without what only a pipeline with a data folder can do, and with the options of watch. */
export const forWatch = (warning: string): string =>
  warning
    .replace(/^query watch: /, '')
    .replace(/\. To count them[:,].*$/s, '. --delay sets it')
    .replace(/[.;]? (?:See: tailrace|tailrace dead) .*$/s, '')
