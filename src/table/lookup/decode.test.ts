import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Column, type Value, valueAt } from '../../record/column.ts'
import { BIGINT, BOOLEAN, decimal, INT, STRING, type Type } from '../../record/type.ts'
import { decodeTable } from './decode.ts'
import type { LookupContext } from './lookup.ts'
import type { WrittenTable } from './rows.ts'

const context = (columns: Readonly<Record<string, Type>>, more: Partial<LookupContext> = {}): LookupContext => ({
  name: 't',
  columns: Object.entries(columns).map(([name, type]) => ({ field: { name, type } })),
  key: [0],
  unique: true,
  ...more,
})

const PORTS = context({ port: INT, name: STRING })

async function rows(
  text: string | Uint8Array,
  written: Partial<WrittenTable> = {},
  of: LookupContext = PORTS,
): Promise<Value[][]> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const { count, columns } = await decodeTable(bytes, { path: 'ports.csv', ...written }, of)
  return Array.from({ length: count }, (_, row) => columns.map((column: Column) => valueAt(column, row)))
}

const WANTED = [
  [80, 'http'],
  [443, 'https, with "TLS"'],
  [1, null],
]

test.each([
  [
    'CSV with its columns in another order, and others',
    'ports.csv',
    'name,x,port\nhttp,1,80\r\n"https, with ""TLS""",2,443\n\n"",3,1\n',
  ],
  ['TSV by its name', 'ports.tsv', 'port\tname\n80\thttp\n443\thttps, with "TLS"\n1\t\n'],
  [
    'JSON lines',
    'ports.jsonl',
    '{"port":80,"name":"http"}\n{"name":"https, with \\"TLS\\"","port":443,"x":1}\n{"port":1}\n',
  ],
  [
    'a JSON document',
    'ports.json',
    '[\n {"port": 80, "name": "http"},\n {"port": 443,\n  "name": "https, with \\"TLS\\""}, {"port": 1, "name": null}\n]\n',
  ],
  [
    'JSON by its content',
    'ports',
    ' [{"port":80,"name":"http"},{"port":443,"name":"https, with \\"TLS\\""},{"port":1}]',
  ],
  ['TSV by its content', 'ports.txt', 'port\tname\n80\thttp\n443\thttps, with "TLS"\n1\t'],
  ['a byte order mark', 'ports.csv', '\ufeffport,name\n80,http\n443,"https, with ""TLS"""\n1,'],
])('%s', async (_, path, text) => {
  const found = await rows(text, { path })
  // An empty text of CSV is an empty text, and no NULL.
  expect(found.map(([port, name]) => [port, name === '' ? null : name])).toEqual(WANTED)
})

test('columns in their order, without a header, between other signs', async () => {
  expect(await rows('80;http\n443;-\n', { header: false, delimiter: ';', null: '-' })).toEqual([
    [80, 'http'],
    [443, null],
  ])
})

test('a column that the file calls otherwise', async () => {
  const columns = [
    { field: { name: 'port', type: INT }, path: ['Port Number'] },
    { field: { name: 'name', type: STRING }, path: ['service', 'name'] },
  ]
  expect(await rows('service.name,Port Number\nhttp,80\n', {}, { ...PORTS, columns })).toEqual([[80, 'http']])
  const text = '{"Port Number":80,"service":{"name":"http"}}'
  expect(await rows(text, { path: 'p.json' }, { ...PORTS, columns })).toEqual([[80, 'http']])
})

test.each([
  ['port,nam\n80,http\n', 'ports.csv has no column name', 'Did you mean "nam"? The first line has port, nam.'],
  [
    '80,http\n',
    'ports.csv has no column port',
    'The first line has 80, http. Where it is no header, write header: false.',
  ],
  ['', 'ports.csv is empty', undefined],
  ['port,name\n80,http\n\nx,y\n81,a,b\n', 'ports.csv: 2 records are no rows: line 4: ', undefined],
  [
    'port,name\n80,http\n81,x\n"80",other\n',
    'ports.csv: line 2 and line 4 have the same key, port = 80',
    'Leave one out',
  ],
])('%j is refused', async (text, message, hint) => {
  const refused = await rows(text).catch((error: unknown) => error)
  expect(refused).toMatchObject({ name: 'Failure', message: expect.stringContaining(message) })
  if (hint !== undefined) expect((refused as { hint?: string }).hint).toContain(hint)
})

test('several rows may have one key where that is said, and keys with a NULL are none', async () => {
  const text = 'port,name\n80,a\n80,b\n'
  expect(await rows(text, {}, { ...PORTS, unique: false })).toHaveLength(2)
  expect(await rows('port,name\n,a\n,b\n')).toHaveLength(2)
  const both = context({ port: INT, name: STRING }, { key: [0, 1] })
  expect(await rows(text, {}, both)).toHaveLength(2)
  await expect(rows('port,name\n80,a\n80,a\n', {}, both)).rejects.toThrow('port = 80, name = "a"')
})

test('every row that was written is read, whatever is in it', async () => {
  const value = fc.record({
    id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    text: fc.string({ unit: 'grapheme' }).filter((text) => !/[\0]/.test(text)),
    yes: fc.boolean(),
    price: fc.integer({ min: -99_999, max: 99_999 }),
  })
  const of = context({ id: BIGINT, text: STRING, yes: BOOLEAN, price: decimal(7, 2) }, { unique: false })
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 30 }), fc.boolean(), async (values, isJson) => {
      const priced = (price: number) =>
        `${price < 0 ? '-' : ''}${Math.trunc(Math.abs(price) / 100)}.${String(Math.abs(price) % 100).padStart(2, '0')}`
      const lines = values.map(({ id, text, yes, price }) =>
        isJson
          ? `{"id":${id},"text":${JSON.stringify(text)},"yes":${yes},"price":${priced(price)}}`
          : `${id},"${text.replaceAll('"', '""')}",${yes},${priced(price)}`,
      )
      const written = `${isJson ? '' : 'id,text,yes,price\n'}${lines.join('\n')}`
      const found = await rows(written, { format: isJson ? 'json' : 'csv' }, of)
      expect(found).toEqual(values.map(({ id, text, yes, price }) => [id, text, yes, BigInt(price)]))
    }),
  )
})

test('Parquet, by its content; a column of another type is refused with what to declare', async () => {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'other', data: [1, 2, 3], type: 'INT32' },
        { name: 'name', data: ['http', 'https, with "TLS"', null], type: 'STRING' },
        { name: 'port', data: [80, 443, 1], type: 'INT32' },
      ],
      rowGroupSize: 2,
    }),
  )
  expect(await rows(bytes, { path: 'ports' })).toEqual(WANTED)
  const wide = context({ port: BIGINT, name: STRING })
  await expect(rows(bytes, { path: 'p.parquet' }, wide)).rejects.toMatchObject({
    message: 'column port of p.parquet is INT, and the table declares BIGINT',
    hint: 'Declare it so: port: INT',
  })
  const misspelt = context({ port: INT, names: STRING })
  await expect(rows(bytes, { path: 'p.parquet' }, misspelt)).rejects.toThrow('p.parquet has no column names')
  await expect(rows(bytes.subarray(0, 40), { path: 'p.parquet' })).rejects.toThrow('not a whole Parquet file')
})
