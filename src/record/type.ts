/** The types of Flink SQL that tailrace has. Their values in memory: see `column.ts`. */

export type Type =
  | { readonly kind: 'BOOLEAN' }
  | { readonly kind: 'INT' }
  | { readonly kind: 'BIGINT' }
  | { readonly kind: 'DOUBLE' }
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'STRING' }
  | { readonly kind: 'DATE' }
  | { readonly kind: 'TIME' } // TIME(0)
  // TIMESTAMP(3): wall clock, no zone. A literal has the digits of a second that are written, which its text keeps.
  | { readonly kind: 'TIMESTAMP'; readonly digits?: 0 | 1 | 2 }
  | { readonly kind: 'TIMESTAMP_LTZ' } // TIMESTAMP_LTZ(3): an instant
  | { readonly kind: 'INTERVAL_DAY' } // DAY TO SECOND(3)
  | { readonly kind: 'INTERVAL_MONTH' } // YEAR TO MONTH
  | { readonly kind: 'NULL' } // a bare NULL, before it is cast

export type TypeKind = Type['kind']

export const BOOLEAN: Type = { kind: 'BOOLEAN' }
export const INT: Type = { kind: 'INT' }
export const BIGINT: Type = { kind: 'BIGINT' }
export const DOUBLE: Type = { kind: 'DOUBLE' }
export const STRING: Type = { kind: 'STRING' }
export const DATE: Type = { kind: 'DATE' }
export const TIME: Type = { kind: 'TIME' }
export const TIMESTAMP: Type = { kind: 'TIMESTAMP' }
export const TIMESTAMP_LTZ: Type = { kind: 'TIMESTAMP_LTZ' }
export const INTERVAL_DAY: Type = { kind: 'INTERVAL_DAY' }
export const INTERVAL_MONTH: Type = { kind: 'INTERVAL_MONTH' }
export const NULL: Type = { kind: 'NULL' }
/** The type DECIMAL(precision, scale). */
export const decimal = (precision: number, scale: number): Type => ({ kind: 'DECIMAL', precision, scale })

/** The type as Flink writes it. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'TIME':
      return 'TIME(0)'
    case 'TIMESTAMP':
      return 'TIMESTAMP(3)'
    case 'TIMESTAMP_LTZ':
      return 'TIMESTAMP_LTZ(3)'
    case 'INTERVAL_DAY':
      return 'INTERVAL DAY TO SECOND'
    case 'INTERVAL_MONTH':
      return 'INTERVAL YEAR TO MONTH'
    default:
      return type.kind
  }
}

/** The TIMESTAMP of a literal with that number of digits after the second. */
export const timestamp = (digits: number): Type =>
  digits === 0 || digits === 1 || digits === 2 ? { kind: 'TIMESTAMP', digits } : TIMESTAMP

/** Whether two types are the same, precision and scale of decimals included. The digits of a TIMESTAMP matter for its text only. */
export function sameType(a: Type, b: Type): boolean {
  if (a.kind === 'DECIMAL' && b.kind === 'DECIMAL') return a.precision === b.precision && a.scale === b.scale
  return a.kind === b.kind
}

/** Whether values of the type are numbers that arithmetic takes. */
export const isNumeric = (type: Type): boolean =>
  type.kind === 'INT' || type.kind === 'BIGINT' || type.kind === 'DOUBLE' || type.kind === 'DECIMAL'

/** Whether values of the type are moments of a day: wall clocks or instants. */
export const isTimestamp = (type: Type): boolean => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'

/** A named, typed column of a table or of a query's result. */
export type Field = {
  readonly name: string
  readonly type: Type
  /** Set on the columns that name the window a row belongs to. A SELECT that only renames such a column keeps it. */
  readonly window?: 'start' | 'end' | 'time'
  /** Whether the column carries the event time that watermarks refer to. */
  readonly rowtime?: boolean
}
