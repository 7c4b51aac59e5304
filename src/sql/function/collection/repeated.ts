/** Lists of a number of items, for rows that come several times: INTERSECT ALL and EXCEPT ALL. */
import type { BigintColumn, Column } from '../../../record/column.ts'
import { arrayOf, INT } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'

/** A list of `times` items, or of none where that is below 1. */
export function repeated(times: Expression): Expression {
  const type = arrayOf(INT)
  return { kind: 'call', name: 'REPEATED', call: { type, arguments: [times], open: () => lists }, type }
}

function lists([times]: readonly Column[], count: number): Column {
  const { values } = times as BigintColumn
  const end = new Int32Array(count)
  let most = 0
  for (let row = 0; row < count; row++) {
    end[row] = Math.max(0, values[row] as number)
    most = Math.max(most, end[row] as number)
  }
  const items: Column = { kind: 'int', values: new Int32Array(most), nulls: undefined }
  return { kind: 'list', start: new Int32Array(count), end, items, nulls: undefined }
}
