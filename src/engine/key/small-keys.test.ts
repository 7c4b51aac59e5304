import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BigintColumn, IntColumn } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { KeyWriter } from './key.ts'
import { SmallKeys } from './small-keys.ts'

const number = fc.oneof(
  { arbitrary: fc.nat(9), weight: 6 },
  { arbitrary: fc.constantFrom(-0, -1, 4095, 4096, 65_536, 2 ** 32, 2 ** 32 + 1, -(2 ** 31)), weight: 1 },
)
/** Batches of numbers, and a step after each: the dictionary is kept, loses some keys, or is replaced by another. */
const steps = fc.array(
  fc.record({ numbers: fc.array(number, { maxLength: 20 }), then: fc.constantFrom('keep', 'keep', 'retain', 'other') }),
  { maxLength: 8 },
)

test('ids of small numbers are those of their keys, also after a dictionary lost some keys', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (all, isInt) => {
      const writer = new KeyWriter()
      const small = new SmallKeys(writer)
      let [dictionary, plain] = [new Dictionary(), new Dictionary()]
      for (const { numbers, then } of all) {
        const column: IntColumn | BigintColumn = isInt
          ? { kind: 'int', values: Int32Array.from(numbers), nulls: undefined }
          : { kind: 'bigint', values: Float64Array.from(numbers), exact: undefined, nulls: undefined }
        const count = numbers.length
        const ids = new Int32Array(count)
        const expected = new Int32Array(count)
        const first = small.lookup(dictionary, column, count, ids)
        dictionary.lookup(writer.write([column], first, count, undefined), first, count, ids)
        plain.lookup(writer.write([column], 0, count, undefined), 0, count, expected)
        expect(ids).toEqual(expected)
        const used = Uint8Array.from({ length: dictionary.size }, (_, id) => id % 2)
        if (then === 'retain') for (const each of [dictionary, plain]) each.retain(used)
        if (then === 'other') [dictionary, plain] = [new Dictionary(), new Dictionary()]
      }
    }),
  )
})
