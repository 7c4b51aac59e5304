/** Warns of a Top-N whose order leaves open which of two rows is among the first. */
import { rowKeyOf } from '../../plan/key.ts'
import type { PlanOf } from '../../plan/plan.ts'
import type { SyntaxOf } from '../../syntax/ast.ts'
import { quote } from '../name.ts'
import { addWarning, type Statement } from '../statement.ts'

/** Adds the warning where the rows have a key, as those of groups have, and PARTITION BY with ORDER BY does not contain it. */
export function warnOfTies(
  { input, partitionBy, order }: PlanOf<'rank'>,
  call: SyntaxOf<'call'>,
  statement: Statement,
): void {
  const { parts } = rowKeyOf(input)
  const named = new Set([...partitionBy, ...order.map(({ column }) => column)])
  const missing = parts?.filter((enough) => !enough.some((column) => named.has(column))) ?? []
  if (missing.length === 0) return
  const nameOf = (column: number | undefined) => quote(input.fields[column ?? -1]?.name ?? '')
  const by = order.map(({ column }) => nameOf(column)).join(', ')
  addWarning(statement, {
    message: `rows with the same ${by} are a tie: nothing says which of them are among the first`,
    hint: `add ${missing.map(([column]) => nameOf(column)).join(', ')} to ORDER BY`,
    range: call.range,
  })
}
