/**
 * The newest rows of a query as they come, in a fixed amount of memory: of each key the newest row, and of the rows the last
 * `MOST_ROWS`. What the page shows of them changes a few times a second at most, however fast rows come; while a person has
 * paused it, not at all.
 */
import type { OpenRowsEvent, ResultRow, ResultRows, RowsEvent, RowValues } from '../../../src/server/api/rows.ts'
import { createStore, type Store } from '../../api/store.ts'

const MOST_ROWS = 2000
/** What is shown changes this often at most: a person reads no faster. */
const SHOW_MS = 250

export type LiveView = {
  /** From the oldest to the newest. */
  readonly rows: readonly ResultRow[]
  readonly open: OpenRowsEvent
  /** Rows that came while it is paused. */
  readonly unseen: number
  /** Rows that were passed over, as they came faster than they could be shown. */
  readonly skipped: number
  readonly isPaused: boolean
}

export type LiveRows = {
  readonly view: Store<LiveView>
  /** The first page, before any events. */
  begin(page: ResultRows): void
  came(event: RowsEvent): void
  opened(event: OpenRowsEvent): void
  pause(isPaused: boolean): void
  close(): void
}

export const NOTHING_OPEN: OpenRowsEvent = { rows: [], more: 0, hidden: null }

export const keyOf = ({ key, partition, offset }: ResultRow): string =>
  key === null ? `${partition}:${offset}` : JSON.stringify(key)

/** `rowKey`: the columns that name a row; null where rows have no key. */
export function createLiveRows(rowKey: readonly string[] | null): LiveRows {
  const rows = new Map<string, ResultRow>()
  const view = createStore<LiveView>({ rows: [], open: NOTHING_OPEN, unseen: 0, skipped: 0, isPaused: false })
  let open = NOTHING_OPEN
  let unseen = 0
  let skipped = 0
  let isPaused = false
  let timer: ReturnType<typeof setTimeout> | undefined
  /** What is final is not open any more, also where the next look at the open windows is still to come. */
  const stillOpen = (): OpenRowsEvent => {
    if (rowKey === null || open.rows.length === 0) return open
    const isFinal = (row: RowValues) =>
      rows.has(JSON.stringify(Object.fromEntries(rowKey.map((name) => [name, row[name]]))))
    return { ...open, rows: open.rows.filter((row) => !isFinal(row)) }
  }
  const show = (): void => {
    timer = undefined
    const shown = isPaused ? view.get() : { rows: [...rows.values()], open: stillOpen() }
    view.set({ rows: shown.rows, open: shown.open, unseen, skipped, isPaused })
  }
  const changed = (): void => {
    timer ??= setTimeout(show, SHOW_MS)
  }
  const put = (row: ResultRow): void => {
    const key = keyOf(row)
    // A row that comes again is the newest.
    rows.delete(key)
    if (row.row !== null) rows.set(key, row)
    for (const oldest of rows.keys()) {
      if (rows.size <= MOST_ROWS) break
      rows.delete(oldest)
    }
  }
  return {
    view,
    begin(page) {
      for (const row of page.rows.toReversed()) put(row)
      show()
    },
    came(event) {
      for (const row of event.rows) put(row)
      skipped += event.skipped
      if (isPaused) unseen += event.rows.length
      changed()
    },
    opened(event) {
      open = event
      changed()
    },
    pause(next) {
      isPaused = next
      unseen = 0
      show()
    },
    close() {
      clearTimeout(timer)
    },
  }
}
