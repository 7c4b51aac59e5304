/** Columns of all types, also those inside of others, keep their values wherever they are copied. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendRows, emptyLike, withRoom } from './append.ts'
import { batchOfRows, type Column, columnBytes, columnOf, valueAt } from './column.ts'
import { Gather } from './gather.ts'
import { withNulls } from './nulls.ts'
import { arrayOf, BIGINT, INT, mapOf, rowOf, STRING, sameType, type Type, typeName } from './type.ts'
import { typeOfText } from './type-text.ts'
import { anyType, anyValueOf, typeAndValues } from './value.test-tool.ts'

const valuesIn = (column: Column, count: number, type?: Type) =>
  Array.from({ length: count }, (_, row) => valueAt(column, row, type))

test('a column has the values that it was made of', () => {
  fc.assert(
    fc.property(typeAndValues, ([type, values]) => {
      const column = columnOf(type, values)
      expect(valuesIn(column, values.length, type)).toEqual(values)
      expect(columnBytes(column)).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 500 },
  )
})

test('gathered rows are the chosen ones', () => {
  fc.assert(
    fc.property(typeAndValues, fc.array(fc.nat(), { maxLength: 30 }), ([type, values], picks) => {
      const rows = Int32Array.from(picks, (pick) => pick % values.length)
      const gather = new Gather([{ name: 'x', type }])
      const batch = batchOfRows(values.length, [columnOf(type, values)])
      for (const count of [rows.length, rows.length >> 1]) {
        const [taken] = gather.take(batch, rows, count).columns
        const expected = [...rows.subarray(0, count)].map((row) => values[row])
        expect(valuesIn(taken as Column, count, type)).toEqual(expected)
      }
    }),
    { numRuns: 500 },
  )
})

const CAPACITY = 100

test('appended rows stay when their source is overwritten', () => {
  const parts = anyType.chain((type) =>
    fc.tuple(
      fc.constant(type),
      fc.array(fc.tuple(fc.array(anyValueOf(type), { minLength: 1, maxLength: 8 }), fc.boolean()), { maxLength: 5 }),
    ),
  )
  fc.assert(
    fc.property(parts, ([type, batches]) => {
      let kept = emptyLike(columnOf(type, []), CAPACITY)
      const expected: unknown[] = []
      for (const [values, isReversed] of batches) {
        const source = columnOf(type, values)
        const rows = isReversed ? Int32Array.from(values.keys()).reverse() : undefined
        appendRows(kept, source, { at: expected.length, rows, count: values.length }, CAPACITY)
        overwrite(source)
        expected.push(...(isReversed ? [...values].reverse() : values))
        kept = withRoom(kept, expected.length, CAPACITY)
      }
      expect(valuesIn(kept, expected.length, type)).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

/** Writes other values over all arrays of a column. */
function overwrite(column: Column): void {
  column.nulls?.fill(1)
  if ('start' in column) {
    column.start.fill(7)
    column.end.fill(9)
  }
  if (column.kind === 'string') column.bytes.fill(7)
  else if (column.kind === 'list') overwrite(column.items)
  else if (column.kind === 'map') for (const child of [column.keys, column.values]) overwrite(child)
  else if (column.kind === 'row') column.fields.forEach(overwrite)
  else if (column.kind === 'decimal') column.values.fill(7n)
  else column.values.fill(7)
}

test('where a ROW is made NULL, so are its fields', () => {
  const column = columnOf(rowOf([{ name: 'a', type: INT }]), [[1], [null], [3]])
  const changed = withNulls(column, Uint8Array.of(0, 0, 1), undefined)
  expect(valuesIn(changed, 3)).toEqual([[1], [null], null])
  expect(changed.kind === 'row' && valuesIn(changed.fields[0] as Column, 3)).toEqual([1, null, null])
})

test('a type is read back from its name', () => {
  fc.assert(
    fc.property(anyType, (type) => {
      const read = typeOfText(typeName(type))
      expect('type' in read && sameType(read.type, type)).toBe(true)
    }),
  )
})

test.each([
  ['array< int >', arrayOf(INT)],
  ['INT ARRAY ARRAY', arrayOf(arrayOf(INT))],
  ['MAP<STRING, BIGINT NOT NULL>', mapOf(STRING, BIGINT)],
  [
    "ROW<`ID Nation` STRING NOT NULL, y INT 'the year'>",
    rowOf([
      { name: 'ID Nation', type: STRING },
      { name: 'y', type: INT },
    ]),
  ],
  [
    'ROW(a INT, b MAP<STRING, INT>)',
    rowOf([
      { name: 'a', type: INT },
      { name: 'b', type: mapOf(STRING, INT) },
    ]),
  ],
])('%s', (text, type) => {
  expect(typeOfText(text)).toEqual({ type })
})

test.each([
  ['ARRAY', 'no whole ARRAY'],
  ['ARRAY<INT, INT>', 'no whole ARRAY'],
  ['MAP<STRING>', 'no whole MAP'],
  ['MAP<ARRAY<INT>, INT>', 'key of a MAP'],
  ['ROW<a INT, a STRING>', 'two fields a'],
  ['ROW<INT>', 'is not a type'],
  ['ARRAY<INT', 'is not a type'],
  ['ARRAY<TEXT>', 'type TEXT is not supported'],
  ['ARRAY<CHAR(3)>', 'no greatest length'],
])('%s is refused: %s', (text, reason) => {
  expect(typeOfText(text)).toMatchObject({ refused: expect.stringContaining(reason) })
})
