/**
 * The right answers to the usual questions about a made log, reckoned from its records without the engine: what comes in each
 * window of each group, what is dead, what is late, and whom the alerts should find.
 */
import type { Duration } from '../../../base/quantity.ts'
import type { GeneratorOptions, KindName } from '../options.ts'
import type { PaymentPools } from '../payments/pools.ts'
import { deadBy, eventOf, type MadeEvent } from './events.ts'
import { incidentsUntil } from './incidents.ts'
import { madeRecords } from './records.ts'
import { inGroups, inWindows, type TopicReading } from './windows.ts'

export type AnswerRow = { readonly [name: string]: unknown }

/** A question: its window in ms, by what it groups, and what it says of a group. */
type Question = {
  readonly size: Duration
  readonly by: readonly string[]
  of(events: readonly MadeEvent[]): AnswerRow
  /** Only the first of each window, by this column, as SQL's ORDER BY … DESC with the group in order of its text. */
  readonly top?: { readonly count: number; readonly by: string }
}

const MINUTE: Duration = 60_000
const HOUR: Duration = 60 * MINUTE

const hits = (events: readonly MadeEvent[]) => ({ hits: events.length })
const sum = (events: readonly MadeEvent[], name: string): number =>
  events.reduce((total, { values }) => total + Number(values[name]), 0)
const countOf = (events: readonly MadeEvent[], name: string, wanted: readonly unknown[]): number =>
  events.filter(({ values }) => wanted.includes(values[name])).length

const traffic = (events: readonly MadeEvent[]) => {
  const denied = countOf(events, 'action', ['DENY', 'DROP'])
  return {
    logs: events.length,
    bytes_sent: sum(events, 'bytes_sent'),
    bytes_received: sum(events, 'bytes_received'),
    ports: new Set(events.map(({ values }) => values.port)).size,
    denied,
    denied_share: denied / events.length,
  }
}

/** Amounts are summed in hundredths, as their sum is exact in SQL. */
const payments = (events: readonly MadeEvent[]) => {
  const cents = events.reduce((total, { values }) => total + Math.round(100 * Number(values.amount)), 0)
  const failed = countOf(events, 'status', ['failed'])
  return {
    events: events.length,
    refunds: countOf(events, 'event_type', ['refund']),
    amount: (cents / 100).toFixed(2),
    failed,
    error_rate: failed / events.length,
  }
}

const QUESTIONS: Readonly<Record<KindName, { readonly [name: string]: Question }>> = {
  nasa: {
    methods: { size: MINUTE, by: ['http_method'], of: hits },
    top_paths: { size: 5 * MINUTE, by: ['path'], of: hits, top: { count: 3, by: 'hits' } },
  },
  products: { pages: { size: MINUTE, by: ['path'], of: hits } },
  population: {},
  'ip-logs': {
    traffic: { size: MINUTE, by: [], of: traffic },
    sources: { size: MINUTE, by: ['source_ip'], of: traffic },
    top_sources: { size: 5 * MINUTE, by: ['source_ip'], of: traffic, top: { count: 3, by: 'logs' } },
  },
  payments: {
    by_minute: { size: MINUTE, by: ['payment_method', 'country'], of: payments },
    by_hour: { size: HOUR, by: ['payment_method', 'country'], of: payments },
  },
}

/** What came of all records. */
export type Expected = {
  readonly records: number
  readonly fates: { readonly [fate: string]: number }
  /** Bad records by what is wrong, as `cut`, `missing source_ip`, `range port`. */
  readonly flaws: { readonly [flaw: string]: number }
  /** Bad records that cannot be decoded, and others, which rules have to find. */
  readonly dead: { readonly format: number; readonly rule: number }
  readonly incidents: readonly AnswerRow[]
  /** By question: how many events were late, and the rows, in order of windows and groups. */
  readonly answers: { readonly [question: string]: { readonly late: number; readonly rows: readonly AnswerRow[] } }
}

export type Reckoning = TopicReading & {
  readonly now?: number
  readonly pools?: PaymentPools | undefined
  /** Whether the records are JSON or lines; by default they are. */
  readonly isJson?: boolean
}

/** The answers about a log with a count. No bad record counts in them: a topic has to refuse those that can be decoded. */
export function expectedOf(options: GeneratorOptions, reckoning: Reckoning): Expected {
  const { like } = options
  const events: MadeEvent[] = []
  const [fates, flaws, dead] = [tally(), tally(), tally()]
  let records = 0
  for (const record of madeRecords(options, reckoning)) {
    records++
    fates.add(record.fate)
    const by = deadBy(like, record, reckoning.isJson)
    if (record.flaw !== undefined) flaws.add([record.flaw, record.field].filter(Boolean).join(' '))
    if (by !== undefined) dead.add(by)
    const event = record.flaw === undefined ? eventOf(like, record) : undefined
    if (event !== undefined) events.push(event)
  }
  const last = events.reduce((latest, { time }) => Math.max(latest, time), Number.NEGATIVE_INFINITY)
  const answers = Object.entries(QUESTIONS[like]).map(([name, question]) => [name, answer(events, question, reckoning)])
  return {
    records,
    fates: fates.counts(),
    flaws: flaws.counts(),
    dead: { format: dead.counts().format ?? 0, rule: dead.counts().rule ?? 0 },
    incidents: incidentsUntil(last, options, reckoning),
    answers: like === 'population' ? { people: { late: 0, rows: people(events) } } : Object.fromEntries(answers),
  }
}

function answer(events: readonly MadeEvent[], { size, by, of, top }: Question, reading: TopicReading) {
  const { windows, late } = inWindows(events, size, reading)
  const rows = [...windows].flatMap(([start, inWindow]) => {
    const window_start = new Date(start).toISOString().slice(0, 23)
    const groups = inGroups(inWindow, by).map(({ key, events: some }) => ({ window_start, ...key, ...of(some) }))
    if (top === undefined) return groups
    const best = (row: AnswerRow) => Number(row[top.by])
    // The sort is stable: groups that are as good stay in the order of their texts.
    return groups.sort((a, b) => best(b) - best(a)).slice(0, top.count)
  })
  return { late: late.length, rows }
}

/** Each number of each year of each nation, once. */
function people(events: readonly MadeEvent[]): readonly AnswerRow[] {
  const rows = new Map<string, AnswerRow>()
  for (const { values } of events) {
    for (const row of values.data as readonly AnswerRow[]) {
      const key = JSON.stringify([row['ID Nation'], row['ID Year'], row.Population])
      if (!rows.has(key)) rows.set(key, row)
    }
  }
  return [...rows.values()]
}

function tally() {
  const counts: Record<string, number> = {}
  return {
    add(name: string): void {
      counts[name] = (counts[name] ?? 0) + 1
    },
    counts: (): Readonly<Record<string, number>> => counts,
  }
}
