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

function rows(text: string, written: Partial<WrittenTable> = {}, of: LookupContext = PORTS): Value[][] {
  const { count, columns } = decodeTable(Buffer.from(text), { path: 'ports.csv', ...written }, of)
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
])('%s', (_, path, text) => {
  const found = rows(text, { path })
  // An empty text of CSV is an empty text, and no NULL.
  expect(found.map(([port, name]) => [port, name === '' ? null : name])).toEqual(WANTED)
})

test('columns in their order, without a header, between other signs', () => {
  expect(rows('80;http\n443;-\n', { header: false, delimiter: ';', null: '-' })).toEqual([
    [80, 'http'],
    [443, null],
  ])
})

test('a column that the file calls otherwise', () => {
  const columns = [
    { field: { name: 'port', type: INT }, path: ['Port Number'] },
    { field: { name: 'name', type: STRING }, path: ['service', 'name'] },
  ]
  expect(rows('service.name,Port Number\nhttp,80\n', {}, { ...PORTS, columns })).toEqual([[80, 'http']])
  const text = '{"Port Number":80,"service":{"name":"http"}}'
  expect(rows(text, { path: 'p.json' }, { ...PORTS, columns })).toEqual([[80, 'http']])
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
])('%j is refused', (text, message, hint) => {
  let refused: unknown
  try {
    rows(text)
  } catch (error) {
    refused = error
  }
  expect(refused).toMatchObject({ name: 'Failure', message: expect.stringContaining(message) })
  if (hint !== undefined) expect((refused as { hint?: string }).hint).toContain(hint)
})

test('several rows may have one key where that is said, and keys with a NULL are none', () => {
  const text = 'port,name\n80,a\n80,b\n'
  expect(rows(text, {}, { ...PORTS, unique: false })).toHaveLength(2)
  expect(rows('port,name\n,a\n,b\n')).toHaveLength(2)
  const both = context({ port: INT, name: STRING }, { key: [0, 1] })
  expect(rows(text, {}, both)).toHaveLength(2)
  expect(() => rows('port,name\n80,a\n80,a\n', {}, both)).toThrow('port = 80, name = "a"')
})

test('every row that was written is read, whatever is in it', () => {
  const value = fc.record({
    id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    text: fc.string({ unit: 'grapheme' }).filter((text) => !/[\0]/.test(text)),
    yes: fc.boolean(),
    price: fc.integer({ min: -99_999, max: 99_999 }),
  })
  const of = context({ id: BIGINT, text: STRING, yes: BOOLEAN, price: decimal(7, 2) }, { unique: false })
  fc.assert(
    fc.property(fc.array(value, { maxLength: 30 }), fc.boolean(), (values, isJson) => {
      const priced = (price: number) =>
        `${price < 0 ? '-' : ''}${Math.trunc(Math.abs(price) / 100)}.${String(Math.abs(price) % 100).padStart(2, '0')}`
      const lines = values.map(({ id, text, yes, price }) =>
        isJson
          ? `{"id":${id},"text":${JSON.stringify(text)},"yes":${yes},"price":${priced(price)}}`
          : `${id},"${text.replaceAll('"', '""')}",${yes},${priced(price)}`,
      )
      const written = `${isJson ? '' : 'id,text,yes,price\n'}${lines.join('\n')}`
      const found = rows(written, { format: isJson ? 'json' : 'csv' }, of)
      expect(found).toEqual(values.map(({ id, text, yes, price }) => [id, text, yes, BigInt(price)]))
    }),
  )
})
