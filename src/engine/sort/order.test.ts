/** Rule of time 1: the same records in the same partitions give the same rows in the same order, bit for bit. */
import { expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { Value } from '../../record/column.ts'
import type { Catalog } from '../../sql/catalog.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { batchOf, type Row, SESSION, TABLE } from '../naive.test-tool.ts'
import { openGraph } from '../open-graph.ts'
import { collecting, made } from '../run.test-tool.ts'

/** A watermark so far behind that more windows are open than the engine keeps hot. */
const PATIENT: Catalog = new Map([['t', { ...TABLE, rowtime: { field: 5, delay: 30_000 } }]])

function randomRows(seed: number, count: number, partitions: number): Row[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, i) =>
    made({
      k: 'abc'[random.below(3)] ?? null,
      v: random.below(5),
      d: random.next() / 3,
      ts: i * 40 + random.below(40_000),
      partition: random.below(partitions),
    }),
  )
}

/** The partitions take turns, each with about `piece` rows; the graph restarts from a snapshot now and then. */
function run(sql: string, rows: readonly Row[], partitions: number, piece: number): Value[][] {
  const query = planQuery(sql, PATIENT, { mode: 'streaming', session: SESSION })
  const { ran, output } = collecting()
  const options = { session: SESSION, partitions: () => partitions, output }
  let graph = openGraph(query, PATIENT, options)
  const left = Array.from({ length: partitions }, (_, partition) => rows.filter((row) => row.partition === partition))
  for (let turn = 0; left.some((each) => each.length > 0); turn++) {
    const partition = turn % partitions
    const taken = left[partition]?.splice(0, piece + (turn % 3)) ?? []
    for (const [scan, { columns }] of graph.scans.entries()) graph.push(scan, batchOf(taken, columns, partition))
    if (turn % 50 === 49) graph = openGraph(query, PATIENT, { ...options, state: structuredClone(graph.snapshot()) })
  }
  graph.end()
  return ran.rows
}

const windowed = (table: string, what: string) =>
  `SELECT window_start, window_end, k, ${what} FROM TABLE(${table}) GROUP BY window_start, window_end, k`
const tumble = "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND)"
const hop = "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND)"

const statements = [
  windowed(tumble, 'SUM(d) AS a, AVG(d) AS b, COUNT(DISTINCT v) AS c'),
  windowed(hop, 'SUM(d) AS a, SUM(DISTINCT v) AS b'),
  `${windowed(tumble, 'SUM(d) AS a')} UNION ALL ${windowed(hop, 'SUM(d) AS a')}`,
]

for (const [number, sql] of statements.entries()) {
  test.each([1, 2])(`statement ${number}: neither batches nor restarts change a bit, %i partitions`, (partitions) => {
    const seed = 7 + number
    const rows = randomRows(seed, 3000, partitions)
    const whole = run(sql, rows, partitions, 100_000)
    expect(whole.length).toBeGreaterThan(200)
    for (const piece of [3, 37, 1000])
      expect(run(sql, rows, partitions, piece), `seed ${seed}, pieces of ${piece}`).toEqual(whole)
    const ends = whole.map(([, end]) => end as number)
    expect(ends).toEqual([...ends].sort((a, b) => a - b))
  })
}
