import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Batch, type Value, valueAt } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import { readColumns } from './column-type.ts'
import { avroDecoder } from './decoder.ts'
import { anyRecord, avscType, type MadeValue } from './random-schema.test-tool.ts'
import { readSchema } from './schema.ts'

type Outcome = {
  readonly rows: readonly (readonly Value[])[]
  readonly rejects: readonly string[]
  readonly batch: Batch
}

/** Decodes records without a head by a writer's and a reader's schema. */
function decode(writer: unknown, reader: unknown, records: readonly Uint8Array[], wanted?: readonly number[]): Outcome {
  const { record, fields } = readColumns(readSchema(JSON.stringify(reader)))
  const schema = readSchema(JSON.stringify(writer))
  const all = fields.map((_, index) => index)
  const decoder = avroDecoder({ record, fields, schemas: () => schema, hasHead: false }, wanted ?? all)
  const rejects: string[] = []
  const read = () => decoder(recordsOf(records), { add: (i, byte, reason) => rejects.push(`${i}:${byte} ${reason}`) })
  // Twice: nothing of one batch is left in the next.
  read()
  rejects.length = 0
  const batch = read()
  const rows = Array.from({ length: batch.count }, (_, row) => batch.columns.map((column) => valueAt(column, row)))
  return { rows, rejects, batch }
}

const recordOf = (...fields: unknown[]) => ({ type: 'record', name: 'r', fields })
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })

const some = anyRecord.chain((made) =>
  fc.record({ schema: fc.constant(made.schema), values: fc.array(made.values, { minLength: 1, maxLength: 5 }) }),
)

const encoded = (schema: unknown, values: readonly MadeValue[]): Buffer[] => {
  const type = avscType(schema)
  return values.map(({ written }) => type.toBuffer(written))
}

test('what avsc writes is read as the same values, whatever the schema, and whichever columns are wanted', () => {
  fc.assert(
    fc.property(some, fc.array(fc.nat(5), { maxLength: 6 }), ({ schema, values }, picks) => {
      const records = encoded(schema, values)
      const all = decode(schema, schema, records)
      expect(all.rejects).toEqual([])
      expect(all.rows).toEqual(values.map(({ read }) => read))
      const length = all.batch.columns.length
      const wanted = [...new Set(picks.filter((pick) => pick < length))]
      expect(decode(schema, schema, records, wanted).rows).toEqual(all.rows.map((row) => wanted.map((at) => row[at])))
    }),
    { numRuns: 1000 },
  )
})

test('damaged records are rows or rejects, the same whichever columns are wanted, and take no room of their own', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'add')), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(some, damage, ({ schema, values }, changes) => {
      const records = encoded(schema, values).map((bytes) =>
        changes.reduce((rest, [place, byte, how]) => {
          const at = rest.length === 0 ? 0 : place % rest.length
          if (how === 'cut') return rest.subarray(0, at)
          if (how === 'add') return Buffer.concat([rest.subarray(0, at), Buffer.of(byte, byte, 255), rest.subarray(at)])
          const changed = Buffer.from(rest)
          changed[at] = byte
          return changed
        }, bytes),
      )
      const all = decode(schema, schema, records)
      expect(all.rows.length + all.rejects.length).toBe(records.length)
      expect(decode(schema, schema, records, []).rejects).toEqual(all.rejects)
      for (const reject of all.rejects) {
        const [, record, byte] = /^(\d+):(\d+) /.exec(reject) ?? []
        expect(Number(byte)).toBeLessThanOrEqual(records[Number(record)]?.length ?? -1)
      }
    }),
    { numRuns: 2000 },
  )
})

test('bytes of chance are rows or rejects', () => {
  const schema = recordOf(
    field('a', { type: 'array', items: ['null', 'string'] }),
    field('b', { type: 'map', values: { type: 'array', items: 'long' } }),
    field('c', { type: 'array', items: { type: 'record', name: 'empty', fields: [] } }, {}),
  )
  const reader = recordOf(field('a', { type: 'array', items: ['null', 'string'] }))
  const bytes = fc.uint8Array({ maxLength: 60 })
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 3 }), (records) => {
      const { rows, rejects } = decode(schema, reader, records)
      expect(rows.length + rejects.length).toBe(records.length)
    }),
    { numRuns: 5000 },
  )
})

test.each([
  [
    'a count beyond the bytes',
    [0xfe, 0xff, 0xff, 0xff, 0x0f],
    '0:0 field a has 2147483647 parts, and 0 bytes are left',
  ],
  ['parts of no bytes', [0x04, 0x00, 0x00], '0:0 field a has parts of no bytes, which are not read'],
  ['a number of eleven bytes', Array(11).fill(0xff), '0:0 the record ends within field a'],
])('%s is a reject', (_, bytes, reject) => {
  const schema = recordOf(field('a', { type: 'array', items: 'null' }), field('b', 'int', { default: 1 }))
  const reader = recordOf(field('b', 'int', { default: 1 }))
  expect(decode(schema, reader, [Uint8Array.from(bytes)]).rejects).toEqual([reject])
})

test.each<[string, unknown, number[], string]>([
  ['a text', 'string', [0x08, 0x61], '0 field a has 4 bytes, and 1 are left'],
  ['a text of less than nothing', 'string', [0x01], '0 field a has -1 bytes, and 0 are left'],
  ['a boolean', 'boolean', [2], '0 field a is 2, and a boolean is 0 or 1'],
  ['an int', 'int', [0x80, 0x80, 0x80, 0x80, 0x10], '0 field a is beyond 32 bits'],
  ['a long', 'long', Array(10).fill(0xff), '0 field a is a number of more than 64 bits'],
  ['a union', ['null', 'int'], [0x04], '0 field a is branch 2 of its union, and there is none'],
  ['an enum', { type: 'enum', name: 'e', symbols: ['A'] }, [0x02], '0 field a is symbol 1, and there is none'],
  ['a double', 'double', [0, 0], '0 the record ends within field a'],
  [
    'a day',
    { type: 'int', logicalType: 'date' },
    [0xfe, 0xff, 0xff, 0xff, 0x0f],
    '0 field a is no day from year 1 to 9999',
  ],
  ['more bytes', 'boolean', [1, 7, 7], '1 expected the end of the record, and 2 bytes follow'],
  [
    'too many digits',
    { type: 'bytes', logicalType: 'decimal', precision: 2 },
    [2, 100],
    "1 field a has more digits than the topic's decimal",
  ],
])('%s that is damaged says where and why', (_, type, bytes, reject) => {
  const schema = recordOf(field('a', type))
  expect(decode(schema, schema, [Uint8Array.from(bytes)]).rejects).toEqual([`0:${reject}`])
})

test('a value that contains itself is passed over, but not without end', () => {
  const node = { type: 'record', name: 'node', fields: [field('next', ['null', 'node'])] }
  const writer = recordOf(field('list', node), field('n', 'int'))
  const reader = recordOf(field('n', 'int'))
  const chain = (length: number) => Uint8Array.from([...Array(length).fill(2), 0, 14])
  expect(decode(writer, reader, [chain(3)]).rows).toEqual([[7]])
  const { rejects } = decode(writer, reader, [chain(100_000), chain(1)])
  expect(rejects).toEqual([expect.stringMatching(/^0:\d+ field list.* is nested deeper than 64 values$/)])
})
