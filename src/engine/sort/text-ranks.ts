/**
 * Numbers that sort like the strings of a column, where few of these are different, like hosts and paths of a log: each
 * string is looked up once, and only the different ones are sorted. To sort two million rows by their strings, which are
 * scattered over memory, takes three times as long.
 */
import type { IntColumn, StringColumn } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { RowSort } from './row-sort.ts'

/** With fewer rows, sorting the strings themselves takes no longer. */
const LEAST_ROWS = 1 << 16
/** With one new string in this many rows, the strings are mostly different. */
const ROWS_PER_TEXT = 3
const STEP = 1 << 12

export type RankedTexts = {
  /** The rank of each row's string among the different ones. */
  readonly ranks: IntColumn
  /** The same strings, each stored once and close together: fast to read in any order of rows. */
  readonly texts: StringColumn
}

/** The ranks of the first `count` strings; undefined if they would save no time. */
export function rankTexts(column: StringColumn, count: number): RankedTexts | undefined {
  if (count < LEAST_ROWS) return undefined
  const dictionary = new Dictionary()
  const ids = new Int32Array(count)
  for (let from = 0; from < count; from += STEP) {
    dictionary.lookup(column, from, Math.min(count, from + STEP), ids)
    if (dictionary.size > (LEAST_ROWS + from) / ROWS_PER_TEXT) return undefined
  }
  const { size, arena, offsets } = dictionary
  const sorted = Int32Array.from({ length: size }, (_, id) => id)
  const different = {
    kind: 'string',
    bytes: arena,
    start: offsets,
    end: offsets.subarray(1),
    nulls: undefined,
  } as const
  new RowSort([{ column: 0, descending: false, nullsFirst: true }]).sort([different], sorted)
  const ranks = new Int32Array(size)
  for (let rank = 0; rank < size; rank++) ranks[sorted[rank] as number] = rank
  const start = new Int32Array(count)
  const end = new Int32Array(count)
  for (let row = 0; row < count; row++) {
    const id = ids[row] as number
    start[row] = offsets[id] as number
    end[row] = offsets[id + 1] as number
    ids[row] = ranks[id] as number
  }
  const { nulls } = column
  return { ranks: { kind: 'int', values: ids, nulls }, texts: { kind: 'string', bytes: arena, start, end, nulls } }
}
