import { expect, test } from 'vitest'
import { formats } from '../../format/all.ts'
import { DOUBLE, STRING } from '../../record/type.ts'
import { kafka } from './kafka.ts'

const rows = {
  pipeline: 'p',
  from: 'q',
  topic: 'p.q',
  partitions: 1,
  rowtime: undefined,
  rowKey: undefined,
  rowKeyParts: undefined,
  timezone: 'UTC',
  fields: [
    { name: 'path', type: STRING },
    { name: 'share', type: DOUBLE },
  ],
}

const mistakes = (options: object) => {
  const parsed = kafka.options.parse({ brokers: 'a:9092', topic: 't', ...options })
  return kafka.check?.(parsed, rows).map(({ path, failure }) => `${path.join('.')}: ${failure.message}`)
}

test('mistakes in key and format are named', async () => {
  await formats.loadAll()
  expect(mistakes({})).toEqual([])
  expect(mistakes({ key: 'path', format: 'csv' })).toEqual([])
  expect(mistakes({ key: 'paht' })).toEqual(['key: q has no column paht'])
  expect(mistakes({ key: 'share' })).toEqual(['key: a key is a text or a whole number, and column share is DOUBLE'])
  expect(mistakes({ format: 'xml' })).toEqual(['format: there is no format "xml"'])
  expect(mistakes({ format: 'combined' })).toEqual([
    'format: format combined is only read: rows cannot be written in it',
  ])
  expect(mistakes({ format: { csv: { delimter: ';' } } })).toEqual([
    expect.stringMatching(/^format: format csv: .*delimter/),
  ])
  expect(mistakes({ format: { avro: { registry: 'http://127.0.0.1:8081' } } })).toEqual([])
})

test('brokers are a text or a list, and a topic has a name that Kafka takes', () => {
  expect(kafka.options.parse({ brokers: 'a:1, b:2', topic: 't' })).toMatchObject({
    brokers: ['a:1', 'b:2'],
    format: { json: {} },
    create: true,
    compression: 'lz4',
  })
  expect(() => kafka.options.parse({ brokers: 'a:1', topic: 'a b' })).toThrow(/a topic of Kafka/)
  expect(() => kafka.options.parse({ brokers: 'nowhere', topic: 't' })).toThrow(/HOST:PORT/)
  expect(() => kafka.options.parse({ brokers: 'a:1', topic: 't', format: { json: {}, csv: {} } })).toThrow(/format/)
})
