/** UNIX_TIMESTAMP, FROM_UNIXTIME and CONVERT_TZ, by SimpleDateFormat in the session's zone or in those named. */
import { findZone, type ZoneRules, zoneRules } from '../../../base/timezone.ts'
import type { StringColumn } from '../../../record/column.ts'
import { BIGINT, STRING } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { define, fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, bigintOutput, setBigint } from '../output.ts'
import { type Row, textRows } from '../rows.ts'
import { literalText, textOfRow } from '../text/bytes.ts'
import { unixNow } from './now.ts'
import { plainFormat, type SimpleDateFormat, simpleDateFormat } from './simple-date-format.ts'

function formatOf(pattern: Expression | undefined): SimpleDateFormat {
  if (pattern === undefined) return plainFormat()
  const text = literalText(pattern)
  if (text === undefined) throw new TypeProblem('the pattern must be written out')
  return simpleDateFormat(text)
}

export const unixTimestamp: ScalarFunction = {
  name: 'UNIX_TIMESTAMP',
  summary: "Seconds since 1970: now, or of a text by the session's clock.",
  usage: 'UNIX_TIMESTAMP([text[, pattern]])',
  bind({ arguments: operands, session }) {
    if (operands.length === 0) return unixNow(session)
    if (operands.length > 2) throw new TypeProblem('it takes up to 2 arguments')
    const [text, pattern] = fitArguments(operands, ['string', 'any?'], session)
    const format = formatOf(pattern)
    return { type: BIGINT, arguments: [text], open: () => openUnix(format, zoneRules(session.timezone)) }
  },
}

/** As in Flink, a text that does not fit gives the least BIGINT. */
export const UNREADABLE: bigint = -(2n ** 63n)

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
    const [seconds, pattern] = fitArguments(operands, ['bigint', 'any?'], session)
    const format = formatOf(pattern)
    const zone = zoneRules(session.timezone)
    const write = (value: Row[number] | undefined) =>
      formatSeconds(BigInt(value ?? 0), format, zone) ?? {
        failed: `FROM_UNIXTIME of ${value}: a time before 1582 is not written`,
      }
    return { type: STRING, arguments: [seconds], open: () => textRows(([value]) => write(value)) }
  },
}

/** The calendar begins anew every 400 years. */
const CYCLE_YEARS = 400
const CYCLE_MS = 146_097n * 86_400_000n

/** As in Flink, up to the year 292278994; beyond, milliseconds wrap round as a BIGINT does. */
function formatSeconds(seconds: bigint, format: SimpleDateFormat, zone: ZoneRules): string | undefined {
  const ms = BigInt.asIntN(64, seconds * 1000n)
  if (ms < 2n * CYCLE_MS) return format.format(Number(ms), zone)
  // A double does not hold the milliseconds of the later years: they are those of the years from 2370 on.
  const cycles = ms / CYCLE_MS - 1n
  return format.format(Number(ms - cycles * CYCLE_MS), zone, Number(cycles) * CYCLE_YEARS)
}

export const convertTz: ScalarFunction = define({
  summary: 'A time, written as yyyy-MM-dd HH:mm:ss, on the clock of another zone.',
  usage: 'CONVERT_TZ(text, from zone, to zone)',
  takes: ['string', 'string', 'string'],
  gives: STRING,
  check([, ...zones]) {
    const zone = zones.find((each) => AMBIGUOUS.has(literalText(each) ?? ''))
    if (zone !== undefined) throw new TypeProblem(ambiguous(literalText(zone)).failed, "as 'Europe/Berlin'", zone)
  },
  open() {
    const format = plainFormat()
    return textRows(([text, from, to]) => {
      if (AMBIGUOUS.has(String(from))) return ambiguous(from)
      const instant = format.parse(String(text), zoneOrGmt(from))
      if (instant === undefined) return undefined
      return AMBIGUOUS.has(String(to)) ? ambiguous(to) : format.format(instant, zoneOrGmt(to))
    })
  },
})

/** Names of three letters that are zones in Java, and other zones or none elsewhere. */
const AMBIGUOUS = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(' '),
)

const ambiguous = (name: unknown) => ({ failed: `CONVERT_TZ: zone '${name}' is ambiguous, write its full name` })

/** Whether it is an offset without the `GMT` before it that Java wants. */
export const isBareOffset = (name: string): boolean => /^(?:UTC|UT)?[+-]\d|^UTC[+-]/.test(name)

/** The zone of that name in Java; undefined for one that java.util.TimeZone.getTimeZone takes for GMT. */
export const javaZone = (name: string): ZoneRules | undefined => (isBareOffset(name) ? undefined : findZone(name))

const zoneOrGmt = (name: unknown): ZoneRules => javaZone(String(name)) ?? zoneRules('UTC')
