/** Binds literals: the text becomes a value of `record/column.ts`, or a refusal. */
import { DAY_MS, shortTimestampText, timestampText } from '../../base/calendar.ts'
import type { Value } from '../../record/column.ts'
import { MAX_PRECISION, type Refused } from '../../record/named-type.ts'
import { nanosOf, nanosOfFraction } from '../../record/nanos.ts'
import {
  BIGINT,
  DATE,
  DOUBLE,
  decimal,
  INT,
  INTERVAL_DAY,
  INTERVAL_MONTH,
  TIME,
  type Type,
  timestamp,
} from '../../record/type.ts'
import { parseDate, parsePrintedTimestamp, parseTimeOfDay, parseTimestamp } from '../function/cast/parse-time.ts'
import type { IntervalUnit, SyntaxOf } from '../syntax/ast.ts'

export type Literal = { readonly value: Value; readonly type: Type }

const MS: Record<'DAY' | 'HOUR' | 'MINUTE' | 'SECOND', number> = {
  DAY: DAY_MS,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
}

/** As in Flink, 12 is an INT, 3000000000 a BIGINT, 1.50 a DECIMAL(3, 2), 1e3 a DOUBLE. `text` has no sign. */
export function bindNumber(text: string, negative: boolean): Literal | Refused {
  if (/e/i.test(text)) return { value: negative ? -Number(text) : Number(text), type: DOUBLE }
  const point = text.indexOf('.')
  const scale = point === -1 ? 0 : text.length - point - 1
  const digits = text.replace('.', '')
  const value = (negative ? -1n : 1n) * BigInt(digits)
  // As in Flink, the digits of a DECIMAL too must fit into a BIGINT.
  if (BigInt.asIntN(64, value) !== value) {
    const type =
      scale === 0 ? `DECIMAL(${Math.min(digits.length, MAX_PRECISION)}, 0)` : `DECIMAL(${MAX_PRECISION}, ${scale})`
    const sign = negative ? '-' : ''
    return {
      refused: `${sign}${text} is out of range: a number that is written out has the digits of a BIGINT`,
      hint:
        digits.length > MAX_PRECISION
          ? `write ${sign}${text}e0, a DOUBLE: no other number has ${digits.length} digits`
          : `write CAST('${sign}${text}' AS ${type}), or ${sign}${text}e0`,
    }
  }
  if (scale === 0)
    return BigInt.asIntN(32, value) === value ? { value: Number(value), type: INT } : { value, type: BIGINT }
  return { value, type: decimal(digits.length, scale) }
}

const DATE_FORM = /^\d{4}-\d{1,2}-\d{1,2}$/
const TIME_FORM = /^\d{1,2}:\d{1,2}:\d{1,2}$/

const dateOf = (text: string): Literal | undefined => {
  const value = DATE_FORM.test(text) ? parseDate(text) : undefined
  return value === undefined ? undefined : { value, type: DATE }
}

const timeOf = (text: string): Literal | undefined => {
  const value = TIME_FORM.test(text) ? parseTimeOfDay(text) : undefined
  return value === undefined ? undefined : { value, type: TIME }
}

/** A day alone is its midnight. The type has as many digits of a second as are written. */
const TIMESTAMP_FORM = /^\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{1,2}:\d{1,2}(?:\.(\d{1,9}))?)?$/

function timestampOf(text: string): Literal | undefined {
  const [form, fraction = ''] = TIMESTAMP_FORM.exec(text) ?? []
  if (form === undefined || dateOf(text.split(' ')[0] ?? '') === undefined) return undefined
  const value = parseTimestamp(text)
  if (value === undefined) return undefined
  const type = timestamp(fraction.length)
  return { value: fraction.length > 3 ? nanosOf(value, nanosOfFraction(fraction)) : value, type }
}

const DATETIMES = {
  DATE: { read: dateOf, form: 'yyyy-MM-dd' },
  TIME: { read: timeOf, form: 'HH:mm:ss' },
  TIMESTAMP: { read: timestampOf, form: 'yyyy-MM-dd HH:mm:ss.SSS' },
}

/** DATE '…', TIME '…' and TIMESTAMP '…'. */
export function bindDatetime(node: SyntaxOf<'datetime'>): Literal | Refused {
  const { read, form } = DATETIMES[node.type]
  const found = read(node.text)
  if (found !== undefined) return found
  if (node.type === 'TIME' && timeOf(node.text.replace(/\.\d{1,9}$/, '')) !== undefined) {
    return {
      refused: `'${node.text}' has a part of a second, and TIME has none here`,
      hint: `TIME '${node.text.replace(/\..*/, '')}'`,
    }
  }
  const refused = `'${node.text}' is not a ${node.type}: the form is ${form}, on a day that exists`
  const hint = node.type === 'TIMESTAMP' ? timestampHint(node.text) : undefined
  return hint === undefined ? { refused } : { refused, hint }
}

/** What to write for a time in the form in which results show it. */
function timestampHint(text: string): string | undefined {
  const time = parsePrintedTimestamp(text)
  if (typeof time === 'object') return `CAST('${text}' AS TIMESTAMP_LTZ(3))`
  if (time === undefined) return undefined
  const fraction = /\.\d{3}(\d+)/.exec(text)?.[1] ?? ''
  const hint = fraction === '' ? shortTimestampText(time) : `${timestampText(time, ' ')}${fraction}`
  return hint === text ? undefined : `TIMESTAMP '${hint}'`
}

const MONTHS: Partial<Record<IntervalUnit, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 }
/** The units of a day-time interval, from the longest. */
const DAY_UNITS = ['DAY', 'HOUR', 'MINUTE', 'SECOND'] as const
/** The first number of an interval has at most two digits, or as many as SECOND(3) says: up to four, as in Flink. */
const LEADING_DIGITS = 2
const MOST_LEADING_DIGITS = 4

/** INTERVAL '…': months for YEAR, QUARTER and MONTH, milliseconds for the other units. */
export function bindInterval(node: SyntaxOf<'interval'>): Literal | Refused {
  const { from, to } = node
  const negative = node.text.startsWith('-') !== node.negative
  const text = node.text.replace(/^[+-]/, '').trim()
  const written = `INTERVAL '${node.text}' ${from}${to === undefined ? '' : ` TO ${to}`}`
  if ((node.precision ?? LEADING_DIGITS) > MOST_LEADING_DIGITS) {
    return { refused: `${from}(${node.precision}) is too wide: at most ${from}(${MOST_LEADING_DIGITS})` }
  }
  const lead = /^\d+/.exec(text)?.[0].replace(/^0+(?=\d)/, '') ?? ''
  if (lead.length > (node.precision ?? LEADING_DIGITS)) {
    const hint =
      lead.length <= MOST_LEADING_DIGITS ? `INTERVAL '${node.text}' ${from}(${lead.length})` : 'use a longer unit'
    return { refused: `${lead} has more than ${node.precision ?? LEADING_DIGITS} digits, the most of ${from}`, hint }
  }
  const months = to === undefined ? MONTHS[from] : undefined
  const size =
    months !== undefined ? wholeNumber(text, months) : from === 'YEAR' ? yearToMonth(text, to) : dayTime(text, from, to)
  if (size === undefined) return { refused: `${written} cannot be read`, hint: "write it as INTERVAL '5' MINUTE" }
  const value = negative && size !== 0 ? -size : size
  return { value, type: months !== undefined || from === 'YEAR' ? INTERVAL_MONTH : INTERVAL_DAY }
}

function wholeNumber(text: string, unit: number): number | undefined {
  return /^\d+$/.test(text) ? Number(text) * unit : undefined
}

function yearToMonth(text: string, to: IntervalUnit | undefined): number | undefined {
  const match = /^(\d+)-(\d{1,2})$/.exec(text)
  if (match === null || to !== 'MONTH' || Number(match[2]) > 11) return undefined
  return Number(match[1]) * 12 + Number(match[2])
}

function dayTime(text: string, from: IntervalUnit, to: IntervalUnit = from): number | undefined {
  if (from === 'WEEK') return to === 'WEEK' ? wholeNumber(text, 7 * MS.DAY) : undefined
  const units = DAY_UNITS.slice(DAY_UNITS.indexOf(from as 'DAY'), DAY_UNITS.indexOf(to as 'DAY') + 1)
  const first = units[0]
  if (first === undefined || first !== from) return undefined
  const parts = units.map((unit) => (unit === 'SECOND' ? String.raw`(\d+(?:\.\d{1,3})?)` : String.raw`(\d+)`))
  const pattern = units.map((_, i) => (i === 0 ? '' : units[i - 1] === 'DAY' ? ' ' : ':') + parts[i]).join('')
  const match = new RegExp(`^${pattern}$`).exec(text)
  if (match === null) return undefined
  const limits = { DAY: Infinity, HOUR: 24, MINUTE: 60, SECOND: 60 }
  let total = 0
  for (const [i, unit] of units.entries()) {
    const value = Number(match[i + 1])
    if (i > 0 && value >= limits[unit]) return undefined
    total += value * MS[unit]
  }
  return Math.round(total)
}
