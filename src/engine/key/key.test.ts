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
    fc.tuple(fc.constant(types), fc.array(fc.tuple(...types.map(anyValueOf)), { minLength: 1, maxLength: 40 })),
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
    { numRuns: 300 },
  )
})

test('keys of many rows, written column by column, have the bytes of those written one by one, also behind their owners', () => {
  fc.assert(
    fc.property(typesAndRows, fc.boolean(), fc.nat(3), ([types, rows], isOwned, from) => {
      const all = Array.from({ length: 32 }, () => rows).flat()
      const columns = types.map((type, index) =>
        columnOf(
          type,
          all.map((row) => row[index] as Value),
        ),
      )
      const owners = isOwned ? Int32Array.from(all, (_, row) => row * 0x01010101) : undefined
      const keysOf = (first: number, behind: number) => {
        const { bytes, start, end } = writer.write(columns, first, behind, owners)
        return all.slice(first, behind).map((_, i) => [...bytes.subarray(start[first + i], end[first + i])])
      }
      const writer = new KeyWriter()
      expect(keysOf(from, all.length)).toEqual(all.slice(from).map((_, i) => keysOf(from + i, from + i + 1)[0]))
    }),
    { numRuns: 100 },
  )
})
