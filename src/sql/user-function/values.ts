/** The values that functions of users get and give, by their types. A result of another form is refused in words. */
import { oneLine } from '../../base/one-line.ts'
import { type Column, type DecimalColumn, type StringColumn, type Value, valueAt } from '../../record/column.ts'
import { decimalText } from '../../record/decimal.ts'
import { type Type, typeName } from '../../record/type.ts'
import { textOfRow } from '../function/text/bytes.ts'
import { LONGEST_TEXT, tooLong } from '../function/text/output.ts'

/** An argument, or null where it is NULL. */
export type Argument = boolean | number | bigint | string | null

const DAY_MS = 86_400_000
/** From the year 1 to 9999. */
const [FIRST_MS, LAST_MS] = [-62_135_596_800_000, 253_402_300_799_999]
const [FIRST_INT, LAST_INT] = [-(2 ** 31), 2 ** 31 - 1]

/** Reads the arguments of a type. Each call has a function of its own, as V8 would compile a shared one for all kinds of columns. */
export function argumentReader(type: Type): (column: Column, row: number) => Argument {
  if (type.kind === 'DECIMAL') {
    const { scale } = type
    return (column, row) => {
      const { nulls, values } = column as DecimalColumn
      return nulls?.[row] === 1 ? null : decimalText(values[row] as bigint, scale)
    }
  }
  if (type.kind === 'STRING') {
    return (column, row) => (column.nulls?.[row] === 1 ? null : textOfRow(column as StringColumn, row))
  }
  return (column, row) => valueAt(column, row) as Argument
}

/** Takes what a function gave for a row: a value as columns have it, null, or why it is no value of the type. */
export type Taken = (given: unknown) => Value | Wrong
export type Wrong = { readonly wrong: string }

/** Whether the row fails. */
export const isWrong = (taken: Value | Wrong): taken is Wrong =>
  typeof taken === 'object' && taken !== null && 'wrong' in taken

/** What takes the results of a type. */
export function takerOf(type: Type): Taken {
  const take = takerOfValue(type)
  return (given) => (given === null ? null : (take(given) ?? { wrong: whatCame(given, type) }))
}

/** Undefined where it is no value of the type. */
function takerOfValue(type: Type): (given: unknown) => Value | Wrong | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return (given) => (typeof given === 'boolean' ? given : undefined)
    case 'STRING':
      return (given) => {
        if (typeof given !== 'string') return undefined
        return given.length <= LONGEST_TEXT ? given : { wrong: `it gave ${tooLong(given.length)}` }
      }
    case 'DOUBLE':
      return (given) => (typeof given === 'number' && Number.isFinite(given) ? given : undefined)
    case 'BIGINT':
      return (given) => (typeof given === 'bigint' && BigInt.asIntN(64, given) === given ? given : undefined)
    case 'DATE':
      return wholeBetween(Math.floor(FIRST_MS / DAY_MS), Math.floor(LAST_MS / DAY_MS))
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return wholeBetween(FIRST_MS, LAST_MS)
    case 'DECIMAL':
      return (given) => (typeof given === 'string' ? digitsOf(given, type.precision, type.scale) : undefined)
    default:
      return wholeBetween(FIRST_INT, LAST_INT)
  }
}

const wholeBetween = (least: number, most: number) => (given: unknown) =>
  Number.isInteger(given) && (given as number) >= least && (given as number) <= most ? (given as number) : undefined

/** '1.5' of scale 2 as 150n; undefined where digits would be lost. */
function digitsOf(text: string, precision: number, scale: number): bigint | undefined {
  const [, sign, whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (sign === undefined || part.length > scale) return undefined
  const digits = BigInt(whole + part.padEnd(scale, '0'))
  return digits < 10n ** BigInt(precision) ? (sign === '-' ? -digits : digits) : undefined
}

const MOST_SHOWN = 60

function whatCame(given: unknown, type: Type): string {
  const wanted = `not a value of ${typeName(type)}`
  if (given === undefined) return `it gave undefined, ${wanted}; null is NULL`
  const { then } = given as { then?: unknown }
  if (typeof then === 'function') {
    // One that is rejected, and that nobody waits for, would end the process.
    if (given instanceof Promise) given.catch(() => {})
    return `it gave a promise, ${wanted}: a function answers at once`
  }
  if (typeof given === 'object' || typeof given === 'function' || typeof given === 'symbol')
    return `it gave ${Array.isArray(given) ? 'an array' : `a value of type ${typeof given}`}, ${wanted}`
  const shown = typeof given === 'string' ? `'${oneLine(given, MOST_SHOWN)}'` : String(given)
  return `it gave the ${typeof given} ${shown}, ${wanted}`
}
