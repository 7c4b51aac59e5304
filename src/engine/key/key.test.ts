import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, type Value, valueAt } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { anyValueOf, keyType } from '../../record/value.test-tool.ts'
import { compareValues } from '../naive.test-tool.ts'
import { allKeys, compareBy } from '../sort/compare.ts'
import { KeyWriter } from './key.ts'
import { readKeys } from './read.ts'

const typesAndRows = fc
  .array(keyType, { minLength: 1, maxLength: 3 })
  .chain((types) =>
    fc.tuple(fc.constant(types), fc.array(fc.tuple(...types.map(anyValueOf)), { minLength: 1, maxLength: 20 })),
  )

const sign = (n: number) => Math.sign(n)

test('keys are read back as the values written, and compare as these do', () => {
  fc.assert(
    fc.property(typesAndRows, ([types, rows]) => {
      const columns = types.map((type, index) =>
        columnOf(
          type,
          rows.map((row) => row[index] as Value),
        ),
      )
      const compareRows = compareBy(allKeys([], types.length))
      const dictionary = new Dictionary()
      const ids = new Int32Array(rows.length)
      dictionary.lookup(new KeyWriter().write(columns, 0, rows.length, undefined), 0, rows.length, ids)
      const back = readKeys({ dictionary, ids, count: rows.length }, types)
      expect(rows.map((_, row) => back.map((column, i) => valueAt(column, row, types[i])))).toEqual(rows)
      for (let a = 0; a < rows.length; a++) {
        for (let b = 0; b < a; b++) {
          const order = (rows[a] ?? [])
            .map((value, i) => compareValues(value, rows[b]?.[i] as Value))
            .find((o) => o !== 0)
          expect(sign(compareRows(columns, a, columns, b))).toBe(sign(order ?? 0))
          expect(sign(dictionary.compare(ids[a] as number, ids[b] as number))).toBe(sign(order ?? 0))
        }
      }
    }),
    { numRuns: 500 },
  )
})
