/** Types by their names, as written in CAST or declared for a column. A type that tailrace does not have is refused by name. */
import { nearest } from '../base/nearest.ts'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  isNested,
  mapOf,
  type RowField,
  rowOf,
  SMALLINT,
  STRING,
  TIME,
  TINYINT,
  type Type,
  timestamp,
  typeName,
} from './type.ts'

/** Why a type or a literal is refused; `hint` says what to write. */
export type Refused = { readonly refused: string; readonly hint?: string }

/** The most digits that a DECIMAL has. */
export const MAX_PRECISION = 38

/** A type; for CHAR(n), VARCHAR(n), BINARY(n) and VARBINARY(n) also the greatest length, and whether it is filled up. */
type BoundType = { readonly type: Type; readonly length?: number; readonly padded?: boolean }

/** A type as written: `DECIMAL(10, 2)` has two parameters; ARRAY, MAP and ROW have other types inside. */
export type NamedType = {
  readonly name: string
  readonly parameters: readonly number[]
  readonly inside?: readonly NamedPart[]
}

/** A type inside of another; of a ROW, with the name of its field. */
export type NamedPart = { readonly name?: string; readonly type: NamedType }

/** Other names of types, also those of two words. */
export const typeSynonyms: Readonly<Record<string, string>> = {
  INTEGER: 'INT',
  DEC: 'DECIMAL',
  NUMERIC: 'DECIMAL',
  CHARACTER: 'CHAR',
  'CHAR VARYING': 'VARCHAR',
  'BINARY VARYING': 'VARBINARY',
  'CHARACTER VARYING': 'VARCHAR',
  REAL: 'FLOAT',
  'DOUBLE PRECISION': 'DOUBLE',
}

const PLAIN: Readonly<Record<string, Type>> = {
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  STRING,
  BYTES,
  DATE,
}

const INSTEAD: Readonly<Record<string, string>> = {
  INT1: 'TINYINT',
  UNSIGNED: 'BIGINT',
  SIGNED: 'BIGINT',
  HUGEINT: 'DECIMAL(38, 0)',
  BYTEA: 'BYTES',
  INT2: 'SMALLINT',
  INT4: 'INT',
  INT8: 'BIGINT',
  INT16: 'SMALLINT',
  INT32: 'INT',
  INT64: 'BIGINT',
  UINT8: 'SMALLINT',
  UINT16: 'INT',
  UINT32: 'BIGINT',
  UINT64: 'DECIMAL(20, 0)',
  LONG: 'BIGINT',
  SHORT: 'SMALLINT',
  BYTE: 'TINYINT',
  MEDIUMINT: 'INT',
  FLOAT4: 'FLOAT',
  FLOAT8: 'DOUBLE',
  FLOAT32: 'FLOAT',
  FLOAT64: 'DOUBLE',
  NUMBER: 'DECIMAL(38, 9)',
  BOOL: 'BOOLEAN',
  TEXT: 'STRING',
  STR: 'STRING',
  UTF8: 'STRING',
  NVARCHAR: 'STRING',
  VARCHAR2: 'STRING',
  CLOB: 'STRING',
  JSON: 'STRING',
  UUID: 'STRING',
  BLOB: 'BYTES',
  DATETIME: 'TIMESTAMP(3)',
  TIMESTAMP_NTZ: 'TIMESTAMP(3)',
  TIMESTAMPTZ: 'TIMESTAMP_LTZ(3)',
}

const NAMES = [
  ...Object.keys(PLAIN),
  'INTEGER',
  'DECIMAL',
  'NUMERIC',
  'VARCHAR',
  'CHAR',
  'BINARY',
  'VARBINARY',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_LTZ',
]

/** The type, or why it is refused. */
export function typeNamed({ name: written, parameters, inside }: NamedType): BoundType | Refused {
  if (inside !== undefined || USAGE[written] !== undefined) return bindNested(written, inside ?? [])
  const name = typeSynonyms[written] ?? written
  const [first, second] = parameters
  const plain = PLAIN[name]
  if (plain !== undefined && first === undefined) return { type: plain }
  switch (name) {
    case 'DECIMAL':
      return bindDecimal(first ?? 10, second ?? 0)
    case 'CHAR':
      return bindText(first ?? 1, true)
    case 'VARCHAR': // Without a length it is as long as a text can be; only CHAR alone is CHAR(1).
      return first === undefined ? { type: STRING } : bindText(first, false)
    case 'BINARY':
      return bindBytes(first ?? 1, true)
    case 'VARBINARY':
      return first === undefined ? { type: BYTES } : bindBytes(first, false)
    case 'TIME':
      return first === undefined || first === 0
        ? { type: TIME }
        : { refused: `TIME has no fraction here`, hint: 'TIME' }
    case 'TIMESTAMP':
      return bindTimestamp(first ?? USUAL_DIGITS, false)
    case 'TIMESTAMP_LTZ':
      return bindTimestamp(first ?? USUAL_DIGITS, true)
  }
  return {
    refused: `type ${written}${first === undefined ? '' : `(${parameters.join(', ')})`} is not supported`,
    hint: hintFor(name),
  }
}

/** What to write for the name of a type that tailrace does not have. */
function hintFor(name: string): string {
  const instead = INSTEAD[name]
  if (instead !== undefined) return `write ${instead}`
  const near = nearest(name, NAMES)
  if (near !== undefined) return `did you mean ${near.startsWith('TIMESTAMP') ? `${near}(3)` : near}?`
  const plain =
    'BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p, s), STRING, BYTES, DATE, TIME, TIMESTAMP(3), TIMESTAMP_LTZ(3)'
  return `the types are ${plain}, ${Object.values(USAGE).join(', ')}`
}

/** A type that consists of others. */
function bindNested(name: string, inside: readonly NamedPart[]): BoundType | Refused {
  const fields: RowField[] = []
  for (const part of inside) {
    const bound = typeNamed(part.type)
    if ('refused' in bound) return bound
    if (bound.length !== undefined)
      return {
        refused: `${typeName(bound.type)} inside of ${name} has no greatest length here`,
        hint: `write ${typeName(bound.type)}`,
      }
    fields.push({ name: part.name ?? '', type: bound.type })
  }
  const [first, second] = fields.map(({ type }) => type)
  const isWhole = inside.length === (name === 'MAP' ? 2 : name === 'ARRAY' ? 1 : Math.max(1, inside.length))
  if (first === undefined || !isWhole) return { refused: `this is no whole ${name}`, hint: `write ${USAGE[name]}` }
  if (name === 'ARRAY') return { type: arrayOf(first) }
  if (name === 'ROW') {
    const twice = fields.find((field, index) => fields.findIndex((other) => other.name === field.name) !== index)
    return twice === undefined ? { type: rowOf(fields) } : { refused: `the ROW has two fields ${twice.name}` }
  }
  if (isNested(first)) return { refused: `${typeName(first)} cannot be the key of a MAP`, hint: 'use texts or numbers' }
  return { type: mapOf(first, second ?? first) }
}

const USAGE: Readonly<Record<string, string>> = {
  ARRAY: 'ARRAY<type>',
  MAP: 'MAP<key type, value type>',
  ROW: 'ROW<name type, …>',
}

function bindDecimal(precision: number, scale: number): BoundType | Refused {
  if (precision < 1 || precision > MAX_PRECISION || scale < 0 || scale > precision) {
    return {
      refused: `DECIMAL(${precision}, ${scale}) must have 1 to ${MAX_PRECISION} digits, and no more behind the point`,
    }
  }
  return { type: decimal(precision, scale) }
}

function bindText(length: number, padded: boolean): BoundType | Refused {
  return length < 1 ? { refused: 'a text is at least one character long' } : { type: STRING, length, padded }
}

function bindBytes(length: number, padded: boolean): BoundType | Refused {
  return length < 1 ? { refused: 'a value has at least one byte' } : { type: BYTES, length, padded }
}

/** Digits of a second where none are written, as in Flink. */
const USUAL_DIGITS = 6

function bindTimestamp(digits: number, zoned: boolean): BoundType | Refused {
  const type = zoned ? 'TIMESTAMP_LTZ' : 'TIMESTAMP'
  if (digits > 9) return { refused: `a ${type} has at most 9 digits of a second`, hint: `write ${type}(9)` }
  return { type: timestamp(digits, zoned) }
}
