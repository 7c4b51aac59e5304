/**
 * Loops from texts to times and back that make a string for each row, which is cheap beside reading or writing a
 * pattern.
 */
import type { Column, DoubleColumn, IntColumn, StringColumn } from '../../../record/column.ts'
import type { Compute } from '../../expression/expression.ts'
import { anyNull, doubleOutput, fail, intOutput, setNull } from '../output.ts'
import { textOfRow } from '../text/bytes.ts'
import { TextOutput } from '../text/output.ts'

/** What a row gives: a value, NULL (undefined), or why it failed. */
export type RowResult<T> = T | undefined | { readonly failed: string }

/** Reads a number from each text, into an int or a double column. */
export function parsedTimes(of: 'int' | 'double', parse: (text: string) => RowResult<number>): Compute {
  const output = of === 'int' ? intOutput() : doubleOutput()
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    const out: IntColumn | DoubleColumn = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const value = parse(textOfRow(texts, row))
      if (value === undefined) setNull(out, row, count)
      else if (typeof value === 'object') fail(out, row, value.failed)
      else out.values[row] = value
    }
    return out
  }
}

/** Writes each number as a text. A BIGINT is given as its nearest double. */
export function writtenTimes(write: (value: number) => RowResult<string>): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const { values } = columns[0] as Column & { kind: 'int' | 'double' | 'bigint' }
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const text = write(values[row] as number)
      if (text === undefined) output.setNull(row)
      else if (typeof text === 'object') fail(output.column, row, text.failed)
      else output.row(row, text)
    }
    return output.finish()
  }
}
