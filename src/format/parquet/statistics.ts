/** What a row group says of the values in a column: all of them lie between two bounds. */
import type { Statistics } from 'hyparquet'
import type { ParquetParsers } from 'hyparquet/src/types.js'
import type { Type } from '../../record/type.ts'
import { flooredMs } from './meaning.ts'
import type { Leaf } from './schema.ts'

/** A value as columns have it: numbers and times as numbers, of a DECIMAL its value about, of a text its bytes. */
export type Bound = number | Uint8Array

/** Undefined bounds are not known. Numbers are rounded to the nearest double, as is what they are compared with. */
export type ValueBounds = {
  readonly least: Bound | undefined
  readonly greatest: Bound | undefined
  readonly nulls: number | undefined
}

/** Has the library give bounds as they are compared, in place of dates and strings. */
export const BOUND_PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (count: bigint) => Number(count),
  timestampFromMicroseconds: (count: bigint) => flooredMs(count, 1_000n),
  timestampFromNanoseconds: (count: bigint) => flooredMs(count, 1_000_000n),
  dateFromDays: (days: number) => days,
  stringFromBytes: (bytes: Uint8Array) => bytes,
}

/** The bounds of a leaf in a row group. */
export function boundsOf(statistics: Statistics | undefined, leaf: Leaf): ValueBounds {
  const nulls = statistics?.null_count
  return {
    least: boundOf(statistics?.min_value, leaf),
    greatest: boundOf(statistics?.max_value, leaf),
    nulls: nulls === undefined ? undefined : Number(nulls),
  }
}

function boundOf(found: unknown, { meaning, element, type }: Leaf): Bound | undefined {
  switch (meaning) {
    case 'int':
    case 'uint32':
    case 'bigint':
    case 'double': {
      const value = typeof found === 'bigint' ? Number(found) : found
      return typeof value === 'number' && !Number.isNaN(value) ? value : undefined
    }
    case 'decimal':
      return isExact(type) && element.converted_type === 'DECIMAL' && typeof found === 'number' ? found : undefined
    case 'bytes':
      return found instanceof Uint8Array && element.type === 'BYTE_ARRAY' ? found : undefined
    default:
      return typeof meaning === 'object' && type.kind !== 'TIME' && typeof found === 'number' ? found : undefined
  }
}

/** Digits of a decimal that is an exact double before its point is set. */
const EXACT_DIGITS = 15

/** Longer decimals would be rounded twice: a value could then seem to be beyond a bound that it equals. */
const isExact = (type: Type): boolean => type.kind === 'DECIMAL' && type.precision <= EXACT_DIGITS
