/** Queries as the server tells them, for the pages of the dashboard. */
import type { RowValues } from './rows.ts'

export type ResultColumn = {
  readonly name: string
  /** As Flink writes it: `BIGINT`, `TIMESTAMP(3)`, `DECIMAL(10, 2)`. */
  readonly type: string
  /** What the column is of the row's window; null: nothing. */
  readonly window: 'start' | 'end' | 'time' | null
  /** Whether it is the event time of the row. */
  readonly isRowtime: boolean
  /** Whether it is one of the columns that name a row. */
  readonly isKey: boolean
  /** Whether it is the rank of the row in a Top-N. */
  readonly isRank: boolean
}

export type WindowOfQuery = {
  readonly kind: 'tumble' | 'hop' | 'cumulate' | 'session'
  /** Of a session: its gap. */
  readonly sizeMs: number
}

export type QueryDescription = {
  readonly name: string
  /** The topic of its rows, as the bus calls it. */
  readonly topic: string
  /** The whole statement; of a short form, what it stands for. */
  readonly sql: string
  /** The short form as the file has it; null where the file has SQL. */
  readonly shortForm: string | null
  /** Each view that the statement reads, with its SQL. */
  readonly views: readonly { readonly name: string; readonly sql: string }[]
  /** Topics, queries and lookup tables that it reads, by their names in SQL. */
  readonly reads: readonly string[]
  readonly lookups: readonly string[]
  readonly columns: readonly ResultColumn[]
  /** Null: rows have no key, and each stands for itself. */
  readonly rowKey: readonly string[] | null
  readonly window: WindowOfQuery | null
  /** Whether rows with a key that was put out before replace the row before, or delete it. */
  readonly isChanging: boolean
  /** Why the records behind a row cannot be shown; null where they can. */
  readonly withoutRecords: string | null
}

export type RecordBehind = {
  readonly partition: number
  readonly offset: number
  /** When it arrived, ISO 8601. */
  readonly at: string
  readonly text: string
  /** Whether bytes that are not UTF-8 are shown as ISO-8859-1. */
  readonly isLatin1: boolean
  /** Bytes that are not shown. */
  readonly cut: number
}

export type RecordsBehind = {
  readonly row: RowValues
  readonly topic: string
  /** How many there are. */
  readonly count: number
  /** The first of them, in the order of their partitions and offsets. */
  readonly records: readonly RecordBehind[]
  /** Records that were late for the window of the row, and are not in it. */
  readonly late: number
  /** What may be missing, and why, in words; null: nothing. */
  readonly missing: string | null
}
