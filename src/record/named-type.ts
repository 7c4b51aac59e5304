/** Types by their names, as written in CAST or declared for a column. A type that tailrace does not have is refused by name. */
import { nearest } from '../base/nearest.ts'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INT,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
} from './type.ts'

/** Why a type or a literal is refused; `hint` says what to write. */
export type Refused = { readonly refused: string; readonly hint?: string }

/** The most digits that a DECIMAL has. */
export const MAX_PRECISION = 38

/** A type; for CHAR(n) and VARCHAR(n) also the greatest length of the text, and whether it is padded with spaces. */
type BoundType = { readonly type: Type; readonly length?: number; readonly padded?: boolean }

/** A type as written: `DECIMAL(10, 2)` has two parameters. */
export type NamedType = { readonly name: string; readonly parameters: readonly number[] }

/** Other names of types, also those of two words. */
export const typeSynonyms: Readonly<Record<string, string>> = {
  INTEGER: 'INT',
  DEC: 'DECIMAL',
  NUMERIC: 'DECIMAL',
  CHARACTER: 'CHAR',
  'CHAR VARYING': 'VARCHAR',
  'CHARACTER VARYING': 'VARCHAR',
  REAL: 'FLOAT',
  'DOUBLE PRECISION': 'DOUBLE',
}

const PLAIN: Readonly<Record<string, Type>> = {
  BOOLEAN,
  INT,
  BIGINT,
  DOUBLE,
  STRING,
  DATE,
}

const INSTEAD: Readonly<Record<string, string>> = {
  TINYINT: 'INT',
  SMALLINT: 'INT',
  FLOAT: 'DOUBLE',
  INT1: 'INT',
  INT2: 'INT',
  INT4: 'INT',
  INT8: 'BIGINT',
  INT16: 'INT',
  INT32: 'INT',
  INT64: 'BIGINT',
  UINT8: 'INT',
  UINT16: 'INT',
  UINT32: 'BIGINT',
  UINT64: 'DECIMAL(20, 0)',
  LONG: 'BIGINT',
  SHORT: 'INT',
  BYTE: 'INT',
  MEDIUMINT: 'INT',
  FLOAT4: 'DOUBLE',
  FLOAT8: 'DOUBLE',
  FLOAT32: 'DOUBLE',
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
  BLOB: 'STRING',
  DATETIME: 'TIMESTAMP(3)',
  TIMESTAMP_NTZ: 'TIMESTAMP(3)',
  TIMESTAMPTZ: 'TIMESTAMP_LTZ(3)',
  BYTES: 'STRING',
  BINARY: 'STRING',
  VARBINARY: 'STRING',
}

const NAMES = [
  ...Object.keys(PLAIN),
  'INTEGER',
  'DECIMAL',
  'NUMERIC',
  'VARCHAR',
  'CHAR',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_LTZ',
]

/** The type, or why it is refused. */
export function typeNamed({ name: written, parameters }: NamedType): BoundType | Refused {
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
    case 'TIME':
      return first === undefined || first === 0
        ? { type: TIME }
        : { refused: `TIME has no fraction here`, hint: 'TIME' }
    case 'TIMESTAMP':
      return milliseconds(TIMESTAMP, first)
    case 'TIMESTAMP_LTZ':
      return milliseconds(TIMESTAMP_LTZ, first)
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
  return 'the types are BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p, s), STRING, DATE, TIME, TIMESTAMP(3), TIMESTAMP_LTZ(3)'
}

/** The type that a text names: `STRING`, `decimal(10, 2)`, `TIMESTAMP(3) WITH LOCAL TIME ZONE`; or why it is refused. */
export function typeOfText(written: string): { readonly type: Type } | Refused {
  const [, word, first, second, zone] =
    /^([A-Z_]+(?: [A-Z]+)?)(?:\s*\(\s*(\d+)(?:\s*,\s*(\d+))?\s*\))?(\s+WITH LOCAL TIME ZONE)?$/.exec(
      written.trim().toUpperCase().replaceAll(/\s+/g, ' '),
    ) ?? []
  if (word === undefined) return { refused: `"${written}" is not a type` }
  const name = zone === undefined ? word : `${word}_LTZ`
  return typeNamed({ name, parameters: [first, second].filter((digits) => digits !== undefined).map(Number) })
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

function milliseconds(type: Type, precision: number | undefined): BoundType | Refused {
  if (precision === 3) return { type }
  if (precision === undefined) {
    return {
      refused: `${type.kind} alone has six digits of a second, and here are three`,
      hint: `write ${type.kind}(3)`,
    }
  }
  return { refused: `times are kept in milliseconds, precision 3, not ${precision}`, hint: `write ${type.kind}(3)` }
}
