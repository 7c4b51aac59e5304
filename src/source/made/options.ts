/** The options of the generator: its dials, which have the same names for every kind of log. */
import * as z from 'zod'
import { shortForm } from '../../base/options.ts'
import { duration, rate } from '../../base/unit-options.ts'
import { FATE_BLOCK } from './dials/fates.ts'
import { FLAWS, type Flaw } from './dials/flaw.ts'
import { MOST_SOURCES } from './ip/addresses.ts'
import { LINE_FLAWS } from './lines/access-log.ts'
import { NATIONS } from './population/nations.ts'

/** The kinds of logs that are made. */
export const KIND_NAMES = ['nasa', 'products', 'population', 'ip-logs', 'payments'] as const
export type KindName = (typeof KIND_NAMES)[number]

/** What the file says of the generator, read: shares are of 10,000 records, times in ms, rates in records a second. */
export type GeneratorOptions = {
  readonly like: KindName
  readonly count?: number | undefined
  /** The name that `count` had before. */
  readonly lines?: number | undefined
  readonly seed: number
  /** Records a second of the clock; Infinity: as fast as they are taken. */
  readonly rate: number
  readonly event_rate?: number | undefined
  /** Ms since 1970, of the wall clock where the log's times have no zone. */
  readonly start?: number | 'now' | undefined
  readonly busier?: number | undefined
  readonly keys?: number | undefined
  readonly disorder: { readonly share: number; readonly by: number }
  readonly late: { readonly share: number; readonly by: number }
  readonly duplicates: { readonly share: number; readonly within: number }
  readonly bad: { readonly share: number; readonly kinds?: readonly Flaw[] | undefined }
  readonly scans?: GeneratorIncidents | undefined
  readonly denials?: GeneratorIncidents | undefined
  readonly outages?: GeneratorIncidents | undefined
  readonly bursts?: { readonly every: number; readonly for: number; readonly factor: number } | undefined
  readonly data?: string | undefined
}

export type GeneratorIncidents = { readonly every: number; readonly for: number; readonly share: number }

/** Limit of `busier`: with fewer milliseconds between two requests, the hours of the day would look alike. */
const BUSIEST = 100
/** Limit of `within`: the records that are remembered, and made again after a restart. */
const MOST_WITHIN = 1000
const MOST_CUSTOMERS = 1_000_000

/** `0.5%` in; how many of 10,000 out. */
const share: z.ZodType<number, string> = z
  .string({
    error: ({ input }) =>
      typeof input === 'number' ? `${input} is no share: write a percentage, as in 1%` : undefined,
  })
  .meta({ pattern: '^\\d+(\\.\\d+)?%$' })
  .transform((text, context) => {
    const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
    const parts = Number((Number(percent) * 100).toPrecision(12))
    if (parts <= FATE_BLOCK && Number.isInteger(parts)) return parts
    const why = percent === undefined ? 'expected a percentage, as in 1%' : 'expected 0% to 100%, in steps of 0.01%'
    context.addIssue(`'${text}' is no share: ${why}`)
    return z.NEVER
  })

const ofNone: z.ZodType<number, string | undefined> = share.prefault('0%')

const longer = (text: string): z.ZodType<number> =>
  duration.refine((ms) => ms > 0, 'expected a time longer than 0 s').prefault(text)

const fits = { error: 'expected `for` to be no longer than `every`', path: ['for'] }
const lasts = (one: { readonly every: number; readonly for: number }) => one.for <= one.every

function incidents(every: string, lasting: string, usual: string): z.ZodType<GeneratorIncidents | undefined> {
  const full = z
    .strictObject({ every: longer(every), for: longer(lasting), share: share.prefault(usual) })
    .refine(lasts, fits)
  return shortForm('share', full).optional()
}

/** A time without a zone, or with Z: the start of the event times. */
const start: z.ZodType<number | 'now' | undefined> = z
  .string()
  .transform((text, context) => {
    if (text === 'now') return text
    const time = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?Z?$/.test(text)
      ? Date.parse(`${text.replace(' ', 'T').replace(/Z$/, '')}${text.length > 10 ? 'Z' : ''}`)
      : Number.NaN
    if (Number.isFinite(time) && time >= 0) return time
    context.addIssue(`'${text}' is no time: expected one such as 2025-03-01T00:00:00, or now`)
    return z.NEVER
  })
  .optional()

const full: z.ZodType<GeneratorOptions> = z.strictObject({
  like: z.enum(KIND_NAMES).prefault('nasa'),
  count: z.int().min(1).optional(),
  lines: z.int().min(1).optional(),
  seed: z.int().prefault(1),
  rate: rate.prefault('max'),
  event_rate: rate.optional(),
  start: start,
  busier: z.int().min(1).max(BUSIEST).optional(),
  keys: z.int().min(1).max(MOST_CUSTOMERS).optional(),
  disorder: shortForm('share', z.strictObject({ share: ofNone, by: longer('5s') })).prefault({}),
  late: shortForm('share', z.strictObject({ share: ofNone, by: longer('10m') })).prefault({}),
  duplicates: shortForm(
    'share',
    z.strictObject({ share: ofNone, within: z.int().min(1).max(MOST_WITHIN).prefault(100) }),
  ).prefault({}),
  bad: shortForm(
    'share',
    z.strictObject({
      share: ofNone,
      kinds: z
        .array(z.enum(FLAWS as [Flaw, ...Flaw[]]))
        .min(1)
        .optional(),
    }),
  ).prefault({}),
  scans: incidents('10m', '1m', '2%'),
  denials: incidents('15m', '5m', '3%'),
  outages: incidents('30m', '5m', '80%'),
  bursts: z
    .strictObject({ every: longer('30m'), for: longer('5m'), factor: z.number().min(1).max(100).prefault(5) })
    .refine(lasts, fits)
    .optional(),
  data: z.string().min(1).optional(),
})

/** An answer with the population of nations has no time of its own. */
const TIMED: readonly KindName[] = ['nasa', 'products', 'ip-logs', 'payments']

/** What may be wrong with a bad record of each kind. */
export const FLAWS_OF: Readonly<Record<KindName, readonly Flaw[]>> = {
  nasa: LINE_FLAWS,
  products: LINE_FLAWS,
  population: ['cut', 'type'],
  'ip-logs': FLAWS,
  payments: FLAWS,
}

/** Which dials only some kinds have. */
const ONLY: Readonly<Partial<Record<keyof GeneratorOptions, readonly KindName[]>>> = {
  event_rate: ['ip-logs', 'payments'],
  start: ['ip-logs', 'payments'],
  busier: ['nasa', 'products'],
  keys: ['population', 'ip-logs', 'payments'],
  disorder: TIMED,
  late: TIMED,
  scans: ['ip-logs'],
  denials: ['ip-logs'],
  outages: ['payments'],
  bursts: ['ip-logs', 'payments'],
  data: ['payments'],
}

/** The most different keys of each kind that has keys. */
const MOST_KEYS: Readonly<Partial<Record<KindName, number>>> = {
  'ip-logs': MOST_SOURCES,
  payments: MOST_CUSTOMERS,
  population: NATIONS.length,
}

/** Whether a dial has not been turned. */
const isLeftOut = (dial: unknown): boolean =>
  dial === undefined ||
  (typeof dial === 'object' && dial !== null && 'by' in dial && 'share' in dial && dial.share === 0)

/** The schema of the options. */
export const generatorOptions: z.ZodType<GeneratorOptions> = full.check(({ value, issues }) => {
  const wrong = (message: string, key: keyof GeneratorOptions) =>
    issues.push({ code: 'custom', message, path: [key], input: value })
  for (const [key, kinds] of Object.entries(ONLY) as [keyof GeneratorOptions, readonly KindName[]][]) {
    if (isLeftOut(value[key]) || kinds.includes(value.like)) continue
    wrong(`a log like ${value.like} has no ${key}: only logs like ${kinds.join(', ')} have`, key)
  }
  if (value.count !== undefined && value.lines !== undefined)
    wrong('`lines` is another name of `count`: give one', 'lines')
  const { bad, duplicates, late, disorder } = value
  const shares = bad.share + duplicates.share + late.share + disorder.share
  if (shares > FATE_BLOCK) wrong('the shares of bad, duplicates, late and disorder are more than 100% together', 'bad')
  for (const kind of bad.kinds ?? []) {
    const kinds = FLAWS_OF[value.like]
    if (!kinds.includes(kind))
      wrong(`a record like ${value.like} cannot be bad by ${kind}: it can by ${kinds.join(', ')}`, 'bad')
  }
  const most = MOST_KEYS[value.like]
  if (most !== undefined && (value.keys ?? 1) > most) wrong(`a log like ${value.like} has ${most} keys at most`, 'keys')
  if (value.event_rate === Number.POSITIVE_INFINITY) wrong('expected a rate of event time, as in 1000/s', 'event_rate')
  if (value.start !== 'now') return
  if (value.rate === Number.POSITIVE_INFINITY)
    wrong('event times that begin now need a rate, as in rate: 1000/s', 'start')
  if (value.event_rate !== undefined) wrong('event times that begin now go by the rate', 'event_rate')
})
