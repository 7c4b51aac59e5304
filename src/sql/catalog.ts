/** The tables that a query can read. */
import type { Duration } from '../base/quantity.ts'
import type { Field } from '../record/type.ts'

export type Table = {
  readonly name: string
  readonly fields: readonly Field[]
  /** Index of the field that carries event time, and the watermark delay. */
  readonly rowtime: { readonly field: number; readonly delay: Duration } | undefined
}

/** Tables by name. */
export type Catalog = ReadonlyMap<string, Table>
