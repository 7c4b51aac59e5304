/** Random schemas, with values as avsc takes them and as a column has them: avsc is the independent reader and writer of the tests. */
import avsc from 'avsc'
import fc from 'fast-check'
import type { Value } from '../../record/column.ts'

/** A type as a schema has it, and its values: as avsc has them, and as a column has them. */
export type MadeType = {
  readonly schema: unknown
  readonly values: fc.Arbitrary<MadeValue>
}

export type MadeValue = { readonly written: unknown; readonly read: Value }

/** 64-bit integers as bigints, which avsc by itself has as doubles. */
const longs = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer(value: bigint) {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** The schema as avsc reads and writes it: longs are bigints, and unions are values without the name of their branch. */
export const avscType = (schema: unknown): avsc.Type =>
  avsc.Type.forSchema(schema as avsc.Schema, {
    wrapUnions: 'never',
    typeHook: (one) => (one === 'long' || (one as { type?: unknown }).type === 'long' ? longs : undefined),
  })

let names = 0
const fresh = (kind: string): string => `${kind}_${names++}`

const made = (schema: unknown, values: fc.Arbitrary<MadeValue>): MadeType => ({ schema, values })

const same = <T extends Value>(schema: unknown, values: fc.Arbitrary<T>): MadeType =>
  made(
    schema,
    values.map((value) => ({ written: value, read: value })),
  )

const FIRST_MS = -62_135_596_800_000
const LAST_MS = 253_402_300_799_999
const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -100n, max: 100n }))
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const binary = fc.uint8Array({ maxLength: 9 })
const utf8 = new TextDecoder()

const time = (logicalType: string, perMs: number): MadeType =>
  made(
    { type: 'long', logicalType },
    fc.tuple(fc.integer({ min: FIRST_MS, max: LAST_MS }), fc.nat(perMs - 1)).map(([ms, rest]) => ({
      written: BigInt(ms) * BigInt(perMs) + BigInt(rest),
      read: ms,
    })),
  )

function decimalBytes(value: bigint, size: number): Buffer {
  const buffer = Buffer.alloc(size)
  let rest = value
  for (let at = size - 1; at >= 0; at--) {
    buffer[at] = Number(rest & 255n)
    rest >>= 8n
  }
  return buffer
}

const scalars: readonly (() => MadeType)[] = [
  () => same('boolean', fc.boolean()),
  () => same('int', fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  () => same('long', long),
  () => same('float', fc.float()),
  () => same('double', fc.double()),
  () => same('string', text),
  () => same({ type: 'string', logicalType: 'uuid' }, fc.uuid()),
  () =>
    made(
      'bytes',
      binary.map((bytes) => ({ written: Buffer.from(bytes), read: utf8.decode(bytes) })),
    ),
  () =>
    made(
      { type: 'fixed', name: fresh('fixed'), size: 3 },
      fc.uint8Array({ minLength: 3, maxLength: 3 }).map((bytes) => ({
        written: Buffer.from(bytes),
        read: utf8.decode(bytes),
      })),
    ),
  () =>
    made(
      { type: 'fixed', name: fresh('uuid'), size: 16, logicalType: 'uuid' },
      fc.uuid().map((uuid) => ({ written: Buffer.from(uuid.replaceAll('-', ''), 'hex'), read: uuid })),
    ),
  () => same({ type: 'enum', name: fresh('enum'), symbols: ['A', 'BB', 'CCC'] }, fc.constantFrom('A', 'BB', 'CCC')),
  () => same({ type: 'int', logicalType: 'date' }, fc.integer({ min: -719_162, max: 2_932_896 })),
  () => same({ type: 'int', logicalType: 'time-millis' }, fc.nat(86_399_999)),
  () =>
    made(
      { type: 'long', logicalType: 'time-micros' },
      fc.tuple(fc.nat(86_399_999), fc.nat(999)).map(([ms, us]) => ({ written: BigInt(ms * 1000 + us), read: ms })),
    ),
  () => time('timestamp-millis', 1),
  () => time('timestamp-micros', 1000),
  () => time('local-timestamp-millis', 1),
  () => time('local-timestamp-micros', 1000),
  () =>
    made(
      { type: 'bytes', logicalType: 'decimal', precision: 30, scale: 2 },
      fc.bigInt({ min: -(10n ** 30n) + 1n, max: 10n ** 30n - 1n }).map((value) => ({
        written: decimalBytes(value, 13),
        read: value,
      })),
    ),
  () =>
    made(
      { type: 'fixed', name: fresh('decimal'), size: 6, logicalType: 'decimal', precision: 10, scale: 4 },
      fc.bigInt({ min: -9_999_999_999n, max: 9_999_999_999n }).map((value) => ({
        written: decimalBytes(value, 6),
        read: value,
      })),
    ),
]

const nullable = (inner: MadeType, isFirst: boolean): MadeType =>
  made(
    isFirst ? ['null', inner.schema] : [inner.schema, 'null'],
    fc.option(inner.values, { nil: { written: null, read: null } }),
  )

const array = (inner: MadeType): MadeType =>
  made(
    { type: 'array', items: inner.schema },
    fc.array(inner.values, { maxLength: 4 }).map((all) => ({
      written: all.map(({ written }) => written),
      read: all.map(({ read }) => read),
    })),
  )

const map = (inner: MadeType): MadeType =>
  made(
    { type: 'map', values: inner.schema },
    fc
      .uniqueArray(
        fc.tuple(
          text.filter((key) => key !== '__proto__'),
          inner.values,
        ),
        { selector: ([key]) => key, maxLength: 3 },
      )
      .map((all) => {
        const written = Object.fromEntries(all.map(([key, { written }]) => [key, written]))
        const values = new Map(all.map(([key, { read }]) => [key, read]))
        return { written, read: Object.keys(written).map((key) => [key, values.get(key) ?? null]) }
      }),
  )

/** A record with these fields, called a, b, c, … */
export function recordOf(fields: readonly MadeType[], name: string = fresh('record')): MadeType {
  const named = fields.map(({ schema }, index) => ({ name: fieldName(index), type: schema }))
  return made(
    { type: 'record', name, fields: named },
    fc.tuple(...fields.map(({ values }) => values)).map((all) => ({
      written: Object.fromEntries(all.map(({ written }, index) => [fieldName(index), written])),
      read: all.map(({ read }) => read),
    })),
  )
}

export const fieldName = (index: number): string => String.fromCharCode(97 + index)

/** Types that a column can have, nested up to `depth` deep. */
export function anyType(depth: number): fc.Arbitrary<MadeType> {
  const scalar = fc.constantFrom(...scalars).map((make) => make())
  if (depth === 0) return scalar
  const inner = anyType(depth - 1)
  return fc.oneof(
    { arbitrary: scalar, weight: 4 },
    fc
      .tuple(anyType(depth - 1), fc.boolean())
      .map(([one, isFirst]) => (Array.isArray(one.schema) ? one : nullable(one, isFirst))),
    inner.map(array),
    inner.map(map),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((fields) => recordOf(fields)),
  )
}

/** A record of up to six fields. */
export const anyRecord: fc.Arbitrary<MadeType> = fc
  .array(anyType(2), { minLength: 1, maxLength: 6 })
  .map((fields) => recordOf(fields))
