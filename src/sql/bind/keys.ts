/** Types whose values cannot be compared, where a query groups or sorts by them. */
import { hasMap, isNested, shortTypeName, type Type } from '../../record/type.ts'
import type { TextRange } from '../syntax/ast.ts'
import { refuse, type Statement } from './statement.ts'

/** Refuses a type that rows cannot be grouped by: two MAPs with the same entries may have them in another order. */
export function expectKey(type: Type, what: string, range: TextRange, statement: Statement): void {
  if (!hasMap(type)) return
  const hint = "take values of it, such as m['key']"
  refuse(statement, range, `${what} cannot compare values of type ${shortTypeName(type)}`, hint)
}

/** Refuses a type that rows cannot be sorted by. */
export function expectOrder(type: Type, range: TextRange, statement: Statement): void {
  if (!isNested(type)) return
  const hint = { ARRAY: 'take an element, such as a[1]', MAP: "take a value, such as m['key']", ROW: 'take a field' }
  refuse(statement, range, `ORDER BY has no order for values of type ${shortTypeName(type)}`, hint[type.kind])
}
