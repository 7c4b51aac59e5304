/**
 * The columns that the records of a schema have, for the readers of a topic.
 *
 * | Avro | column |
 * | --- | --- |
 * | boolean, int, long | BOOLEAN, INT, BIGINT |
 * | float, double | DOUBLE |
 * | string, enum, uuid | STRING |
 * | bytes, fixed | STRING, of these bytes |
 * | decimal | DECIMAL of its precision and scale |
 * | date, time-* | DATE, TIME |
 * | timestamp-* | TIMESTAMP_LTZ(3) |
 * | local-timestamp-* | TIMESTAMP(3) |
 * | array, map, record | ARRAY, MAP with texts as keys, ROW |
 * | a union of null and one of these | the same, perhaps NULL |
 */
import { Failure, throwAll } from '../../base/failure.ts'
import type { Field, Type } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import type { Logical } from './logical.ts'
import { type AvroRecord, type AvroType, DEEPEST, withoutNull } from './schema.ts'

const MOST_DIGITS = 38

/** The record of a reader's schema, and its columns. Throws a Failure `usage` with each field that no column can have. */
export function readColumns(schema: AvroType): { readonly record: AvroRecord; readonly fields: readonly Field[] } {
  if (schema.kind !== 'record') {
    throw new Failure('usage', `the Avro schema is of type ${schema.kind}, and columns are the fields of a record`)
  }
  const failures: Failure[] = []
  const fields = schema.fields.flatMap(({ name, type }) => {
    const found = columnType(type, [schema])
    if (typeof found !== 'string') return [{ name, type: found }]
    failures.push(new Failure('usage', `field ${name} of ${schema.name} ${found}`))
    return []
  })
  throwAll(failures)
  if (fields.length === 0) throw new Failure('usage', `record ${schema.name} has no fields, so there are no columns`)
  return { record: schema, fields }
}

/** The type of a column with such values; a text: what keeps them from being one, as words after its name. */
function columnType(type: AvroType, around: readonly AvroRecord[]): Type | string {
  const inner = withoutNull(type)
  if (inner === undefined) return 'is a union of several types, and a column has one: unions are read with null alone'
  if (around.length > DEEPEST) return `is nested deeper than ${DEEPEST} types`
  const { type: own } = inner
  switch (own.kind) {
    case 'null':
      return 'is always null'
    case 'record': {
      if (around.includes(own)) return `contains ${own.name} again, without end`
      if (own.fields.length === 0) return `is the record ${own.name}, which has no fields`
      const fields: types.RowField[] = []
      for (const field of own.fields) {
        const found = columnType(field.type, [...around, own])
        if (typeof found === 'string') return `has a field ${field.name} that ${found}`
        fields.push({ name: field.name, type: found })
      }
      return types.rowOf(fields)
    }
    case 'array': {
      const element = columnType(own.items, around)
      return typeof element === 'string' ? `has items of which each ${element}` : types.arrayOf(element)
    }
    case 'map': {
      const value = columnType(own.values, around)
      return typeof value === 'string' ? `has values of which each ${value}` : types.mapOf(types.STRING, value)
    }
    case 'enum':
      return types.STRING
    case 'union':
      return 'is a union in a union'
    default:
      return own.logical === undefined ? PLAIN[own.kind] : logicalType(own.logical)
  }
}

const PLAIN = {
  boolean: types.BOOLEAN,
  int: types.INT,
  long: types.BIGINT,
  float: types.DOUBLE,
  double: types.DOUBLE,
  bytes: types.STRING,
  fixed: types.STRING,
  string: types.STRING,
} as const

function logicalType(logical: Logical): Type | string {
  switch (logical.kind) {
    case 'decimal': {
      const { precision, scale } = logical
      if (precision <= MOST_DIGITS) return types.decimal(precision, scale)
      return `is a decimal of ${precision} digits, and a DECIMAL has ${MOST_DIGITS} at most`
    }
    case 'uuid':
      return types.STRING
    case 'date':
      return types.DATE
    case 'time':
      return types.TIME
    case 'timestamp':
      return logical.isLocal ? types.TIMESTAMP : types.TIMESTAMP_LTZ
    case 'duration':
      return 'is a duration, of months, days and milliseconds at once: no column holds that'
  }
}
