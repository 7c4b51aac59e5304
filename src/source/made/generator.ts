/**
 * Makes a log of the shape of NASA's of July 1995, from a seed. From its place it goes on with the very lines that would have
 * come next, so it can stand in for a real log.
 */
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { openPace } from '../../base/pace.ts'
import { rate } from '../../base/unit-options.ts'
import { defineSource, fitting, type SourcePlace, type SourceType } from '../source.ts'
import { NASA_LINE_LIMIT, NASA_START, NasaLines, type NasaPlace } from './nasa-lines.ts'

const BATCH_LINES = 8192
/** Limit of `busier`: with fewer milliseconds between two requests, the hours of the day would look alike. */
const BUSIEST = 100

export const generator: SourceType = defineSource({
  name: 'generator',
  summary: "Makes access-log lines of the shape of NASA's of July 1995, from a seed.",
  replayable: true,
  isLive: false,
  options: z.strictObject({
    lines: z.int().min(1).optional(),
    seed: z.int().prefault(1),
    rate: rate.prefault('max'),
    busier: z.int().min(1).max(BUSIEST).prefault(1),
  }),
  async open({ lines: total = Number.POSITIVE_INFINITY, seed, rate, busier }, context) {
    const { signal, clock } = context
    if (context.untilEnd && total === Number.POSITIVE_INFINITY) {
      throw new Failure('pipeline', `source ${context.name}: this generator never ends, so neither would this run`, {
        hint: 'give it a number of lines, as in { generator: { lines: 200000 } }, or run without --until-end',
      })
    }
    const batchLines = Math.min(BATCH_LINES, Math.max(1, Math.floor(fitting(Infinity, context) / NASA_LINE_LIMIT)))
    const log = new NasaLines(seed, nasaPlace(context.place), busier)
    const count = total === Number.POSITIVE_INFINITY ? 'endless' : String(total)
    return {
      describe: `generator (${count} lines of NASA's shape, seed ${seed})`,
      async run(deliver) {
        const pace = openPace(rate, clock)
        while (log.place.line < total && !signal.aborted) {
          const wanted = Math.min(batchLines, total - log.place.line, pace.due())
          if (wanted === 0) {
            await pace.wait(signal).catch(() => undefined)
            continue
          }
          const bytes = new Uint8Array(Math.ceil(wanted * 116) + NASA_LINE_LIMIT)
          const ends = new Int32Array(wanted)
          const { lines } = log.write(bytes, wanted, ends)
          pace.take(lines)
          await deliver({ bytes, ...rangesOf(ends), count: lines }, { ...log.place })
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
})

/** The ranges of lines without their line ends, from the ends of lines with them. */
function rangesOf(ends: Int32Array): { start: Int32Array; end: Int32Array } {
  const start = new Int32Array(ends.length)
  start.set(ends.subarray(0, -1), 1)
  return { start, end: ends.map((end) => end - 1) }
}

function nasaPlace(place: SourcePlace | undefined): NasaPlace {
  const { line, wallMs } = place ?? {}
  return typeof line === 'number' && typeof wallMs === 'number' ? { line, wallMs } : NASA_START
}
