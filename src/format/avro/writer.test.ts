import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOf } from '../../record/batch.test-tool.ts'
import { type Batch, type Records, type Value, valueAt } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import type { Field } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import { readColumns } from './column-type.ts'
import { avroDecoder } from './decoder.ts'
import { putsOf } from './put.ts'
import { anyRecord, avscType } from './random-schema.test-tool.ts'
import { readSchema } from './schema.ts'
import { writeRows } from './writer.ts'
import { schemaOfRows } from './written-schema.ts'

const reading = (schema: string) => {
  const { record, fields } = readColumns(readSchema(schema))
  const all = fields.map((_, index) => index)
  const decoder = avroDecoder({ record, fields, schemas: () => record, hasHead: false }, all)
  const decode = (records: Records) =>
    decoder(records, {
      add(i, byte, reason) {
        throw new Error(`${i}:${byte} ${reason}`)
      },
    })
  return { record, fields, decode }
}

const rowsOf = (batch: Batch) =>
  Array.from({ length: batch.count }, (_, row) => batch.columns.map((column) => valueAt(column, row)))

const HEAD = Uint8Array.of(0, 0, 0, 0, 7)

/** Writes all rows, which must be possible. */
const write = (schema: string, fields: readonly Field[], batch: Batch, head: Uint8Array = HEAD): Records =>
  writeRows(putsOf(readColumns(readSchema(schema)).record, fields), head, {
    columns: batch.columns,
    from: 0,
    to: batch.count,
    refuse(row, reason) {
      throw new Error(`${row}: ${reason}`)
    },
  })

const bodiesOf = ({ bytes, start, end, count }: Records, head: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(bytes.subarray((start[i] as number) + head, end[i])))

const some = anyRecord.chain((made) =>
  fc.record({ schema: fc.constant(made.schema), values: fc.array(made.values, { minLength: 1, maxLength: 4 }) }),
)

test('what is written by any schema is what avsc reads and writes, and has the same values', () => {
  fc.assert(
    fc.property(some, ({ schema, values }) => {
      const text = JSON.stringify(schema)
      const avsc = avscType(schema)
      const { fields, decode } = reading(text)
      const rows = decode(recordsOf(values.map(({ written }) => avsc.toBuffer(written))))
      const records = write(text, fields, rows)
      const bodies = bodiesOf(records, HEAD.length)
      expect(records.bytes.subarray(0, HEAD.length)).toEqual(HEAD)
      expect(bodies.map((body) => avsc.toBuffer(avsc.fromBuffer(body)))).toEqual(bodies)
      expect(rowsOf(decode(recordsOf(bodies)))).toEqual(values.map(({ read }) => read))
    }),
    { numRuns: 1000 },
  )
})

test('rows without a schema get one, by which avsc reads them, and we read the same rows', () => {
  fc.assert(
    fc.property(some, ({ schema, values }) => {
      const avsc = avscType(schema)
      const { fields, decode } = reading(JSON.stringify(schema))
      const rows = decode(recordsOf(values.map(({ written }) => avsc.toBuffer(written))))
      const made = schemaOfRows(fields, 'my.topic-value')
      const bodies = bodiesOf(write(made, fields, rows, new Uint8Array(0)), 0)
      const other = avscType(JSON.parse(made))
      expect(bodies.map((body) => other.toBuffer(other.fromBuffer(body)))).toEqual(bodies)
      const read = reading(made)
      expect(read.fields).toEqual(fields)
      expect(rowsOf(read.decode(recordsOf(bodies)))).toEqual(values.map(({ read }) => read))
    }),
    { numRuns: 1000 },
  )
})

const recordOf = (...fields: unknown[]) => JSON.stringify({ type: 'record', name: 'r', fields })
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const A = (type: types.Type): readonly Field[] => [{ name: 'a', type }]

test.each<[string, unknown, types.Type, string]>([
  ['a long in an int', 'int', types.BIGINT, 'field a of schema r is int, and the column is BIGINT'],
  [
    'another scale',
    { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
    types.decimal(9, 3),
    'is bytes (decimal)',
  ],
  [
    'a wall clock in an instant',
    { type: 'long', logicalType: 'timestamp-millis' },
    types.TIMESTAMP,
    'is long (timestamp)',
  ],
  ['several types', ['int', 'string'], types.INT, 'is a union of several types'],
  ['items', { type: 'array', items: 'int' }, types.arrayOf(types.STRING), 'is int, and the column is STRING'],
])('%s is refused before the first row', (_, type, column, message) => {
  expect(() => putsOf(readColumns(readSchema(recordOf(field('b', 'int')))).record, A(types.INT))).toThrow(
    'no field for column a',
  )
  const schema = readSchema(recordOf(field('a', type)))
  if (schema.kind !== 'record') throw new Error('it is a record')
  expect(() => putsOf(schema, A(column))).toThrow(message)
})

test('columns that the schema has no field for are named at once', () => {
  const { record } = readColumns(readSchema(recordOf(field('b', ['null', 'int']))))
  const rows = [
    { name: 'x', type: types.INT },
    { name: 'b', type: types.INT },
    { name: 'y', type: types.INT },
  ]
  expect(() => putsOf(record, rows)).toThrow(/has no field for columns x, y$/)
})

test('fields that the rows have no column for have their default, or null, or are refused', () => {
  const schema = recordOf(
    field('b', 'string', { default: 'x' }),
    field('a', 'int'),
    field('c', ['null', 'int']),
    field('d', ['int', 'null'], { default: 3 }),
  )
  const bodies = bodiesOf(write(schema, A(types.INT), batchOf(A(types.INT), [[5]]), new Uint8Array(0)), 0)
  expect(rowsOf(reading(schema).decode(recordsOf(bodies)))).toEqual([['x', 5, null, 3]])
  const { record } = readColumns(readSchema(recordOf(field('a', 'int'), field('e', 'int'))))
  expect(() => putsOf(record, A(types.INT))).toThrow('field e of schema r has no default')
})

test.each<[string, unknown, types.Type, Value, string]>([
  ['NULL', 'int', types.INT, null, 'column a is NULL, and its field is never null'],
  ['a text', { type: 'fixed', name: 'f', size: 3 }, types.STRING, 'ab', 'column a has 2 bytes, and its field 3'],
  [
    'a symbol',
    { type: 'enum', name: 'e', symbols: ['A'] },
    types.STRING,
    'B',
    'column a is none of the symbols of its field',
  ],
  ['no UUID', { type: 'fixed', name: 'u', size: 16, logicalType: 'uuid' }, types.STRING, 'x', 'column a is no UUID'],
  [
    'digits',
    { type: 'fixed', name: 'd', size: 1, logicalType: 'decimal', precision: 4 },
    types.decimal(4, 0),
    128n,
    'column a is longer than the 1 bytes of its field',
  ],
])(
  'a row with %s that its field cannot hold is refused, and the others are written',
  (_, type, column, value, reason) => {
    const good: Value =
      column.kind === 'INT'
        ? 1
        : column.kind === 'DECIMAL'
          ? -128n
          : type instanceof Object && 'size' in type
            ? type.size === 3
              ? 'abc'
              : '00112233-4455-6677-8899-aabbccddeeff'
            : 'A'
    const schema = recordOf(field('a', type))
    const refused: string[] = []
    const { columns } = batchOf(A(column), [[good], [value], [good]])
    const { record, decode } = reading(schema)
    const records = writeRows(putsOf(record, A(column)), new Uint8Array(0), {
      columns,
      from: 0,
      to: 3,
      refuse: (row, why) => refused.push(`${row} ${why}`),
    })
    expect(refused).toEqual([`1 ${reason}`])
    expect(rowsOf(decode(records))).toEqual([[good], [good]])
  },
)

test.each<[readonly Field[], string]>([
  [[{ name: 'a b', type: types.INT }], 'column a b: a name in Avro has letters, digits and _ only'],
  [A(types.INTERVAL_DAY), 'column a is INTERVAL DAY TO SECOND, which Avro has no type for'],
  [A(types.mapOf(types.INT, types.INT)), 'column a is MAP<INT, INT>, and the keys of a map in Avro are texts'],
])('columns without a type in Avro are refused', (fields, message) => {
  expect(() => schemaOfRows(fields, 'x')).toThrow(message)
})

test('timestamps of more digits count micro- and nanoseconds, and nanoseconds have an end', () => {
  const fields = [
    { name: 'a', type: types.timestamp(6, true) },
    { name: 'b', type: types.timestamp(9) },
  ]
  const schema = schemaOfRows(fields, 'rows')
  const rows = batchOf(fields, [[1_500_000_000n, -1n]])
  const records = write(schema, fields, rows)
  const plain = schema.replaceAll(/,"logicalType":"[^"]*"/g, '')
  expect(schema).toContain('"timestamp-micros"')
  expect(schema).toContain('"local-timestamp-nanos"')
  const bodies = recordsOf(bodiesOf(records, HEAD.length))
  expect(rowsOf(reading(plain).decode(bodies))).toEqual([[1_500_000n, -1n]])
  expect(rowsOf(reading(schema).decode(bodies))).toEqual([[1500, -1]])
  const late = batchOf(fields, [[0n, 2n ** 64n]])
  expect(() => write(schema, fields, late)).toThrow('column b is before 1677-09-22 or after 2262-04-11')
})
