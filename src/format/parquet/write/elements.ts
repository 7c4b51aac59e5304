/**
 * The columns of SQL as the schema of a Parquet file. Any value may be NULL, so all are optional. Types that Parquet knows under
 * a logical type get the older "converted" one too, where there is one, as many readers know no other.
 */
import type { SchemaElement } from 'hyparquet'
import type { Field, Type } from '../../../record/type.ts'

/** Digits that 4 and 8 bytes hold; more take 16 bytes. */
const [INT_DIGITS, LONG_DIGITS] = [9, 18]
const WIDE_BYTES = 16

/** The schema of a file with these columns. The types have been checked by `whyUnwritable`. */
export const schemaOf = (fields: readonly Field[]): SchemaElement[] => [
  { name: 'root', num_children: fields.length },
  ...fields.flatMap(({ name, type }) => elementsOf(name, type)),
]

/** Why a column of the type cannot be written, in words; undefined: it can. */
export function whyUnwritable(type: Type): string | undefined {
  switch (type.kind) {
    case 'INTERVAL_DAY':
    case 'INTERVAL_MONTH':
    case 'NULL':
      return `Parquet has no type for ${type.kind === 'NULL' ? 'a bare NULL' : 'an INTERVAL'}`
    case 'FINE_TIMESTAMP':
      return type.digits > 6
        ? 'Parquet keeps nanoseconds from 1677 to 2262 alone: CAST it to 6 digits of a second'
        : undefined
    case 'ARRAY':
      return whyUnwritable(type.element)
    case 'MAP':
      return type.key.kind === 'STRING' ? whyUnwritable(type.value) : 'the keys of a MAP have to be STRING'
    case 'ROW':
      if (type.fields.length === 0) return 'a ROW has to have fields'
      return type.fields.map((field) => whyUnwritable(field.type)).find((why) => why !== undefined)
    default:
      return undefined
  }
}

function elementsOf(name: string, type: Type, repetition: 'OPTIONAL' | 'REQUIRED' = 'OPTIONAL'): SchemaElement[] {
  const own = { name, repetition_type: repetition }
  const group = (children: number): SchemaElement => ({ ...own, num_children: children })
  const repeated = (kind: string, children: number): SchemaElement => ({
    name: kind,
    repetition_type: 'REPEATED',
    num_children: children,
  })
  switch (type.kind) {
    case 'ARRAY':
      return [
        { ...group(1), converted_type: 'LIST', logical_type: { type: 'LIST' } },
        repeated('list', 1),
        ...elementsOf('element', type.element),
      ]
    case 'MAP':
      return [
        { ...group(1), converted_type: 'MAP', logical_type: { type: 'MAP' } },
        repeated('key_value', 2),
        ...elementsOf('key', type.key, 'REQUIRED'),
        ...elementsOf('value', type.value),
      ]
    case 'ROW':
      return [group(type.fields.length), ...type.fields.flatMap((field) => elementsOf(field.name, field.type))]
    default:
      return [{ ...own, ...leafOf(type) }]
  }
}

function leafOf(type: Type): Omit<SchemaElement, 'name'> {
  switch (type.kind) {
    case 'BOOLEAN':
      return { type: 'BOOLEAN' }
    case 'BYTES':
      return { type: 'BYTE_ARRAY' }
    case 'TINYINT':
      return { type: 'INT32', converted_type: 'INT_8', logical_type: { type: 'INTEGER', bitWidth: 8, isSigned: true } }
    case 'SMALLINT':
      return {
        type: 'INT32',
        converted_type: 'INT_16',
        logical_type: { type: 'INTEGER', bitWidth: 16, isSigned: true },
      }
    case 'INT':
      return { type: 'INT32' }
    case 'DATE':
      return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
    case 'TIME':
      return { type: 'INT32', logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MILLIS' } }
    case 'BIGINT':
      return { type: 'INT64' }
    case 'FLOAT':
      return { type: 'FLOAT' }
    case 'DOUBLE':
      return { type: 'DOUBLE' }
    case 'FINE_TIMESTAMP':
      return { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: type.zoned, unit: 'MICROS' } }
    case 'TIMESTAMP':
      return { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' } }
    case 'TIMESTAMP_LTZ':
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      }
    case 'DECIMAL': {
      const { precision, scale } = type
      const decimal = {
        converted_type: 'DECIMAL',
        logical_type: { type: 'DECIMAL', precision, scale },
        precision,
        scale,
      } as const
      if (precision <= INT_DIGITS) return { type: 'INT32', ...decimal }
      if (precision <= LONG_DIGITS) return { type: 'INT64', ...decimal }
      return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: WIDE_BYTES, ...decimal }
    }
    default:
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
  }
}
