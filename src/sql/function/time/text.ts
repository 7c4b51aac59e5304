/** DATE_FORMAT, TO_TIMESTAMP, TO_TIMESTAMP_LTZ and TO_DATE: from times to texts and back by a literal pattern. */
import { DAY_MS } from '../../../base/calendar.ts'
import { findZone, zoneRules } from '../../../base/timezone.ts'
import {
  BIGINT,
  DATE,
  DOUBLE,
  isNumeric,
  STRING,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
  typeName,
} from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { castTo } from '../cast/cast.ts'
import { parseDate, parseTimestamp } from '../cast/parse-time.ts'
import { fitArgument } from '../define.ts'
import type { Call, ScalarFunction, TypeProblem } from '../function.ts'
import { doubleOutput, setNull } from '../output.ts'
import { literalText } from '../text/bytes.ts'
import { timeFormat } from './format-time.ts'
import { timeParser } from './parse-format.ts'
import { parsedTimes, type RowResult, writtenTimes } from './rows.ts'
import { plainFormat, simpleDateFormat } from './simple-date-format.ts'
import { parseSqlTimestamp } from './sql-timestamp.ts'

const WRITTEN_OUT: TypeProblem = {
  refused: 'the pattern must be written out',
  hint: "As in DATE_FORMAT(ts, 'yyyy-MM-dd').",
}
const GREGORIAN = 'a time before 1582 is not read or written by this pattern'

export const dateFormat: ScalarFunction = {
  name: 'DATE_FORMAT',
  summary: 'A time as text by a pattern of Java: yyyy-MM-dd HH:mm:ss.',
  usage: 'DATE_FORMAT(time, pattern)',
  bind({ arguments: operands, session }) {
    const [time, pattern] = operands
    if (time === undefined || operands.length !== 2) return { refused: 'it takes 2 arguments' }
    const text = literalText(pattern)
    if (text === undefined) return WRITTEN_OUT
    const zone = zoneRules(session.timezone)
    if (time.type.kind === 'STRING') {
      const format = simpleDateFormat(text)
      if ('refused' in format) return format
      const plain = plainFormat()
      const utc = zoneRules('UTC')
      const change = (from: string): RowResult<string> => {
        const instant = plain.parse(from, utc)
        return instant === undefined ? undefined : (format.format(instant, utc) ?? { failed: GREGORIAN })
      }
      return { type: STRING, arguments: [time], open: () => rewritten(change) }
    }
    const format = timeFormat(text)
    if (typeof format !== 'function') return format
    if (time.type.kind === 'TIMESTAMP') return { type: STRING, arguments: [time], open: () => writtenTimes(format) }
    if (time.type.kind !== 'TIMESTAMP_LTZ') return { refused: `it wants a timestamp, not ${typeName(time.type)}` }
    return { type: STRING, arguments: [time], open: () => writtenTimes((instant) => format(zone.toWall(instant))) }
  },
}

/** Makes a text of each text, through the loops of both directions. */
function rewritten(change: (text: string) => RowResult<string>): Compute {
  const results: RowResult<string>[] = []
  const read = parsedTimes('double', (text) => results.push(change(text)) - 1)
  const write = writtenTimes((index) => results[index])
  return (columns, count) => {
    results.length = 0
    const indexes = read(columns, count)
    return write([{ ...indexes, nulls: columns[0]?.nulls } as never], count)
  }
}

export const toTimestamp: ScalarFunction = {
  name: 'TO_TIMESTAMP',
  summary: 'The TIMESTAMP that a text says; NULL where it cannot be read.',
  usage: 'TO_TIMESTAMP(text[, pattern])',
  bind({ arguments: operands, session }) {
    const [text, pattern] = operands
    if (text === undefined || operands.length > 2) return { refused: 'it takes 1 to 2 arguments' }
    const argument = fitArgument(text, 'string', session)
    if ('refused' in argument) return argument
    const parse = pattern === undefined ? parseTimestamp : patternParser(pattern)
    if (typeof parse !== 'function') return parse
    return { type: TIMESTAMP, arguments: [argument], open: () => parsedTimes('double', parse) }
  },
}

/** Reads by the pattern, and a text that does not fit it as java.sql.Timestamp or Date would. */
function patternParser(pattern: Expression): ((text: string) => number | undefined) | TypeProblem {
  const text = literalText(pattern)
  if (text === undefined) return WRITTEN_OUT
  const parse = timeParser(text)
  if (parse === 'bad') return () => undefined
  if (typeof parse !== 'function') return parse
  return (of) => parse(of) ?? parseSqlTimestamp(of)
}

export const toDate: ScalarFunction = {
  name: 'TO_DATE',
  summary: 'The DATE that a text says; NULL where it cannot be read.',
  usage: 'TO_DATE(text[, pattern])',
  bind({ arguments: operands, session }) {
    const [text, pattern] = operands
    if (text === undefined || operands.length > 2) return { refused: 'it takes 1 to 2 arguments' }
    const argument = fitArgument(text, 'string', session)
    if ('refused' in argument) return argument
    if (pattern === undefined) return { type: DATE, arguments: [argument], open: () => parsedTimes('int', parseDate) }
    const written = literalText(pattern)
    if (written === undefined) return WRITTEN_OUT
    const format = simpleDateFormat(written)
    if ('refused' in format) return format
    const utc = zoneRules('UTC')
    const parse = (of: string) => {
      const instant = format.parse(of, utc)
      // For a text that does not fit Flink gives the least long as days, cut to 32 bits: a day of the year 1705471.
      return instant === undefined ? Number(BigInt.asIntN(32, -106_751_991_167n)) : Math.trunc(instant / DAY_MS)
    }
    return { type: DATE, arguments: [argument], open: () => parsedTimes('int', parse) }
  },
}

export const toTimestampLtz: ScalarFunction = {
  name: 'TO_TIMESTAMP_LTZ',
  summary: 'The instant of a number of seconds (0) or milliseconds (3) since 1970, or of a text.',
  usage: 'TO_TIMESTAMP_LTZ(number[, 0 | 3]) or TO_TIMESTAMP_LTZ(text[, pattern[, zone]])',
  bind(call) {
    const [first] = call.arguments
    if (first === undefined) return { refused: 'it takes 1 to 3 arguments' }
    return isNumeric(first.type) ? bindEpoch(first, call) : bindText(first, call)
  },
}

function bindEpoch(first: Expression, { arguments: operands, session }: Call): BoundCall | TypeProblem {
  const [, precision] = operands
  if (operands.length > 2) return { refused: 'a number has no pattern' }
  const digits = precision === undefined ? 3 : precision.kind === 'literal' ? Number(precision.value) : undefined
  if (digits !== 0 && digits !== 3) {
    return { refused: 'the precision must be 0 (seconds) or 3 (milliseconds)', hint: 'times are kept in milliseconds' }
  }
  const type: Type = first.type.kind === 'INT' || first.type.kind === 'BIGINT' ? BIGINT : DOUBLE
  const number = castTo(first, type, { try: false, session })
  if ('refused' in number) return number
  return { type: TIMESTAMP_LTZ, arguments: [number], open: () => openEpoch(digits === 0 ? 1000 : 1) }
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
      const instant = Math.trunc((values[row] as number) * factor) + 0
      if (instant >= EARLIEST && instant <= LATEST) out.values[row] = instant
      else setNull(out, row, count)
    }
    return out
  }
}

function bindText(text: Expression, { arguments: operands, session }: Call): BoundCall | TypeProblem {
  const [, pattern, zoneName] = operands
  if (operands.length > 3) return { refused: 'it takes 1 to 3 arguments' }
  const argument = fitArgument(text, 'string', session)
  if ('refused' in argument) return argument
  const zone = zoneName === undefined ? zoneRules('UTC') : findZone(literalText(zoneName) ?? '')
  if (zone === undefined)
    return { refused: 'the time zone must be written out, and be one', hint: "As 'Europe/Berlin'." }
  const strict = (of: string): RowResult<number> =>
    parseTimestamp(of) ?? { failed: `TO_TIMESTAMP_LTZ of '${of.slice(0, 60)}': it cannot be read` }
  const parse = pattern === undefined ? strict : patternParser(pattern)
  if (typeof parse !== 'function') return parse
  const read = (of: string): RowResult<number> => {
    const wall = parse(of)
    return typeof wall === 'number' ? zone.toInstant(wall) : wall
  }
  return { type: TIMESTAMP_LTZ, arguments: [argument], open: () => parsedTimes('double', read) }
}
