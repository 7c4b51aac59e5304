/**
 * Loops that make a JavaScript value of each argument, for functions that are not worth a loop over bytes. Java's
 * strings are UTF-16, as in JavaScript; half of a surrogate pair is written as `?`, as in Java.
 */
import type { Column } from '../../../record/column.ts'
import { valueAt } from '../../../record/column.ts'
import type { Compute } from '../../expression/expression.ts'
import { anyNull, fail, intOutput, setNull } from '../output.ts'
import { textOfRow } from './bytes.ts'
import { TextOutput } from './output.ts'

/** The arguments of a row: a string for STRING, a number for INT, a bigint for BIGINT. */
type Row = readonly (string | number | bigint)[]

/** Thrown by the function of a row to make the row fail; the message is the reason. */
export class RowFailure extends Error {
  override readonly name = 'RowFailure'
}

const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?'))

/** Writes the text that `compute` makes of each row, or NULL for undefined. */
export function textRows(compute: (row: Row) => string | undefined): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    output.begin(count)
    const row: (string | number | bigint)[] = []
    for (let index = 0; index < count; index++) {
      if (anyNull(columns, index)) continue
      readRow(columns, index, row)
      attempt(output.column, index, () => {
        const text = compute(row)
        if (text === undefined) output.setNull(index)
        else output.row(index, wellFormed(text))
      })
    }
    return output.finish()
  }
}

/** Writes the integer that `compute` makes of each row, or NULL for undefined. */
export function intRows(compute: (row: Row) => number | undefined): Compute {
  const output = intOutput()
  return (columns, count) => {
    const out = output(count)
    const row: (string | number | bigint)[] = []
    for (let index = 0; index < count; index++) {
      if (anyNull(columns, index)) continue
      readRow(columns, index, row)
      attempt(out, index, () => {
        const value = compute(row)
        if (value === undefined) setNull(out, index, count)
        else out.values[index] = value
      })
    }
    return out
  }
}

function readRow(columns: readonly Column[], index: number, row: (string | number | bigint)[]): void {
  for (let column = 0; column < columns.length; column++) {
    const from = columns[column] as Column
    row[column] = from.kind === 'string' ? textOfRow(from, index) : (valueAt(from, index) as number | bigint)
  }
}

function attempt(column: Column, row: number, write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof RowFailure)) throw error
    fail(column, row, error.message)
  }
}
