/** Why a text is no value of a column, in words. */
import { isAnyTimestamp, isNested, isZoned, type Type, typeName } from '../../record/type.ts'
import type { EpochUnit } from '../declared-columns.ts'
import { epochHint } from './epoch.ts'
import { isExactNumber } from './exact-number.ts'

/** The column that refused a text. */
type Refusing = {
  readonly name: string
  readonly type: Type
  readonly unit: EpochUnit | undefined
  /** Whether a number is refused that the type would change. */
  readonly isStrict: boolean
}

/** "column size: 'abc' is not of type BIGINT"; `isCut`: `text` is only the beginning. */
export function complaintOf(column: Refusing, text: string, isCut: boolean): string {
  const { name, type } = column
  const hint = hintFor(column, text.replace(/^"(.*)"$/, '$1').trim())
  const wanted = isNested(type) ? type.kind : typeName(type)
  return `column ${name}: '${text}${isCut ? '…' : ''}' is not of type ${wanted}${hint}`
}

function hintFor(column: Refusing, text: string): string {
  const { kind } = column.type
  const number = text === '' ? Number.NaN : Number(text)
  const isNumber = Number.isFinite(number)
  if (column.isStrict && isNumber && !isExactNumber(text, kind === 'DOUBLE')) {
    return ` of the first lines, which would change it (declare the column as STRING to keep it)`
  }
  if (!isAnyTimestamp(column.type)) return ''
  if (isZoned(column.type)) return isNumber ? epochHint(number, column) : timeHint(text, 'Z')
  return isNumber ? ' (a number is an instant, a TIMESTAMP_LTZ(3))' : timeHint(text, '')
}

/** What is wrong with a text as a time that ends with `zone`, which is Z or nothing; a text without a date is no such time. */
function timeHint(text: string, zone: 'Z' | ''): string {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text)
  if (!/^\d{4}-\d\d-\d\d[T ]\d/.test(text) || hasZone === (zone === 'Z')) {
    return ` (a time is written as 2026-03-01T10:00:00${zone})`
  }
  return hasZone ? ' (a zone makes it a TIMESTAMP_LTZ(3))' : ' (it needs a zone, or Z)'
}
