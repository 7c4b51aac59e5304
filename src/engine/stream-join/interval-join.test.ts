/** Joins of times near each other, beside a naive evaluator: see the law in `interval-join.ts`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareLists } from '../naive.test-tool.ts'
import { made, ways } from '../run.test-tool.ts'
import { anyOrder, fits, rejected, runJoin, type SidedRow, withWatermarks } from './run.test-tool.ts'

type Kind = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL'
type Interval = { readonly from: number; readonly to: number }

const ms = (n: number) => `INTERVAL '0.0${String(Math.abs(n)).padStart(2, '0')}' SECOND`
const plus = (column: string, n: number) => `${column} ${n < 0 ? '-' : '+'} ${ms(n)}`

/** Forms in which an interval can be written: r is in [from, to] after l. */
const FORMS: readonly ((interval: Interval) => string)[] = [
  ({ from, to }) => `b.ts BETWEEN ${plus('a.ts', from)} AND ${plus('a.ts', to)}`,
  ({ from, to }) => `a.ts BETWEEN ${plus('b.ts', -to)} AND ${plus('b.ts', -from)}`,
  ({ from, to }) => `b.ts > ${plus('a.ts', from - 1)} AND ${plus('a.ts', to + 1)} > b.ts`,
  ({ from, to }) => `${plus('b.ts', -from)} >= a.ts AND ${plus('b.ts', 1)} <= ${plus('a.ts', to + 1)}`,
]

const joined = (kind: Kind, interval: Interval, form = 0) =>
  `SELECT a.v AS x, b.v AS y FROM l AS a ${kind} JOIN r AS b ON a.k = b.k AND ${FORMS[form]?.(interval)} AND a.j <= b.j`

type Placed = SidedRow & { readonly time: number; readonly turn: number; readonly over: number; readonly at: number }

/** The rows in the order in which they are joined, each with the turn at which no row can come any more that fits it. */
function placed(input: readonly SidedRow[], { from, to }: Interval): readonly Placed[] {
  return withWatermarks(input)
    .map((row) => {
      const time = row.ts as number
      const over = time + (row.side === 0 ? to : -from) + 1
      return { ...row, time, over, turn: time > row.before ? time : row.before + 0.5, at: 0 }
    })
    .sort((a, b) => compareLists([a.turn, a.side, a.partition, a.v], [b.turn, b.side, b.partition, b.v]))
    .map((row, at) => ({ ...row, at }))
}

/** Each row that comes out, with its place: turn, what is over before what comes, and so on. */
function naive(kind: Kind, input: readonly SidedRow[], interval: Interval): Value[][] {
  const rows = placed(input, interval)
  const out: { row: Value[]; place: number[] }[] = []
  const fitted = new Set<Placed>()
  for (const l of rows.filter(({ side }) => side === 0)) {
    for (const r of rows.filter(({ side }) => side === 1)) {
      const distance = r.time - l.time
      const [earlier, later] = l.at < r.at ? [l, r] : [r, l]
      if (!fits(l, r) || distance < interval.from || distance > interval.to || later.turn >= earlier.over) continue
      fitted.add(l).add(r)
      out.push({ row: [l.v, r.v], place: [later.turn, 1, later.at, earlier.time, earlier.at] })
    }
  }
  for (const row of rows) {
    const isKept = kind === 'FULL' || kind === (row.side === 0 ? 'LEFT' : 'RIGHT')
    if (!isKept || fitted.has(row)) continue
    const isAtOnce = row.over <= row.turn || row.k === null
    const place = isAtOnce ? [row.turn, 1, row.at, Infinity, 0] : [row.over, 0, row.side, row.at, 0]
    out.push({ row: row.side === 0 ? [row.v, null] : [null, row.v], place })
  }
  return out.sort((a, b) => compareLists(a.place, b.place)).map(({ row }) => row)
}

const kinds = fc.constantFrom<Kind>('INNER', 'LEFT', 'RIGHT', 'FULL')
const intervals = fc
  .tuple(fc.integer({ min: -12, max: 12 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]): Interval => ({ from, to: from + length }))

// Holds stream-joins.
test('pairs within an interval, however inputs and partitions interleave, batches are cut and runs restart', () => {
  fc.assert(
    fc.property(anyOrder, ways, kinds, intervals, ({ input, other }, way, kind, interval) => {
      expect(runJoin(joined(kind, interval), other, way).rows).toEqual(naive(kind, input, interval))
    }),
    { numRuns: 600 },
  )
})

test('an interval can be written in many ways', () => {
  fc.assert(
    fc.property(anyOrder, kinds, intervals, fc.nat(FORMS.length - 1), ({ input }, kind, interval, form) => {
      const sql = joined(kind, interval, form)
      expect(runJoin(sql, input, {}).rows).toEqual(naive(kind, input, interval))
    }),
    { numRuns: 150 },
  )
  const all = [
    { from: 0, to: 0 },
    { from: 3, to: 3 },
  ]
  const equal = ['a.ts = b.ts', `b.ts = ${plus('a.ts', 3)}`]
  fc.assert(
    fc.property(anyOrder, ways, fc.nat(1), ({ input, other }, way, at) => {
      const sql = `SELECT a.v, b.v FROM l AS a LEFT JOIN r AS b ON ${equal[at]} AND b.k = a.k AND a.j <= b.j`
      expect(runJoin(sql, other, way).rows).toEqual(naive('LEFT', input, all[at] as Interval))
    }),
    { numRuns: 150 },
  )
})

test('without keys, each row meets each of the other side', () => {
  fc.assert(
    fc.property(anyOrder, ways, intervals, ({ input, other }, way, interval) => {
      const same = (row: SidedRow): SidedRow => ({ ...row, k: 'a', j: 0 })
      const sql = `SELECT a.v, b.v FROM l AS a, r AS b WHERE ${FORMS[0]?.(interval)}`
      expect(runJoin(sql, other, way).rows).toEqual(naive('INNER', input.map(same), interval))
    }),
    { numRuns: 150 },
  )
})

test('an interval that ends before it begins has no pairs', () => {
  fc.assert(
    fc.property(anyOrder, ways, kinds, ({ input, other }, way, kind) => {
      const interval = { from: 4, to: -4 }
      expect(runJoin(joined(kind, interval), other, way).rows).toEqual(naive(kind, input, interval))
    }),
    { numRuns: 200 },
  )
})

test('which rows are late, wholly or in part, follows from their partition', () => {
  fc.assert(
    fc.property(anyOrder, ways, kinds, intervals, ({ input, other }, way, kind, interval) => {
      const { from, to } = interval
      const sql = joined(kind, interval)
      const late = withWatermarks(input).filter(({ ts, before }) => before > (ts as number))
      const isLost = ({ ts, before, side }: (typeof late)[number]) =>
        before > (ts as number) + (side === 0 ? to + Math.max(0, -from) : Math.max(0, to) - from) &&
        kind !== 'FULL' &&
        kind !== (side === 0 ? 'LEFT' : 'RIGHT')
      const ran = runJoin(sql, other, way)
      expect(ran.rejects.filter((each) => each.kind === 'late').length).toBe(late.filter(isLost).length)
      expect(ran.rejects.length).toBe(late.length)
      expect(rejected(ran)).toEqual(rejected(runJoin(sql, input, {})))
    }),
    { numRuns: 200 },
  )
})

test('windows over pairs, and what is late for them, do not depend on the order of reading either', () => {
  fc.assert(
    fc.property(anyOrder, ways, kinds, intervals, ({ input, other }, way, kind, interval) => {
      const side = kind === 'RIGHT' ? 'b' : 'a'
      if (kind === 'FULL') return
      const pairs = joined(kind, interval).replace('SELECT', `SELECT ${side}.ts AS at_time,`)
      const sql = `SELECT window_end, COUNT(*) AS n, SUM(x) AS x, SUM(y) AS y
        FROM TABLE(TUMBLE(TABLE (${pairs}), DESCRIPTOR(at_time), INTERVAL '0.010' SECOND)) GROUP BY window_start, window_end`
      const whole = runJoin(sql, input, {})
      const ran = runJoin(sql, other, way)
      expect(ran.rows).toEqual(whole.rows)
      expect(rejected(ran)).toEqual(rejected(whole))
      const counted = whole.rows.reduce((sum, row) => sum + Number(row[1]), 0)
      const late = whole.rejects.filter(({ origin }) => origin === -1).length
      expect(counted + late).toBe(naive(kind, input, interval).length)
      expect(whole.rows.map((row) => row[0])).toEqual([...new Set(whole.rows.map((row) => row[0]))])
    }),
    { numRuns: 200 },
  )
})

test('a pair whose condition fails is rejected, and neither of its rows comes out by itself', () => {
  const at = (side: 0 | 1, v: number, j: number): SidedRow => ({ ...made({ k: 'a', j, v, ts: v }), side })
  // The pair (0, 1) divides by zero, and (3, 2) fits.
  const input = [at(0, 0, 1), at(1, 1, 1), at(1, 2, 0), at(0, 3, 1), at(0, 20, 1)]
  const near = `b.ts BETWEEN a.ts - ${ms(1)} AND a.ts + ${ms(1)}`
  const sql = `SELECT a.v, b.v FROM l AS a FULL JOIN r AS b ON a.k = b.k AND ${near} AND 10 / (a.j - b.j) > 0`
  const { rows, rejects } = runJoin(sql, input, {})
  expect(rows).toEqual([
    [3, 2],
    [20, null],
  ])
  expect(rejects).toMatchObject([{ kind: 'expression', origin: -1, reason: expect.stringContaining('zero') }])
})

test('keys of DOUBLE: 0 equals -0, and NaN nothing', () => {
  const at = (side: 0 | 1, v: number, d: number): SidedRow => ({ ...made({ d, v, ts: v }), side })
  const input = [at(0, 0, 0), at(0, 1, Number.NaN), at(1, 2, -0), at(1, 3, Number.NaN)]
  const sql = 'SELECT a.v, b.v FROM l AS a FULL JOIN r AS b ON a.d = b.d'
  const windows = ['l', 'r'].map((table) => `TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(ts), INTERVAL '1' SECOND))`)
  const ofWindows = sql.replace('l AS', `${windows[0]} AS`).replace('r AS', `${windows[1]} AS`)
  const both = [
    `${sql} AND b.ts BETWEEN a.ts AND a.ts + ${ms(9)}`,
    `${ofWindows} AND a.window_start = b.window_start AND a.window_end = b.window_end`,
  ]
  for (const each of both) {
    const { rows } = runJoin(each, input, {})
    expect(rows.length).toBe(3)
    expect(rows).toEqual(
      expect.arrayContaining([
        [0, 2],
        [1, null],
        [null, 3],
      ]),
    )
  }
})

test('a time that is bounded on one side, and rows that are in another stream, are refused', () => {
  const refused = (sql: string) => () => runJoin(sql, [], {})
  expect(refused('SELECT a.v FROM l AS a JOIN r AS b ON a.ts >= b.ts')).toThrow('bounded on one side only')
  expect(refused('SELECT a.v FROM l AS a JOIN r AS b ON a.k = b.k')).toThrow('would never be complete')
  expect(refused('SELECT v FROM l WHERE k IN (SELECT k FROM r)')).toThrow('would never be complete')
  const near = `SELECT b.k FROM r AS b WHERE b.ts BETWEEN a.ts AND a.ts + ${ms(9)}`
  expect(refused(`SELECT v FROM l AS a WHERE k IN (${near})`)).toThrow('needs equal windows')
})
