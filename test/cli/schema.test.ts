/** `tailrace schema`: JSON Schemas, and the schemas of topics and queries in Avro. */
import { expect, test } from 'vitest'
import { startRegistry } from '../../src/format/avro/registry.test-tool.ts'
import { folderWith, tailrace } from './tailrace.ts'

const COLUMNS = 'columns: { id: BIGINT, paid: "DECIMAL(9, 2)", sold: TIMESTAMP_LTZ(3) }'

const pipeline = (format: string): string => `version: 1
name: shop
topics: { sale: { format: ${format} } }
queries: { ids: "SELECT id, CAST(sold AS STRING) AS seen FROM sale" }
`

const nullable = (name: string, type: unknown) => ({ name, type: ['null', type], default: null })

test('the JSON Schemas are printed as before, and other words are said to be none', async () => {
  const [plain, status, other] = await Promise.all([
    tailrace(['schema']),
    tailrace(['schema', 'status']),
    tailrace(['schema', 'statu']),
  ])
  expect(JSON.parse(plain.stdout)).toMatchObject({ type: 'object' })
  expect(JSON.parse(status.stdout)).toHaveProperty('anyOf')
  expect(other).toMatchObject({ code: 2, stdout: '' })
  expect(other.stderr).toContain('schema of what in statu?')
})

test('the schema of a topic, and that of a query, are printed and registered', async () => {
  const registry = await startRegistry()
  using folder = folderWith({ 'p.yaml': pipeline(`{ avro: { registry: "${registry.url}", ${COLUMNS} } }`) })
  const sale = await folder.tailrace('schema', 'p.yaml', 'sale', '--register')
  expect(sale).toMatchObject({ code: 0 })
  expect(JSON.parse(sale.stdout)).toEqual({
    type: 'record',
    name: 'sale',
    fields: [
      nullable('id', { type: 'long' }),
      nullable('paid', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }),
      nullable('sold', { type: 'long', logicalType: 'timestamp-millis' }),
    ],
  })
  expect(sale.stderr).toContain('registered under subject sale-value: its id is 1')
  const ids = await folder.tailrace('schema', 'p.yaml', 'ids', '--register', '--subject', 'mine')
  expect(JSON.parse(ids.stdout)).toEqual({
    type: 'record',
    name: 'shop_ids',
    fields: [nullable('id', { type: 'long' }), nullable('seen', { type: 'string' })],
  })
  expect(ids.stderr).toContain('registered under subject mine: its id is 2')
  const posted = registry.asked.filter(({ method }) => method === 'POST').map(({ url }) => url)
  expect(posted).toEqual(['/subjects/sale-value/versions', '/subjects/mine/versions'])
})

test('a topic of another format has a schema made of its columns; without a registry none is registered', async () => {
  using folder = folderWith({ 'p.yaml': pipeline(`{ json: { ${COLUMNS} } }`) })
  const [sale, registered, absent] = await Promise.all([
    folder.tailrace('schema', 'p.yaml', 'sale'),
    folder.tailrace('schema', 'p.yaml', 'sale', '--register'),
    folder.tailrace('schema', 'p.yaml', 'sales'),
  ])
  expect(JSON.parse(sale.stdout)).toMatchObject({ name: 'sale' })
  expect(registered.stderr).toContain('no topic of this pipeline names a schema registry')
  expect(absent.stderr).toContain('there is no topic, query or report sales')
})

test('check refuses lines for a topic of Avro, and rows for a format that is only read', async () => {
  using folder = folderWith({
    'p.yaml': `version: 1
name: p
sources: { log: { tcp: 127.0.0.1:9999, to: sale }, made: { generator: { like: payments }, to: lines } }
topics: { sale: { format: { avro: { ${COLUMNS} } } }, lines: { format: lines } }
`,
  })
  const { stderr } = await folder.tailrace('check', 'p.yaml')
  expect(stderr).toContain(
    'p.yaml:3:19: source tcp brings lines, and the records of format avro of topic "sale" are no lines',
  )
  expect(stderr).toContain('format lines is only read: rows cannot be written in it')
})

test('a test in the file sends lines of JSON to a topic of Avro', async () => {
  using folder = folderWith({
    'p.yaml': `${pipeline(`{ avro: { ${COLUMNS} } }`)}tests:
  reads:
    steps: [{ send: { sale: ['{"id": 7, "sold": "2026-03-01T00:00:00Z"}'] } }]
    expect:
      sale: [{ id: 7, paid: null }]
      ids: [{ id: 7, seen: "2026-03-01 00:00:00.000" }]
`,
  })
  expect(await folder.tailrace('test', 'p.yaml')).toMatchObject({ code: 0 })
})
