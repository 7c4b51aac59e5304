/** The tables that a query can read. */
import type { Field } from '../record/type.ts'

export type Table = {
  readonly name: string
  readonly fields: readonly Field[]
  /** Index of the field that carries event time, and how far the watermark trails it, in ms. */
  readonly rowtime: { readonly field: number; readonly delay: number } | undefined
}

export type Catalog = ReadonlyMap<string, Table>
