/**
 * The rows of a statement that the page keeps: closed windows and plain rows are added; where the answer changes, a row replaces
 * the one before with the same key.
 */
import type { StatementColumns } from '../../../src/server/api/sql.ts'

export type Row = { readonly [column: string]: unknown }

/** Rows that the page keeps. */
export const MOST_ROWS = 10_000

export type KeptRows = {
  /** What the rows are, before any of them. */
  begin(columns: Pick<StatementColumns, 'rowKey' | 'isChanging'>): void
  /** Without a row, that of the key is gone. */
  take(key: Row | null, row: Row | null): void
  all(): readonly Row[]
  newestFirst(): readonly Row[]
  /** Rows that are no more kept, as there were too many. */
  dropped(): number
  /** The rows of open windows have changed; those are given back that have not become final since. */
  opened(rows: readonly Row[]): readonly Row[]
  stillOpen(): readonly Row[]
}

export function keepRows(): KeptRows {
  /** By key where rows are replaced, else by number; in the order in which they came. */
  const kept = new Map<string | number, Row>()
  /** The keys of rows that are final. */
  const final = new Set<string>()
  let open: readonly Row[] = []
  let rowKey: readonly string[] | null = null
  let isChanging = false
  let next = 0
  let dropped = 0
  const keyOf = (row: Row): string => JSON.stringify(rowKey?.map((name) => row[name]))
  const stillOpen = (): readonly Row[] => (rowKey === null ? open : open.filter((row) => !final.has(keyOf(row))))
  return {
    begin(columns) {
      rowKey = columns.rowKey
      isChanging = columns.isChanging
    },
    take(key, row) {
      const place = isChanging && key !== null ? JSON.stringify(key) : next++
      kept.delete(place)
      if (row === null) return
      kept.set(place, row)
      if (rowKey !== null && !isChanging) final.add(keyOf(row))
      if (kept.size <= MOST_ROWS) return
      const [oldest] = kept
      if (oldest !== undefined) {
        kept.delete(oldest[0])
        final.delete(keyOf(oldest[1]))
      }
      dropped++
    },
    all: () => [...kept.values()],
    newestFirst: () => [...kept.values()].reverse(),
    dropped: () => dropped,
    opened(rows) {
      open = rows
      return stillOpen()
    },
    stillOpen,
  }
}
