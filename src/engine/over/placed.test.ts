/** ROW_NUMBER, RANK, LAG and their like beside a naive evaluator: in batch mode over any order, in a stream by event time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareValues, type Row } from '../naive.test-tool.ts'
import { interleavings, made, runRanges, runSql, runStream, ways } from '../run.test-tool.ts'
import { inOrder } from './on-time.test-tool.ts'

const rowsOf = (partitions: number) =>
  fc
    .array(
      fc.record({
        k: fc.option(fc.constantFrom('a', 'b', 'c')),
        w: fc.option(fc.constantFrom(1n, -3n, 2n ** 62n)),
        d: fc.option(fc.constantFrom(0.5, -1, 7)),
        j: fc.option(fc.integer({ min: -2, max: 2 })),
        step: fc.integer({ min: -6, max: 7 }),
        partition: fc.nat(partitions - 1),
      }),
      { maxLength: 50 },
    )
    .map((all) => {
      let ts = 0
      return all.map(({ step, ...row }, v) => {
        ts += step
        return made({ ...row, v, ts })
      })
    })

type Order = { readonly sql: string; compare(a: Row, b: Row): number }

const nullsFirst = (a: Value, b: Value): number =>
  a === null || b === null ? Number(b === null) - Number(a === null) : compareValues(a, b)

const ORDERS: readonly Order[] = [
  { sql: 'j', compare: (a, b) => nullsFirst(a.j, b.j) },
  { sql: 'j DESC', compare: (a, b) => nullsFirst(b.j, a.j) },
  { sql: 'd NULLS LAST, j DESC', compare: (a, b) => lastOf(a.d, b.d) || nullsFirst(b.j, a.j) },
  { sql: 'CAST(ts AS TIMESTAMP(3))', compare: (a, b) => (a.ts as number) - (b.ts as number) },
]

const lastOf = (a: Value, b: Value): number =>
  a === null || b === null ? Number(a === null) - Number(b === null) : compareValues(a, b)

const CALLS = `ROW_NUMBER() OVER w, RANK() OVER w, DENSE_RANK() OVER w, PERCENT_RANK() OVER w, CUME_DIST() OVER w,
  NTILE(3) OVER w, LAG(k) OVER w, LEAD(w, 2) OVER w, LAG(d, 1, -0.5e0) OVER w, LEAD(v, 3, j) OVER w, LAG(v, 0) OVER w`

/** What the calls give each of the rows of a partition, which are in order. */
function naive(mine: readonly Row[], { compare }: Order): Value[][] {
  const tiles = tilesOf(mine.length, 3)
  return mine.map((row, at) => {
    const before = mine.filter((other) => compare(other, row) < 0)
    const upTo = mine.filter((other) => compare(other, row) <= 0)
    const different = before.filter((other, index) => index === 0 || compare(before[index - 1] as Row, other) !== 0)
    return [
      BigInt(at + 1),
      BigInt(before.length + 1),
      BigInt(different.length + 1),
      mine.length === 1 ? 0 : before.length / (mine.length - 1),
      upTo.length / mine.length,
      BigInt(tiles[at] as number),
      mine[at - 1]?.k ?? null,
      mine[at + 2]?.w ?? null,
      at === 0 ? -0.5 : (mine[at - 1] as Row).d,
      at + 3 < mine.length ? (mine[at + 3] as Row).v : row.j,
      row.v,
    ]
  })
}

/** Groups that differ by one row at most, the larger ones first. */
function tilesOf(rows: number, groups: number): number[] {
  const sizes = Array.from(
    { length: groups },
    (_, group) => Math.floor(rows / groups) + (group < rows % groups ? 1 : 0),
  )
  return sizes.flatMap((size, group) => Array.from({ length: size }, () => group + 1))
}

test('in batch mode, each row has its place in its partition, the same for any ranges and partitions', () => {
  fc.assert(
    fc.property(rowsOf(3), fc.constantFrom(...ORDERS), fc.integer({ min: 1, max: 20 }), (input, order, piece) => {
      const sql = `SELECT k, v, ${CALLS} FROM t WINDOW w AS (PARTITION BY k ORDER BY ${order.sql})`
      const expectOf = (rows: readonly Row[]) => {
        const owners = [...new Set(rows.map(({ k }) => k))].sort(nullsFirst)
        return owners.flatMap((k) => {
          const mine = rows.filter((row) => row.k === k)
          const sorted = mine
            .map((row, place) => ({ row, place }))
            .sort((a, b) => order.compare(a.row, b.row) || a.row.partition - b.row.partition || a.place - b.place)
          const all = sorted.map(({ row }) => row)
          return naive(all, order).map((values, at) => [k, all[at]?.v ?? null, ...values])
        })
      }
      expect(runSql(sql, input, { mode: 'batch', piece, partitions: 3 }).rows).toEqual(expectOf(input))
      expect(runSql(sql, input, { mode: 'batch', piece, partitions: 3, restart: true }).rows).toEqual(expectOf(input))
      const alone = input.map((row) => ({ ...row, partition: 0 }))
      expect(runRanges(sql, alone, piece).rows).toEqual(expectOf(alone))
    }),
    { numRuns: 500 },
  )
})

const lags = (by: string) => `SELECT k, v, ts, LAG(v) OVER w, LAG(w, 3) OVER w, LAG(d, 2, 1.5e0) OVER w, COUNT(*) OVER w
  FROM t WINDOW w AS (${by} ORDER BY ts)`

/** The rows of the owner of a row that are in its stretch without a gap of `ttl`. */
function stretchOf(row: Row, sorted: readonly Row[], ttl: number): readonly Row[] {
  const mine = sorted.filter(({ k }) => k === row.k)
  const gap = mine.findLastIndex(
    ({ ts }, i) => i > 0 && (ts as number) <= (row.ts as number) && (ts as number) >= (mine[i - 1]?.ts as number) + ttl,
  )
  return mine.slice(Math.max(0, gap))
}

/** In Flink, rows of one time are added together, and all have what the last of them has. */
function lagged(row: Row, sorted: readonly Row[], ttl: number): Value[] {
  const upTo = stretchOf(row, sorted, ttl).filter(({ ts }) => (ts as number) <= (row.ts as number))
  const back = (distance: number) => upTo.at(-1 - distance)
  const there = (distance: number) => upTo.length > distance
  return [
    row.k,
    row.v,
    row.ts,
    back(1)?.v ?? null,
    back(3)?.w ?? null,
    there(2) ? (back(2) as Row).d : 1.5,
    BigInt(upTo.length),
  ]
}

const ttls = fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 25 }))

test('in a stream, LAG gives the rows before, however partitions interleave, batches are cut and runs restart', () => {
  fc.assert(
    fc.property(interleavings(rowsOf(3)), ways, ttls, ({ input, other }, way, ttl) => {
      const sorted = inOrder(input)
      const options = ttl === undefined ? way : { ...way, ttl }
      expect(runStream(lags('PARTITION BY k'), other, options).rows).toEqual(
        sorted.map((row) => lagged(row, sorted, ttl ?? Infinity)),
      )
    }),
    { numRuns: 700 },
  )
})

test('in a stream, ROW_NUMBER without an end numbers the rows by event time', () => {
  const sql = 'SELECT k, v, ts, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS n FROM t'
  fc.assert(
    fc.property(interleavings(rowsOf(3)), ways, ttls, ({ input, other }, way, ttl) => {
      const sorted = inOrder(input)
      const options = ttl === undefined ? way : { ...way, ttl }
      expect(runStream(sql, other, options).rows).toEqual(
        sorted.map((row) => {
          const place = stretchOf(row, sorted, ttl ?? Infinity).indexOf(row)
          return [row.k, row.v, row.ts, BigInt(place + 1)]
        }),
      )
    }),
    { numRuns: 500 },
  )
})

test('of many keys, a stream keeps no more rows than LAG looks back', () => {
  const input = Array.from({ length: 30_000 }, (_, i) => made({ k: `key ${i % 10}`, v: i, ts: i * 10 }))
  const { rows } = runStream('SELECT v, LAG(v, 2) OVER (PARTITION BY k ORDER BY ts) AS b FROM t', input, { piece: 700 })
  expect(rows.slice(-1)).toEqual([[29_999, 29_979]])
  expect(rows.filter(([v, b]) => b !== null && (v as number) - (b as number) !== 20)).toEqual([])
})
