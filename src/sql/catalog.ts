/** The tables that a query can read. */
import type { Duration } from '../base/quantity.ts'
import type { Field } from '../record/type.ts'

export type Table = {
  readonly name: string
  readonly fields: readonly Field[]
  /** Index of the field that carries event time, and the watermark delay. */
  readonly rowtime: { readonly field: number; readonly delay: Duration } | undefined
  /** Of a lookup table, which is only joined: the fields of its key, and whether each key has one row at most. */
  readonly lookup?: { readonly key: readonly number[]; readonly unique: boolean }
}

/** Tables by name. */
export type Catalog = ReadonlyMap<string, Table>
