/** || and CONCAT, which are NULL where an argument is, and CONCAT_WS, which leaves NULLs out. */
import type { StringColumn } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { anyNull } from '../output.ts'
import { TextOutput } from './output.ts'

const CONCAT = {
  summary: 'Texts one after another.',
  takes: ['string…'],
  gives: STRING,
  open: openConcat,
} as const

export const concatOperator: ScalarFunction = define({ ...CONCAT, name: '||', usage: 'text || text' })
export const concat: ScalarFunction = define({ ...CONCAT, usage: 'CONCAT(text, …)' })

function openConcat(): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      output.open(row)
      for (let index = 0; index < columns.length; index++) output.copy(columns[index] as StringColumn, row)
      output.close(row)
    }
    return output.finish()
  }
}

export const concatWith: ScalarFunction = define({
  summary: 'Texts one after another with a separator between; those that are NULL are left out.',
  usage: 'CONCAT_WS(separator, text, …)',
  takes: ['string…'],
  gives: STRING,
  nulls: 'own',
  open: openConcatWith,
})

function openConcatWith(): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const separator = columns[0] as StringColumn
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (separator.nulls?.[row] === 1) {
        output.setNull(row)
        continue
      }
      output.open(row)
      let first = true
      for (let index = 1; index < columns.length; index++) {
        const column = columns[index] as StringColumn
        if (column.nulls?.[row] === 1) continue
        if (!first) output.copy(separator, row)
        first = false
        output.copy(column, row)
      }
      output.close(row)
    }
    return output.finish()
  }
}
