/**
 * Makes a log from a seed: of the shape of NASA's of July 1995, or of a shop's balancer. From its place it goes on with the very
 * lines that would have come next, so it can stand in for a real log.
 */
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { openPace } from '../../base/pace.ts'
import { rate } from '../../base/unit-options.ts'
import { defineSource, fitting, type SourcePlace, type SourceType } from '../source.ts'
import type { MadeLog } from './made-log.ts'
import { NASA_LINE_LIMIT, NASA_START, NasaLines, type NasaPlace } from './nasa-lines.ts'
import { PRODUCT_LINE_LIMIT, productLines } from './product-lines.ts'

const BATCH_LINES = 8192
/** Limit of `busier`: with fewer milliseconds between two requests, the hours of the day would look alike. */
const BUSIEST = 100

type Kind = {
  /** What its lines are: "lines of NASA's shape". */
  readonly words: string
  /** Limit of a line, in bytes, and what lines have on average at most. */
  readonly lineLimit: number
  readonly meanBytes: number
  open(seed: number, place: SourcePlace | undefined, busier: number): MadeLog
}

const KINDS: Readonly<Record<'nasa' | 'products', Kind>> = {
  nasa: {
    words: "lines of NASA's shape",
    lineLimit: NASA_LINE_LIMIT,
    meanBytes: 116,
    open: (seed, place, busier) => new NasaLines(seed, nasaPlace(place), busier),
  },
  products: {
    words: 'requests for five products',
    lineLimit: PRODUCT_LINE_LIMIT,
    meanBytes: 240,
    open: (seed, place, busier) => productLines(seed, typeof place?.line === 'number' ? place.line : 0, busier),
  },
}

export const generator: SourceType = defineSource({
  name: 'generator',
  summary: "Makes an access log from a seed: of the shape of NASA's of July 1995, or of a shop's balancer.",
  replayable: true,
  isLive: false,
  options: z.strictObject({
    like: z.enum(['nasa', 'products']).prefault('nasa'),
    lines: z.int().min(1).optional(),
    seed: z.int().prefault(1),
    rate: rate.prefault('max'),
    busier: z.int().min(1).max(BUSIEST).prefault(1),
  }),
  async open({ like, lines: total = Number.POSITIVE_INFINITY, seed, rate, busier }, context) {
    const { signal, clock } = context
    const { words, lineLimit, meanBytes, open } = KINDS[like]
    if (context.untilEnd && total === Number.POSITIVE_INFINITY) {
      throw new Failure('pipeline', `source ${context.name}: this generator never ends, so neither would this run`, {
        hint: 'give it a number of lines, as in { generator: { lines: 200000 } }, or run without --until-end',
      })
    }
    const batchLines = Math.min(BATCH_LINES, Math.max(1, Math.floor(fitting(Infinity, context) / lineLimit)))
    const log = open(seed, context.place, busier)
    const count = total === Number.POSITIVE_INFINITY ? 'endless' : String(total)
    return {
      describe: `generator (${count} ${words}, seed ${seed})`,
      async run(deliver) {
        const pace = openPace(rate, clock)
        while (log.line < total && !signal.aborted) {
          const wanted = Math.min(batchLines, total - log.line, pace.due())
          if (wanted === 0) {
            await pace.wait(signal).catch(() => undefined)
            continue
          }
          const bytes = new Uint8Array(wanted * meanBytes + lineLimit)
          const ends = new Int32Array(wanted)
          const { lines } = log.write(bytes, wanted, ends)
          pace.take(lines)
          await deliver({ bytes, ...rangesOf(ends), count: lines }, log.place)
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
