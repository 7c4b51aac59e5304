/**
 * Values as text, the same in all formats: numbers with all digits, `1995-07-01`, `04:00:00`, `1995-07-01T04:00:00.000`,
 * and the instant of a TIMESTAMP_LTZ in UTC with `Z`. Quotes and escapes are the format's. The kernel that writes rows writes
 * nearly all values itself, with the same texts.
 */
import { unreachable } from '../../base/assert.ts'
import { dateText, timestampText, timeText } from '../../base/calendar.ts'
import type { ScalarColumn } from '../../record/column.ts'
import { decimalText } from '../../record/decimal.ts'
import { shortestFloat } from '../../record/float.ts'
import { nanosText } from '../../record/nanos.ts'
import type { Type } from '../../record/type.ts'

/** Types that are strings in JSON, which has no times. */
export const QUOTED: ReadonlySet<string> = new Set(['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ', 'FINE_TIMESTAMP'])

/** The text of a value that is neither NULL nor a string, nor consists of others. */
export function valueText(type: Type, column: Exclude<ScalarColumn, { kind: 'string' }>, row: number): string {
  switch (column.kind) {
    case 'boolean':
      return column.values[row] === 1 ? 'true' : 'false'
    case 'int':
      return intText(type, column.values[row] as number)
    case 'bigint':
      return String(column.exact?.[row] ?? column.values[row])
    case 'decimal':
      if (type.kind === 'FINE_TIMESTAMP') {
        return nanosText(column.values[row] as bigint, type.digits) + (type.zoned ? 'Z' : '')
      }
      return decimalText(column.values[row] as bigint, type.kind === 'DECIMAL' ? type.scale : 0)
    case 'double':
      return doubleText(type, column.values[row] as number)
    default:
      return unreachable(column)
  }
}

function intText({ kind }: Type, value: number): string {
  if (kind === 'DATE') return dateText(value)
  if (kind !== 'TIME') return String(value)
  const fraction = value % 1000
  return fraction === 0 ? timeText(value) : `${timeText(value)}.${String(fraction).padStart(3, '0')}`
}

function doubleText({ kind }: Type, value: number): string {
  if (kind === 'TIMESTAMP') return timestampText(value)
  if (kind === 'TIMESTAMP_LTZ') return `${timestampText(value)}Z`
  return Object.is(value, -0) ? '-0' : String(kind === 'FLOAT' ? shortestFloat(value) : value)
}
