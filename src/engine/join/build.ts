/** The build side of a join, complete: its rows, and how those with a key are found. */
import { Failure } from '../../base/failure.ts'
import { type Column, columnBytes, type DoubleColumn } from '../../record/column.ts'
import { type Field, isTimestamp } from '../../record/type.ts'
import type { PlanOf } from '../../sql/plan/plan.ts'
import { type LookupIndex, NONE, openIndex } from '../lookup/index-rows.ts'
import type { RowsState } from '../sort/row-store.ts'

/** The side whose rows are kept; those of the other pass. */
export type SideName = 'left' | 'right'

export type BuildRows = RowsState & {
  /** Undefined without keys: every row is one for every key. */
  readonly index: LookupIndex | undefined
  /** Whether the last key of a row is NULL. */
  readonly hasNull: boolean
}

type Sides = { readonly plan: PlanOf<'join'>; readonly build: SideName }

/** Rows that were run before the query, and what was made of them: each thread makes it once. */
const known = new WeakMap<RowsState, Map<string, BuildRows>>()

/** The build side of a join with these rows. */
export function buildOf(rows: RowsState, { plan, build }: Sides): BuildRows {
  const keys = plan.keys.map((key) => key[build])
  const forms = known.get(rows) ?? new Map<string, BuildRows>()
  known.set(rows, forms)
  const name = keys.join()
  const made = forms.get(name) ?? indexed(rows, keys, plan[build].fields)
  forms.set(name, made)
  return made
}

function indexed({ count, columns }: RowsState, keys: readonly number[], fields: readonly Field[]): BuildRows {
  if (keys.length === 0) return { count, columns, index: undefined, hasNull: false }
  const own = comparableKeys(columns, keys, fields, count)
  // Of the rows themselves: a key that equals nothing, NaN, is no NULL.
  const hasNull = columns[keys.at(-1) as number]?.nulls?.subarray(0, count).includes(1) === true
  return { count, columns, index: openIndex(own, count), hasNull }
}

/** Bytes of memory of the index, about: slots, chains, and written keys. */
export function indexBytes({ count, index, columns }: BuildRows, keys: readonly number[]): number {
  if (index === undefined) return 0
  const written = keys.length === 1 ? 0 : keys.reduce((sum, key) => sum + columnBytes(columns[key] as Column), 0)
  return 24 * count + (index.next?.byteLength ?? 0) + written
}

/** Refuses a build side of which two rows share a key, where each row of the other side may find one at most. */
export function refuseSecond({ count, index }: BuildRows): void {
  const isSingle = index === undefined ? count <= 1 : index.next === undefined
  if (isSingle) return
  const hint = 'Make it one row: SELECT MAX(x), or a condition that only one row meets.'
  throw new Failure('sql', 'a sub-query that is a value gave more than one row', { hint })
}

/** The key columns of rows, as an index compares them: 0 and -0 are equal, and NaN equals nothing. */
export function comparableKeys(
  columns: readonly Column[],
  keys: readonly number[],
  fields: readonly Field[],
  count: number,
): readonly Column[] {
  return keys.map((key) => {
    const column = columns[key] as Column
    return column.kind === 'double' && !isTimestamp((fields[key] as Field).type)
      ? comparableNumber(column, count)
      : column
  })
}

function comparableNumber({ values, nulls }: DoubleColumn, count: number): DoubleColumn {
  const own = new Float64Array(count)
  const absent = nulls === undefined ? new Uint8Array(count) : nulls.slice(0, count)
  for (let row = 0; row < count; row++) {
    const value = values[row] as number
    own[row] = value + 0
    if (Number.isNaN(value)) absent[row] = 1
  }
  return { kind: 'double', values: own, nulls: absent }
}

/** Sets the first row of the build side with the key of each row [0, count), or NONE. */
export function findFirst(
  { index, count: rows }: BuildRows,
  keys: readonly Column[],
  count: number,
  found: Int32Array,
): void {
  if (index !== undefined) index.find(keys, count, found)
  else found.fill(rows > 0 ? 0 : NONE, 0, count)
}

/** The row of the build side after `match` with the same key; NONE: there is no other. */
export function nextMatch({ index, count }: BuildRows, match: number): number {
  if (index === undefined) return match + 1 < count ? match + 1 : NONE
  return index.next === undefined ? NONE : (index.next[match] as number)
}
