/** Finds rows with one key in a lookup table whose keys have one row each. */
import { Failure } from '../../base/failure.ts'
import { indexOf, type LookupContent } from '../../engine/lookup/content.ts'
import { NONE } from '../../engine/lookup/index-rows.ts'
import { type Column, valueAt } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { LookupContext } from './lookup.ts'

/** Throws a Failure that names two rows with one key. `placeOf` says where a row stands. */
export function refuseDuplicates(
  content: LookupContent,
  file: string,
  { columns, key }: LookupContext,
  placeOf: (row: number) => string,
): void {
  const on = key.map((column) => ({ column, field: columns[column]?.field as Field }))
  const { next } = indexOf(content, on)
  const first = next?.findIndex((row) => row !== NONE) ?? NONE
  const second = next?.[first]
  if (second === undefined) return
  const values = on.map(({ column, field }) => {
    const value = valueAt(content.columns[column] as Column, first)
    return `${field.name} = ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`
  })
  throw new Failure(
    'corrupt',
    `${file}: ${placeOf(first)} and ${placeOf(second)} have the same key, ${values.join(', ')}`,
    {
      hint: 'Leave one out; or, if a row may find several, write duplicates: accept beside the key.',
    },
  )
}
