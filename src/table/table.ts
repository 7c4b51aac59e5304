/**
 * A table of a store as a bounded input of reports. A new kind is a file beside this and one line in `all.ts`.
 *
 * A reader hands over rows as plain values, page by page, so that a table of any size takes the memory of a page. It may
 * leave out rows outside of the span, and no others; it need not leave out any, as the report looks at the time of each row.
 */
import type * as z from 'zod'
import type { EventTime } from '../base/quantity.ts'
import type { EpochUnit } from '../format/declared-columns.ts'
import type { Field } from '../record/type.ts'
import type { LookupType } from './lookup/lookup.ts'

/** A column of the store, and what it is in SQL. */
export type StoredColumn = {
  /** Its name in the store. */
  readonly stored: string
  readonly field: Field
  /** What a number counts since 1970, where the column is a TIMESTAMP_LTZ(3); ms if it does not say. */
  readonly unit?: EpochUnit | undefined
}

/** What a table is opened with, besides its options. */
export type TableContext = {
  /** Its name in the pipeline file. */
  readonly name: string
  /** Folder that relative paths of the options start from: that of the pipeline file. */
  readonly folder: string
  /** The columns that are wanted, in the order of the cells of each row. */
  readonly columns: readonly StoredColumn[]
  /** The column of event time, which is one of `columns`. */
  readonly time: StoredColumn
  /** Rows of these times are wanted: from `since`, and before `until`. */
  readonly since: EventTime
  readonly until: EventTime
}

/**
 * A value as a client of the store gives it. A decimal, or a value of a type that is none of these, comes as its text; texts
 * of times are those of JSON records (ISO 8601), and a number is a time by the column's unit.
 */
export type Cell = string | number | bigint | boolean | Date | Uint8Array | null | undefined

/** Rows that are read in one go, some thousands at most; each has a cell for each wanted column. */
export type Page = readonly (readonly Cell[])[]

export type TableReader = {
  /** The rows that are there when the reading begins. Rejects with the Failure of a read. */
  pages(): AsyncIterable<Page>
  [Symbol.asyncDispose](): Promise<void>
}

/** A kind of table: one of a store, which reports read, or one that queries look rows up in. */
export type TableType = StoreType | LookupType

export type StoreType<Options = unknown> = {
  readonly holds: 'rows'
  readonly name: string
  readonly summary: string
  readonly options: z.ZodType<Options>
  /** The table and its place, as messages call it: `table LOG of out/logspace.db`. Without secrets. */
  shown(options: Options): string
  /** What tells this table of the store from all others; a sink that fills it has the same one. */
  place(options: Options, folder: string): string
  /**
   * Rejects with a Failure where the store cannot be reached, or has no such table (`not-found`), or the table no such column
   * (`pipeline`).
   */
  open(options: Options, context: TableContext): Promise<TableReader>
}

/** A type of table of a store, with its options typed where it is defined. */
export function defineTable<Options>(type: Omit<StoreType<Options>, 'holds'>): StoreType {
  return { ...type, holds: 'rows' } as StoreType<Options> as StoreType
}
