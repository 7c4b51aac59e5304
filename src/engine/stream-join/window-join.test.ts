/** Joins of equal windows, beside a naive evaluator: see the law in `window-join.ts`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareLists } from '../naive.test-tool.ts'
import { type Way, ways } from '../run.test-tool.ts'
import { anyOrder, fits, ofSide, rejected, runJoin, type SidedRow, sidedRows, withWatermarks } from './run.test-tool.ts'

const SIZE = 10
const windowed = (table: string, call = "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '0.010' SECOND)") =>
  `TABLE(${call.replace('TABLE t', `TABLE ${table}`)})`
const HOP = "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '0.005' SECOND, INTERVAL '0.010' SECOND)"
const SAME = 'a.window_start = b.window_start AND a.window_end = b.window_end'
const FITS = `${SAME} AND a.k = b.k AND a.j <= b.j`

const joined = (kind: string, call?: string) =>
  `SELECT a.window_end AS e, b.window_end AS f, a.v AS x, b.v AS y
   FROM ${windowed('l', call)} AS a ${kind} JOIN ${windowed('r', call)} AS b ON ${FITS}`

type Kind = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL'

/** Ends of the windows of a time. */
const endsOf = (ts: number, slide: number) =>
  Array.from({ length: SIZE / slide }, (_, i) => (Math.floor(ts / slide) + 1 + i) * slide)

/** Each row that is on time, in each of its windows. */
const inWindows = (input: readonly SidedRow[], slide: number) =>
  withWatermarks(input).flatMap((row) =>
    endsOf(row.ts as number, slide)
      .filter((end) => row.before < end - 1)
      .map((end) => ({ ...row, end })),
  )

function naive(kind: Kind | 'semi' | 'anti', input: readonly SidedRow[], slide = SIZE): Value[][] {
  const rows = inWindows(input, slide)
  return [...new Set(rows.map(({ end }) => end))]
    .sort((a, b) => a - b)
    .flatMap((end) => {
      const [left, right] = [0, 1].map((side) => ofSide(rows, side as 0 | 1).filter((row) => row.end === end))
      const found = (left ?? []).map((l) => ({ l, rs: (right ?? []).filter((r) => fits(l, r)) }))
      if (kind === 'semi' || kind === 'anti')
        return found.filter(({ rs }) => rs.length > 0 === (kind === 'semi')).map(({ l }): Value[] => [end, l.v])
      const pairs = found.flatMap(({ l, rs }): Value[][] => {
        if (rs.length === 0) return kind === 'LEFT' || kind === 'FULL' ? [[end, null, l.v, null]] : []
        return rs.map((r) => [end, end, l.v, r.v])
      })
      const alone = (right ?? []).filter((r) => !(left ?? []).some((l) => fits(l, r)))
      return kind === 'RIGHT' || kind === 'FULL'
        ? [...pairs, ...alone.map((r): Value[] => [null, end, null, r.v])]
        : pairs
    })
}

const kinds = fc.constantFrom<Kind>('INNER', 'LEFT', 'RIGHT', 'FULL')
const compare = (a: unknown, b: unknown): number => (a as number) - (b as number)
const baseline: Way = { piece: 1000, restart: false }

// Promise stream-joins: A join of streams gives the same rows in the same order, whichever input is read first, and through restarts.
test('rows of equal windows, however inputs and partitions interleave, batches are cut and runs restart', () => {
  fc.assert(
    fc.property(anyOrder, ways, kinds, ({ input, other }, way, kind) => {
      expect(runJoin(joined(kind), other, way).rows).toEqual(naive(kind, input))
    }),
    { numRuns: 400 },
  )
})

test('overlapping windows: a row counts in those that its partition has not closed, and is reported for the others', () => {
  fc.assert(
    fc.property(anyOrder, ways, kinds, ({ input, other }, way, kind) => {
      const sql = joined(kind, HOP)
      const ran = runJoin(sql, other, way)
      expect(ran.rows).toEqual(naive(kind, input, 5))
      const late = withWatermarks(input).filter(({ ts, before }) =>
        endsOf(ts as number, 5).some((end) => before >= end - 1),
      )
      expect(ran.rejects.length).toBe(late.length)
      expect(rejected(ran)).toEqual(rejected(runJoin(sql, input, baseline)))
    }),
    { numRuns: 200 },
  )
})

test('groups and first rows of what was joined', () => {
  const grouped = `SELECT e, COUNT(*) AS n, SUM(y) AS s FROM (${joined('INNER')}) GROUP BY e`
  const sql = `SELECT a.window_start, a.window_end, COUNT(*) AS n, SUM(b.v) AS s
    FROM ${windowed('l')} AS a JOIN ${windowed('r')} AS b ON ${FITS} GROUP BY a.window_start, a.window_end`
  const first = `SELECT window_end, x, y FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY y DESC, x) AS n FROM (
      SELECT a.window_start, a.window_end, a.v AS x, b.v AS y
      FROM ${windowed('l')} AS a JOIN ${windowed('r')} AS b ON ${FITS})) WHERE n = 1`
  expect(() => runJoin(grouped, [], baseline)).toThrow('a join cannot stand below an answer that changes')
  fc.assert(
    fc.property(anyOrder, ways, ({ input, other }, way) => {
      const pairs = naive('INNER', input)
      const ends = [...new Set(pairs.map(([end]) => end as number))]
      const of = (end: number) => pairs.filter((row) => row[0] === end)
      expect(runJoin(sql, other, way).rows).toEqual(
        ends.map((end) => {
          const sum = of(end).reduce((total, row) => total + (row[3] as number), 0)
          return [end - SIZE, end, BigInt(of(end).length), sum]
        }),
      )
      const best = (rows: Value[][]) =>
        [...rows].sort((a, b) => compareLists([b[3] ?? null, a[2] ?? null], [a[3] ?? null, b[2] ?? null]))[0]
      expect(runJoin(first, other, way).rows).toEqual(
        ends.map((end) => {
          const row = best(of(end)) as Value[]
          return [end, row[2], row[3]]
        }),
      )
    }),
    { numRuns: 150 },
  )
})

test('groups of windows are joined as rows are', () => {
  const counts = (table: string) =>
    `(SELECT window_start, window_end, k, COUNT(*) AS n FROM ${windowed(table)} GROUP BY window_start, window_end, k)`
  const sql = `SELECT a.window_end, a.k, a.n, b.n FROM ${counts('l')} AS a LEFT JOIN ${counts('r')} AS b ON ${SAME} AND a.k = b.k`
  fc.assert(
    fc.property(anyOrder, ways, ({ input, other }, way) => {
      const rows = inWindows(input, SIZE)
      const groups = new Map<string, { end: number; k: string | null; n: [number, number] }>()
      for (const { end, k, side } of rows) {
        const group = groups.get(JSON.stringify([end, k])) ?? { end, k, n: [0, 0] }
        groups.set(JSON.stringify([end, k]), group)
        group.n[side]++
      }
      const expected = [...groups.values()]
        .filter(({ n }) => n[0] > 0)
        .map(({ end, k, n }): Value[] => [end, k, BigInt(n[0]), k === null || n[1] === 0 ? null : BigInt(n[1])])
        .sort((a, b) => compareLists(a.slice(0, 2), b.slice(0, 2)))
      expect(runJoin(sql, other, way).rows).toEqual(expected)
    }),
    { numRuns: 150 },
  )
})

const chosen = (condition: string) => `SELECT a.window_end AS e, a.v AS x FROM ${windowed('l')} AS a WHERE ${condition}`

test('rows that are, or are not, in the same window of the other stream', () => {
  const inside = `SELECT * FROM ${windowed('r')} AS b WHERE ${FITS}`
  fc.assert(
    fc.property(anyOrder, ways, fc.boolean(), ({ input, other }, way, isIn) => {
      const sql = chosen(`${isIn ? '' : 'NOT '}EXISTS (${inside})`)
      expect(runJoin(sql, other, way).rows).toEqual(naive(isIn ? 'semi' : 'anti', input))
    }),
    { numRuns: 300 },
  )
})

test('IN and NOT IN: of a NULL it is not known what it is in, nor what is in a set with a NULL', () => {
  const inside = `SELECT k FROM ${windowed('r')} AS b WHERE ${SAME}`
  fc.assert(
    fc.property(anyOrder, ways, fc.boolean(), ({ input, other }, way, isIn) => {
      const sql = chosen(`a.k ${isIn ? '' : 'NOT '}IN (${inside})`)
      const rows = inWindows(input, SIZE)
      const expected = [...new Set(rows.map(({ end }) => end))]
        .sort((a, b) => a - b)
        .flatMap((end) => {
          const [left, right] = [0, 1].map((side) => ofSide(rows, side as 0 | 1).filter((row) => row.end === end))
          const set = (right ?? []).map(({ k }) => k)
          const isKnownIn = (k: string | null) => k !== null && set.includes(k)
          const isKnownOut = (k: string | null) =>
            set.length === 0 || (k !== null && !set.includes(k) && !set.includes(null))
          return (left ?? []).filter(({ k }) => (isIn ? isKnownIn(k) : isKnownOut(k))).map(({ v }): Value[] => [end, v])
        })
      expect(runJoin(sql, other, way).rows).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})

const ofLeft = (rows: readonly SidedRow[]) => rows.filter(({ side }) => side === 0)

test('equal sessions of both streams, in any order of reading', () => {
  const session = (table: string) =>
    `TABLE(SESSION(TABLE ${table} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '0.004' SECOND))`
  const sql = `SELECT a.window_start, a.window_end, a.v, b.v FROM ${session('l')} AS a JOIN ${session('r')} AS b
    ON ${SAME} AND a.k = b.k`
  let found = 0
  fc.assert(
    fc.property(anyOrder, ways, ({ input, other }, way) => {
      // Each row in both streams, so that sessions are equal.
      const twice = (rows: readonly SidedRow[]) => ofLeft(rows).flatMap((row) => [row, { ...row, side: 1 as const }])
      const whole = runJoin(sql, twice(input), baseline)
      found += whole.rows.length
      expect(runJoin(sql, twice(other), way).rows).toEqual(whole.rows)
      const pairs = whole.rows.filter((row) => row[2] === row[3]).map((row) => row[2])
      const late = new Set(whole.rejects.map((each) => JSON.stringify(each)))
      const own = ofLeft(input)
        .filter(({ k }) => k !== null)
        .map(({ v }) => v)
      if (late.size === 0) expect([...pairs].sort(compare)).toEqual(own.sort(compare))
    }),
    { numRuns: 200 },
  )
  expect(found).toBeGreaterThan(500)
})

test('windows that are not the same, or are compared by one end, are refused', () => {
  const on = (condition: string, other = HOP) =>
    `SELECT a.v FROM ${windowed('l')} AS a JOIN ${windowed('r', other)} AS b ON ${condition}`
  expect(() => runJoin(on(SAME), [], baseline)).toThrow('the windows of both sides of the join are not the same')
  expect(() => runJoin(on('a.window_end = b.window_end'), [], baseline)).toThrow('window_start is not compared')
  expect(() => runJoin('SELECT a.v FROM l AS a JOIN r AS b ON a.k = b.k', [], baseline)).toThrow(
    'would never be complete',
  )
})
test('no rows give no rows', () => {
  fc.assert(fc.property(kinds, (kind) => void expect(runJoin(joined(kind), [], baseline).rows).toEqual([])))
  expect(fc.sample(sidedRows, 1).length).toBe(1)
})
