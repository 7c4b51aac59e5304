/** Runs a statement over rows of the test table, in pieces; gives the result rows and the rejected ones. */
import fc from 'fast-check'
import type { Value } from '../record/column.ts'
import type { ChangeStep } from '../sql/plan/change-step.ts'
import type { Mode } from '../sql/plan/plan.ts'
import type { GraphOutput, RowReject } from './graph.ts'
import { batchOf, CATALOG, planOf, type Row, rowsOf, SESSION } from './naive.test-tool.ts'
import { openGraph } from './open-graph.ts'
import { openFinal, openLocal } from './partial.ts'

export type Ran = {
  readonly rows: Value[][]
  readonly rejects: RowReject[]
  /** Of an answer that changes: for each row, whether it is deleted. */
  readonly deleted: boolean[]
}

/** An output that keeps what comes out, as values. */
export function collecting(): { readonly ran: Ran; readonly output: GraphOutput } {
  const ran: Ran = { rows: [], rejects: [], deleted: [] }
  return {
    ran,
    output: {
      emit(batch) {
        const rows = rowsOf(batch)
        ran.rows.push(...rows)
        ran.deleted.push(...rows.map((_, row) => batch.deleted?.[row] === 1))
      },
      reject: (row) => void ran.rejects.push(structuredClone(row)),
    },
  }
}

export type Running = {
  readonly mode: Mode
  readonly piece?: number
  readonly partitions?: number
  /** Whether the run starts anew from its state after each piece. */
  readonly restart?: boolean
  readonly ttl?: number | undefined
  /** How often an answer that changes is put out. */
  readonly every?: ChangeStep | undefined
}

/** Pushes rows in order, consecutive rows of a partition together, up to `piece` at once. */
export function runSql(
  sql: string,
  input: readonly Row[],
  { mode, piece = 1000, partitions = 1, restart = false, ttl, every }: Running,
): Ran {
  const { ran, output } = collecting()
  const options = { session: SESSION, partitions: () => partitions, output }
  const query = planOf(sql, mode, ttl, every)
  let graph = openGraph(query, CATALOG, options)
  for (let from = 0; from < input.length; ) {
    let to = from + 1
    while (to < input.length && to - from < piece && input[to]?.partition === input[from]?.partition) to++
    for (const [scan, { columns }] of graph.scans.entries()) {
      graph.push(scan, batchOf(input.slice(from, to), columns, input[from]?.partition ?? 0))
    }
    if (restart) graph = openGraph(query, CATALOG, { ...options, state: structuredClone(graph.snapshot()) })
    from = to
  }
  graph.end()
  return ran
}

/** How a stream is read: in pieces of that many rows, or fewer. */
export type Way = Pick<Running, 'piece' | 'restart' | 'ttl' | 'every'>

export const ways: fc.Arbitrary<Way> = fc.record({ piece: fc.integer({ min: 1, max: 60 }), restart: fc.boolean() })

/** The same as a stream, of the partitions that the rows have. */
export function runStream(sql: string, input: readonly Row[], way: Way): Ran {
  const partitions = 1 + Math.max(0, ...input.map(({ partition }) => partition))
  return runSql(sql, input, { mode: 'streaming', partitions, ...way })
}

/** Rows of up to three partitions, and the same rows in the same partitions, of which another is read first each time. */
export const interleavings = (
  rows: fc.Arbitrary<Row[]>,
): fc.Arbitrary<{ readonly input: Row[]; readonly other: Row[] }> =>
  fc.tuple(rows, fc.array(fc.nat(2), { maxLength: 60 })).map(([input, turns]) => {
    const queues = [0, 1, 2].map((partition) => input.filter((row) => row.partition === partition))
    const other: Row[] = []
    for (const turn of [...turns, ...[0, 1, 2].flatMap((partition) => input.map(() => partition))])
      other.push(...(queues[turn]?.splice(0, 1) ?? []))
    return { input, other }
  })

/** The same over ranges of `range` rows. */
export function runRanges(sql: string, input: readonly Row[], range: number): Ran {
  const { ran, output } = collecting()
  const query = planOf(sql, 'batch')
  const final = openFinal(query, CATALOG, { session: SESSION, output })
  for (const scan of final.scans.keys()) {
    const local = openLocal(query, CATALOG, scan, {
      session: SESSION,
      reject: (row) => void ran.rejects.push({ ...row, scan }),
      keeps: true,
    })
    for (let from = 0; from < input.length; from += range) {
      local.push(batchOf(input.slice(from, from + range), local.columns, 0))
      final.merge(scan, structuredClone(local.take()), 0)
    }
    const rest = local.rest()
    if (rest !== undefined) final.merge(scan, structuredClone(rest), 0)
  }
  final.end()
  return ran
}

export const made = (row: Partial<Row>): Row => ({
  k: null,
  j: null,
  v: null,
  w: null,
  d: null,
  ts: 0,
  partition: 0,
  ...row,
})
