/** Rows that change, on their way to a sink: a NULL value is a row that is deleted, known by its key. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryBusTopic } from './changing.test-tool.ts'

// Holds changes.
test('a sink gets each change in order, a deleted row as its key, however they were appended and batches are cut', async () => {
  const changes = fc.array(fc.record({ key: fc.nat(5), value: fc.option(fc.nat(99)), together: fc.boolean() }), {
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(changes, fc.integer({ min: 1, max: 7 }), fc.boolean(), async (all, rows, splits) => {
      const { got } = await memoryBusTopic(all, { rows, splits })
      expect(got).toEqual(all.map(({ key, value }) => [`k${key}`, value, value === null]))
    }),
    { numRuns: 100 },
  )
})
