/** UNIX_TIMESTAMP, FROM_UNIXTIME and CONVERT_TZ, by SimpleDateFormat in the session's zone or in those named. */
import { findZone, type ZoneRules, zoneRules } from '../../../base/timezone.ts'
import type { StringColumn } from '../../../record/column.ts'
import { BIGINT, STRING } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { define, fitArgument } from '../define.ts'
import type { ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, bigintOutput, setBigint } from '../output.ts'
import { literalText, textOfRow } from '../text/bytes.ts'
import { RowFailure, textRows } from '../text/rows.ts'
import { unixNow } from './now.ts'
import { writtenTimes } from './rows.ts'
import { plainFormat, type SimpleDateFormat, simpleDateFormat } from './simple-date-format.ts'

function formatOf(pattern: Expression | undefined): SimpleDateFormat | TypeProblem {
  if (pattern === undefined) return plainFormat()
  const text = literalText(pattern)
  return text === undefined ? { refused: 'the pattern must be written out' } : simpleDateFormat(text)
}

export const unixTimestamp: ScalarFunction = {
  name: 'UNIX_TIMESTAMP',
  summary: "Seconds since 1970: now, or of a text by the session's clock.",
  usage: 'UNIX_TIMESTAMP([text[, pattern]])',
  bind({ arguments: operands, session }) {
    const [text, pattern] = operands
    if (text === undefined) return unixNow(session)
    if (operands.length > 2) return { refused: 'it takes up to 2 arguments' }
    const argument = fitArgument(text, 'string', session)
    if ('refused' in argument) return argument
    const format = formatOf(pattern)
    if ('refused' in format) return format
    return { type: BIGINT, arguments: [argument], open: () => openUnix(format, zoneRules(session.timezone)) }
  },
}

/** As in Flink, a text that does not fit gives the least BIGINT. */
const UNREADABLE = -(2n ** 63n)

function openUnix(format: SimpleDateFormat, zone: ZoneRules): Compute {
  const output = bigintOutput()
  return (columns, count) => {
    const out = output(count)
    for (let row = 0; row < count; row++) {
      out.values[row] = 0
      if (anyNull(columns, row)) continue
      const instant = format.parse(textOfRow(columns[0] as StringColumn, row), zone)
      setBigint(out, row, instant === undefined ? UNREADABLE : BigInt(Math.trunc(instant / 1000)), count)
    }
    return out
  }
}

export const fromUnixtime: ScalarFunction = {
  name: 'FROM_UNIXTIME',
  summary: "Seconds since 1970 as text by the session's clock.",
  usage: 'FROM_UNIXTIME(seconds[, pattern])',
  bind({ arguments: operands, session }) {
    const [seconds, pattern] = operands
    if (seconds === undefined || operands.length > 2) return { refused: 'it takes 1 to 2 arguments' }
    const argument = fitArgument(seconds, 'bigint', session)
    if ('refused' in argument) return argument
    const format = formatOf(pattern)
    if ('refused' in format) return format
    const zone = zoneRules(session.timezone)
    const write = (value: number) =>
      (Math.abs(value) < 1e12 ? format.format(value * 1000, zone) : undefined) ?? {
        failed: `FROM_UNIXTIME of ${value}: the time is out of range`,
      }
    return { type: STRING, arguments: [argument], open: () => writtenTimes(write) }
  },
}

export const convertTz: ScalarFunction = define({
  name: 'CONVERT_TZ',
  summary: 'A time, written as yyyy-MM-dd HH:mm:ss, on the clock of another zone.',
  usage: 'CONVERT_TZ(text, from zone, to zone)',
  takes: ['string', 'string', 'string'],
  gives: STRING,
  open: openConvert,
})

function openConvert(): Compute {
  const format = plainFormat()
  return textRows(([text, from, to]) => {
    const instant = format.parse(String(text), javaZone(String(from)))
    return instant === undefined ? undefined : format.format(instant, javaZone(String(to)))
  })
}

/** Names of three letters that are zones in Java, and other zones or none elsewhere. */
const SHORT = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(' '),
)

/** java.util.TimeZone.getTimeZone: an unknown zone is GMT, and an offset counts only after `GMT`. */
function javaZone(name: string): ZoneRules {
  if (SHORT.has(name)) throw new RowFailure(`CONVERT_TZ: zone '${name}' is ambiguous, write its full name`)
  if (/^(?:UTC|UT)?[+-]\d|^UTC[+-]/.test(name)) return zoneRules('UTC')
  return findZone(name) ?? zoneRules('UTC')
}
