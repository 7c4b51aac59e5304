import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, type Value, valueAt } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { BIGINT, BOOLEAN, DOUBLE, decimal, INT, STRING, type Type } from '../../record/type.ts'
import { compareValues } from '../naive.test-tool.ts'
import { KeyWriter } from './key.ts'
import { readKeys } from './read.ts'

const cell = (type: Type): fc.Arbitrary<Value> => {
  switch (type.kind) {
    case 'BOOLEAN':
      return fc.option(fc.boolean())
    case 'INT':
      return fc.option(fc.integer())
    case 'BIGINT':
      return fc.option(
        fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      )
    case 'DOUBLE':
      return fc.option(fc.double({ noNaN: true }))
    case 'DECIMAL':
      return fc.option(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }))
    default:
      return fc.option(fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\x01', 'ÿ', '😀'), maxLength: 4 }))
  }
}

const typesAndRows = fc
  .array(fc.constantFrom<Type>(BOOLEAN, INT, BIGINT, DOUBLE, decimal(20, 2), STRING), { minLength: 1, maxLength: 3 })
  .chain((types) =>
    fc.tuple(fc.constant(types), fc.array(fc.tuple(...types.map(cell)), { minLength: 1, maxLength: 20 })),
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
      const dictionary = new Dictionary()
      const ids = new Int32Array(rows.length)
      dictionary.lookup(new KeyWriter().write(columns, 0, rows.length, undefined), 0, rows.length, ids)
      const back = readKeys({ dictionary, ids, count: rows.length }, types)
      expect(rows.map((_, row) => back.map((column) => valueAt(column, row)))).toEqual(rows)
      for (let a = 0; a < rows.length; a++) {
        for (let b = 0; b < a; b++) {
          const order = (rows[a] ?? [])
            .map((value, i) => compareValues(value, rows[b]?.[i] as Value))
            .find((o) => o !== 0)
          expect(sign(dictionary.compare(ids[a] as number, ids[b] as number))).toBe(sign(order ?? 0))
        }
      }
    }),
    { numRuns: 500 },
  )
})
