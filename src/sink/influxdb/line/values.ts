/**
 * The values of columns in line protocol, row by row: as tags, where everything is a text; as fields; and as the time of a point.
 *
 *   field of INT, BIGINT       12i
 *   of FLOAT, DOUBLE             the shortest text; NaN and the infinities are refused, as InfluxDB has none
 *   of DECIMAL                 its digits: InfluxDB keeps the nearest double
 *   of BOOLEAN                 true, false
 *   of STRING, and times       "a text", times as in all outputs
 */
import { assert } from '../../../base/assert.ts'
import type { ZoneRules } from '../../../base/timezone.ts'
import { valueText } from '../../../format/write/value.ts'
import { type Column, isNestedColumn } from '../../../record/column.ts'
import { shortestFloat } from '../../../record/float.ts'
import type { Type } from '../../../record/type.ts'
import { withValidTexts } from '../../../record/valid-text.ts'
import type { Precision } from '../point.ts'
import { type LineBytes, writeAscii, writeDouble, writeInteger } from './digits.ts'
import { IN_TAG, type SpecialBytes, UNWRITABLE, writeEscaped, writeQuoted } from './texts.ts'

/** Writes the value of a row that is not NULL; a text says why it cannot. */
export type WriteValue = (row: number, into: LineBytes) => string | undefined

/** The most bytes that a value which is no text takes: a decimal, or a time in quotes. */
export const LONGEST_VALUE = 48

const INTEGER_END = 0x69 // i
const QUOTE = 0x22

/** Writes values of the first `count` rows as tags, or as a measurement. */
export function tagWriter(type: Type, column: Column, count: number, special: SpecialBytes = IN_TAG): WriteValue {
  if (column.kind === 'string') {
    const texts = withValidTexts(column, count)
    return (row, into) => (writeEscaped(texts, row, special, into) ? undefined : UNWRITABLE)
  }
  return numberWriter(type, column) ?? plainWriter(type, column)
}

/** Writes values of the first `count` rows as fields. */
export function fieldWriter(type: Type, column: Column, count: number): WriteValue {
  if (column.kind === 'string') {
    const texts = withValidTexts(column, count)
    return (row, into) => {
      writeQuoted(texts, row, into)
      return undefined
    }
  }
  const write = numberWriter(type, column)
  if (write === undefined) {
    const plain = plainWriter(type, column)
    return isTime(type) ? inQuotes(plain) : plain
  }
  if (column.kind === 'double') return write
  return (row, into) => {
    const reason = write(row, into)
    into.bytes[into.at++] = INTEGER_END
    return reason
  }
}

/** Columns whose values are numbers and are written as such; undefined: others. */
function numberWriter(type: Type, column: Column): WriteValue | undefined {
  if (isTime(type)) return undefined
  const isFloat = type.kind === 'FLOAT'
  switch (column.kind) {
    case 'int':
      return (row, into) => {
        writeInteger(column.values[row] as number, into)
        return undefined
      }
    case 'bigint': {
      const { values, exact } = column
      return (row, into) => {
        if (exact === undefined) writeInteger(values[row] as number, into)
        else writeAscii(String(exact[row]), into)
        return undefined
      }
    }
    case 'double':
      return (row, into) => {
        const value = column.values[row] as number
        if (!Number.isFinite(value)) return `it is ${value}, which InfluxDB does not have`
        writeDouble(isFloat ? shortestFloat(value) : value, into)
        return undefined
      }
    default:
      return undefined
  }
}

const isTime = ({ kind }: Type): boolean =>
  kind === 'DATE' || kind === 'TIME' || kind === 'TIMESTAMP' || kind === 'TIMESTAMP_LTZ'

/** Booleans, decimals and times, which are rare: each is a text on the way. */
function plainWriter(type: Type, column: Column): WriteValue {
  assert(column.kind !== 'string' && !isNestedColumn(column), 'a column without texts')
  return (row, into) => {
    writeAscii(valueText(type, column, row), into)
    return undefined
  }
}

const inQuotes =
  (write: WriteValue): WriteValue =>
  (row, into) => {
    into.bytes[into.at++] = QUOTE
    const reason = write(row, into)
    into.bytes[into.at++] = QUOTE
    return reason
  }

/** Units of the precision in a second, and the digits that ms do not have. */
const UNITS: { readonly [precision in Precision]: { readonly inSecond: number; readonly zeros: string } } = {
  s: { inSecond: 1, zeros: '' },
  ms: { inSecond: 1e3, zeros: '' },
  us: { inSecond: 1e6, zeros: '000' },
  ns: { inSecond: 1e9, zeros: '000000' },
}

/** InfluxDB keeps ns since 1970 in 64 bits. */
const FARTHEST_S = 9_223_372_036
const OUTSIDE = 'it is before 1677-09-22 or after 2262-04-11, and InfluxDB keeps no such time'

export type TimeForm = {
  readonly precision: Precision
  /** Wall clocks are instants by its clock. */
  readonly zone: ZoneRules
  /** Whether a time that is not kept as it is, is refused; else it is cut to the precision. */
  readonly tellsByTime: boolean
}

/** Writes times in units of the precision; a BIGINT is a number of them already. */
export function timeWriter(type: Type, column: Column, { precision, zone, tellsByTime }: TimeForm): WriteValue {
  const { inSecond, zeros } = UNITS[precision]
  if (column.kind === 'bigint') {
    const write = numberWriter(type, column) as WriteValue
    return (row, into) => (Math.abs(column.values[row] as number) > FARTHEST_S * inSecond ? OUTSIDE : write(row, into))
  }
  assert(column.kind === 'double', 'times are TIMESTAMP, TIMESTAMP_LTZ or BIGINT')
  const { values } = column
  const isWall = type.kind === 'TIMESTAMP'
  return (row, into) => {
    const value = values[row] as number
    const ms = isWall ? zone.toInstant(value) : value
    if (Math.abs(ms) > FARTHEST_S * 1000) return OUTSIDE
    if (tellsByTime && isWall && zone.toWall(ms) !== value) return `the clocks of ${zone.name} never show it`
    if (precision !== 's') {
      writeInteger(ms, into)
      if (ms !== 0) writeAscii(zeros, into)
      return undefined
    }
    const seconds = Math.floor(ms / 1000)
    if (tellsByTime && seconds * 1000 !== ms) return NOT_WHOLE
    writeInteger(seconds, into)
    return undefined
  }
}

const NOT_WHOLE = 'it is no whole second, and cut to one it may be that of another row: `precision: ms` keeps it'
