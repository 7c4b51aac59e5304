/** Packed columns have the values of the columns, whatever buffers these share, and nothing else. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Column, columnOf, type StringColumn, valueAt } from '../../record/column.ts'
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, STRING, type Type } from '../../record/type.ts'
import { packColumns } from './pack.ts'

const valuesOf = (column: Column, count: number) => Array.from({ length: count }, (_, row) => valueAt(column, row))

/** Texts that are ranges of one buffer, in any order, some of them NULL. */
const ranges = fc.array(fc.tuple(fc.nat(990), fc.nat(12), fc.boolean()), { minLength: 6, maxLength: 6 })

test('columns keep their values, and texts of one buffer one buffer unless they lie far apart in it', () => {
  const bytes = Buffer.from(Array.from({ length: 1002 }, (_, i) => 97 + (i % 26)))
  fc.assert(
    fc.property(fc.array(ranges, { minLength: 1, maxLength: 3 }), fc.nat(6), (all, count) => {
      const columns = all.map((texts): StringColumn => {
        const nulls = Uint8Array.from(texts, ([, , isNull]) => Number(isNull))
        const start = Int32Array.from(texts, ([from]) => from)
        const end = Int32Array.from(texts, ([from, length]) => from + length)
        return { kind: 'string', bytes, start, end, nulls: nulls.includes(1) ? nulls : undefined }
      })
      const before = columns.map((column) => valuesOf(column, count))
      const packed = packColumns(columns, count) as readonly StringColumn[]
      expect(packed.map((column) => valuesOf(column, count))).toEqual(before)
      expect(columns.map((column) => valuesOf(column, count))).toEqual(before)
      const size = [...new Set(packed.map((column) => column.bytes))].reduce((sum, each) => sum + each.byteLength, 0)
      const length = before.flat().reduce((sum: number, text) => sum + String(text ?? '').length, 0)
      expect(size).toBeLessThanOrEqual(2 * length)
      for (const column of packed) expect(column.bytes.buffer.byteLength).toBe(column.bytes.length)
    }),
  )
})

test.each<[Type, unknown[]]>([
  [BOOLEAN, [true, null, false]],
  [BIGINT, [1n, 2n ** 62n, null]],
  [DOUBLE, [0.5, null, -1]],
  [DATE, [1, 2, 3]],
  [decimal(9, 2), [150n, null, 1n]],
  [STRING, ['a', null, 'é']],
])('%o', (type, values) => {
  const column = columnOf(type, [...values, ...values] as never)
  const [packed] = packColumns([column, column], 3)
  expect(valuesOf(packed as Column, 3)).toEqual(values)
  expect((packed as { values?: { length: number } }).values?.length ?? 3).toBe(3)
})
