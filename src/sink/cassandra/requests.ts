/**
 * The rows of a delivery as the requests that write them. Rows of one partition of the table go together, as an unlogged batch
 * that one node writes in one go; a row that is alone in its partition is a request of its own.
 *
 * Of rows with one key only the last is written: the rows of a batch have one timestamp, and Cassandra would not know the
 * last of them.
 */
import type { Cells } from './encode.ts'

const BATCH_ROWS = 50
const BATCH_BYTES = 64 << 10

/** The rows of a request, by index: all of one partition of the table. */
export type RowGroup = readonly number[]

export type Keyed = {
  /** Of each column, in the order of the statement. */
  readonly cells: readonly Cells[]
  /** Indexes of the columns of the key. */
  readonly partition: readonly number[]
  readonly clustering: readonly number[]
}

/** The requests for these rows, in the order of the first row of each partition. */
export function requestsOf(rows: Iterable<number>, { cells, partition, clustering }: Keyed): readonly RowGroup[] {
  if (clustering.length === 0) {
    const last = new Map<string, number>()
    for (const row of rows) last.set(keyOf(cells, partition, row), row)
    return Array.from(last.values(), (row) => [row])
  }
  const partitions = new Map<string, Map<string, number>>()
  for (const row of rows) {
    const key = keyOf(cells, partition, row)
    let found = partitions.get(key)
    if (found === undefined) {
      found = new Map()
      partitions.set(key, found)
    }
    found.set(keyOf(cells, clustering, row), row)
  }
  return [...partitions.values()].flatMap((found) => cutUp([...found.values()], cells))
}

/** The bytes of the key as a text: with their lengths, where there are several. */
function keyOf(cells: readonly Cells[], columns: readonly number[], row: number): string {
  if (columns.length === 1) return cells[columns[0] as number]?.[row]?.toString('latin1') ?? ''
  let key = ''
  for (const column of columns) {
    const cell = cells[column]?.[row]?.toString('latin1') ?? ''
    key += `${cell.length}:${cell}`
  }
  return key
}

/** Requests of at most BATCH_ROWS and BATCH_BYTES; a larger row is one of its own. */
function cutUp(rows: readonly number[], cells: readonly Cells[]): readonly RowGroup[] {
  const requests: number[][] = []
  let current: number[] = []
  let bytes = 0
  for (const row of rows) {
    const size = cells.reduce((sum, column) => sum + (column[row]?.length ?? 0), 0)
    if (current.length === BATCH_ROWS || (current.length > 0 && bytes + size > BATCH_BYTES)) {
      requests.push(current)
      current = []
      bytes = 0
    }
    current.push(row)
    bytes += size
  }
  if (current.length > 0) requests.push(current)
  return requests
}
