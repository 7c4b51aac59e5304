/** Random types and values of them, nested ones too. */
import fc from 'fast-check'
import type { Value } from './column.ts'
import { cutNanos } from './nanos.ts'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DOUBLE,
  decimal,
  FLOAT,
  hasMap,
  INT,
  mapOf,
  rowOf,
  SMALLINT,
  STRING,
  TINYINT,
  type Type,
  timestamp,
} from './type.ts'

const PLAIN: readonly Type[] = [
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  decimal(20, 2),
  STRING,
  BYTES,
  timestamp(9),
  timestamp(6, true),
]

/** Any of the types that stand for a kind of column, nested up to three deep. */
export const anyType: fc.Arbitrary<Type> = fc.letrec<{ type: Type; plain: Type }>((tie) => ({
  plain: fc.constantFrom(...PLAIN),
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'type' },
    tie('plain'),
    fc.oneof(
      { depthIdentifier: 'type' },
      tie('type').map(arrayOf),
      fc.tuple(fc.constantFrom<Type>(STRING, INT), tie('type')).map(([key, value]) => mapOf(key, value)),
      fc
        .array(tie('type'), { minLength: 1, maxLength: 3 })
        .map((types) => rowOf(types.map((type, index) => ({ name: `f${index}`, type })))),
    ),
  ),
})).type

/** Types whose values can be keys. */
export const keyType: fc.Arbitrary<Type> = anyType.filter((type) => !hasMap(type))

/** A value of the type, which may be NULL. */
export const anyValueOf = (type: Type): fc.Arbitrary<Value> => fc.option(presentValue(type), { freq: 4 })

function presentValue(type: Type): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'BOOLEAN':
      return fc.boolean()
    case 'TINYINT':
      return fc.integer({ min: -128, max: 127 })
    case 'SMALLINT':
      return fc.integer({ min: -32768, max: 32767 })
    case 'INT':
      return fc.integer()
    case 'BIGINT':
      return fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    case 'FLOAT':
      return fc.float({ noNaN: true })
    case 'DOUBLE':
      return fc.double({ noNaN: true })
    case 'DECIMAL':
      return fc.bigInt({ min: 1n - 10n ** 20n, max: 10n ** 20n - 1n })
    case 'FINE_TIMESTAMP':
      // From year 1 to 9999.
      return fc
        .bigInt({ min: -62_135_596_800n * 10n ** 9n, max: 253_402_300_799n * 10n ** 9n })
        .map((nanos) => cutNanos(nanos, type.digits))
    case 'BYTES':
      return fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
    case 'ARRAY':
      return fc.array(anyValueOf(type.element), { maxLength: 3 })
    case 'MAP': {
      const entry = fc.tuple(presentValue(type.key), anyValueOf(type.value))
      return fc.uniqueArray(entry, { selector: ([key]) => key, maxLength: 3 })
    }
    case 'ROW':
      return fc.tuple(...type.fields.map((field) => anyValueOf(field.type)))
    default:
      return fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\x01', 'ÿ', '😀'), maxLength: 4 })
  }
}

/** A type and a column of values of it. */
export const typeAndValues: fc.Arbitrary<readonly [Type, readonly Value[]]> = anyType.chain((type) =>
  fc.tuple(fc.constant(type), fc.array(anyValueOf(type), { minLength: 1, maxLength: 20 })),
)
