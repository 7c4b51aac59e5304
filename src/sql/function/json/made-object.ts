/**
 * The result of JSON_OBJECTAGG as a value: where no object could be made, the aggregate gives a text of 00 and the reason, which no
 * JSON begins with, and the row fails for that reason.
 */
import type { Column, StringColumn } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { textOfRow } from '../text/bytes.ts'

/** The text that stands for a failure. */
export const failedObject = (reason: string): string => `\0${reason}`

/** The object, or a failure. */
export function madeObject(object: Expression): Expression {
  const call = { type: STRING, arguments: [object], nulls: 'own', open: () => withFailures } as const
  return { kind: 'call', name: 'JSON', call, type: STRING }
}

function withFailures([objects]: readonly Column[], count: number): Column {
  const column = objects as StringColumn
  const failures = new Map<number, string>()
  for (let row = 0; row < count; row++) {
    if (column.nulls?.[row] !== 1 && column.bytes[column.start[row] as number] === 0) {
      failures.set(row, textOfRow(column, row).slice(1))
    }
  }
  return failures.size === 0 ? column : { ...column, failures }
}
