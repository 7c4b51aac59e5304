/** Rows of results as the server tells them, for the pages of the dashboard. */

/** A row as its topic has it: names of columns and values as JSON. */
export type RowValues = { readonly [column: string]: unknown }

export type ResultRow = {
  readonly partition: number
  readonly offset: number
  /** When it was put out, ISO 8601. */
  readonly at: string
  /** The columns of its key; null where rows have no key. */
  readonly key: RowValues | null
  /** Null: the row with this key is no more. */
  readonly row: RowValues | null
}

/** The newest first. Of rows with the same key, the newest holds. */
export type ResultRows = {
  readonly rows: readonly ResultRow[]
  /** The place that the page begins at, for `before`; null: nothing older is kept. */
  readonly older: string | null
  /** The place behind the page, for `after`: of this page, of the stream of events. */
  readonly newer: string
  /** Whether there is something behind the page already. */
  readonly hasNewer: boolean
}

/** What the events of a query's rows bring. `rows`: in the order in which they were put out. */
export type RowsEvent = {
  readonly rows: readonly ResultRow[]
  /** Rows that were passed over, as a reader with `skip` was too far behind. */
  readonly skipped: number
}

/** The rows that the open windows would have if they ended now. They are provisional: each event replaces the one before. */
export type OpenRowsEvent = {
  readonly rows: readonly RowValues[]
  /** Rows besides. */
  readonly more: number
  /** Why there are none to be shown, in words; null where they are shown. */
  readonly hidden: string | null
}
