/** The types of Flink SQL that tailrace has. Their values in memory: see `column.ts`. */

export type Type =
  | { readonly kind: 'BOOLEAN' }
  | { readonly kind: 'TINYINT' } // 8 bits
  | { readonly kind: 'SMALLINT' } // 16 bits
  | { readonly kind: 'INT' } // 32 bits
  | { readonly kind: 'BIGINT' }
  | { readonly kind: 'FLOAT' } // 32-bit floating point
  | { readonly kind: 'DOUBLE' } // 64-bit floating point
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'STRING' }
  | { readonly kind: 'BYTES' } // any bytes, without a character set
  | { readonly kind: 'DATE' }
  | { readonly kind: 'TIME' } // TIME(0)
  // TIMESTAMP(3): wall clock, no zone. `digits`: those of a second, where there are fewer, which its text keeps.
  | { readonly kind: 'TIMESTAMP'; readonly digits?: 0 | 1 | 2 }
  | { readonly kind: 'TIMESTAMP_LTZ'; readonly digits?: 0 | 1 | 2 } // TIMESTAMP_LTZ(3): an instant
  | { readonly kind: 'FINE_TIMESTAMP'; readonly digits: FineDigits; readonly zoned: boolean } // either, of more digits
  | { readonly kind: 'INTERVAL_DAY' } // DAY TO SECOND(3)
  | { readonly kind: 'INTERVAL_MONTH' } // YEAR TO MONTH
  | { readonly kind: 'ARRAY'; readonly element: Type }
  // With `multiset` it is a MULTISET<key>, and the value, an INT, says how often the key is in it.
  | { readonly kind: 'MAP'; readonly key: Type; readonly value: Type; readonly multiset?: true }
  | { readonly kind: 'ROW'; readonly fields: readonly RowField[] }
  | { readonly kind: 'NULL' } // a bare NULL, before it is cast

/** Digits of a second that milliseconds do not hold. */
export type FineDigits = 4 | 5 | 6 | 7 | 8 | 9

/** A named part of a ROW. */
export type RowField = { readonly name: string; readonly type: Type }

/** Types whose values contain other values. */
export type NestedType = Extract<Type, { kind: 'ARRAY' | 'MAP' | 'ROW' }>

export type TypeKind = Type['kind']

export const BOOLEAN: Type = { kind: 'BOOLEAN' }
export const TINYINT: Type = { kind: 'TINYINT' }
export const SMALLINT: Type = { kind: 'SMALLINT' }
export const INT: Type = { kind: 'INT' }
export const BIGINT: Type = { kind: 'BIGINT' }
export const FLOAT: Type = { kind: 'FLOAT' }
export const DOUBLE: Type = { kind: 'DOUBLE' }
export const STRING: Type = { kind: 'STRING' }
export const BYTES: Type = { kind: 'BYTES' }
export const DATE: Type = { kind: 'DATE' }
export const TIME: Type = { kind: 'TIME' }
export const TIMESTAMP: Type = { kind: 'TIMESTAMP' }
export const TIMESTAMP_LTZ: Type = { kind: 'TIMESTAMP_LTZ' }
export const INTERVAL_DAY: Type = { kind: 'INTERVAL_DAY' }
export const INTERVAL_MONTH: Type = { kind: 'INTERVAL_MONTH' }
export const NULL: Type = { kind: 'NULL' }
/** The type DECIMAL(precision, scale). */
export const decimal = (precision: number, scale: number): Type => ({ kind: 'DECIMAL', precision, scale })
/** The type ARRAY<element>. */
export const arrayOf = (element: Type): Type => ({ kind: 'ARRAY', element })
/** The type MAP<key, value>. */
export const mapOf = (key: Type, value: Type): Type => ({ kind: 'MAP', key, value })
/** The type MULTISET<element>. */
export const multisetOf = (element: Type): Type => ({ kind: 'MAP', key: element, value: INT, multiset: true })
/** Whether the type is MULTISET<element>. */
export const isMultiset = (type: Type): boolean => type.kind === 'MAP' && type.multiset === true
/** The type ROW<name type, …>. */
export const rowOf = (fields: readonly RowField[]): Type => ({ kind: 'ROW', fields })

/** The name of a ROW's field as SQL takes it: in backquotes where it is more than one word. */
export const fieldName = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``

/** The type as Flink writes it. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'TIME':
      return 'TIME(0)'
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.digits ?? 3})`
    case 'FINE_TIMESTAMP':
      return `${type.zoned ? 'TIMESTAMP_LTZ' : 'TIMESTAMP'}(${type.digits})`
    case 'INTERVAL_DAY':
      return 'INTERVAL DAY TO SECOND'
    case 'INTERVAL_MONTH':
      return 'INTERVAL YEAR TO MONTH'
    case 'ARRAY':
      return `ARRAY<${typeName(type.element)}>`
    case 'MAP':
      if (isMultiset(type)) return `MULTISET<${typeName(type.key)}>`
      return `MAP<${typeName(type.key)}, ${typeName(type.value)}>`
    case 'ROW':
      return `ROW<${type.fields.map((field) => `${fieldName(field.name)} ${typeName(field.type)}`).join(', ')}>`
    default:
      return type.kind
  }
}

/** A name that is longer says less than its beginning. */
const LONGEST_NAME = 60

/** The type for a message: of a long one, what it is made of, `ARRAY<ROW<…>>`. */
export function shortTypeName(type: Type): string {
  const whole = typeName(type)
  if (whole.length <= LONGEST_NAME) return whole
  switch (type.kind) {
    case 'ARRAY':
      return `ARRAY<${shortTypeName(type.element)}>`
    case 'MAP':
      if (isMultiset(type)) return `MULTISET<${shortTypeName(type.key)}>`
      return `MAP<${typeName(type.key)}, ${shortTypeName(type.value)}>`
    default:
      return `${type.kind}<…>`
  }
}

/** The TIMESTAMP with that number of digits after the second, 0 to 9; `zoned`: the TIMESTAMP_LTZ. */
export function timestamp(digits: number, zoned = false): Type {
  if (digits > 3) return { kind: 'FINE_TIMESTAMP', digits: digits as FineDigits, zoned }
  const kind = zoned ? 'TIMESTAMP_LTZ' : 'TIMESTAMP'
  return digits === 3 ? { kind } : { kind, digits: digits as 0 | 1 | 2 }
}

/**
 * Whether two types are the same: precision and scale of decimals, and names of fields included. The digits of a TIMESTAMP
 * matter for its text only.
 */
export function sameType(a: Type, b: Type): boolean {
  if (a.kind === 'DECIMAL' && b.kind === 'DECIMAL') return a.precision === b.precision && a.scale === b.scale
  if (a.kind === 'FINE_TIMESTAMP' && b.kind === 'FINE_TIMESTAMP') return a.digits === b.digits && a.zoned === b.zoned
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') return sameType(a.element, b.element)
  if (isMultiset(a) !== isMultiset(b)) return false
  if (a.kind === 'MAP' && b.kind === 'MAP') return sameType(a.key, b.key) && sameType(a.value, b.value)
  if (a.kind !== 'ROW' || b.kind !== 'ROW') return a.kind === b.kind
  const { fields } = b
  const isSame = ({ name, type }: RowField, index: number) =>
    name === fields[index]?.name && sameType(type, fields[index].type)
  return a.fields.length === fields.length && a.fields.every(isSame)
}

/** Whether values of the type contain other values. */
export const isNested = (type: Type): type is NestedType =>
  type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'ROW'

/** Whether the type is a MAP or contains one: such values have no order, and cannot be compared as keys. */
export function hasMap(type: Type): boolean {
  if (type.kind === 'ARRAY') return hasMap(type.element)
  return type.kind === 'MAP' || (type.kind === 'ROW' && type.fields.some((field) => hasMap(field.type)))
}

/** Whether values of the type are numbers that arithmetic takes. */
export const isNumeric = (type: Type): boolean => isInteger(type) || isApproximate(type) || type.kind === 'DECIMAL'

/** Whether values of the type are floating-point numbers. */
export const isApproximate = ({ kind }: Type): boolean => kind === 'FLOAT' || kind === 'DOUBLE'

const INTEGER_BITS: { readonly [kind in TypeKind]?: number } = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 }

/** Whether values of the type are ranges of bytes: texts, or bytes without a character set. */
export const isByteRange = ({ kind }: Type): boolean => kind === 'STRING' || kind === 'BYTES'

/** Whether values of the type are whole numbers of a fixed size. */
export const isInteger = ({ kind }: Type): boolean => INTEGER_BITS[kind] !== undefined

/** Bits of the values of a type of whole numbers; 0 for other types. */
export const integerBits = ({ kind }: Type): number => INTEGER_BITS[kind] ?? 0

/** Whether values of the type are whole numbers that a column keeps in 32 bits: TINYINT, SMALLINT, INT. */
export const isSmallInteger = (type: Type): boolean => isInteger(type) && integerBits(type) <= 32

/** Whether values of the type are wall clocks or instants, of any number of digits. */
export const isAnyTimestamp = (type: Type): boolean => isTimestamp(type) || type.kind === 'FINE_TIMESTAMP'

/** Digits of a second that a timestamp has. */
export const secondDigits = (type: Type): number =>
  type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ' || type.kind === 'FINE_TIMESTAMP' ? (type.digits ?? 3) : 0

/** Whether values of the type are instants. */
export const isZoned = (type: Type): boolean =>
  type.kind === 'TIMESTAMP_LTZ' || (type.kind === 'FINE_TIMESTAMP' && type.zoned)

/** Whether values of the type are moments of a day in milliseconds: wall clocks or instants. Event time is of such a type. */
export const isTimestamp = (type: Type): boolean => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'

/** A named, typed column of a table or of a query's result. */
export type Field = {
  readonly name: string
  readonly type: Type
  /** Set on the columns that name the window a row belongs to. A SELECT that only renames such a column keeps it. */
  readonly window?: 'start' | 'end' | 'time'
  /** Whether the column carries the event time that watermarks refer to. */
  readonly rowtime?: boolean
  /** Whether it is PROCTIME(), which has no value: it only says that a lookup join takes a table as it is when the row comes. */
  readonly proctime?: boolean
}
