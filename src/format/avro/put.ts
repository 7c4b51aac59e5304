/**
 * How the value of a column is written as the value of a field: a tree that `writer.ts` follows for each row. What cannot be written so is
 * refused here, before the first row.
 */
import { Failure, throwAll } from '../../base/failure.ts'
import {
  type Field,
  isApproximate,
  isByteRange,
  isInteger,
  isSmallInteger,
  type RowField,
  shortTypeName,
  type Type,
} from '../../record/type.ts'
import { defaultBytes, varint } from './default.ts'
import type { Logical } from './logical.ts'
import { type AvroField, type AvroRecord, type AvroType, withoutNull } from './schema.ts'

export type Put = {
  /** As in the drawing of `writer.ts`. */
  readonly how:
    | 'boolean'
    | 'whole'
    | 'times'
    | 'float'
    | 'double'
    | 'text'
    | 'bytes'
    | 'fixed'
    | 'uuid'
    | 'symbol'
    | 'decimal'
    | 'fixed decimal'
    | 'array'
    | 'map'
    | 'record'
    | 'constant'
  /** The column: among those of the rows, or of the ROW around. */
  readonly column: number
  /** What stands before NULL in a union: its branch; undefined: NULL is refused. */
  readonly null: Uint8Array | undefined
  /** What stands before another value: its branch; empty where there is no union. */
  readonly branch: Uint8Array
  readonly inner: readonly Put[]
  /** Bytes of a fixed; how many of the unit are a millisecond. */
  readonly size: number
  readonly symbols: ReadonlyMap<string, Uint8Array>
  /** The bytes of every row, of a field that the rows have no column for. */
  readonly constant: Uint8Array
  readonly what: string
}

const NOTHING = new Uint8Array(0)
const NO_SYMBOLS: ReadonlyMap<string, Uint8Array> = new Map()

/** How rows with these columns are written as the record. Throws a Failure `usage` with each column or field that cannot be. */
export function putsOf(record: AvroRecord, columns: readonly Field[]): readonly Put[] {
  const failures: Failure[] = []
  const refuse = (why: string, hint?: string) => failures.push(new Failure('usage', why, { hint }))
  const missing = columns.map(({ name }) => name).filter((name) => !record.fields.some((field) => field.name === name))
  if (missing.length > 0) {
    const names = `column${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`
    refuse(`the schema ${record.name} has no field for ${names}`, 'Add what is missing to the schema.')
  }
  const puts = record.fields.flatMap((field) => {
    const put = fieldPut(field, columns)
    if (typeof put !== 'string') return [put]
    refuse(`field ${field.name} of schema ${record.name} ${put}`)
    return []
  })
  throwAll(failures)
  return puts
}

/** How a field is written, by the column of its name; a text: why it cannot be, as words after its name. */
function fieldPut(field: AvroField, columns: readonly RowField[]): Put | string {
  const { name, type } = field
  const column = columns.findIndex((one) => one.name === name)
  const found = columns[column]
  if (found !== undefined) return putOf(type, found.type, { column, what: name })
  const isNullable = type.kind === 'null' || withoutNull(type)?.isNullable === true
  if (field.default === undefined && !isNullable) return 'has no default, and the rows have no column of its name'
  const constant = defaultBytes(type, field.default ?? null, name)
  return { ...base({ column: 0, what: name }), how: 'constant', constant }
}

type Place = { readonly column: number; readonly what: string }

const base = ({ column, what }: Place): Omit<Put, 'how'> => ({
  column,
  what,
  null: undefined,
  branch: NOTHING,
  inner: [],
  size: 0,
  symbols: NO_SYMBOLS,
  constant: NOTHING,
})

function putOf(type: AvroType, column: Type, place: Place): Put | string {
  const found = withoutNull(type)
  if (found === undefined) return 'is a union of several types, which is not written'
  const put = valuePut(found.type, column, place)
  if (typeof put === 'string' || type.kind !== 'union') return put
  const branchOf = (isNull: boolean) => varint(type.branches.findIndex(({ kind }) => (kind === 'null') === isNull))
  return { ...put, branch: branchOf(false), null: found.isNullable ? branchOf(true) : undefined }
}

/** How a value that is not NULL is written. */
function valuePut(type: AvroType, column: Type, place: Place): Put | string {
  const put = (how: Put['how'], more: Partial<Put> = {}): Put => ({ ...base(place), how, ...more })
  const refused = `is ${nameOf(type)}, and the column is ${shortTypeName(column)}`
  switch (type.kind) {
    case 'boolean':
      return column.kind === 'BOOLEAN' ? put('boolean') : refused
    case 'int':
      return fitsInt(type.logical, column) ? put('whole') : refused
    case 'long':
      return longPut(type.logical, column, put) ?? refused
    case 'float':
      // An INT may have more digits.
      return isApproximate(column) ? put('float') : refused
    case 'double':
      return isApproximate(column) || isSmallInteger(column) ? put('double') : refused
    case 'string':
      return column.kind === 'STRING' || column.kind === 'NULL' ? put('text') : refused
    case 'bytes':
      if (type.logical?.kind === 'decimal') return fitsDecimal(type.logical, column) ? put('decimal') : refused
      return isByteRange(column) ? put('bytes') : refused
    case 'fixed': {
      const { size, logical } = type
      if (logical?.kind === 'decimal') return fitsDecimal(logical, column) ? put('fixed decimal', { size }) : refused
      if (column.kind === 'BYTES' && logical === undefined) return put('fixed', { size })
      if (column.kind !== 'STRING') return refused
      return logical?.kind === 'uuid' ? put('uuid') : put('fixed', { size })
    }
    case 'enum':
      if (column.kind !== 'STRING') return refused
      return put('symbol', { symbols: new Map(type.symbols.map((symbol, index) => [symbol, varint(index)])) })
    case 'array':
      return column.kind === 'ARRAY'
        ? withInner(put('array'), [putOf(type.items, column.element, { ...place, column: 0 })])
        : refused
    case 'map':
      if (column.kind !== 'MAP' || column.key.kind !== 'STRING') return refused
      return withInner(put('map'), [
        put('text', { column: 0 }),
        putOf(type.values, column.value, { ...place, column: 1 }),
      ])
    case 'record':
      if (column.kind !== 'ROW') return refused
      return withInner(put('record'), recordPuts(type, column.fields))
    default:
      return refused
  }
}

function recordPuts(type: AvroRecord, fields: readonly RowField[]): readonly (Put | string)[] {
  const extra = fields.find(({ name }) => !type.fields.some((field) => field.name === name))
  if (extra !== undefined) return [`has no field ${extra.name}`]
  return type.fields.map((field) => {
    const put = fieldPut(field, fields)
    return typeof put === 'string' ? `has a field ${field.name} that ${put}` : put
  })
}

function withInner(put: Put, inner: readonly (Put | string)[]): Put | string {
  const refused = inner.find((one) => typeof one === 'string')
  return refused ?? { ...put, inner: inner.filter((one) => typeof one !== 'string') }
}

const DATES: { readonly [logical: string]: Type['kind'] } = { date: 'DATE', time: 'TIME' }

const fitsInt = (logical: Logical | undefined, column: Type): boolean =>
  logical === undefined ? isSmallInteger(column) : DATES[logical.kind] === column.kind

function longPut(
  logical: Logical | undefined,
  column: Type,
  put: (how: Put['how'], more?: Partial<Put>) => Put,
): Put | undefined {
  const { kind } = column
  if (logical === undefined) return isInteger(column) ? put('whole') : undefined
  if (logical.kind === 'time') return kind === 'TIME' ? put('times', { size: logical.perMs }) : undefined
  if (logical.kind !== 'timestamp') return undefined
  if (column.kind === 'FINE_TIMESTAMP') {
    const isHeld = column.digits <= (logical.perMs === 1 ? 3 : logical.perMs === 1000 ? 6 : 9)
    return isHeld && column.zoned !== logical.isLocal ? put('times', { size: logical.perMs }) : undefined
  }
  return kind === (logical.isLocal ? 'TIMESTAMP' : 'TIMESTAMP_LTZ') ? put('times', { size: logical.perMs }) : undefined
}

const fitsDecimal = ({ precision, scale }: Extract<Logical, { kind: 'decimal' }>, column: Type): boolean =>
  column.kind === 'DECIMAL' && column.scale === scale && column.precision <= precision

const nameOf = (type: AvroType): string =>
  'logical' in type && type.logical !== undefined ? `${type.kind} (${type.logical.kind})` : type.kind
