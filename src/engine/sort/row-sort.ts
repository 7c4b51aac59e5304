/**
 * Sorts rows by columns, mostly without comparing them: by eight bytes of the first column's values (`Prefixes`), then
 * rows with equal bytes by the next eight or by the next column. When few are left, they are compared. The order is that of
 * `compareBy`.
 */
import { type Column, isNestedColumn } from '../../record/column.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'
import { type CompareRows, compareBy } from './compare.ts'
import { Prefixes } from './prefixes.ts'
import { MORE, readPrefix, TEXT_BYTES } from './read-prefix.ts'

/** Up to this many rows, comparing is faster. */
const FEW = 4

/** Rows still to be sorted, by `key` and those behind it; the first `skip` bytes of a string key are equal. */
type Run = { readonly from: number; readonly to: number; readonly key: number; readonly skip: number }

/** A sort by fixed keys. */
export class RowSort {
  readonly #keys: readonly OrderKey[]
  /** For each key, the comparison by it and those behind it. */
  readonly #compare: readonly CompareRows[]
  readonly #prefixes = new Prefixes()
  /** A stack of its own instead of recursion: strings may have many bytes in common. */
  readonly #runs: Run[] = []

  /** `keys` decide alone: rows that are equal in them keep their order. */
  constructor(keys: readonly OrderKey[]) {
    this.#keys = keys
    this.#compare = keys.map((_, key) => compareBy(keys.slice(key)))
  }

  /** Sorts `rows`, which are indexes into the columns. */
  sort(columns: readonly Column[], rows: Int32Array): void {
    this.#prefixes.begin(rows)
    this.#settle(columns, { from: 0, to: rows.length, key: 0, skip: 0 })
    for (let run = this.#runs.pop(); run !== undefined; run = this.#runs.pop()) this.#sortRun(columns, run)
    rows.set(this.#prefixes.rows.subarray(0, rows.length))
  }

  /** Sorts a few rows at once, and keeps longer runs for later. */
  #settle(columns: readonly Column[], run: Run): void {
    const { from, to, key } = run
    if (to - from < 2 || key === this.#keys.length) return
    if (to - from <= FEW) {
      insertionSort(this.#prefixes.rows, [from, to], columns, this.#compare[key] as CompareRows)
    } else this.#runs.push(run)
  }

  #sortRun(columns: readonly Column[], run: Run): void {
    const prefixes = this.#prefixes
    const { key, skip } = run
    const { column: index, descending, nullsFirst } = this.#keys[key] as OrderKey
    const column = columns[index] as Column
    if (column.kind === 'decimal' || isNestedColumn(column)) {
      const compare = this.#compare[key] as CompareRows
      prefixes.rows.subarray(run.from, run.to).sort((a, b) => compare(columns, a, columns, b))
      return
    }
    let { from, to } = run
    if (column.nulls !== undefined && skip === 0) {
      const nulls = prefixes.moveMarked(column.nulls, from, to, nullsFirst)
      if (nullsFirst) from += nulls
      else to -= nulls
      this.#settle(columns, { from: nullsFirst ? run.from : to, to: nullsFirst ? from : run.to, key: key + 1, skip: 0 })
    }
    if (from === to) return
    readPrefix(column, prefixes, [from, to], skip)
    if (descending) prefixes.invert(from, to)
    prefixes.sort(from, to)
    const more = column.kind !== 'string' ? -1 : descending ? 255 - MORE : MORE
    const { high, low } = prefixes
    for (let first = from, last: number; first < to; first = last) {
      for (last = first + 1; last < to && high[last] === high[first] && low[last] === low[first]; ) last++
      if (last - first < 2) continue
      const goesOn = ((low[first] as number) & 255) === more
      const next = goesOn ? { key, skip: skip + TEXT_BYTES } : { key: key + 1, skip: 0 }
      this.#settle(columns, { from: first, to: last, ...next })
    }
  }
}

/** For a few rows, a call of the built-in sort costs more. */
function insertionSort(
  rows: Int32Array,
  [from, to]: readonly [number, number],
  columns: readonly Column[],
  compare: CompareRows,
): void {
  for (let i = from + 1; i < to; i++) {
    const row = rows[i] as number
    let at = i - 1
    for (; at >= from && compare(columns, rows[at] as number, columns, row) > 0; at--) rows[at + 1] = rows[at] as number
    rows[at + 1] = row
  }
}
