/** Runs joins of two streams, l and r, whose rows are read in any order of their partitions. */
import fc from 'fast-check'
import type { Value } from '../../record/column.ts'
import type { Catalog } from '../../sql/catalog.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { batchOf, DELAY, type Row, SESSION, TABLE } from '../naive.test-tool.ts'
import { openGraph } from '../open-graph.ts'
import { collecting, made, type Ran, type Way } from '../run.test-tool.ts'

const PARTITIONS = 2

export const JOINED: Catalog = new Map(['l', 'r'].map((name) => [name, { ...TABLE, name }]))

/** A row of one of the two streams. `v` is its place among all. */
export type SidedRow = Row & { readonly side: 0 | 1 }

/** Rows near each other: ties, late rows and rows just at a watermark are frequent. */
export const sidedRows: fc.Arbitrary<SidedRow[]> = fc
  .array(
    fc.record({
      side: fc.constantFrom(0 as const, 1 as const),
      k: fc.option(fc.constantFrom('a', 'b'), { freq: 6 }),
      j: fc.option(fc.constantFrom(0, 1, 2), { freq: 6 }),
      step: fc.integer({ min: -7, max: 8 }),
      partition: fc.nat(PARTITIONS - 1),
    }),
    { maxLength: 50 },
  )
  .map((all) => {
    let ts = 0
    return all.map(({ step, side, ...row }, v) => {
      ts += step
      return { ...made({ ...row, v, ts }), side }
    })
  })

/** The same rows in the same partitions, of which another one is read first each time. */
export const anyOrder: fc.Arbitrary<{ readonly input: SidedRow[]; readonly other: SidedRow[] }> = fc
  .tuple(sidedRows, fc.array(fc.nat(2 * PARTITIONS - 1), { maxLength: 60 }))
  .map(([input, turns]) => {
    const queues = Array.from({ length: 2 * PARTITIONS }, (_, of) =>
      input.filter(({ side, partition }) => side * PARTITIONS + partition === of),
    )
    const other: SidedRow[] = []
    const all = queues.flatMap((queue, of) => queue.map(() => of))
    for (const turn of [...turns, ...all]) other.push(...(queues[turn]?.splice(0, 1) ?? []))
    return { input, other }
  })

/** Runs a statement over l and r, from its own state again and again where the way says so. */
export function runJoin(sql: string, input: readonly SidedRow[], { piece = 1000, restart = false }: Way): Ran {
  const { ran, output } = collecting()
  const options = { session: SESSION, partitions: () => PARTITIONS, output }
  const query = planQuery(sql, JOINED, { mode: 'streaming', session: SESSION })
  let graph = openGraph(query, JOINED, options)
  for (let from = 0; from < input.length; ) {
    const { side, partition } = input[from] as SidedRow
    let to = from + 1
    const isNext = (row: SidedRow | undefined) => row?.side === side && row.partition === partition
    while (to < input.length && to - from < piece && isNext(input[to])) to++
    for (const [scan, { table, columns }] of graph.scans.entries()) {
      if (table === 'lr'[side]) graph.push(scan, batchOf(input.slice(from, to), columns, partition))
    }
    if (restart) graph = openGraph(query, JOINED, { ...options, state: structuredClone(graph.snapshot()) })
    from = to
  }
  graph.end()
  return ran
}

/** The watermark of each row's partition before the row. */
export function withWatermarks(input: readonly SidedRow[]): readonly (SidedRow & { readonly before: number })[] {
  const watermarks = new Map<string, number>()
  return input.map((row) => {
    const of = `${row.side} ${row.partition}`
    const before = watermarks.get(of) ?? -Infinity
    watermarks.set(of, Math.max(before, (row.ts as number) - DELAY))
    return { ...row, before }
  })
}

/** What was rejected, in no order; of a record without its place in the batch. */
export const rejected = ({ rejects }: Ran): readonly string[] =>
  rejects.map((each) => JSON.stringify({ ...each, origin: Math.min(0, each.origin) })).sort()

/** Whether a row of l and one of r have equal keys, and the condition of the statements in the tests holds for them. */
export const fits = (l: SidedRow, r: SidedRow): boolean =>
  l.k !== null && l.k === r.k && l.j !== null && r.j !== null && l.j <= r.j

export const ofSide = <R extends SidedRow>(rows: readonly R[], side: 0 | 1): R[] =>
  rows.filter((row) => row.side === side).sort((a, b) => a.partition - b.partition || (a.v as number) - (b.v as number))

export type Rows = readonly (readonly Value[])[]
