/**
 * A query over files in steps: first the build sides of its joins, each of which leaves its rows for the steps behind it, then
 * the query itself. Every thread divides a query in the same way, as that follows from the sizes of its tables.
 */
import { Failure } from '../../base/failure.ts'
import { roundBytes } from '../../base/units.ts'
import { dividedPlan } from '../../engine/join/parts.ts'
import { scansOf } from '../../engine/partial.ts'
import { RowStore, type RowsState } from '../../engine/sort/row-store.ts'
import type { Batch } from '../../record/column.ts'
import type { Query } from '../../sql/plan/plan.ts'
import type { FileTable } from '../table-files.ts'
import { isReadWhole, type Unit, unitsOf } from '../units.ts'

/** Bytes of each table, by name; of a packed file what it is about when unpacked; Infinity for a stream. */
export type Sizes = ReadonlyMap<string, number>

export type QueryStep = {
  /** What the rows that it leaves are called; undefined of the last step, whose rows are the result. */
  readonly name: string | undefined
  readonly query: Query
}

/** How much larger than a packed file its content usually is. */
export const UNPACKED = 8

/** The sizes of all tables. */
export const sizesOf = (tables: readonly FileTable[]): Sizes =>
  new Map(
    tables.map(({ name, files, stream }) => {
      const bytes = files.reduce((sum, file) => sum + file.size * (isReadWhole(file) ? UNPACKED : 1), 0)
      return [name, stream === undefined ? bytes : Number.POSITIVE_INFINITY]
    }),
  )

/** The steps of a query, in order. */
export function stepsOf(query: Query, sizes: Sizes): readonly QueryStep[] {
  const { parts, plan } = dividedPlan(query.plan, (table) => sizes.get(table) ?? 0)
  return [
    ...parts.map(({ name, plan: part }) => ({ name, query: { ...query, plan: part } })),
    { name: undefined, query: { ...query, plan } },
  ]
}

/** The units of each step. A table that an earlier step has read is read again. */
export function unitsOfSteps(
  steps: readonly QueryStep[],
  tables: readonly FileTable[],
  step: number,
): readonly Unit[][] {
  const read = new Set<string>()
  return steps.map(({ query }) => {
    const scans = scansOf(query)
    const units = unitsOf(scans, tables, step).map((unit) => (read.has(unit.table) ? { ...unit, again: true } : unit))
    for (const { table } of scans) read.add(table)
    return units
  })
}

/** Keeps the rows of a step. They may take `memory` bytes. */
export function openKept({ query }: QueryStep, memory: number): { add(rows: Batch): void; rows(): RowsState } {
  const store = new RowStore(query.plan.fields)
  return {
    add(rows) {
      store.append(rows, undefined, rows.count)
      if (store.bytes <= memory) return
      const message = `one side of a join takes ${roundBytes(store.bytes)}, more than the limit of ${roundBytes(memory)}`
      const hint = 'Let the query have more (--memory 8GiB), or filter that side, or select fewer of its columns.'
      throw new Failure('limit', message, { hint })
    },
    rows: () => ({ count: store.count, columns: store.columns }),
  }
}
