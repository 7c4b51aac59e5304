/** The tables that a query can read. */
import type { Duration } from '../base/quantity.ts'
import type { Field } from '../record/type.ts'
import type { QuerySyntax } from './syntax/ast.ts'

export type Table = {
  readonly name: string
  readonly fields: readonly Field[]
  /** Index of the field that carries event time, and the watermark delay. */
  readonly rowtime: { readonly field: number; readonly delay: Duration } | undefined
  /** Of a lookup table, which is only joined: the fields of its key, and whether each key has one row at most. */
  readonly lookup?: { readonly key: readonly number[]; readonly unique: boolean }
  /** The table is no table but a text, which is bound in place of its name. No plan scans it. */
  readonly view?: View
}

/** A SELECT with a name, and its tree. */
export type View = { readonly name: string; readonly sql: string; readonly query: QuerySyntax }

/** Tables by name. */
export type Catalog = ReadonlyMap<string, Table>
