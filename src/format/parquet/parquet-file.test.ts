import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { typeName } from '../../record/type.ts'
import { makeEncoder } from '../write/encoders.ts'
import { openLocalParquet } from './local-file.ts'
import { openParquet, type ParquetFile } from './parquet-file.ts'

const FOLDER = new URL('../../../test/fixtures/parquet/', import.meta.url).pathname

/** Numbers as their texts, without zeros that say nothing; so those of any precision are compared. */
const textsOf = (line: string): unknown =>
  JSON.parse(line, (_, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' && !(typeof value === 'string' && /^-?\d+\.\d+$/.test(value))) return value
    const source = typeof value === 'number' ? (context?.source ?? String(value)) : value
    const text = /e/i.test(source) ? String(Number(source)) : source
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text
  })

async function rowsOf(file: ParquetFile, names?: readonly string[], most?: number): Promise<readonly unknown[]> {
  const columns = file.fields.flatMap(({ name }, index) => (names === undefined || names.includes(name) ? index : []))
  const encoder = makeEncoder(
    'ndjson',
    columns.flatMap((index) => file.fields[index] ?? []),
  )
  const rows: unknown[] = []
  for (let group = 0; group < file.groups.length; group++) {
    for await (const batch of file.read(group, columns, most)) {
      const text = Buffer.from(encoder.encode(batch, 0, batch.count)).toString()
      rows.push(...text.trimEnd().split('\n').map(textsOf))
    }
  }
  return rows
}

const expected = (name: string): readonly { readonly [column: string]: unknown }[] =>
  readFileSync(`${FOLDER}${name}.json`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => textsOf(line) as { readonly [column: string]: unknown })

const only = (names: readonly string[], rows: readonly { readonly [column: string]: unknown }[]) =>
  rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])))

test.for([
  ['scalars-snappy-v1', 'scalars'],
  ['scalars-zstd-v2', 'scalars'],
  ['scalars-gzip-plain', 'scalars'],
  ['scalars-lz4', 'scalars'],
  ['scalars-brotli', 'scalars'],
  ['scalars-delta', 'scalars'],
  ['scalars-polars', 'scalars'],
  ['scalars-duckdb', 'scalars'],
  ['nested-snappy-v1', 'nested'],
  ['nested-zstd-v2', 'nested'],
  ['nested-duckdb', 'nested'],
] as const)('%s: each value is that of its writer', async ([name, rows]) => {
  const file = await openLocalParquet(`${FOLDER}${name}.parquet`)
  const names = file.fields.map((field) => field.name)
  expect(file.unread).toEqual([])
  expect(await rowsOf(file)).toEqual(only(names, expected(rows)))
  // In batches of any size, and columns by themselves.
  expect(await rowsOf(file, undefined, 7)).toEqual(only(names, expected(rows)))
  for (const column of names) expect(await rowsOf(file, [column])).toEqual(only([column], expected(rows)))
  file.close()
})

test('the types are those of SQL', async () => {
  const file = await openLocalParquet(`${FOLDER}scalars-snappy-v1.parquet`)
  expect(Object.fromEntries(file.fields.map(({ name, type }) => [name, typeName(type)]))).toEqual({
    id: 'INT',
    small: 'INT',
    big: 'BIGINT',
    huge: 'DECIMAL(20, 0)',
    uint: 'BIGINT',
    ratio: 'DOUBLE',
    single: 'DOUBLE',
    flag: 'BOOLEAN',
    word: 'STRING',
    path: 'STRING',
    day: 'DATE',
    at: 'TIMESTAMP_LTZ(3)',
    micros: 'TIMESTAMP(3)',
    nanos: 'TIMESTAMP_LTZ(3)',
    clock: 'TIME(0)',
    price: 'DECIMAL(9, 2)',
    sum: 'DECIMAL(38, 3)',
    none: 'STRING',
  })
  file.close()
})

test('INT96 is a wall clock', async () => {
  const file = await openLocalParquet(`${FOLDER}int96.parquet`)
  expect(file.fields.map(({ type }) => typeName(type))).toEqual(['INT', 'TIMESTAMP(3)', 'TIMESTAMP(3)', 'TIMESTAMP(3)'])
  const rows = only(['id', 'at', 'micros', 'nanos'], expected('scalars')).map(({ id, ...times }) => ({
    id,
    ...Object.fromEntries(
      Object.entries(times).map(([name, time]) => [name, typeof time === 'string' ? time.replace('Z', '') : time]),
    ),
  }))
  expect(await rowsOf(file)).toEqual(rows)
  file.close()
})

test('bounds of row groups hold each value', async () => {
  const file = await openLocalParquet(`${FOLDER}scalars-zstd-v2.parquet`)
  expect(file.groups.map(({ rows }) => rows)).toEqual([25, 25, 10])
  const at = (name: string) => file.fields.findIndex((field) => field.name === name)
  expect([0, 1, 2].map((group) => file.bounds(group, at('id')))).toEqual([
    { least: 0, greatest: 24, nulls: 0 },
    { least: 25, greatest: 49, nulls: 0 },
    { least: 50, greatest: 59, nulls: 0 },
  ])
  // Of a long decimal the nearest double is no bound: other values have the same.
  expect(file.bounds(0, at('sum'))).toMatchObject({ least: undefined, greatest: undefined })
  expect(typeof file.bounds(0, at('price'))?.least).toBe('number')
  expect(file.bounds(0, at('word'))?.greatest).toEqual(new Uint8Array(Buffer.from('äöü €')))
  for (const [column, { name }] of file.fields.entries()) {
    for (let group = 0; group < 3; group++) {
      for await (const { columns, count } of file.read(group, [column])) {
        const bounds = file.bounds(group, column)
        const [values] = columns
        if (values === undefined || !('values' in values) || values.kind === 'map') continue
        for (let row = 0; row < count; row++) {
          if (values.nulls?.[row] === 1) continue
          const scale = name === 'price' ? 100 : 1
          const value = Number(values.values[row]) / scale
          if (typeof bounds?.least === 'number') expect(value, name).toBeGreaterThanOrEqual(bounds.least)
          if (typeof bounds?.greatest === 'number') expect(value, name).toBeLessThanOrEqual(bounds.greatest)
        }
      }
    }
  }
  file.close()
})

test('columns of types that are not read are left out, others are texts', async () => {
  const file = await openLocalParquet(`${FOLDER}odd-duckdb.parquet`)
  expect(file.unread).toEqual([{ name: 'i', why: 'is an INTERVAL' }])
  expect(file.fields.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
    'u STRING',
    'f DOUBLE',
    'b STRING',
    'h DOUBLE',
    'e STRING',
  ])
  const [row] = (await rowsOf(file, ['u', 'f', 'e'])) as { u: string }[]
  expect(row).toEqual({ u: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/), f: '1.5', e: 'a' })
  file.close()
})

test('of columns with the same name the first is read, and the others are said', async () => {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const columnData = [1, 2].map((value) => ({ name: 'a', data: [value], type: 'INT32' as const }))
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData }))
  const read = (from: number, to: number) => bytes.subarray(from, to)
  const file = await openParquet({ name: 'x', size: bytes.length, read })
  expect(file.unread).toEqual([{ name: 'a', why: 'is another one of the same name' }])
  expect(await rowsOf(file)).toEqual([{ a: '1' }])
})

test('a file without rows has columns', async () => {
  const file = await openLocalParquet(`${FOLDER}empty.parquet`)
  expect([file.rows, file.fields.length]).toEqual([0, 18])
  file.close()
})

test.for(['scalars-snappy-v1', 'scalars-zstd-v2', 'scalars-delta', 'nested-duckdb', 'nested-snappy-v1'])(
  '%s: damage is a Failure with the name of the file, or other rows, and nothing else',
  async (name) => {
    const whole = readFileSync(`${FOLDER}${name}.parquet`)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, isCut) => {
        const bytes = Buffer.from(isCut ? whole.subarray(0, at) : whole)
        if (!isCut) bytes[at] = byte
        const source = {
          name: 'x.parquet',
          size: bytes.length,
          read: (from: number, to: number) => bytes.subarray(from, to),
        }
        try {
          await rowsOf(await openParquet(source))
          expect(isCut).toBe(false)
        } catch (error) {
          expect(error).toBeInstanceOf(Failure)
          expect((error as Failure).message).toMatch(/^x\.parquet( is| has|:) (?!.*(undefined|not a function))/)
        }
      }),
      { numRuns: 300 },
    )
  },
)

test('whole numbers beyond 2^53, and pages and row groups of any size', async () => {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.oneof(fc.maxSafeInteger().map(BigInt), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))), {
        minLength: 1,
      }),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom('PLAIN', 'RLE_DICTIONARY', 'DELTA_BINARY_PACKED'),
      async (data, size, encoding) => {
        const bytes = new Uint8Array(
          parquetWriteBuffer({
            columnData: [{ name: 'x', data, type: 'INT64', encoding: encoding as 'PLAIN' }],
            rowGroupSize: size,
            pageSize: 4 * size,
          }),
        )
        const source = { name: 'x', size: bytes.length, read: (from: number, to: number) => bytes.subarray(from, to) }
        const rows = await rowsOf(await openParquet(source))
        expect(rows).toEqual(data.map((x) => ({ x: x === null ? null : String(x) })))
      },
    ),
    { numRuns: 200 },
  )
})

test('with checksums in it, a file with a changed bit has the same rows or is damaged, and no others', async () => {
  const whole = readFileSync(`${FOLDER}checksums.parquet`)
  const outcomeOf = async (bytes: Buffer): Promise<string> => {
    const read = (from: number, to: number) => bytes.subarray(from, to)
    try {
      return JSON.stringify(await rowsOf(await openParquet({ name: 'x.parquet', size: bytes.length, read })))
    } catch (error) {
      expect(error).toBeInstanceOf(Failure)
      return 'damaged'
    }
  }
  const rows = await outcomeOf(whole)
  expect(JSON.parse(rows)).toEqual(only(['id', 'path'], expected('scalars')))
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8)
  const outcomes = new Set<string>()
  for (let at = 4; at < footer; at++) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] as number) ^ (1 << (at % 8))
    outcomes.add(await outcomeOf(bytes))
  }
  expect([...outcomes].sort()).toEqual([rows, 'damaged'].sort())
})
