/** Rows of the engine in the notation of Flink's answers (README of ../shared/flink, "Values"), and their comparison. */
import { dateText, timestampText, timeText } from '../../src/base/calendar.ts'
import { zoneRules } from '../../src/base/timezone.ts'
import type { Value } from '../../src/record/column.ts'
import { shortestFloat } from '../../src/record/float.ts'
import { msOfNanos, nanosAfterMs, nanosOf, nanosText } from '../../src/record/nanos.ts'
import type { Type } from '../../src/record/type.ts'
import type { Json } from './cases.ts'

/** A value in the notation of Flink's answers; an LTZ is shown in the session's `zone`. */
export function flinkValue(value: Value, type: Type, zone: string): Json {
  if (value === null) return null
  switch (type.kind) {
    case 'BIGINT':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'FLOAT':
      return Number.isFinite(value) ? shortestFloat(Number(value)) : String(value)
    case 'DOUBLE':
    case 'INTERVAL_DAY':
    case 'INTERVAL_MONTH':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return Number.isFinite(value) ? Number(value) : String(value)
    case 'DECIMAL':
      return decimalText(BigInt(value as bigint), type.scale)
    case 'DATE':
      return dateText(Number(value))
    case 'TIME':
      return withoutZeros(timeText(Number(value)))
    case 'TIMESTAMP':
      return withoutZeros(timestampText(Number(value)))
    case 'TIMESTAMP_LTZ':
      return `${withoutZeros(timestampText(zoneRules(zone).toWall(Number(value))))}Z`
    case 'FINE_TIMESTAMP': {
      const nanos = BigInt(value as bigint)
      const shown = type.zoned ? nanosOf(zoneRules(zone).toWall(msOfNanos(nanos)), nanosAfterMs(nanos)) : nanos
      return withoutZeros(nanosText(shown, type.digits)) + (type.zoned ? 'Z' : '')
    }
    case 'BYTES':
      return Buffer.from(String(value), 'latin1').toString('base64')
    case 'BOOLEAN':
    case 'STRING':
    case 'NULL':
      return value as Json
    case 'ARRAY':
      return (value as readonly Value[]).map((item) => flinkValue(item, type.element, zone))
    case 'MAP':
      return Object.fromEntries(
        (value as readonly (readonly [Value, Value])[]).map(([key, mapped]) => [
          String(flinkValue(key, type.key, zone)),
          flinkValue(mapped, type.value, zone),
        ]),
      )
    case 'ROW':
      return Object.fromEntries(
        type.fields.map((field, index) => {
          const inside = (value as readonly Value[])[index] ?? null
          return [field.name, flinkValue(inside, field.type, zone)]
        }),
      )
  }
}

/** All digits of the scale: 150n of scale 2 is 1.50. */
function decimalText(digits: bigint, scale: number): string {
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  const whole = text.slice(0, text.length - scale)
  return scale === 0 ? `${sign}${text}` : `${sign}${whole}.${text.slice(-scale)}`
}

/** 12:00:00.120 is written 12:00:00.12, and 12:00:00.000 without its point. */
function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** Compares the values cell by cell, with -0 different from 0; rows without an order are a multiset. */
export function sameRows(
  ours: readonly (readonly Json[])[],
  theirs: readonly (readonly Json[])[],
  ordered: boolean,
): boolean {
  const [mine, wanted] = [ours, theirs].map((rows) => {
    const lines = rows.map((row) => row.map(cellText).join('\u0000'))
    return ordered ? lines : lines.sort()
  }) as [string[], string[]]
  return mine.length === wanted.length && mine.every((line, index) => line === wanted[index])
}

function cellText(cell: Json): string {
  if (Object.is(cell, -0)) return 'number -0'
  return `${typeof cell} ${typeof cell === 'object' ? JSON.stringify(cell, sortedNames) : String(cell)}`
}

/** The entries of a MAP have no order; Flink gives those of STR_TO_MAP in that of a hash table. */
function sortedNames(_name: string, value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
