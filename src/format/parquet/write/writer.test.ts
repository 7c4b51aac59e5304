import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Batch, batchOfRows, columnOf, type Value, valueAt } from '../../../record/column.ts'
import {
  arrayOf,
  DATE,
  decimal,
  type Field,
  mapOf,
  rowOf,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
  timestamp,
  typeName,
} from '../../../record/type.ts'
import { typeAndValues } from '../../../record/value.test-tool.ts'
import { openParquet } from '../parquet-file.ts'
import { whyUnwritable } from './elements.ts'
import { type ParquetCompression, ParquetRows } from './writer.ts'

const batchesOf = (type: Type, values: readonly Value[], size: number): Batch[] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const part = values.slice(i * size, (i + 1) * size)
    return batchOfRows(part.length, [columnOf(type, part)])
  })

const turn = async () => undefined

/** Writes batches in row groups of about `most` rows; gives the bytes of the file. */
async function written(
  fields: readonly Field[],
  batches: readonly Batch[],
  most = 10,
  compression: ParquetCompression = 'snappy',
) {
  const writer = new ParquetRows(fields, compression)
  const parts: Uint8Array[] = []
  for (const batch of batches) {
    writer.add(batch)
    if (writer.rows >= most) parts.push(await writer.endGroup(turn))
  }
  return Buffer.concat([...parts, await writer.end(turn)])
}

/** BYTES are STRING in a file, of the same bytes: `types` says which columns are. */
async function valuesIn(bytes: Buffer, types: readonly Type[] = []): Promise<readonly (readonly Value[])[]> {
  const file = await openParquet({ name: 'x', size: bytes.length, read: (from, to) => bytes.subarray(from, to) })
  const rows: Value[][] = []
  for (let group = 0; group < file.groups.length; group++) {
    for await (const { count, columns } of file.read(
      group,
      file.fields.map((_, i) => i),
    )) {
      for (let row = 0; row < count; row++) rows.push(columns.map((column, i) => valueAt(column, row, types[i])))
    }
  }
  return rows
}

const compressions = fc.constantFrom<ParquetCompression>('none', 'snappy', 'gzip', 'zstd')

test('values of any type are read back as they were', async () => {
  await fc.assert(
    fc.asyncProperty(
      // Microseconds are read in milliseconds.
      typeAndValues.filter(([type]) => whyUnwritable(type) === undefined && !typeName(type).includes('(6)')),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 10 }),
      compressions,
      async ([type, values], size, most, compression) => {
        const bytes = await written([{ name: 'x', type }], batchesOf(type, values, size), most, compression)
        expect(await valuesIn(bytes, [type])).toEqual(values.map((value) => [value]))
      },
    ),
    { numRuns: 400 },
  )
})

test('times, and decimals of any width', async () => {
  const types: readonly [Type, Value[]][] = [
    [DATE, [0, -1, 20_000]],
    [TIME, [0, 86_399_000, null]],
    [TIMESTAMP, [0, -1, 1_767_225_600_123]],
    [TIMESTAMP_LTZ, [null, -62_135_596_800_000, 253_402_300_799_999]],
    [decimal(9, 2), [1n, -999_999_999n, 999_999_999n]],
    [decimal(18, 0), [10n ** 18n - 1n, null, 1n - 10n ** 18n]],
    [decimal(38, 38), [10n ** 38n - 1n, 1n - 10n ** 38n, 0n]],
  ]
  const fields = types.map(([type], index) => ({ name: `c${index}`, type }))
  const batch = batchOfRows(
    3,
    types.map(([type, values]) => columnOf(type, values)),
  )
  const bytes = await written(fields, [batch, batch])
  const rows = [0, 1, 2].map((row) => types.map(([, values]) => values[row] as Value))
  expect(await valuesIn(bytes)).toEqual([...rows, ...rows])
  const file = await openParquet({ name: 'x', size: bytes.length, read: (from, to) => bytes.subarray(from, to) })
  expect(file.fields).toEqual(fields)
  expect(file.writer).toBe('tailrace')
})

test('a file without rows has columns', async () => {
  const bytes = await written([{ name: 'x', type: STRING }], [])
  expect(await valuesIn(bytes)).toEqual([])
})

test('what Parquet cannot have is said', () => {
  expect(whyUnwritable({ kind: 'INTERVAL_DAY' })).toBe('Parquet has no type for an INTERVAL')
  expect(whyUnwritable(arrayOf(rowOf([{ name: 'a', type: { kind: 'NULL' } }])))).toMatch(/bare NULL/)
  expect(whyUnwritable(mapOf(DATE, STRING))).toMatch(/STRING/)
  expect(whyUnwritable(mapOf(STRING, arrayOf(STRING)))).toBeUndefined()
})

test('microseconds are written as such, and what reads them here cuts them to milliseconds', async () => {
  const nanos = [1_500_000n, -1_000n, null]
  const fields = [
    { name: 'a', type: timestamp(6) },
    { name: 'b', type: timestamp(4, true) },
  ]
  const batch = batchOfRows(
    3,
    fields.map(({ type }) => columnOf(type, nanos)),
  )
  const bytes = await written(fields, [batch])
  expect(await valuesIn(bytes)).toEqual([
    [1, 1],
    [-1, -1],
    [null, null],
  ])
  expect(whyUnwritable(timestamp(9))).toContain('1677')
})
