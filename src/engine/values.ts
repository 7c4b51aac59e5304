/** VALUES: rows written in the query itself. They are pushed at the end of the input, as one partition of their own. */
import { batchOfRows, columnOf, type Value, valueAt } from '../record/column.ts'
import type { Expression } from '../sql/expression/expression.ts'
import type { Plan } from '../sql/plan/plan.ts'
import { compileExpression } from './expression/expression.ts'
import type { Operator, Reject } from './operator.ts'

const ONE_ROW = batchOfRows(1, [])

/** Pushes the rows and ends `next`; rows that cannot be computed are rejected. */
export function runValues({ rows, fields }: Extract<Plan, { kind: 'values' }>, next: Operator, reject: Reject): void {
  const good: Value[][] = []
  for (const row of rows) {
    const cells = row.map((expression: Expression) => compileExpression(expression)(ONE_ROW))
    const failure = cells.map(({ failures }) => failures?.get(0)).find((reason) => reason !== undefined)
    if (failure === undefined) good.push(cells.map((cell, index) => valueAt(cell, 0, fields[index]?.type)))
    else reject(ONE_ROW, 0, failure)
  }
  if (good.length > 0) {
    const columns = fields.map(({ type }, index) =>
      columnOf(
        type,
        good.map((row) => row[index] as Value),
      ),
    )
    next.push(batchOfRows(good.length, columns))
  }
  next.end()
}
