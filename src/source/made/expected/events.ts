/** What records say, read by a program that has nothing in common with the formats. */
import type { GeneratorOptions, KindName } from '../options.ts'
import { type MadeRecord, type Making, madeRecords } from './records.ts'

/** A record that could be read. */
export type MadeEvent = {
  readonly n: number
  /** Event time, ms since 1970; NaN where the record has none. */
  readonly time: number
  readonly values: { readonly [name: string]: unknown }
}

/** What a bad record is found by: that it cannot be decoded, or a rule of the topic about one of its values. */
export type DeadBy = 'format' | 'rule'

/** The name of the member with the event time, for records that are JSON. */
const TIMES: Readonly<Partial<Record<KindName, string>>> = { 'ip-logs': 'timestamp', payments: 'event_time' }
const LINE = /^(\S+) \S+ \S+ \[(\d\d)\/(\w{3})\/(\d{4}):(\S+) ([+-]\d\d)(\d\d)\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)/

/** What a record says; undefined where it cannot be decoded. */
export function eventOf(like: KindName, { n, text }: Pick<MadeRecord, 'n' | 'text'>): MadeEvent | undefined {
  if (like === 'nasa' || like === 'products') return lineEvent(n, text)
  try {
    const values = JSON.parse(text) as MadeEvent['values']
    const time = TIMES[like] === undefined ? Number.NaN : millisecondOf(String(values[TIMES[like] as string]))
    return { n, time, values }
  } catch {
    return undefined
  }
}

/** A time without a zone is taken as UTC; digits beyond the third of a second are cut off. */
function millisecondOf(text: string): number {
  const [, toMs] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d*Z?$/.exec(text) ?? []
  return toMs === undefined ? Number.NaN : Date.parse(`${toMs}Z`)
}

function lineEvent(n: number, text: string): MadeEvent | undefined {
  const [, host, day, month, year, clock, hours, minutes, method, target, status, bytes] = LINE.exec(text) ?? []
  if (host === undefined) return undefined
  const time = Date.parse(`${day} ${month} ${year} ${clock} GMT${hours}${minutes}`)
  const sent = bytes === '-' ? null : Number(bytes)
  const values = { host, http_method: method, target, path: target?.split('?')[0], status: Number(status), sent }
  return { n, time, values }
}

/** By what a bad record is found. In a topic of another format than JSON, the flaws of JSON's text are cuts. */
export function deadBy(like: KindName, record: MadeRecord, isJson = true): DeadBy | undefined {
  const { flaw } = record
  if (flaw === undefined) return undefined
  if (!isJson && flaw === 'encoding') return 'format'
  const isUndecodable = flaw === 'cut' || flaw === 'type' || like === 'nasa' || like === 'products'
  if (isUndecodable) return 'format'
  // A firewall's record whose time is none.
  return TIMES[like] !== undefined && Number.isNaN(eventOf(like, record)?.time) ? 'format' : 'rule'
}

/** What all records say that no bad one is among: what a topic with rules for all of them hands to its queries. */
export function* madeEvents(options: GeneratorOptions, making: Making = {}): Generator<MadeEvent> {
  for (const record of madeRecords(options, making)) {
    if (record.flaw !== undefined) continue
    const event = eventOf(options.like, record)
    if (event !== undefined) yield event
  }
}
