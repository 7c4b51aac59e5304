/** The options for a span of event time. */
import type { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { parseInstant, parsePeriod, type Span } from '../../pipeline/span.ts'

export type SpanOptions = { readonly for?: string; readonly since?: string; readonly until?: string }

/** Adds the options that name a span. */
export function spanOptions(command: Command): Command {
  return command
    .option('--for <period>', 'a day (2020-05-15), month (2020-05), year (2020) or hour (2020-05-15T20)')
    .option('--since <time>', 'or the time where the span begins, as 2020-05-15 or 2020-05-15T20:00')
    .option('--until <time>', 'and where it ends; rows of that time are not in it (default: now)')
}

/** The span of the options, by default in the pipeline's time zone. Throws a Failure 'usage' if it is missing or empty. */
export function spanOf({ for: period, since, until }: SpanOptions, zone: string): Span {
  if (period !== undefined) {
    if (since === undefined && until === undefined) return parsePeriod(period, zone)
    throw new Failure('usage', '--for says the whole span: leave --since and --until out')
  }
  if (since === undefined) {
    throw new Failure('usage', 'which span of time?', { hint: 'Say --for 2020-05-15, or --since TIME --until TIME.' })
  }
  const span = {
    since: parseInstant(since, zone),
    until: until === undefined ? systemClock.now() : parseInstant(until, zone),
  }
  if (span.until <= span.since) throw new Failure('usage', `the span ends (${until}) before it begins (${since})`)
  return span
}
