/** Which types of Cassandra a column of ours fits, and how it is written to each. */
import { findZone } from '../../base/timezone.ts'
import { type Type, typeName } from '../../record/type.ts'
import type { MappedColumn } from '../table/mapping.ts'
import {
  type EncodeColumn,
  encodeBigint,
  encodeBlob,
  encodeBoolean,
  encodeDate,
  encodeDecimal,
  encodeDouble,
  encodeFloat,
  encodeInt,
  encodeSmallint,
  encodeText,
  encodeTime,
  encodeTimestamp,
  encodeTinyint,
  encodeUuid,
  encodeVarint,
} from './encode.ts'

type Fit = { readonly cql: string; readonly encode: EncodeColumn }

/** The types, the one first that a new table gets; none: a table cannot have such a column. */
function fitsOf({ type, source }: Pick<MappedColumn, 'type' | 'source'>, timezone: string): readonly Fit[] {
  if (source.kind === 'row key' && source.form === 'uuid') return [UUID, ...TEXTS]
  switch (type.kind) {
    case 'BOOLEAN':
      return [{ cql: 'boolean', encode: encodeBoolean }]
    case 'TINYINT':
      return [{ cql: 'tinyint', encode: encodeTinyint }, ...SMALLINTS]
    case 'SMALLINT':
      return SMALLINTS
    case 'INT':
      return INTS
    case 'BIGINT':
      return BIGINTS
    case 'FLOAT':
      return [{ cql: 'float', encode: encodeFloat }, ...DOUBLES]
    case 'DOUBLE':
      return DOUBLES
    case 'DECIMAL':
      return [{ cql: 'decimal', encode: encodeDecimal(type.scale) }]
    case 'STRING':
      return [...TEXTS, UUID]
    case 'BYTES':
      return [{ cql: 'blob', encode: encodeBlob }]
    case 'DATE':
      return [{ cql: 'date', encode: encodeDate }]
    case 'TIME':
      return [{ cql: 'time', encode: encodeTime }]
    case 'TIMESTAMP':
      return [{ cql: 'timestamp', encode: encodeTimestamp(findZone(timezone)) }]
    case 'TIMESTAMP_LTZ':
      return [{ cql: 'timestamp', encode: encodeTimestamp(undefined) }]
    default:
      return []
  }
}

const UUID: Fit = { cql: 'uuid', encode: encodeUuid }
const TEXTS: readonly Fit[] = [
  { cql: 'text', encode: encodeText },
  { cql: 'ascii', encode: encodeText },
]
const BIGINTS: readonly Fit[] = [
  { cql: 'bigint', encode: encodeBigint },
  { cql: 'varint', encode: encodeVarint },
]

const DOUBLES: readonly Fit[] = [{ cql: 'double', encode: encodeDouble }]
const INTS: readonly Fit[] = [{ cql: 'int', encode: encodeInt }, ...BIGINTS]
const SMALLINTS: readonly Fit[] = [{ cql: 'smallint', encode: encodeSmallint }, ...INTS]

/** The type that a new table gets; undefined where Cassandra has none. */
export const ownType = (column: Pick<MappedColumn, 'type' | 'source'>): string | undefined =>
  fitsOf(column, 'UTC')[0]?.cql

/** How the column is written to a column of this type; undefined: it is not. */
export const encoderFor = (column: MappedColumn, cql: string, timezone: string): EncodeColumn | undefined =>
  fitsOf(column, timezone).find((fit) => fit.cql === cql)?.encode

/** What to write in a pipeline file for a column of this type in Cassandra; undefined: no type fits it. */
export function castFor(cql: string): string | undefined {
  const found = CASTS[cql]
  return found && typeName(found)
}

const CASTS: Readonly<Record<string, Type>> = {
  boolean: { kind: 'BOOLEAN' },
  tinyint: { kind: 'TINYINT' },
  smallint: { kind: 'SMALLINT' },
  int: { kind: 'INT' },
  bigint: { kind: 'BIGINT' },
  varint: { kind: 'BIGINT' },
  float: { kind: 'FLOAT' },
  double: { kind: 'DOUBLE' },
  blob: { kind: 'BYTES' },
  text: { kind: 'STRING' },
  ascii: { kind: 'STRING' },
  date: { kind: 'DATE' },
  time: { kind: 'TIME' },
  timestamp: { kind: 'TIMESTAMP_LTZ' },
}
