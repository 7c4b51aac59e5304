/** Loops that make a JavaScript value of each argument, for functions that are not worth a loop over bytes. */
import type { BigintColumn, Column, ScalarColumn, StringColumn } from '../../record/column.ts'
import { valueAt } from '../../record/column.ts'
import type { Compute } from '../expression/expression.ts'
import { anyNull, fail, type Output, setNull } from './output.ts'
import { textOfRow } from './text/bytes.ts'
import { TextOutput } from './text/output.ts'

/** The arguments of a row: a string for STRING, a bigint for DECIMAL, a number or a bigint for BIGINT, else a number. */
export type Row = readonly (string | number | bigint)[]

/** What a row gives: a value, NULL (undefined), or why it failed. */
export type RowResult<T> = T | undefined | { readonly failed: string }

/** Writes the text that `compute` makes of each row. */
export function textRows(compute: (row: Row) => RowResult<string>): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    output.begin(count)
    const values: (string | number | bigint)[] = []
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      readRow(columns, row, values)
      const text = compute(values)
      if (typeof text === 'string') output.row(row, text)
      else if (text === undefined) output.setNull(row)
      else fail(output.column, row, text.failed)
    }
    return output.finish()
  }
}

type ValueColumn = Exclude<ScalarColumn, StringColumn | BigintColumn>

/** Writes the number that `compute` makes of each row; a DECIMAL as its digits, a BOOLEAN as 0 or 1. */
export function numberRows<C extends ValueColumn>(
  output: Output<C>,
  compute: (row: Row) => RowResult<C['values'][number]>,
): Compute {
  return (columns, count) => {
    const out = output(count)
    const values: (string | number | bigint)[] = []
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      readRow(columns, row, values)
      const value = compute(values)
      if (value === undefined) setNull(out, row, count)
      else if (typeof value === 'object') fail(out, row, value.failed)
      else out.values[row] = value
    }
    return out
  }
}

function readRow(columns: readonly Column[], row: number, values: (string | number | bigint)[]): void {
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] as Column
    const plain = column.kind === 'double' || (column.kind === 'bigint' && column.exact === undefined)
    if (plain) values[index] = column.values[row] as number
    else values[index] = column.kind === 'string' ? textOfRow(column, row) : (valueAt(column, row) as number | bigint)
  }
}
