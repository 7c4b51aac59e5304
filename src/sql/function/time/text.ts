/** DATE_FORMAT, TO_TIMESTAMP, TO_TIMESTAMP_LTZ and TO_DATE: from times to texts and back by a literal pattern. */
import { DAY_MS } from '../../../base/calendar.ts'
import { findZone, zoneRules } from '../../../base/timezone.ts'
import type { Column } from '../../../record/column.ts'
import { msOfNanos, nanosAfterMs } from '../../../record/nanos.ts'
import {
  BIGINT,
  DATE,
  DOUBLE,
  isInteger,
  isNumeric,
  STRING,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
  timestamp,
  typeName,
} from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { literal } from '../../expression/fold.ts'
import { castTo } from '../cast/cast.ts'
import { parseDate, parsePrintedInstant, parseSqlTimestamp, parseTimestamp } from '../cast/parse-time.ts'
import { fitArgument, fitArguments } from '../define.ts'
import { type Call, type ScalarFunction, TypeProblem } from '../function.ts'
import { decimalOutput, doubleOutput, intOutput, setNull } from '../output.ts'
import { numberRows, type Row, type RowResult, textRows } from '../rows.ts'
import { literalText } from '../text/bytes.ts'
import { timeFormat } from './format-time.ts'
import { type TimeParser, timeParser } from './parse-format.ts'
import { plainFormat, simpleDateFormat } from './simple-date-format.ts'

/** The text of a pattern that is a literal. */
function writtenOut(pattern: Expression): string {
  const text = literalText(pattern)
  if (text !== undefined) return text
  throw new TypeProblem('the pattern must be written out', "As in DATE_FORMAT(ts, 'yyyy-MM-dd').")
}

const GREGORIAN = 'a time before 1582 is not read or written by this pattern'

export const dateFormat: ScalarFunction = {
  name: 'DATE_FORMAT',
  summary: 'A time as text by a pattern of Java: yyyy-MM-dd HH:mm:ss.',
  usage: 'DATE_FORMAT(time, pattern)',
  bind({ arguments: operands, session }) {
    const [time, pattern] = fitArguments(operands, ['any', 'any'], session)
    const text = writtenOut(pattern)
    const written = (write: (row: Row) => RowResult<string>): BoundCall => ({
      type: STRING,
      arguments: [time],
      open: () => textRows(write),
    })
    const zone = zoneRules(session.timezone)
    if (time.type.kind === 'STRING') {
      const format = simpleDateFormat(text)
      const plain = plainFormat()
      const utc = zoneRules('UTC')
      return written(([from]) => {
        const instant = plain.parse(String(from), utc)
        return instant === undefined ? undefined : (format.format(instant, utc) ?? { failed: GREGORIAN })
      })
    }
    const format = timeFormat(text)
    if (time.type.kind === 'FINE_TIMESTAMP') {
      const { zoned } = time.type
      return written(([value]) => {
        const ms = msOfNanos(value as bigint)
        return format(zoned ? zone.toWall(ms) : ms, nanosAfterMs(value as bigint))
      })
    }
    if (time.type.kind === 'TIMESTAMP') return written((row) => format(row[0] as number))
    if (time.type.kind !== 'TIMESTAMP_LTZ') throw new TypeProblem(`it wants a timestamp, not ${typeName(time.type)}`)
    return written((row) => format(zone.toWall(row[0] as number)))
  },
}

export const toTimestamp: ScalarFunction = {
  name: 'TO_TIMESTAMP',
  summary: 'The TIMESTAMP that a text says; NULL where it cannot be read.',
  usage: 'TO_TIMESTAMP(text[, pattern])',
  bind({ arguments: operands, session }) {
    const [text, pattern] = fitArguments(operands, ['string', 'any?'], session)
    const parse = pattern === undefined ? parseTimestamp : patternParser(pattern)
    return {
      type: TIMESTAMP,
      arguments: [text],
      open: () => numberRows(doubleOutput(), ([of]) => parse(String(of))),
    }
  },
}

/** Reads by the pattern, and a text that does not fit it as java.sql.Timestamp or Date would. */
function patternParser(pattern: Expression): TimeParser {
  const parse = timeParser(writtenOut(pattern))
  return parse === undefined ? () => undefined : (of) => parse(of) ?? parseSqlTimestamp(of)
}

export const toDate: ScalarFunction = {
  name: 'TO_DATE',
  summary: 'The DATE that a text says; NULL where it cannot be read.',
  usage: 'TO_DATE(text[, pattern])',
  bind({ arguments: operands, session }) {
    const [text, pattern] = fitArguments(operands, ['string', 'any?'], session)
    const parse = pattern === undefined ? parseDate : dateParser(writtenOut(pattern))
    return { type: DATE, arguments: [text], open: () => numberRows(intOutput(), ([of]) => parse(String(of))) }
  },
}

function dateParser(pattern: string): (text: string) => number {
  const format = simpleDateFormat(pattern)
  const utc = zoneRules('UTC')
  return (text) => {
    const instant = format.parse(text, utc)
    // For a text that does not fit Flink gives the least long as days, cut to 32 bits: a day of the year 1705471.
    return instant === undefined ? Number(BigInt.asIntN(32, -106_751_991_167n)) : Math.trunc(instant / DAY_MS)
  }
}

export const toTimestampLtz: ScalarFunction = {
  name: 'TO_TIMESTAMP_LTZ',
  summary:
    'The instant of a number since 1970, or of a text. The number counts seconds (0), milliseconds (3), microseconds (6), nanoseconds (9), or any other digits of a second.',
  usage: 'TO_TIMESTAMP_LTZ(number[, 0 … 9]) or TO_TIMESTAMP_LTZ(text[, pattern[, zone]])',
  bind(call) {
    const [first] = call.arguments
    if (first === undefined) throw new TypeProblem('it takes 1 to 3 arguments')
    return isNumeric(first.type) ? bindEpoch(first, call) : bindText(first, call)
  },
}

function bindEpoch(first: Expression, { arguments: operands, session }: Call): BoundCall {
  const [, precision] = operands
  if (operands.length > 2) throw new TypeProblem('a number has no pattern')
  const digits = precision === undefined ? 3 : precision.kind === 'literal' ? Number(precision.value) : undefined
  if (digits === undefined || !(digits >= 0 && digits <= 9)) {
    throw new TypeProblem(
      'the precision must be 0 (seconds) to 9 (nanoseconds), written out',
      'as in TO_TIMESTAMP_LTZ(x, 6)',
    )
  }
  if (digits !== 0 && digits !== 3) {
    const hint = 'CAST(… AS BIGINT): a number of another type counts seconds (0) or milliseconds (3)'
    if (!isInteger(first.type)) throw new TypeProblem(`a ${typeName(first.type)} has no precision ${digits} here`, hint)
    return bindFineEpoch(castTo(first, BIGINT, { try: false, session }), digits)
  }
  // As in Flink, only a DOUBLE has parts of a second: those of a DECIMAL are cut off.
  const type: Type = first.type.kind === 'DOUBLE' ? DOUBLE : BIGINT
  const number = castTo(first, type, { try: false, session })
  return { type: TIMESTAMP_LTZ, arguments: [number], open: () => openEpoch(digits === 0 ? 1000 : 1) }
}

/** Of a number that counts in units of that number of digits of a second. */
function bindFineEpoch(number: Expression, digits: number): BoundCall {
  const type = timestamp(Math.max(3, digits), true)
  const factor = 10n ** BigInt(9 - digits)
  const read = ([value]: Row): bigint | undefined => {
    const nanos = BigInt(value ?? 0) * factor
    const ms = msOfNanos(nanos)
    return ms >= EARLIEST && ms <= LATEST ? nanos : undefined
  }
  const inMs = (row: Row): number | undefined => {
    const nanos = read(row)
    return nanos === undefined ? undefined : msOfNanos(nanos)
  }
  const isFine = type.kind === 'FINE_TIMESTAMP'
  const open = () => (isFine ? numberRows(decimalOutput(), read) : numberRows(doubleOutput(), inMs))
  return { type, arguments: [number], open }
}

/** From 0000-01-01 to 9999-12-31; other times are NULL. */
const EARLIEST = -62_167_219_200_000
const LATEST = 253_402_300_799_999

function openEpoch(factor: number): Compute {
  const output = doubleOutput()
  return ([number], count) => {
    const { values } = number as { values: Float64Array }
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const instant = Math.floor((values[row] as number) * factor) + 0
      if (instant >= EARLIEST && instant <= LATEST) out.values[row] = instant
      else setNull(out, row, count)
    }
    return out
  }
}

function bindText(text: Expression, { arguments: operands, session }: Call): BoundCall {
  const [, pattern, zoneName] = operands
  if (operands.length > 3) throw new TypeProblem('it takes 1 to 3 arguments')
  const argument = fitArgument(text, 'string', session)
  const zone = zoneName === undefined ? zoneRules('UTC') : findZone(literalText(zoneName) ?? '')
  if (zone === undefined) throw new TypeProblem('the time zone must be written out, and be one', "As 'Europe/Berlin'.")
  const strict = (of: string): RowResult<number> =>
    parseTimestamp(of) ?? { failed: `TO_TIMESTAMP_LTZ of '${of.slice(0, 60)}': it cannot be read` }
  const constant = pattern === undefined ? literalText(argument) : undefined
  const printed =
    constant === undefined || parseTimestamp(constant) !== undefined ? undefined : parsePrintedInstant(constant, zone)
  if (printed !== undefined) {
    const open = (): Compute => (columns) => columns[0] as Column
    return { type: TIMESTAMP_LTZ, arguments: [literal(printed, TIMESTAMP_LTZ)], open }
  }
  const parse = pattern === undefined ? strict : patternParser(pattern)
  const read = ([of]: Row): RowResult<number> => {
    const wall = parse(String(of))
    return typeof wall === 'number' ? zone.toInstant(wall) : wall
  }
  return { type: TIMESTAMP_LTZ, arguments: [argument], open: () => numberRows(doubleOutput(), read) }
}
