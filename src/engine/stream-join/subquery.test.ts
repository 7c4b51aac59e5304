import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareLists, type Row } from '../naive.test-tool.ts'
import { made, runStream, ways } from '../run.test-tool.ts'

const WINDOWS = "(SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND)))"
const SAME = 'b.window_start = a.window_start AND b.window_end = a.window_end'

type Choice = readonly [condition: string, holds: (row: Row, others: readonly Row[]) => boolean]

const isSame = (a: Value, b: Value) => a !== null && a === b

const CHOICES: readonly Choice[] = [
  [
    `k IN (SELECT k FROM ${WINDOWS} AS b WHERE ${SAME} AND b.v > 1)`,
    ({ k }, others) => others.some((each) => isSame(each.k, k)),
  ],
  [
    `k NOT IN (SELECT k FROM ${WINDOWS} AS b WHERE ${SAME} AND b.v > 1)`,
    ({ k }, others) => others.length === 0 || (k !== null && others.every((each) => each.k !== null && each.k !== k)),
  ],
  [
    `EXISTS (SELECT 1 FROM ${WINDOWS} AS b WHERE ${SAME} AND b.v > 1 AND b.k = a.k AND b.j <> a.j)`,
    ({ k, j }, others) => others.some((each) => isSame(each.k, k) && each.j !== null && j !== null && each.j !== j),
  ],
  [
    `NOT EXISTS (SELECT 1 FROM ${WINDOWS} AS b WHERE ${SAME} AND b.v > 1 AND b.k = a.k)`,
    ({ k }, others) => !others.some((each) => isSame(each.k, k)),
  ],
]

const small = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null })
const rows = fc
  .array(fc.record({ k: fc.option(fc.constantFrom('a', 'b'), { nil: null }), j: small, v: small, ts: fc.nat(4000) }), {
    maxLength: 25,
  })
  .map((all) => all.sort((a, b) => a.ts - b.ts).map((row) => made(row)))

test('rows of a stream are chosen by a sub-query over the rows of the same window', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom(...CHOICES), ways, (input, [condition, holds], way) => {
      const window = ({ ts }: Row) => Math.floor((ts ?? 0) / 1000)
      const others = (row: Row) => input.filter((each) => window(each) === window(row) && (each.v ?? 0) > 1)
      const expected = input.filter((row) => holds(row, others(row))).map(({ k, j, v, ts }): Value[] => [k, j, v, ts])
      const { rows: found, rejects } = runStream(
        `SELECT k, j, v, ts FROM ${WINDOWS} AS a WHERE ${condition}`,
        input,
        way,
      )
      expect(rejects).toEqual([])
      expect([...found].sort(compareLists), condition).toEqual(expected.sort(compareLists))
    }),
    { numRuns: 300 },
  )
})
