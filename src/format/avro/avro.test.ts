import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avsc from 'avsc'
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { batchOf } from '../../record/batch.test-tool.ts'
import { type Records, type Value, valueAt } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import type { Field } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import { loadFormat } from '../all.ts'
import type { ChosenFormat, OpenFormat } from '../format.ts'
import { openFormat, prepareFormat, writerOf } from '../open.ts'
import { startRegistry } from './registry.test-tool.ts'

const prepared = async (options: object, topic = 'sales', folder = '.'): Promise<ChosenFormat> =>
  await prepareFormat({ format: await loadFormat('avro'), options }, { folder, topic })

const registryOptions = (url: string) => ({ url, timeout: 5000, tls: true })

const record = (...fields: object[]) => ({ type: 'record', name: 'sale', fields })
const V1 = record({ name: 'id', type: 'int' })
const V2 = record({ name: 'id', type: 'long' }, { name: 'item', type: 'string', default: '?' })

const written = (id: number, schema: object, value: unknown): Buffer =>
  Buffer.concat([Buffer.of(0, 0, 0, 0, id), avsc.Type.forSchema(schema as avsc.Schema).toBuffer(value)])

function read(open: OpenFormat, records: Records): { rows: Value[][]; rejects: string[] } {
  const rejects: string[] = []
  const batch = open.decoder(open.fields.map((_, index) => index))(records, {
    add: (i, byte, reason) => rejects.push(`${i}:${byte} ${reason}`),
  })
  const rows = Array.from({ length: batch.count }, (_, row) => batch.columns.map((column) => valueAt(column, row)))
  return { rows, rejects }
}

test('the columns are those of the latest version; a schema is fetched before its first record, and once', async () => {
  const registry = await startRegistry()
  registry.add('sales-value', V1)
  registry.add('sales-value', V2)
  const open = openFormat(await prepared({ registry: registryOptions(`${registry.url}/`) }), undefined)
  expect(open.fields).toEqual([
    { name: 'id', type: types.BIGINT },
    { name: 'item', type: types.STRING },
  ])
  registry.asked.length = 0
  const records = recordsOf([
    written(1, V1, { id: 1 }),
    written(2, V2, { id: 2, item: 'tea' }),
    written(1, V1, { id: 3 }),
  ])
  await open.ready?.(records)
  expect(registry.asked.map(({ url }) => url)).toEqual(['/schemas/ids/1'])
  expect(open.ready?.(records)).toBeUndefined()
  expect(read(open, records)).toEqual({
    rows: [
      [1n, '?'],
      [2n, 'tea'],
      [3n, '?'],
    ],
    rejects: [],
  })
})

test('an id that nobody knows is asked for three times, and then a reason; other trouble rejects, and is no reason', async () => {
  const registry = await startRegistry()
  registry.add('sales-value', V1)
  const open = openFormat(await prepared({ registry: registryOptions(registry.url) }), undefined)
  registry.asked.length = 0
  const records = recordsOf([written(9, V1, { id: 1 }), written(1, V1, { id: 2 }), Buffer.of(0, 255, 0, 0, 0, 0)])
  await open.ready?.(records)
  expect(registry.asked.map(({ url }) => url)).toEqual(Array(3).fill('/schemas/ids/9'))
  const { rows, rejects } = read(open, records)
  expect(rows).toEqual([[2]])
  expect(rejects).toEqual(['0:1 schema 9 is not in the registry', '2:1 schema -16777216 is not in the registry'])

  const later = record({ name: 'item', type: 'string' }, { name: 'id', type: 'int' })
  registry.add('sales-value', later)
  const more = recordsOf([written(2, later, { id: 7, item: 'x' })])
  for (const trouble of [
    { status: 503, body: { message: 'starting' } },
    { status: 401, body: { message: 'who are you' } },
    // A proxy, not the registry.
    { status: 404, body: 'no such page' },
    { status: 200, body: '<html>' },
  ]) {
    registry.trouble = trouble
    await expect(open.ready?.(more)).rejects.toThrow(Failure)
  }
  registry.trouble = undefined
  await open.ready?.(more)
  expect(read(open, more).rows).toEqual([[7]])
})

test('the registry is asked with the sign-in of the options, whose secret no message has', async () => {
  const registry = await startRegistry()
  registry.add('sales-value', V1)
  const auth = { basic: { user: 'ann', password: 'the-secret' } }
  const options = { registry: { ...registryOptions(registry.url), auth } }
  await prepared(options)
  expect(registry.asked.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${Buffer.from('ann:the-secret').toString('base64')}`,
  ])
  registry.trouble = { status: 401, body: { error_code: 40101, message: 'not the-secret' } }
  const refused = await prepared(options).catch((error: unknown) => error)
  expect(refused).toMatchObject({ name: 'Failure', code: 'denied' })
  expect(String(refused)).toContain('answers 401')
  expect(String(refused)).not.toContain('the-secret')
})

test('what is under an id may be no schema of Avro: that is a reason, too', async () => {
  const registry = await startRegistry()
  registry.add('sales-value', V1)
  registry.add('other-value', { type: 'nothing' })
  const open = openFormat(await prepared({ registry: registryOptions(registry.url) }), undefined)
  const records = recordsOf([written(2, V1, { id: 1 })])
  await open.ready?.(records)
  expect(read(open, records).rejects).toEqual([
    expect.stringContaining('0:1 schema 2: the Avro schema cannot be read: '),
  ])
})

const ROWS: readonly Field[] = [
  { name: 'id', type: types.INT },
  { name: 'item', type: types.STRING },
]

test('a schema is registered before the first record: that of the columns, if the latest has no field for one', async () => {
  const registry = await startRegistry()
  registry.add('sales-value', V1)
  const chosen = await prepared({ registry: registryOptions(registry.url) })
  const wide = writerOf(chosen, ROWS)
  const narrow = writerOf(chosen, ROWS.slice(0, 1))
  await wide.ready?.()
  await narrow.ready?.()
  const batch = batchOf(ROWS, [
    [5, 'tea'],
    [6, null],
  ])
  const records = wide.write(batch, 0, 2)
  expect([...records.bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, 2])
  expect([...narrow.write(batch, 0, 1).bytes.subarray(0, 6)]).toEqual([0, 0, 0, 0, 1, 10])
  const open = openFormat(await prepared({ registry: registryOptions(registry.url) }), undefined)
  expect(read(open, records)).toEqual({
    rows: [
      [5, 'tea'],
      [6, null],
    ],
    rejects: [],
  })
  expect(open.fields).toEqual(ROWS)
})

test('without a registry all records are of the schema in a file, or of the columns, and have no head', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-avro-'))
  writeFileSync(join(folder, 'sale.avsc'), JSON.stringify(V2))
  const ofFile = await prepared({ schema: 'sale.avsc' }, 'sales', folder)
  const body = written(0, V2, { id: 4, item: 'x' }).subarray(5)
  const open = openFormat(ofFile, undefined)
  expect(open.ready).toBeUndefined()
  expect(read(open, recordsOf([body])).rows).toEqual([[4n, 'x']])
  expect(Buffer.from(writerOf(ofFile, ROWS).write(batchOf(ROWS, [[4, 'x']]), 0, 1).bytes)).toEqual(body)
  const ofColumns = await prepared({ columns: { id: { type: 'INT' }, item: { type: 'STRING' } } })
  const records = writerOf(ofColumns, ROWS).write(batchOf(ROWS, [[4, null]]), 0, 1)
  expect(read(openFormat(ofColumns, undefined), records).rows).toEqual([[4, null]])
})

test('a schema file that was laid out anew, or has a byte order mark, means the same; one with a field more does not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-avro-'))
  const meaning = async (text: string) => {
    writeFileSync(join(folder, 'sale.avsc'), text)
    return openFormat(await prepared({ schema: 'sale.avsc' }, 'sales', folder), undefined).meaning
  }
  const before = await meaning(JSON.stringify(V2))
  expect(await meaning(`\uFEFF${JSON.stringify(V2, undefined, 2)}\r\n`)).toEqual(before)
  const more = { ...V2, fields: [...V2.fields, { name: 'more', type: 'int' }] }
  expect(await meaning(JSON.stringify(more))).not.toEqual(before)
})

test.each([
  [{}, 'format avro needs to know where its schema is'],
  [{ schema: 'gone.avsc' }, 'cannot read the schema'],
  [{ schema: 'a.avsc', columns: { a: { type: 'INT' } } }, 'name one of both'],
  [{ subject: 'x', schema: 'a.avsc' }, 'a subject is one of a registry'],
])('options %j are refused', async (options, message) => {
  await expect(prepared(options)).rejects.toThrow(message)
})

test('a file has no such records', async () => {
  const chosen = await prepared({ columns: { a: { type: 'INT' } } })
  expect(() => openFormat(chosen, recordsOf(['x']))).toThrow('the records of a file are lines')
})
