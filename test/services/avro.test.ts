/** Topics of Avro on a real broker, with their schemas in a real registry. avsc is the other reader and writer. */
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import avsc from 'avsc'
import { Kafka as Kafkajs, logLevel, type Producer } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Apicurio, installedApicurio, startApicurio } from '../../scripts/services/apicurio/apicurio.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { type Folder, folderWith, jsonOf } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const isAbsent = [
  await isMissing('Kafka', () => installedJars('kafka')),
  await isMissing('Apicurio', () => installedApicurio()),
].includes(true)

let kafka: Kafka
let registry: Apicurio
let client: Kafkajs
let producer: Producer
beforeAll(async () => {
  if (isAbsent) return
  ;[kafka, registry] = await Promise.all([startKafka(), startApicurio()])
  await registry.ask('PUT', '/config', { compatibility: 'BACKWARD' })
  client = new Kafkajs({ brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })
  producer = client.producer()
  await producer.connect()
})
afterAll(async () => {
  await producer?.disconnect()
  await kafka?.stop()
  await registry?.stop()
})

const record = (...fields: object[]): avsc.Schema => ({ type: 'record', name: 'sale', fields }) as avsc.Schema
const V1 = record({ name: 'id', type: 'int' }, { name: 'item', type: 'string' })
const V2 = record(
  { name: 'id', type: 'long' },
  { name: 'item', type: 'string' },
  { name: 'amount', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }], default: null },
)
const V3 = record(
  { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' }, default: 0 },
  { name: 'id', type: 'long' },
  { name: 'item', type: 'string', default: '?' },
)

async function register(subject: string, schema: avsc.Schema): Promise<number> {
  const { id, message } = await registry.ask('POST', `/subjects/${subject}/versions`, {
    schema: JSON.stringify(schema),
  })
  if (typeof id !== 'number') throw new Error(String(message))
  return id
}

const headOf = (id: number): Buffer => {
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return head
}

const written = (id: number, schema: avsc.Schema, value: unknown): Buffer =>
  Buffer.concat([headOf(id), avsc.Type.forSchema(schema, { wrapUnions: 'never' }).toBuffer(value)])

const send = (topic: string, values: readonly Buffer[]) =>
  producer.send({ topic, messages: values.map((value) => ({ value })) })

const rowsIn = (folder: Folder): readonly object[] => (existsSync(folder.at('out')) ? jsonOf(folder.lines('out')) : [])

async function rowsOnce(folder: Folder, count: number): Promise<readonly object[]> {
  while (rowsIn(folder).length < count) await setTimeout(100)
  return rowsIn(folder)
}

const pipeline = (topic: string, more = ''): string => `version: 1
name: ${topic}-reader
bus: kafka://${kafka.bootstrap}
topics: { ${topic}: { format: { avro: { registry: "${registry.url}"${more} } } } }
sinks: { out: { from: ${topic}, ndjson: out } }
`

const SALE = 2350

test.skipIf(isAbsent)(
  'records of older and newer writers are read, also of one that turns up while it runs',
  async () => {
    await kafka.createTopic('sales', 1)
    const [one, two] = [await register('sales-value', V1), await register('sales-value', V2)]
    const amount = Buffer.from([SALE >> 8, SALE & 255])
    await send('sales', [
      written(one, V1, { id: 1, item: 'tea' }),
      written(two, V2, { id: 2 ** 40, item: 'né', amount }),
      headOf(99_999),
      written(two, V2, { id: 3, item: 'cup', amount: null }).subarray(0, 9),
      Buffer.from('{"id":4}'),
      written(one, V1, { id: 5, item: 'pot' }),
    ])
    using folder = folderWith({ 'p.yaml': pipeline('sales') })
    const running = folder.start('run', 'p.yaml')
    expect(await rowsOnce(folder, 3)).toEqual([
      { id: 1, item: 'tea', amount: null },
      { id: 2 ** 40, item: 'né', amount: 23.5 },
      { id: 5, item: 'pot', amount: null },
    ])
    const three = await register('sales-value', V3)
    await send('sales', [written(three, V3, { at: 1_700_000_000_123_456, id: 6, item: 'jar' })])
    expect((await rowsOnce(folder, 4)).at(-1)).toEqual({ id: 6, item: 'jar', amount: null })
    expect(await running.stop()).toMatchObject({ code: 0 })
    const dead = await folder.tailrace('tap', 'sales.dead', 'p.yaml')
    const letters = jsonOf<{ offset: number; byte: number; reason: string }>(dead.stdout.trimEnd().split('\n'))
    expect(letters.map(({ offset, byte, reason }) => [offset, byte, reason])).toEqual([
      [2, 1, 'schema 99999 is not in the registry'],
      [3, 6, expect.stringMatching(/^field item has 3 bytes, and \d are left$/)],
      [4, 0, 'expected 0, and then the id of a schema in the registry, not 123'],
    ])
    // The new version has another column; the rows that are there stay as they are.
    await send('sales', [written(three, V3, { at: 1_700_000_000_123_456, id: 7, item: 'lid' })])
    const again = folder.start('run', 'p.yaml')
    expect((await rowsOnce(folder, 5)).at(-1)).toEqual({ at: '2023-11-14T22:13:20.123Z', id: 7, item: 'lid' })
    expect(await again.stop()).toMatchObject({ code: 0 })
  },
)

// Promise avro-registry-away: While the schema registry is away, records whose schema is not known yet are waited with, and none of them is a dead letter.
test.skipIf(isAbsent)('a registry that is away is waited for, and no record is lost or dead for that', async () => {
  await kafka.createTopic('away', 1)
  const [one, two] = [await register('away-value', V1), await register('away-value', V2)]
  const columns = ', columns: { id: BIGINT, item: STRING }'
  using folder = folderWith({
    'p.yaml': `${pipeline('away', columns)}queries: { all_items: "SELECT id, item FROM away" }
`.replace('from: away', 'from: all_items'),
  })
  await send('away', [written(one, V1, { id: 1, item: 'tea' })])
  const running = folder.start('run', 'p.yaml')
  await rowsOnce(folder, 1)
  await registry.kill()
  await send('away', [written(two, V2, { id: 2, item: 'cup', amount: null }), written(one, V1, { id: 3, item: 'pot' })])
  await running.line(/topic away: cannot reach http.*; trying again until it works/)
  expect(rowsIn(folder)).toHaveLength(1)
  await registry.restart()
  expect(await rowsOnce(folder, 3)).toEqual([
    { id: 1, item: 'tea' },
    { id: 2, item: 'cup' },
    { id: 3, item: 'pot' },
  ])
  await running.line(/topic away: it goes on/)
  expect(await running.stop()).toMatchObject({ code: 0 })
  expect(await folder.tailrace('tap', 'away.dead', 'p.yaml')).toMatchObject({ code: 0, stdout: '' })
})

async function read(topic: string, count: number): Promise<Buffer[]> {
  const consumer = client.consumer({ groupId: `reads-${topic}` })
  const values: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    async eachMessage({ message }) {
      if (message.value !== null && values.push(message.value) === count) resolve()
    },
  })
  await promise
  await consumer.disconnect()
  return values
}

const PAYMENTS = `columns: { event_id: STRING, event_type: STRING, payment_id: STRING, event_time: TIMESTAMP_LTZ(3),
        amount: "DECIMAL(12, 2)", currency: STRING, payment_method: STRING, country: STRING, customer_id: STRING,
        customer: STRING, merchant: STRING, card: STRING, status: STRING, error_code: STRING }`

test.skipIf(isAbsent)('what tailrace writes is registered first; avsc reads it, and so does tailrace', async () => {
  const text = (bus: string, format: string) => `version: 1
name: made
bus: ${bus}
sources: { made: { generator: { like: payments, count: 500, seed: 3 }, to: payment } }
topics: { payment: { format: { ${format} }, compression: none } }
sinks: { out: { from: payment, ndjson: out } }
`
  using asJson = folderWith({ 'p.yaml': text('embedded', `json: { ${PAYMENTS} }`) })
  using asAvro = folderWith({
    'p.yaml': text(`kafka://${kafka.bootstrap}`, `avro: { registry: "${registry.url}", ${PAYMENTS} }`),
  })
  expect(await asJson.run()).toMatchObject({ code: 0 })
  expect(await asAvro.run()).toMatchObject({ code: 0 })
  expect(asAvro.lines('out')).toHaveLength(500)
  expect(asAvro.lines('out')).toEqual(asJson.lines('out'))
  const latest = await registry.ask('GET', '/subjects/payment-value/versions/latest')
  const type = avsc.Type.forSchema(JSON.parse(String(latest.schema)), { wrapUnions: 'never' })
  const first = jsonOf<{ payment_id: string; event_time: string; amount: number }>(asAvro.lines('out'))
  const values = await read('payment', 500)
  values.forEach((value, i) => {
    expect(value.subarray(0, 5)).toEqual(headOf(Number(latest.id)))
    const made = type.fromBuffer(value.subarray(5)) as { payment_id: string; event_time: number; amount: Buffer }
    expect(made.payment_id).toBe(first[i]?.payment_id)
    expect(new Date(made.event_time).toISOString()).toBe(first[i]?.event_time)
    expect(made.amount.readIntBE(0, made.amount.length) / 100).toBe(first[i]?.amount)
  })
})

// Promise avro-incompatible: A schema that the compatibility of its subject does not allow is refused with the registry's own reason, before a record is written.
test.skipIf(isAbsent)(
  'an incompatible schema is refused with the reason of the registry, and check says so',
  async () => {
    await register('strict-value', record({ name: 'event_id', type: 'int' }))
    using folder = folderWith({
      'p.yaml': `version: 1
name: strict
sources: { made: { generator: { like: payments, count: 5 }, to: strict } }
topics: { strict: { format: { avro: { registry: "${registry.url}", ${PAYMENTS} } } } }
sinks: { out: { from: strict, ndjson: out } }
`,
    })
    const checked = await folder.tailrace('check', 'p.yaml', '--connect')
    expect(checked).toMatchObject({ code: 1 })
    expect(checked.stderr).toContain('the registry does not take the schema for subject strict-value')
    const run = await folder.run()
    expect(run.code).not.toBe(0)
    expect(run.stderr).toContain(
      'the registry does not take the schema for subject strict-value: Incompatible artifact',
    )
    expect(run.stderr).toContain('at /fields/0/type')
    expect(run.stderr).not.toContain('/name')
    expect(await registry.ask('GET', '/subjects/strict-value/versions')).toEqual([1])
    expect(rowsIn(folder)).toEqual([])
  },
)

test.skipIf(isAbsent)('a subject that is not there, and a registry that is none, are said', async () => {
  using folder = folderWith({
    'p.yaml': pipeline('nothing'),
    'q.yaml': pipeline('nothing').replace('/apis/ccompat/v7', '/'),
  })
  const [missing, other] = [await folder.tailrace('check', 'p.yaml'), await folder.tailrace('check', 'q.yaml')]
  expect(missing).toMatchObject({ code: 78 })
  expect(missing.stderr).toContain('the registry has no subject nothing-value, so the columns are not known')
  expect(other.stderr).toMatch(/subjects\/nothing-value\/versions\/latest answers 40\d/)
})
