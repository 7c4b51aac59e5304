/** The first row of each key, beside a naive evaluator: see the law in `first.ts`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareValues, DELAY, type Row } from '../naive.test-tool.ts'
import { interleavings, made, type Ran, runRanges, runSql, runStream, type Way, ways } from '../run.test-tool.ts'

const FIRST = `SELECT k, j, v, ts FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY k, j ORDER BY ts) AS n FROM t) WHERE n = 1`
const OF_ONE = FIRST.replaceAll('k, j', 'k')

/** Rows of some partitions, near each other: ties, late rows and rows just at the watermark are frequent. `v` is the place. */
const rowsOf = (partitions: number, keys: readonly string[]) =>
  fc
    .array(
      fc.record({
        k: fc.option(fc.constantFrom(...keys)),
        j: fc.option(fc.constantFrom(0, 1)),
        step: fc.integer({ min: -6, max: 7 }),
        partition: fc.nat(partitions - 1),
      }),
      { maxLength: 60 },
    )
    .map((all) => {
      let ts = 0
      return all.map(({ step, ...row }, v) => {
        ts += step
        return made({ ...row, v, ts })
      })
    })
const rows = fc.oneof(rowsOf(2, ['a', 'b', 'c']), rowsOf(1, ['a']), rowsOf(3, ['a']))

type Placed = Row & { readonly isLate: boolean; readonly at: number }

/** The rows with what their own partition says of them; `at` is later for rows of the time that it had reached. */
function placed(input: readonly Row[]): readonly Placed[] {
  const watermarks = new Map<number, number>()
  return input.map((row) => {
    const ts = row.ts as number
    const watermark = watermarks.get(row.partition) ?? -Infinity
    watermarks.set(row.partition, Math.max(watermark, ts - DELAY))
    return { ...row, isLate: ts < watermark, at: ts === watermark ? ts + 0.5 : ts }
  })
}

const keyOf = ({ k, j }: Row) => JSON.stringify([k, j])

/** The rows of each key that are first: after one, those `ttl` or more after it. */
function naive(input: readonly Row[], ttl = Infinity): unknown[][] {
  const onTime = placed(input).filter(({ isLate }) => !isLate)
  const sorted = onTime.sort((a, b) => a.at - b.at || a.partition - b.partition || (a.v as number) - (b.v as number))
  const out = new Map<string, number>()
  const first = sorted.filter((row) => {
    const before = out.get(keyOf(row))
    if (before !== undefined && (row.ts as number) < before + ttl) return false
    out.set(keyOf(row), row.ts as number)
    return true
  })
  first.sort((a, b) => a.at - b.at || compareValues(a.k, b.k) || compareValues(a.j, b.j))
  return first.map(({ k, j, v, ts }) => [k, j, v, ts])
}

const run = (input: readonly Row[], way: Way) => runStream(FIRST, input, way)
const interleaved = interleavings(rows)

// Promise first-rows: Each key has one first row, by event time, put out once; with a ttl, one after each ttl.
test('each key has the row with its least event time, however partitions interleave, batches are cut and runs restart', () => {
  fc.assert(
    fc.property(interleaved, ways, ({ input, other }, way) => {
      expect(run(other, way).rows).toEqual(naive(input))
    }),
    { numRuns: 1000 },
  )
})

test('after its ttl a key begins anew, by event times alone', () => {
  fc.assert(
    fc.property(interleaved, ways, fc.integer({ min: 1, max: 25 }), ({ input, other }, way, ttl) => {
      expect(run(other, { ...way, ttl }).rows).toEqual(naive(input, ttl))
    }),
    { numRuns: 1000 },
  )
})

// Holds first-rows.
test('a late row is reported, unless it repeats a row of its partition; however partitions interleave', () => {
  fc.assert(
    fc.property(interleaved, ways, ({ input, other }, way) => {
      const seen = new Map<string, number>()
      let lost = 0
      for (const row of placed(input)) {
        const key = `${row.partition} ${keyOf(row)}`
        const least = seen.get(key) ?? Infinity
        if (row.isLate && (row.ts as number) < least) lost++
        if (!row.isLate) seen.set(key, Math.min(least, row.ts as number))
      }
      const { rejects } = run(other, way)
      expect(rejects.length).toBe(lost)
      for (const reject of rejects) expect(reject).toMatchObject({ kind: 'late', late: { windows: 0, counted: 0 } })
    }),
    { numRuns: 500 },
  )
})

test('with a ttl, too, what is late follows from its own partition', () => {
  fc.assert(
    fc.property(interleaved, ways, fc.integer({ min: 1, max: 25 }), ({ input, other }, way, ttl) => {
      const places = (ran: Ran) =>
        ran.rejects
          .map((row) => (row.kind === 'late' ? [row.partition, row.late] : row))
          .map((row) => JSON.stringify(row))
          .sort()
      expect(places(run(other, { ...way, ttl }))).toEqual(places(run(input, { piece: 1, restart: false, ttl })))
    }),
    { numRuns: 500 },
  )
})

test('a bounded query has the same rows as a stream without late rows, for any ranges', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (all, piece) => {
      const input = [...all]
        .sort((a, b) => (a.ts as number) - (b.ts as number))
        .map((row) => ({ ...row, partition: 0 }))
      for (const sql of [FIRST, OF_ONE]) {
        const whole = runSql(sql, input, { mode: 'batch', piece }).rows
        expect([...whole].sort()).toEqual([...runSql(sql, input, { mode: 'streaming', piece }).rows].sort())
        expect(runRanges(sql, input, piece).rows).toEqual(whole)
      }
    }),
    { numRuns: 200 },
  )
})
