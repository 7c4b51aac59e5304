/**
 * A value of a row in a notation that both engines share, so that rows can be compared by what they say: Flink's own, as its SQL Gateway
 * writes JSON. DECIMALs have all digits of their scale, whole numbers beyond 2^53 are texts, and so are NaN and the infinite ones. An
 * instant is shown in the time zone of the session.
 */
import { dateText, timestampText, timeText } from '../base/calendar.ts'
import { zoneRules } from '../base/timezone.ts'
import type { FlinkJson } from '../client/flink/gateway.ts'
import type { LogicalType } from '../client/flink/logical-type.ts'
import type { Value } from '../record/column.ts'
import { decimalText } from '../record/decimal.ts'
import { shortestFloat } from '../record/float.ts'
import { msOfNanos, nanosAfterMs, nanosOf, nanosText } from '../record/nanos.ts'
import type { Type } from '../record/type.ts'
import { parseDecimal, rescale } from '../sql/function/decimal.ts'

export type SharedCell =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly SharedCell[]
  | { readonly [key: string]: SharedCell }

/** A value of the engine as a cell. */
export function cellOfValue(value: Value, type: Type, zone: string): SharedCell {
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
      return value as SharedCell
    case 'ARRAY':
      return (value as readonly Value[]).map((item) => cellOfValue(item, type.element, zone))
    case 'MAP':
      return Object.fromEntries(
        (value as readonly (readonly [Value, Value])[]).map(([key, mapped]) => [
          String(cellOfValue(key, type.key, zone)),
          cellOfValue(mapped, type.value, zone),
        ]),
      )
    case 'ROW':
      return Object.fromEntries(
        type.fields.map((field, index) => {
          const inside = (value as readonly Value[])[index] ?? null
          return [field.name, cellOfValue(inside, field.type, zone)]
        }),
      )
  }
}

/** 12:00:00.120 is written 12:00:00.12, and 12:00:00.000 without its point. */
function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** A value that Flink's gateway gives as a cell. */
export function cellOfFlink(value: FlinkJson, type: LogicalType | undefined): SharedCell {
  if (value === null || type === undefined) return null
  switch (type.type) {
    case 'DECIMAL':
      return withScale(String(value), type.scale ?? 0)
    case 'FLOAT':
      // Java 17 writes more digits of some.
      return Number.isFinite(Number(value)) ? shortestFloat(Math.fround(Number(value))) : String(value)
    case 'DOUBLE':
      return Number.isFinite(Number(value)) ? Number(value) : String(value)
    case 'BIGINT':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'ARRAY':
      return (value as readonly FlinkJson[]).map((item) => cellOfFlink(item, type.elementType))
    case 'MAP':
      return insideOf(value, () => type.valueType)
    case 'ROW':
      return insideOf(value, (name) => type.fields?.find((field) => field.name === name)?.fieldType)
    default:
      return value as SharedCell
  }
}

const insideOf = (value: FlinkJson, typeOf: (name: string) => LogicalType | undefined): SharedCell =>
  Object.fromEntries(
    Object.entries(value as { readonly [name: string]: FlinkJson }).map(([name, one]) => [
      name,
      cellOfFlink(one, typeOf(name)),
    ]),
  )

/** 1.5 of scale 2 is 1.50, and 2E+3 of scale 0 is 2000. */
function withScale(text: string, scale: number): string {
  const parsed = parseDecimal(text)
  return parsed === undefined ? text : decimalText(rescale(parsed.value, parsed.scale, scale), scale)
}

/** The cell as a text that two cells share exactly if they are equal; -0 is not 0. The entries of a MAP have no order. */
export function cellText(cell: SharedCell): string {
  if (Object.is(cell, -0)) return 'number -0'
  return `${typeof cell} ${typeof cell === 'object' ? JSON.stringify(cell, sortedNames) : String(cell)}`
}

function sortedNames(_name: string, value: SharedCell): SharedCell {
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
