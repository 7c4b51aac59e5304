/** Rows are grouped by their partition, and of rows with one key the last is sent. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requestsOf } from './requests.ts'

const made = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'ab', ''), fc.constantFrom('x', 'y', 'bx', '')), {
  maxLength: 200,
})

test('each key is sent once, as its last row; a request is of one partition, and bounded', () => {
  fc.assert(
    fc.property(made, fc.constantFrom('one', 'composite', 'clustered'), (rows, form) => {
      const cells = [0, 1].map((column) => rows.map((row) => Buffer.from(row[column] ?? '')))
      const partition = form === 'composite' ? [0, 1] : [0]
      const clustering = form === 'clustered' ? [1] : []
      const requests = requestsOf(rows.keys(), { cells, partition, clustering })
      const keyOf = (row: number) => JSON.stringify([...partition, ...clustering].map((column) => rows[row]?.[column]))
      const last = new Map([...rows.keys()].map((row) => [keyOf(row), row]))
      expect(requests.flat().toSorted((a, b) => a - b)).toEqual([...last.values()].toSorted((a, b) => a - b))
      for (const request of requests) {
        expect(request.length).toBeGreaterThan(0)
        expect(request.length).toBeLessThanOrEqual(50)
        expect(new Set(request.map((row) => JSON.stringify(partition.map((column) => rows[row]?.[column])))).size).toBe(
          1,
        )
      }
    }),
  )
})

test('large rows share a request only as far as its bytes go', () => {
  const sizes = [30_000, 30_000, 30_000, 100_000, 10]
  const cells = [
    sizes.map(() => Buffer.from('p')),
    sizes.map((_, i) => Buffer.from([i])),
    sizes.map((size) => Buffer.alloc(size)),
  ]
  expect(requestsOf(sizes.keys(), { cells, partition: [0], clustering: [1] })).toEqual([[0, 1], [2], [3], [4]])
})
