/** Loops that call a function for each row: for functions whose own work outweighs the call. */
import type { BigintColumn, DoubleColumn, IntColumn } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'
import type { Kernel } from '../expression/expression.ts'
import { bigintOutput, doubleOutput, intOutput, type Output } from './output.ts'

type NumberColumn = IntColumn | DoubleColumn | BigintColumn

/** Computes a number from each number of a column. A BIGINT result must be a safe integer, and not -0. */
export function eachNumber(output: Output<NumberColumn>, compute: (value: number) => number): Kernel {
  return ([column], count) => {
    const { values } = column as NumberColumn
    const out = output(count)
    for (let row = 0; row < count; row++) out.values[row] = compute(values[row] as number)
    return out
  }
}

/** Computes a number from the two numbers of each row. */
export function eachPair(output: Output<NumberColumn>, compute: (a: number, b: number) => number): Kernel {
  return (columns, count) => {
    const [{ values: a }, { values: b }] = columns as [NumberColumn, NumberColumn]
    const out = output(count)
    for (let row = 0; row < count; row++) out.values[row] = compute(a[row] as number, b[row] as number)
    return out
  }
}

/** Gives the same number at every row, in the column that holds values of the type. */
export function constantColumn(type: Type, value: number): Kernel {
  const ints = type.kind === 'DATE' || type.kind === 'TIME'
  const output = ints ? intOutput() : type.kind === 'BIGINT' ? bigintOutput() : doubleOutput()
  return (_columns, count) => {
    const out = output(count)
    out.values.fill(value, 0, count)
    return out
  }
}
