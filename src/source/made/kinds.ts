/** The kinds of logs that are made, each from the same dials: see `options.ts`. */
import type { RecordEncoder } from '../../format/format.ts'
import type { Field } from '../../record/type.ts'
import type { SourcePlace } from '../source.ts'
import { EventClock } from './dials/event-clock.ts'
import { FATE_BLOCK, Fates } from './dials/fates.ts'
import { flawed } from './dials/flaw.ts'
import type { PlanParts } from './dials/plan.ts'
import { IP_FIELDS, IpLogs } from './ip/ip-logs.ts'
import { flawedLine, lineMovedBack } from './lines/access-log.ts'
import { NASA_LINE_LIMIT, NASA_START, NasaLines, type NasaPlace } from './lines/nasa-lines.ts'
import { PRODUCT_LINE_LIMIT, PRODUCT_START, productLines } from './lines/product-lines.ts'
import { type TextLogParts, textLog } from './lines/text-log.ts'
import type { MadeLog } from './made-log.ts'
import { FLAWS_OF, type GeneratorIncidents, type GeneratorOptions, type KindName } from './options.ts'
import { PAYMENT_FIELDS, Payments } from './payments/payments.ts'
import { BUILT_IN_POOLS, type PaymentPools } from './payments/pools.ts'
import { answerSizes, populationAnswers } from './population/answers.ts'
import { NATIONS } from './population/nations.ts'
import type { MadeRows } from './rows/made-rows.ts'
import { jsonRecords, rowLog } from './rows/row-log.ts'

type Kind = {
  /** What its records are: "lines of NASA's shape". */
  readonly words: string
  /** Limit of a record, in bytes. */
  readonly recordLimit: number
  /** The columns of its records; absent: they are lines of text. */
  readonly fields?: readonly Field[]
}

/** What there is to know of each kind without making a record. */
export const KINDS: Readonly<Record<KindName, Kind>> = {
  nasa: { words: "lines of NASA's shape", recordLimit: NASA_LINE_LIMIT },
  products: { words: 'requests for five products', recordLimit: PRODUCT_LINE_LIMIT },
  population: { words: 'answers with the population of nations', recordLimit: answerSizes(NATIONS.length).lineLimit },
  'ip-logs': { words: 'records of a firewall', recordLimit: 512, fields: IP_FIELDS },
  payments: { words: 'payments and refunds', recordLimit: 1024, fields: PAYMENT_FIELDS },
}

/** Where and how a log is opened. */
export type Opening = {
  readonly place: SourcePlace | undefined
  /** The most records that are made at once. */
  readonly capacity: number
  /** What the clock says, ms since 1970: the start of the event times where the options say `now` and the log begins. */
  readonly now: number
  /** What writes records that are made as columns; absent: as JSON. */
  readonly encoder?: RecordEncoder | undefined
  /** What payments are made of; absent: what is built in. */
  readonly pools?: PaymentPools | undefined
}

const USUAL_EVENT_RATE = { 'ip-logs': 1000, payments: 200 }
const USUAL_SOURCES = 2000
const USUAL_CUSTOMERS = 5000
/** Incidents and bursts of which nothing is seen. */
const NEVER = { every: 86_400_000, for: 60_000, share: 0, factor: 1 }
/** A share of 1 is one of this many records. */
const PARTS = FATE_BLOCK
const MICROS = 1000

/** The log of the options, from the place of the opening on. */
export function openMadeLog(options: GeneratorOptions, opening: Opening): MadeLog {
  const { like } = options
  const { place, capacity, encoder } = opening
  if (like !== 'ip-logs' && like !== 'payments') return openTextLog({ ...options, like }, opening)
  const start = eventStart(options, opening)
  const { rows, plan } = madeRows({ ...options, like }, { ...opening, start })
  const began = options.start === 'now' ? { began: start } : {}
  return rowLog(rows, plan, encoder ?? jsonRecords(rows.fields), { line: lineOf(place), place: began, capacity })
}

type Text = Pick<TextLogParts, 'sizes' | 'open' | 'moved' | 'flawed'>

function openTextLog(options: GeneratorOptions & { readonly like: TextKind }, { place, capacity }: Opening): MadeLog {
  const { like, seed, bad, duplicates } = options
  const { fates, shifts } = fatesOf(options)
  const repeats = duplicates.share > 0
  return textLog(
    { ...TEXTS[like](options), seed, fates, shifts, repeats, capacity, flaws: bad.kinds ?? FLAWS_OF[like] },
    place,
  )
}

type TextKind = 'nasa' | 'products' | 'population'

/** Changes of lines of an access log. */
const ACCESS_LOG = { moved: lineMovedBack, flawed: flawedLine } as const

const TEXTS: Readonly<Record<TextKind, (options: GeneratorOptions) => Text>> = {
  nasa: ({ seed, busier = 1 }) => ({
    ...ACCESS_LOG,
    sizes: { lineLimit: NASA_LINE_LIMIT, meanBytes: 116 },
    open: (place) => new NasaLines(seed, nasaPlace(place), busier),
  }),
  products: ({ seed, busier = 1 }) => ({
    ...ACCESS_LOG,
    sizes: { lineLimit: PRODUCT_LINE_LIMIT, meanBytes: 240 },
    open: (place) => productLines(seed, lineOf(place), busier),
  }),
  population: ({ seed, keys = NATIONS.length }) => ({
    // An answer has no time.
    moved: (line) => line,
    flawed: (line, code, n) => flawed(line, code, n, { number: 'Population', text: 'Nation' }),
    sizes: answerSizes(keys),
    open: (place) => populationAnswers(seed, keys, lineOf(place)),
  }),
}

/** What becomes of the records of the options. */
function fatesOf({ seed, bad, duplicates, late, disorder }: GeneratorOptions): Pick<PlanParts, 'fates' | 'shifts'> {
  const shares = { bad: bad.share, duplicates: duplicates.share, late: late.share, disorder: disorder.share }
  return {
    fates: new Fates(seed, shares, duplicates.within),
    shifts: { disorder: disorder.by * MICROS, late: late.by * MICROS },
  }
}

/** When the event times of a log begin, ms since 1970: of one that begins now, when it began first. */
export function eventStart({ start }: GeneratorOptions, { place, now }: Pick<Opening, 'place' | 'now'>): number {
  if (start !== 'now') return start ?? PRODUCT_START
  return typeof place?.began === 'number' ? place.began : now
}

/** What makes the records of a log of rows, from a start in ms since 1970. */
export function madeRows(
  options: GeneratorOptions & { readonly like: 'ip-logs' | 'payments' },
  { start, capacity, pools = BUILT_IN_POOLS }: Pick<Opening, 'capacity' | 'pools'> & { readonly start: number },
): { readonly rows: MadeRows; readonly plan: PlanParts } {
  const { seed, like, rate, keys, bad } = options
  const { scans = USUAL_SCANS, denials = USUAL_DENIALS, outages = USUAL_OUTAGES, bursts = NEVER } = options
  const common = { seed, start: start * MICROS }
  const rows =
    like === 'ip-logs'
      ? new IpLogs(
          { ...common, sources: keys ?? USUAL_SOURCES, scans: ofOne(scans), denials: ofOne(denials) },
          capacity,
        )
      : new Payments(
          { ...common, customers: keys ?? USUAL_CUSTOMERS, outages: ofOne(outages), bursts, pools },
          capacity,
        )
  const eventRate = options.event_rate ?? (rate === Number.POSITIVE_INFINITY ? USUAL_EVENT_RATE[like] : rate)
  const clock = new EventClock(seed, eventRate, bursts)
  const plan: PlanParts = { ...fatesOf(options), seed, clock, flaws: bad.kinds ?? FLAWS_OF[like] }
  return { rows, plan }
}

const USUAL_SCANS = { every: 600_000, for: 60_000, share: 200 }
const USUAL_DENIALS = { every: 900_000, for: 300_000, share: 300 }
const USUAL_OUTAGES = { every: 1_800_000, for: 300_000, share: 8000 }

const ofOne = (incidents: GeneratorIncidents) => ({ ...incidents, share: incidents.share / PARTS })

/** The number of the next record at a place. */
const lineOf = (place: SourcePlace | undefined): number => (typeof place?.line === 'number' ? place.line : 0)

function nasaPlace(place: SourcePlace | undefined): NasaPlace {
  const { line, wallMs } = place ?? {}
  return typeof line === 'number' && typeof wallMs === 'number' ? { line, wallMs } : NASA_START
}
