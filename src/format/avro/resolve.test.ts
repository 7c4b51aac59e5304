/** Records of older and newer writers. Where avsc resolves, too, it is asked. */
import avsc from 'avsc'
import { expect, test } from 'vitest'
import { type StringColumn, type Value, valueAt } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import { readColumns } from './column-type.ts'
import { avroDecoder } from './decoder.ts'
import { readSchema } from './schema.ts'

const recordOf = (...fields: unknown[]) => ({ type: 'record', name: 'r', fields })
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })

/** The row of a value that avsc writes by one schema and we read by another, or why there is none. */
function read(writer: object, reader: object, value: unknown): readonly Value[] | string {
  const type = avsc.Type.forSchema(writer as avsc.Schema, { wrapUnions: 'never' })
  const { record, fields } = readColumns(readSchema(JSON.stringify(reader)))
  const schema = readSchema(JSON.stringify(writer))
  const decode = avroDecoder(
    { record, fields, schemas: () => schema, hasHead: false },
    fields.map((_, index) => index),
  )
  let reject = ''
  const batch = decode(recordsOf([type.toBuffer(value)]), {
    add(_, byte, reason) {
      reject = `${byte} ${reason}`
    },
  })
  return batch.count === 0 ? reject : batch.columns.map((column) => valueAt(column, 0))
}

const E1 = { type: 'enum', name: 'e', symbols: ['A', 'B', 'C'] }
const E2 = { type: 'enum', name: 'e', symbols: ['C', 'A'] }

test.each<[string, object, object, unknown, readonly Value[] | string]>([
  [
    'a field that is gone',
    recordOf(field('a', 'int'), field('b', 'string')),
    recordOf(field('b', 'string')),
    { a: 1, b: 'x' },
    ['x'],
  ],
  [
    'a new field with a default',
    recordOf(field('a', 'int')),
    recordOf(field('b', 'string', { default: 'né' }), field('a', 'int')),
    { a: 1 },
    ['né', 1],
  ],
  [
    'a new field that is null',
    recordOf(field('a', 'int')),
    recordOf(field('a', 'int'), field('b', ['null', 'string'], { default: null })),
    { a: 1 },
    [1, null],
  ],
  [
    'a new list',
    recordOf(field('a', 'int')),
    recordOf(field('b', { type: 'array', items: 'string' }, { default: ['x', 'yz'] })),
    { a: 1 },
    [['x', 'yz']],
  ],
  [
    'a new map',
    recordOf(field('a', 'int')),
    recordOf(field('b', { type: 'map', values: ['null', 'int'] }, { default: { k: 3 } })),
    { a: 1 },
    [[['k', 3]]],
  ],
  [
    'a new record',
    recordOf(field('a', 'int')),
    recordOf(
      field(
        'b',
        {
          type: 'record',
          name: 's',
          fields: [field('x', 'double', { default: 1.5 }), field('y', ['string', 'null'], { default: 'u' })],
        },
        { default: {} },
      ),
    ),
    { a: 1 },
    [[1.5, 'u']],
  ],
  [
    'another order',
    recordOf(field('a', 'int'), field('b', 'int')),
    recordOf(field('b', 'int'), field('a', 'int')),
    { a: 1, b: 2 },
    [2, 1],
  ],
  ['another name', recordOf(field('old', 'int')), recordOf(field('a', 'int', { aliases: ['old'] })), { old: 5 }, [5]],
  ['int to long', recordOf(field('a', 'int')), recordOf(field('a', 'long')), { a: -3 }, [-3n]],
  ['int to double', recordOf(field('a', 'int')), recordOf(field('a', 'double')), { a: -3 }, [-3]],
  ['long to float', recordOf(field('a', 'long')), recordOf(field('a', 'float')), { a: 3 }, [3]],
  ['float to double', recordOf(field('a', 'float')), recordOf(field('a', 'double')), { a: 0.5 }, [0.5]],
  ['string to bytes', recordOf(field('a', 'string')), recordOf(field('a', 'bytes')), { a: 'é' }, ['é']],
  ['to a union', recordOf(field('a', 'int')), recordOf(field('a', ['null', 'long'])), { a: 3 }, [3n]],
  ['from a union', recordOf(field('a', ['null', 'int'])), recordOf(field('a', 'int')), { a: 3 }, [3]],
  [
    'null from a union',
    recordOf(field('a', ['null', 'int'])),
    recordOf(field('a', 'int')),
    { a: null },
    '1 field a is null, and the topic has no null there',
  ],
  [
    'one of several',
    recordOf(field('a', ['null', 'int', 'string'])),
    recordOf(field('a', ['null', 'long'])),
    { a: 3 },
    [3n],
  ],
  [
    'another of several',
    recordOf(field('a', ['null', 'int', 'string'])),
    recordOf(field('a', ['null', 'long'])),
    { a: 'x' },
    '1 field a is string, and the topic has long',
  ],
  ['other symbols', recordOf(field('a', E1)), recordOf(field('a', E2)), { a: 'C' }, ['C']],
  [
    'a symbol that is gone',
    recordOf(field('a', E1)),
    recordOf(field('a', E2)),
    { a: 'B' },
    '0 field a is a symbol that the topic does not have',
  ],
  [
    'a symbol with a default',
    recordOf(field('a', E1)),
    recordOf(field('a', { ...E2, default: 'A' })),
    { a: 'B' },
    ['A'],
  ],
  [
    'other units',
    recordOf(field('a', { type: 'long', logicalType: 'timestamp-micros' })),
    recordOf(field('a', { type: 'long', logicalType: 'timestamp-millis' })),
    { a: 1_700_000_000_123_456 },
    [1_700_000_000_123],
  ],
  [
    'before 1970, rounded down',
    recordOf(field('a', { type: 'long', logicalType: 'timestamp-micros' })),
    recordOf(field('a', { type: 'long', logicalType: 'timestamp-micros' })),
    { a: -1 },
    [-1],
  ],
  [
    'text to number',
    recordOf(field('a', 'string')),
    recordOf(field('a', 'int')),
    { a: 'x' },
    '1 schema -1 cannot be read with that of the topic: field a is string, and the topic has int',
  ],
  [
    'a new field without a default',
    recordOf(field('a', 'int')),
    recordOf(field('b', 'int')),
    { a: 1 },
    '1 schema -1 cannot be read with that of the topic: field b is not in it, and has no default',
  ],
])('%s', (_, writer, reader, value, expected) => {
  expect(read(writer, reader, value)).toEqual(expected)
})

// Promise avro-evolution: A topic of Avro may hold records of older and newer writers: each is read by its own schema, and resolved to that of the topic.
test('records of several writers lie in one batch', () => {
  const reader = recordOf(field('a', 'long'), field('b', 'string', { default: 'none' }))
  const writers: { readonly [id: number]: object } = {
    1: recordOf(field('a', 'int')),
    2: recordOf(field('b', 'string'), field('a', 'long')),
  }
  const values = [
    { id: 1, value: { a: 1 } },
    { id: 2, value: { a: 2, b: 'two' } },
    { id: 9, value: { a: 1 } },
    { id: 1, value: { a: 3 } },
  ]
  const records = values.map(({ id, value }) => {
    const type = avsc.Type.forSchema((writers[id] ?? writers[1]) as avsc.Schema)
    return Buffer.concat([Buffer.of(0, 0, 0, 0, id), type.toBuffer(value)])
  })
  const { record, fields } = readColumns(readSchema(JSON.stringify(reader)))
  const schemas = (id: number) =>
    writers[id] === undefined ? `schema ${id} is not in the registry` : readSchema(JSON.stringify(writers[id]))
  const rejects: string[] = []
  const all = [...records, Buffer.of(7, 1, 2, 3, 4), Buffer.of(0, 0)]
  const batch = avroDecoder({ record, fields, schemas, hasHead: true }, [0, 1])(recordsOf(all), {
    add: (i, byte, reason) => rejects.push(`${i}:${byte} ${reason}`),
  })
  const rows = Array.from({ length: batch.count }, (_, row) => batch.columns.map((column) => valueAt(column, row)))
  expect(rows).toEqual([
    [1n, 'none'],
    [2n, 'two'],
    [3n, 'none'],
  ])
  expect([...(batch.origin ?? [])]).toEqual([0, 1, 3])
  // The default is there once, though the records of its writer alternate with others.
  const { bytes } = batch.columns[1] as StringColumn
  expect(Buffer.from(bytes).toString('latin1').split('none')).toHaveLength(2)
  expect(rejects).toEqual([
    '2:1 schema 9 is not in the registry',
    '4:0 expected 0, and then the id of a schema in the registry, not 7',
    '5:0 the record ends within the id of its schema',
  ])
})

test.each<[unknown, string]>([
  ['string', 'the Avro schema is of type string, and columns are the fields of a record'],
  [recordOf(field('a', ['int', 'string'])), 'field a of r is a union of several types'],
  [recordOf(field('a', 'null')), 'field a of r is always null'],
  [recordOf(field('a', { type: 'fixed', name: 'f', size: 12, logicalType: 'duration' })), 'field a of r is a duration'],
  [recordOf(field('a', ['null', 'r'])), 'field a of r contains r again'],
  [recordOf(field('a', { type: 'bytes', logicalType: 'decimal', precision: 50 })), 'a DECIMAL has 38 at most'],
  [recordOf(), 'record r has no fields'],
  [
    recordOf(field('a', { type: 'array', items: ['int', 'string'] })),
    'field a of r has items of which each is a union',
  ],
  [recordOf(field('a', 'strin')), 'the type of field "a" of r is "strin", and there is no such type'],
  [{ type: 'record', name: 'r' }, 'record r has no fields'],
  [recordOf(field('a', 'int'), field('a', 'int')), 'record r has field "a" twice'],
  [recordOf({ name: 'a b', type: 'int' }), 'a field without a name'],
  [{ type: 'enum', name: 'e', symbols: [] }, 'enum e needs different symbols'],
  [recordOf(field('a', ['null', 'null'])), 'a union with null twice'],
])('a schema %j is refused', (schema, message) => {
  expect(() => readColumns(readSchema(JSON.stringify(schema)))).toThrow(message)
})

test('a schema that is nested without end is refused', () => {
  let schema: unknown = 'int'
  for (let depth = 0; depth < 100; depth++) schema = { type: 'array', items: schema }
  expect(() => readSchema(JSON.stringify(recordOf(field('a', schema))))).toThrow('deeper than 64')
  expect(() => readSchema('{')).toThrow('the Avro schema cannot be read')
})
