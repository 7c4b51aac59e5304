/**
 * What a lookup table contains: its rows as columns, which never change. A new version of the table is another content. An
 * index over some of its columns is made once, for all queries, partitions and batches that look rows up by these.
 */
import type { Column } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { type LookupIndex, openIndex } from './index-rows.ts'

export type LookupContent = {
  readonly count: number
  /** A column for each field of the table. */
  readonly columns: readonly Column[]
}

/** Which rows a content of a table is for: those of a partition of a scan. */
export type LookupPlace = { readonly scan: number; readonly partition: number }

const indexes = new WeakMap<LookupContent, Map<string, LookupIndex>>()

/** The index of a content over these columns, by number. */
export function indexOf(
  content: LookupContent,
  on: readonly { readonly column: number; readonly field: Field }[],
): LookupIndex {
  const known = indexes.get(content) ?? new Map<string, LookupIndex>()
  indexes.set(content, known)
  const name = on.map(({ column }) => column).join()
  const index =
    known.get(name) ??
    openIndex(
      on.map(({ column }) => content.columns[column] as Column),
      content.count,
    )
  known.set(name, index)
  return index
}
