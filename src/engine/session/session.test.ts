/** Sessions beside a naive evaluator: see the laws in `pieces.ts` and `sessions.ts`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import type { Mode } from '../../sql/plan/plan.ts'
import { compareValues, DELAY, type Row } from '../naive.test-tool.ts'
import { interleavings, made, type Ran, runRanges, runSql, runStream, ways } from '../run.test-tool.ts'

const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value): value is T & {} => value !== null)

/** SQL and meaning of each aggregate of which sessions keep an entry. `d` has whole numbers, so that no sum of them is rounded. */
const MERGED: readonly (readonly [string, (rows: readonly Row[]) => Value])[] = [
  ['COUNT(*)', (rows) => BigInt(rows.length)],
  ['COUNT(*) FILTER (WHERE d > 0)', (rows) => BigInt(rows.filter(({ d }) => (d ?? 0) > 0).length)],
  [
    'SUM(w)',
    (rows) => present(rows.map(({ w }) => w)).reduce<bigint | null>((a, w) => BigInt.asIntN(64, (a ?? 0n) + w), null),
  ],
  ['SUM(d + 1)', (rows) => present(rows.map(({ d }) => d)).reduce<number | null>((a, d) => (a ?? 0) + d + 1, null)],
  ['MIN(j)', (rows) => present(rows.map(({ j }) => j)).sort(compareValues)[0] ?? null],
  [
    'MAX(w)',
    (rows) =>
      present(rows.map(({ w }) => w))
        .sort(compareValues)
        .at(-1) ?? null,
  ],
]
/** With this one, groups need the rows. */
const DISTINCT: (typeof MERGED)[number] = [
  'COUNT(DISTINCT j)',
  (rows) => BigInt(new Set(present(rows.map(({ j }) => j))).size),
]

type By = 'k' | 'k, j' | ''
const keyOf = (row: Row, by: By): readonly Value[] => (by === '' ? [] : by === 'k' ? [row.k] : [row.k, row.j])
const sameKey = (a: Row, b: Row, by: By) => JSON.stringify(keyOf(a, by)) === JSON.stringify(keyOf(b, by))

const from = (by: By, gap: number) =>
  `TABLE(SESSION(TABLE t${by === '' ? '' : ` PARTITION BY (${by})`}, DESCRIPTOR(ts), INTERVAL '${gap / 1000}' SECOND(3)))`
const grouped = (by: By, gap: number, calls: typeof MERGED, where = '') => {
  const key = by === '' ? '' : `, ${by}`
  return `SELECT window_start, window_end${key}, ${calls.map(([sql]) => sql).join(', ')} FROM ${from(by, gap)}${where} GROUP BY window_start, window_end${key}`
}
const rowsSql = (by: By, gap: number) => `SELECT v, window_start, window_end, window_time FROM ${from(by, gap)}`

type Piece = { start: number; end: number; reaches: number; rows: Row[] }
type Session = { readonly start: number; readonly end: number; readonly rows: readonly Row[] }

/** What the rows of one partition make, by Flink's rules, and those that are late. */
function piecesOf(input: readonly Row[], by: By, gap: number) {
  let watermark = -Infinity
  const pieces: Piece[] = []
  const late: number[][] = []
  for (const row of input) {
    const ts = row.ts as number
    const piece: Piece = { start: ts, end: ts + gap, reaches: Math.max(ts, watermark + 2), rows: [row] }
    const isOpen = ({ end }: Piece) => end - 1 > watermark
    const met = pieces.filter(
      (other) =>
        isOpen(other) && sameKey(other.rows[0] as Row, row, by) && other.start <= piece.end && piece.start <= other.end,
    )
    for (const other of met) {
      piece.start = Math.min(piece.start, other.start)
      piece.end = Math.max(piece.end, other.end)
      piece.reaches = Math.min(piece.reaches, other.reaches)
      piece.rows = [...piece.rows, ...other.rows]
      pieces.splice(pieces.indexOf(other), 1)
    }
    if (isOpen(piece)) pieces.push(piece)
    else late.push([ts, ts + gap, watermark - (ts + gap - 1) + 1])
    watermark = Math.max(watermark, ts - DELAY)
  }
  return { pieces, late }
}

/** All sessions, in the order in which they are put out, with their rows in theirs; and what was late. */
function naive(input: readonly Row[], by: By, gap: number, mode: Mode) {
  const late: number[][] = []
  const pieces: Piece[] = []
  if (mode === 'batch') {
    // Rows in order of time are never behind a watermark.
    pieces.push(
      ...piecesOf(
        [...input].sort((a, b) => (a.ts as number) - (b.ts as number)),
        by,
        gap,
      ).pieces,
    )
  } else {
    for (const partition of [0, 1, 2]) {
      const own = input.filter((row) => row.partition === partition)
      const found = piecesOf(own, by, gap)
      pieces.push(...found.pieces)
      late.push(...found.late)
    }
  }
  const left = new Set(pieces)
  const sessions: Session[] = []
  for (const first of pieces) {
    if (!left.delete(first)) continue
    const all = [first]
    // Everything that meets what is there, until nothing more does.
    for (let at = 0; at < all.length; at++) {
      const one = all[at] as Piece
      for (const other of left) {
        const meets = other.reaches <= one.end && one.reaches <= other.end
        if (meets && sameKey(one.rows[0] as Row, other.rows[0] as Row, by)) {
          all.push(other)
          left.delete(other)
        }
      }
    }
    const inOrder = (a: Row, b: Row) => a.partition - b.partition || input.indexOf(a) - input.indexOf(b)
    sessions.push({
      start: Math.min(...all.map(({ start }) => start)),
      end: Math.max(...all.map(({ end }) => end)),
      rows: all.flatMap(({ rows }) => rows).sort(inOrder),
    })
  }
  const key = ({ rows }: Session) => keyOf(rows[0] as Row, by)
  sessions.sort((a, b) => a.end - b.end || a.start - b.start || compareValues(key(a), key(b)))
  return { sessions, late }
}

const groupsOf = (sessions: readonly Session[], by: By, calls: typeof MERGED): Value[][] =>
  sessions.map(({ start, end, rows }) => [
    start,
    end,
    ...keyOf(rows[0] as Row, by),
    ...calls.map(([, meaning]) => meaning(rows)),
  ])

const rowsIn = (sessions: readonly Session[]): Value[][] =>
  sessions.flatMap(({ start, end, rows }) => rows.map(({ v }) => [v, start, end, end - 1]))

/** When the windows of late rows would have begun and ended, and how much longer the watermark would have had to wait. */
const lateIn = ({ rejects }: Ran): number[][] =>
  rejects
    .map((reject) => (reject.kind === 'late' ? [reject.late.from, reject.late.to, reject.late.lateMs] : []))
    .sort(byNumbers)
const byNumbers = (a: readonly number[], b: readonly number[]) =>
  a.map((value, index) => value - (b[index] as number)).find((order) => order !== 0) ?? 0

/** Rows of some partitions, near each other in time: rows between two sessions, late rows and rows just at the watermark are frequent. */
const rowsOf = (partitions: number) =>
  fc
    .array(
      fc.record({
        k: fc.option(fc.constantFrom('a', 'b')),
        j: fc.option(fc.constantFrom(1, 2)),
        w: fc.option(fc.constantFrom(1n, -3n, 2n ** 62n)),
        d: fc.option(fc.integer({ min: -9, max: 9 })),
        step: fc.integer({ min: -12, max: 14 }),
        partition: fc.nat(partitions - 1),
      }),
      { maxLength: 70 },
    )
    .map((all) => {
      let ts = 0
      return all.map(({ step, ...row }, v) => {
        ts += step
        return made({ ...row, v, ts })
      })
    })
const rows = fc.oneof(rowsOf(1), rowsOf(2), rowsOf(3))
const keys = fc.constantFrom<By>('k', '', 'k, j')
const gaps = fc.constantFrom(1, 2, 4, 7, 15)

// Promise sessions: Sessions, and the rows that are late for them, follow from the rows of each partition alone, however they are read.
test('sessions are those of the naive evaluator, however partitions interleave, batches are cut and runs restart', () => {
  fc.assert(
    fc.property(interleavings(rows), keys, gaps, ways, ({ input, other }, by, gap, way) => {
      const { sessions, late } = naive(input, by, gap, 'streaming')
      const ran = runStream(grouped(by, gap, MERGED), other, way)
      expect(ran.rows).toEqual(groupsOf(sessions, by, MERGED))
      expect(lateIn(ran)).toEqual(late.sort(byNumbers))
      const kept = runStream(rowsSql(by, gap), other, way)
      expect(kept.rows).toEqual(rowsIn(sessions))
      expect(lateIn(kept)).toEqual(late)
    }),
    { numRuns: 1500 },
  )
})

test('groups that need the rows of sessions have them', () => {
  const calls = [...MERGED, DISTINCT]
  fc.assert(
    fc.property(interleavings(rows), keys, gaps, ways, ({ input, other }, by, gap, way) => {
      const { sessions } = naive(input, by, gap, 'streaming')
      expect(runStream(grouped(by, gap, calls), other, way).rows).toEqual(groupsOf(sessions, by, calls))
    }),
    { numRuns: 500 },
  )
})

test('where no row is behind the watermark of its partition, a stream has the sessions of all its rows', () => {
  const sorted = rows.map((all) => {
    let ts = 0
    return all.map((row, index) => {
      ts += Math.abs(((row.ts as number) + index) % 11)
      return { ...row, ts }
    })
  })
  fc.assert(
    fc.property(interleavings(sorted), keys, gaps, ways, ({ input, other }, by, gap, way) => {
      const ran = runStream(grouped(by, gap, MERGED), other, way)
      expect(ran.rejects).toEqual([])
      expect(ran.rows).toEqual(groupsOf(naive(input, by, gap, 'batch').sessions, by, MERGED))
    }),
    { numRuns: 500 },
  )
})

test('in batch mode nothing is late, in any order, at once or over ranges', () => {
  fc.assert(
    fc.property(rowsOf(1), keys, gaps, fc.integer({ min: 1, max: 30 }), (input, by, gap, piece) => {
      const { sessions } = naive(input, by, gap, 'batch')
      const calls = [...MERGED, DISTINCT]
      expect(runSql(grouped(by, gap, MERGED), input, { mode: 'batch', piece }).rows).toEqual(
        groupsOf(sessions, by, MERGED),
      )
      expect(runRanges(grouped(by, gap, MERGED), input, piece).rows).toEqual(groupsOf(sessions, by, MERGED))
      expect(runRanges(grouped(by, gap, calls), input, piece).rows).toEqual(groupsOf(sessions, by, calls))
      expect(runSql(rowsSql(by, gap), input, { mode: 'batch', piece }).rows).toEqual(rowsIn(sessions))
      expect(runRanges(rowsSql(by, gap), input, piece).rows).toEqual(rowsIn(sessions))
    }),
    { numRuns: 500 },
  )
})
