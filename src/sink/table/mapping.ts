/** A table that rows go into: what each of its columns is made of, with its type, and which columns are its key. */
import type { Metadata } from '../../bus/metadata.ts'
import type { Type } from '../../record/type.ts'
import type { Expression } from '../../sql/expression/expression.ts'

/** What a column is made of. */
export type ColumnSource =
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'metadata'; readonly metadata: Metadata }
  /** A `uuid` has 36 characters, with small letters. */
  | { readonly kind: 'row key'; readonly form: 'uuid' | 'json' }
  | { readonly kind: 'row' }
  | { readonly kind: 'record' }

export type MappedColumn = { readonly name: string; readonly type: Type; readonly source: ColumnSource }

export type TableMapping = {
  readonly name: string
  /** In the order of the options. */
  readonly columns: readonly MappedColumn[]
  /** Indexes of the columns of its key; undefined: it has none. */
  readonly key: readonly number[] | undefined
}

/** What a store wants of its tables. `keyed`: each has a key. */
export type TableRules = { readonly keyed: boolean }
