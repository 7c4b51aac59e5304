/**
 * Makes a log from a seed: access logs, the log of a firewall, payments, or answers of an API. From its place it goes on with the very records that
 * would have come next, so it can stand in for a real log.
 */
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { openPace } from '../../base/pace.ts'
import { countText, roundSpan } from '../../base/units.ts'
import { defineSource, fitting, type SourceContext, type SourceType } from '../source.ts'
import { eventStart, KINDS, openMadeLog } from './kinds.ts'
import { type GeneratorOptions, generatorOptions } from './options.ts'
import { mistakesIn, readPools } from './payments/pool-file.ts'

const BATCH_RECORDS = 8192
const BATCH_BYTES = 8 << 20
/** How many times as long records may be with texts of the user's. */
const LONGER_BY_DATA = 4
/** A generator that is as far behind its rate, and falls further behind, says so, and not again for a while. */
const BEHIND_MS = 5000
const LOOK_MS = 5000
const SAID_EACH_MS = 60_000

export const generator: SourceType = defineSource<GeneratorOptions>({
  name: 'generator',
  summary: 'Makes a log from a seed: access logs, the log of a firewall, payments, or answers of an API.',
  replayable: true,
  isLive: false,
  options: generatorOptions,
  rows: ({ like }) => KINDS[like].fields,
  lookAhead: async ({ data }, folder) => (data === undefined ? [] : await mistakesIn(data, folder)),
  async open(options, context) {
    const { like, seed, rate, data } = options
    const { words, recordLimit, fields } = KINDS[like]
    const total = options.count ?? options.lines ?? Number.POSITIVE_INFINITY
    if (context.untilEnd && total === Number.POSITIVE_INFINITY) {
      throw new Failure('pipeline', `source ${context.name}: this generator never ends, so neither would this run`, {
        hint: 'give it a number of records, as in { generator: { count: 200000 } }, or run without --until-end',
      })
    }
    const { signal, clock } = context
    const limit = data === undefined ? recordLimit : LONGER_BY_DATA * recordLimit
    const capacity = Math.min(BATCH_RECORDS, Math.max(1, Math.floor(fitting(BATCH_BYTES, context) / limit)))
    const now = wallClock(context)
    const opening = { place: context.place, capacity, now }
    const began = eventStart(options, opening)
    const log = openMadeLog(options, {
      ...opening,
      encoder: fields === undefined ? undefined : await context.write?.(fields),
      pools: data === undefined ? undefined : await readPools(data, context.folder),
    })
    const count = total === Number.POSITIVE_INFINITY ? 'endless' : String(total)
    const paced = rate < Number.POSITIVE_INFINITY ? `, ${rateText(rate)}` : ''
    return {
      describe: `generator (${count} ${words}, seed ${seed}${paced})`,
      ...(rate < Number.POSITIVE_INFINITY && { rate }),
      async run(deliver) {
        const pace = openPace(rate, clock)
        // What would have come while it did not run is due at once.
        if (options.start === 'now') pace.take(log.line - Math.floor(((now - began) * rate) / 1000))
        const watch = watchPace(rate, clock, context.warn)
        while (log.line < total && !signal.aborted) {
          const due = pace.due()
          const wanted = Math.min(capacity, total - log.line, due)
          if (wanted === 0) {
            await pace.wait(signal).catch(() => undefined)
            continue
          }
          watch.look(due, wanted)
          const records = log.make(wanted)
          pace.take(records.count)
          await deliver(records, log.place)
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
})

/** What the clock says, as an event time of the topic. */
function wallClock({ clock, form }: SourceContext): number {
  const now = clock.now()
  return form?.timeAt(now) ?? now
}

/** Says when records are due for some time, and become more: then they cannot be made, or are not taken, at this rate. */
function watchPace(rate: number, clock: Clock, warn: (message: string) => void) {
  let looked = clock.elapsed()
  let before = 0
  let made = 0
  let said = Number.NEGATIVE_INFINITY
  return {
    /** `due` records are due, and `next` are made now. */
    look(due: number, next: number): void {
      const now = clock.elapsed()
      const span = now - looked
      if (span >= LOOK_MS) {
        const behind = (due * 1000) / rate
        if (before >= BEHIND_MS && behind > before && now - said >= SAID_EACH_MS) {
          said = now
          const taken = `${countText(Math.round((made * 1000) / span), 'record')}/s of ${rateText(rate)} are taken`
          warn(`${taken}: it is ${roundSpan(behind)} behind its rate`)
        }
        before = behind
        looked = now
        made = 0
      }
      made += next
    },
  }
}

const rateText = (rate: number): string =>
  rate === Number.POSITIVE_INFINITY ? 'max' : `${rate.toLocaleString('en-US', { maximumFractionDigits: 1 })}/s`
