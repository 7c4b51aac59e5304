/** Two tables of random rows, and a statement over both, run in every way that bounded rows are. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { columnOf, type Value } from '../../record/column.ts'
import { BIGINT, BOOLEAN, DOUBLE, decimal, type Field, INT, STRING } from '../../record/type.ts'
import type { Catalog, Table } from '../../sql/catalog.ts'
import type { Query } from '../../sql/plan/plan.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { SESSION } from '../naive.test-tool.ts'
import { openGraph } from '../open-graph.ts'
import { openFinal, openLocal } from '../partial.ts'
import { collecting } from '../run.test-tool.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { dividedPlan } from './parts.ts'

const FIELDS: readonly Field[] = [
  { name: 'i', type: INT },
  { name: 'k', type: STRING },
  { name: 'w', type: BIGINT },
  { name: 'd', type: DOUBLE },
  { name: 'm', type: decimal(5, 2) },
  { name: 'b', type: BOOLEAN },
]

export type Cells = {
  readonly i: number | null
  readonly k: string | null
  readonly w: bigint | null
  readonly d: number | null
  readonly m: bigint | null
  readonly b: boolean | null
}

export type Tables = { readonly l: readonly Cells[]; readonly r: readonly Cells[] }

const table = (name: string): [string, Table] => [name, { name, fields: FIELDS, rowtime: undefined }]
const CATALOG: Catalog = new Map([table('l'), table('r')])

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 })

const cells: fc.Arbitrary<Cells> = fc.record({
  i: optional(fc.integer({ min: -2, max: 4 })),
  k: optional(fc.constantFrom('', 'a', 'bb', '\0', 'ä')),
  w: optional(fc.constantFrom(1n, 2n, 9_007_199_254_740_993n, -5n)),
  d: optional(fc.constantFrom(0, -0, 1.5, Number.NaN)),
  m: optional(fc.constantFrom(0n, 150n, -1n)),
  b: optional(fc.boolean()),
})

const rows = fc.array(cells, { maxLength: 14 })

export const tables: fc.Arbitrary<Tables> = fc.record({ l: rows, r: rows })

const batchOf = (all: readonly Cells[], columns: readonly number[]) => ({
  count: all.length,
  columns: columns.map((column) => {
    const { name, type } = FIELDS[column] as Field
    return columnOf(
      type,
      all.map((row) => row[name as keyof Cells]),
    )
  }),
  partition: 0,
  origin: undefined,
  watermark: undefined,
})

export const planned = (sql: string): Query => planQuery(sql, CATALOG, { mode: 'batch', session: SESSION })

const rowsOf = ({ l, r }: Tables, name: string) => (name === 'l' ? l : r)

/** The rows of a statement: pushed in pieces, table by table or by turns; `restart`: from the state after each piece. */
export function runGraph(
  sql: string,
  input: Tables,
  way: { piece: number; restart: boolean; turns: boolean },
): Value[][] {
  const { ran, output } = collecting()
  const options = { session: SESSION, partitions: () => 1, output }
  const query = planned(sql)
  let graph = openGraph(query, CATALOG, options)
  const pushes = graph.scans.flatMap(({ table: name, columns }, scan) => {
    const all = rowsOf(input, name)
    return Array.from({ length: Math.ceil(all.length / way.piece) }, (_, i) => {
      const batch = batchOf(all.slice(i * way.piece, (i + 1) * way.piece), columns)
      return { turn: way.turns ? i : 0, push: () => graph.push(scan, batch) }
    })
  })
  for (const { push } of pushes.sort((a, b) => a.turn - b.turn)) {
    push()
    if (way.restart) graph = openGraph(query, CATALOG, { ...options, state: structuredClone(graph.snapshot()) })
  }
  graph.end()
  expect(ran.rejects).toEqual([])
  return ran.rows
}

/** The same, table by table in the order of the graph, as a report reads them; and the memory held before the end. */
export function runInOrder(sql: string, input: Tables): { readonly rows: Value[][]; readonly held: number } {
  const { ran, output } = collecting()
  const graph = openGraph(planned(sql), CATALOG, { session: SESSION, partitions: () => 1, output })
  for (const scan of graph.order) {
    const { table: name, columns } = graph.scans[scan] as (typeof graph.scans)[number]
    graph.push(scan, batchOf(rowsOf(input, name), columns))
    graph.finish(scan)
  }
  const held = graph.held.bytes()
  graph.end()
  return { rows: ran.rows, held }
}

/** The same as over files: build sides first, and every step in ranges, the results of which are posted. */
export function runSteps(sql: string, input: Tables, range: number): Value[][] {
  const { ran, output } = collecting()
  const query = planned(sql)
  const { parts, plan } = dividedPlan(query.plan, (name) => rowsOf(input, name).length)
  const contents = new Map<string, RowsState>()
  for (const { name, plan: part } of parts) {
    const store = new RowStore(part.fields)
    const emit = output.reject
    runStep(
      { ...query, plan: part },
      { emit: (batch) => void store.append(batch, undefined, batch.count), reject: emit },
    )
    contents.set(name, structuredClone(store.snapshot()))
  }
  runStep({ ...query, plan }, output)
  expect(ran.rejects).toEqual([])
  return ran.rows

  function runStep(step: Query, out: typeof output): void {
    const final = openFinal(step, CATALOG, { session: SESSION, contents, output: out })
    for (const [scan, { table: name }] of final.scans.entries()) {
      const local = openLocal(step, CATALOG, scan, { session: SESSION, contents, reject: output.reject })
      const all = rowsOf(input, name)
      for (let from = 0; from < all.length; from += range) {
        local.push(batchOf(all.slice(from, from + range), local.columns))
        final.merge(scan, structuredClone(local.take()), 0)
      }
    }
    final.end()
  }
}
