import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Column, columnOf } from '../../record/column.ts'
import { compareBy } from './compare.ts'
import { RowSort } from './row-sort.ts'

const MOST_ROWS = 300

/** Few different values, so that many rows are equal in some columns; the edges of each type. */
const numbers = [0, -0, 1, -1, 0.5, -0.5, 1e308, -1e308, 5e-324, Infinity, -Infinity, Number.NaN]
const integers = [0n, 1n, -1n, 255n, 256n, 2n ** 63n - 1n, -(2n ** 63n)]
const long = 'https://example.org/a/long/path/that/many/have/in/common/'
const texts = [
  '',
  'a',
  'b',
  'a\0',
  'a\0\0',
  'abcdefg',
  'abcdefgh',
  'abcdef\0',
  `${long}x`,
  `${long}y`,
  long,
  'ÿ',
  'ab',
  '\u{1F600}',
]

const picks = fc.array(fc.nat(999), { minLength: MOST_ROWS, maxLength: MOST_ROWS })
const nulls = fc.option(fc.uint8Array({ max: 1, minLength: MOST_ROWS, maxLength: MOST_ROWS }), { nil: undefined })
const column = fc.record({ kind: fc.nat(6), picks, nulls }).map((random): Column => {
  const { kind, picks, nulls } = random
  const from = <T>(values: readonly T[]): T[] => picks.map((pick) => values[pick % values.length] as T)
  switch (kind) {
    case 0:
      return { kind: 'boolean', values: Uint8Array.from(picks, (pick) => pick % 2), nulls }
    case 1:
      return { kind: 'int', values: Int32Array.from(from([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])), nulls }
    case 2:
      return { kind: 'double', values: Float64Array.from(from(numbers)), nulls }
    case 3:
      return { kind: 'bigint', values: Float64Array.from(from([0, -0, 1, -1, 2 ** 53 - 1])), exact: undefined, nulls }
    case 4: {
      const exact = BigInt64Array.from(from(integers))
      return { kind: 'bigint', values: Float64Array.from(exact, Number), exact, nulls }
    }
    case 5:
      return { kind: 'decimal', values: from([...integers, 10n ** 30n]), nulls }
    default:
      return { ...columnOf({ kind: 'STRING' }, from(texts)), nulls }
  }
})
const key = fc.record({ descending: fc.boolean(), nullsFirst: fc.boolean() })

test('rows are sorted as comparing each two of them says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(column, key), { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(fc.nat(MOST_ROWS - 1), { maxLength: MOST_ROWS }),
      fc.integer({ min: 0, max: MOST_ROWS }),
      (made, some, all) => {
        const columns = made.map(([values]) => values)
        const keys = made.map(([, order], index) => ({ column: index, ...order }))
        const compare = compareBy(keys)
        const sort = new RowSort(keys)
        for (const chosen of [some, Array.from({ length: all }, (_, row) => row)]) {
          const rows = Int32Array.from(chosen)
          sort.sort(columns, rows)
          expect([...rows].sort((a, b) => a - b)).toEqual([...chosen].sort((a, b) => a - b))
          for (let i = 1; i < rows.length; i++) {
            const difference = compare(columns, rows[i - 1] as number, columns, rows[i] as number)
            expect(difference, `rows ${rows[i - 1]} and ${rows[i]}`).toBeLessThanOrEqual(0)
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('texts that have a hundred thousand bytes in common are sorted', () => {
  const count = 100
  const length = 100_001
  const bytes = new Uint8Array(count * length).fill(97)
  const start = Int32Array.from({ length: count }, (_, row) => row * length)
  const end = start.map((at) => at + length)
  for (let row = 0; row < count; row++) bytes[(end[row] as number) - 1] = count - row
  const rows = Int32Array.from({ length: count }, (_, row) => row)
  new RowSort([{ column: 0, descending: false, nullsFirst: true }]).sort(
    [{ kind: 'string', bytes, start, end, nulls: undefined }],
    rows,
  )
  expect([...rows]).toEqual(Array.from({ length: count }, (_, row) => count - 1 - row))
})
