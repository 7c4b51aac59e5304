/**
 * Finds rows by their keys: whole numbers that lie close together in an array by number, other keys by a hash of their bytes
 * (`key/key.ts`). Rows with one key are a chain in the order of the table. A key with a NULL in it has no rows.
 */
import { equalBytes, viewOf } from '../../record/bytes.ts'
import type { BigintColumn, Column, IntColumn, StringColumn } from '../../record/column.ts'
import { hashBytes } from '../../record/hash.ts'
import { KeyWriter } from '../key/key.ts'

/** No row. */
export const NONE = -1

export type LookupIndex = {
  /** Sets the first row of the table with the key of each row [0, count), or NONE. */
  find(keys: readonly Column[], count: number, found: Int32Array): void
  /** For each row of the table the next one with its key, or NONE; undefined where no two rows share a key. */
  readonly next: Int32Array | undefined
}

/** Numbers in an array take this many elements at most for each row of the table, and this many for a small one. */
const SPREAD = 8
const SMALL_SPAN = 1 << 16
/** Rows whose keys are written together: they stay in the processor's cache. */
const STRIP = 512

/** The index of `count` rows by these columns. */
export function openIndex(columns: readonly Column[], count: number): LookupIndex {
  const [first] = columns
  const span = columns.length === 1 && first !== undefined ? spanOf(first, count) : undefined
  return span === undefined ? hashed(columns, count) : direct(first as IntColumn | BigintColumn, span, count)
}

type Span = { readonly least: number; readonly size: number }

/** The span of whole numbers that lie close enough together for an array. */
function spanOf(column: Column, count: number): Span | undefined {
  if (column.kind !== 'int' && !(column.kind === 'bigint' && column.exact === undefined)) return undefined
  const { values, nulls } = column
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (let row = 0; row < count; row++) {
    if (nulls !== undefined && nulls[row] === 1) continue
    const value = values[row] as number
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  if (greatest < least) return { least: 0, size: 0 }
  const size = greatest - least + 1
  return size <= Math.max(SMALL_SPAN, SPREAD * count) ? { least, size } : undefined
}

function direct({ values, nulls }: IntColumn | BigintColumn, { least, size }: Span, count: number): LookupIndex {
  const heads = new Int32Array(size).fill(NONE)
  const chain = openChain(count)
  // From the last row on, so that a chain begins with the first.
  for (let row = count - 1; row >= 0; row--) {
    if (nulls !== undefined && nulls[row] === 1) continue
    const at = (values[row] as number) - least
    chain.put(row, heads[at] as number)
    heads[at] = row
  }
  return {
    next: chain.next(),
    find([keys], rows, found) {
      const column = keys as IntColumn | BigintColumn
      if (column.kind === 'bigint' && column.exact !== undefined) findExact(column.exact, column.nulls, rows, found)
      else findNear(column, rows, found)
    },
  }

  function findNear(column: IntColumn | BigintColumn, rows: number, found: Int32Array): void {
    const { values: numbers, nulls: absent } = column
    for (let row = 0; row < rows; row++) {
      const at = (numbers[row] as number) - least
      found[row] = at >= 0 && at < size ? (heads[at] as number) : NONE
    }
    if (absent !== undefined) for (let row = 0; row < rows; row++) if (absent[row] === 1) found[row] = NONE
  }

  function findExact(exact: BigInt64Array, absent: Uint8Array | undefined, rows: number, found: Int32Array): void {
    for (let row = 0; row < rows; row++) {
      const at = Number(exact[row] as bigint) - least
      found[row] = absent?.[row] !== 1 && at >= 0 && at < size ? (heads[at] as number) : NONE
    }
  }
}

function hashed(columns: readonly Column[], count: number): LookupIndex {
  const keys = ownKeys(columns, count)
  const view = viewOf(keys.bytes)
  let slots = 64
  while (slots < 2 * count) slots *= 2
  const mask = slots - 1
  /** Pairs: the hash of a key, and the first row that has it. */
  const table = new Int32Array(2 * slots).fill(NONE)
  const chain = openChain(count)
  const isNull = nullTest(columns)
  const seek = (bytes: DataView, start: number, end: number, hash: number): number => {
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = table[2 * slot + 1] as number
      if (row === NONE) return slot
      if (table[2 * slot] !== hash) continue
      const from = keys.start[row] as number
      const to = keys.end[row] as number
      if (to - from === end - start && equalBytes(view, from, to, bytes, start)) return slot
    }
  }
  for (let row = count - 1; row >= 0; row--) {
    if (isNull(row)) continue
    const start = keys.start[row] as number
    const end = keys.end[row] as number
    const hash = hashBytes(view, start, end)
    const slot = seek(view, start, end, hash)
    chain.put(row, table[2 * slot + 1] as number)
    table[2 * slot] = hash
    table[2 * slot + 1] = row
  }
  const writer = new KeyWriter()
  const hashes = new Int32Array(STRIP)
  return {
    next: chain.next(),
    find(wanted, rows, found) {
      const hasNull = nullTest(wanted)
      for (let from = 0; from < rows; from += STRIP) {
        const to = Math.min(rows, from + STRIP)
        const { bytes, start, end } = writer.write(wanted, from, to, undefined)
        const written = viewOf(bytes)
        // All hashes first: then the look-ups, which wait for memory, overlap.
        for (let row = from; row < to; row++) {
          if (!hasNull(row)) hashes[row - from] = hashBytes(written, start[row] as number, end[row] as number)
        }
        for (let row = from; row < to; row++) {
          if (hasNull(row)) found[row] = NONE
          else {
            const slot = seek(written, start[row] as number, end[row] as number, hashes[row - from] as number)
            found[row] = table[2 * slot + 1] as number
          }
        }
      }
    },
  }
}

/** The keys of a table, in memory of their own. */
function ownKeys(columns: readonly Column[], count: number): StringColumn {
  return new KeyWriter().write(columns, 0, count, undefined)
}

/** Whether a row has a NULL in one of the columns. */
function nullTest(columns: readonly Column[]): (row: number) => boolean {
  const nulls = columns.flatMap((column) => column.nulls ?? [])
  if (nulls.length === 0) return () => false
  return (row) => nulls.some((each) => each[row] === 1)
}

/** The chains of rows with one key, which take memory only where there are any. */
function openChain(count: number) {
  let next: Int32Array | undefined
  return {
    put(row: number, then: number): void {
      if (then === NONE) return
      next ??= new Int32Array(count).fill(NONE)
      next[row] = then
    },
    next: (): Int32Array | undefined => next,
  }
}
