/** A point of InfluxDB: what its parts are made of, as indexes into the columns that are made of a row. */
import type { MappedColumn, TableMapping } from '../table/mapping.ts'

/** How fine the times of points are. */
export const PRECISIONS = ['s', 'ms', 'us', 'ns'] as const
export type Precision = (typeof PRECISIONS)[number]

/** `tellsRows`: whether it is needed to tell rows apart: then an empty text is refused, because without the tag it would be NULL. */
export type PointTag = PointPart & { readonly tellsRows: boolean }
export type PointPart = { readonly name: string; readonly column: number }

/** What the parts of a point are made of, before it is known that they tell the rows apart. */
export type PointParts = {
  readonly measurement: { readonly name: string } | MappedColumn
  readonly tags: readonly MappedColumn[]
  readonly fields: readonly MappedColumn[]
  readonly time: MappedColumn
}

export type PointMapping = {
  /** What is made of a row, in no order that matters. */
  readonly columns: TableMapping['columns']
  readonly measurement: { readonly name: string } | { readonly column: number }
  /** In the order of their keys as bytes, which saves the server from sorting them. */
  readonly tags: readonly PointTag[]
  readonly fields: readonly PointPart[]
  readonly time: number
  readonly precision: Precision
  /**
   * Whether the time is needed to tell the rows apart: then one that is not kept as it is, is refused, because it may become that
   * of another row. Else it is cut to the precision.
   */
  readonly tellsByTime: boolean
}
