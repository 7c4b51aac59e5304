/**
 * Asks an HTTP server again and again, and brings in its answers, or the records in them. What the server has not changed is
 * dropped. All records of an answer go into one append with the place after it (`place.ts`), and the next answer is asked for
 * once they are durable: so after any end, nothing that came is missing or there twice.
 */

import type { Duration } from '../../base/quantity.ts'
import { openSchedule, type Schedule } from '../../base/schedule.ts'
import { readTls } from '../../client/tls.ts'
import { obstaclesTo } from '../obstacle.ts'
import { defineSource, type SourceType } from '../source.ts'
import { type HttpSourceOptions, httpSourceOptions } from './options.ts'

/** Times of a schedule that are looked at for the longest time between two: those of some weeks, mostly. */
const LOOKED_AT = 60
/** A day of no meaning: the longest time between two does not depend on today. */
const SOME_DAY = Date.UTC(2024, 0, 1)

export const http: SourceType = defineSource<HttpSourceOptions>({
  name: 'http',
  summary: 'Asks an HTTP server again and again: its answers, or the records in them, page by page.',
  replayable: false,
  afterCrash: 'asked for again after a crash, from the last answer that is in the topic',
  options: httpSourceOptions,
  lookAhead: ({ tls }, folder) => obstaclesTo((who) => readTls(tls, folder, who)),
  intervalMs: ({ every, at = '' }, timezone) => every ?? longestPause(openSchedule(at, timezone)),
  open: async (options, context) => (await import('./open.ts')).openHttpSource(options, context),
})

/** The longest time between two times that are due. */
function longestPause({ after }: Schedule): Duration {
  let longest = 0
  let last = after(SOME_DAY)
  for (let i = 0; i < LOOKED_AT && last !== undefined; i++) {
    const next = after(last)
    if (next !== undefined) longest = Math.max(longest, next - last)
    last = next
  }
  return longest
}
