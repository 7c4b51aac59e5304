/**
 * Parameters: names with types and values, declared under `params:`. The form of the first value that a file gives is the type
 * (`3` is a whole number, `5m` a duration), unless `type` says it; what lies over it, and `--set`, must fit that type.
 */
import { Failure } from '../../../base/failure.ts'
import { BYTE_SIZE, DURATION, notQuantity, type QuantityKind } from '../../../base/units.ts'
import { intervalOfDuration } from '../../../sql/bind/duration-interval.ts'

export const PARAM_TYPES = ['int', 'number', 'boolean', 'text', 'duration', 'size'] as const
export type ParamType = (typeof PARAM_TYPES)[number]

export type ParamValue = string | number | boolean

export type Param = {
  readonly name: string
  readonly type: ParamType
  /** As it is written in an option: a duration is `5m`, a size `64MiB`. */
  readonly value: ParamValue
  /** As it stands in SQL, outside of quotes. */
  readonly sql: string
}

/** What the file says of a parameter besides its value. */
export type ParamRule = {
  readonly type: ParamType
  /** Numbers, or texts of the type's quantity. */
  readonly min?: ParamValue | undefined
  readonly max?: ParamValue | undefined
}

/** The type of which a value is. A text that stood in for a value, as `${VAR:-3}` does, is what it looks like. */
export function typeOfValue(value: ParamValue, isFromOutside: boolean): ParamType {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'number'
  if (DURATION.read(value) !== undefined) return 'duration'
  if (BYTE_SIZE.read(value) !== undefined) return 'size'
  if (!isFromOutside) return 'text'
  if (/^(true|false)$/.test(value)) return 'boolean'
  if (/^-?\d+$/.test(value)) return 'int'
  return /^-?\d+\.\d+$/.test(value) ? 'number' : 'text'
}

/** The parameter with a value. Throws a Failure, without a place, where the value does not fit. */
export function readParam(name: string, given: ParamValue, rule: ParamRule): Param {
  const value = typed(given, rule.type)
  const isText = rule.type === 'text' || rule.type === 'boolean'
  if (isText && (rule.min ?? rule.max) !== undefined) {
    throw new Failure('pipeline', `it is ${WORDS[rule.type]}, and only numbers, durations and sizes have min and max`)
  }
  const amount = amountOf(value, rule.type)
  if (rule.min !== undefined && amount < amountOf(typed(rule.min, rule.type), rule.type)) {
    throw new Failure('pipeline', `it must be at least ${rule.min}, not ${value}`)
  }
  if (rule.max !== undefined && amount > amountOf(typed(rule.max, rule.type), rule.type)) {
    throw new Failure('pipeline', `it must be at most ${rule.max}, not ${value}`)
  }
  return { name, type: rule.type, value, sql: sqlOf(value, rule.type) }
}

const WORDS: { readonly [type in ParamType]: string } = {
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  text: 'a text',
  duration: 'a duration',
  size: 'a size',
}

/** The type in words. */
export const paramTypeWords = (type: ParamType): string => WORDS[type]

const QUANTITIES: { readonly [type in ParamType]?: QuantityKind } = { duration: DURATION, size: BYTE_SIZE }

function typed(given: ParamValue, type: ParamType): ParamValue {
  const text = String(given).trim()
  const kind = QUANTITIES[type]
  if (kind !== undefined && kind.read(text) === undefined) {
    throw new Failure('pipeline', `it is ${WORDS[type]}: ${notQuantity(text, kind)}`)
  }
  if (kind !== undefined) return text
  if (type === 'text') return String(given)
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (type === 'int' && Number.isSafeInteger(number)) return number
  if (type === 'number' && Number.isFinite(number)) return number
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  throw new Failure('pipeline', `it is ${WORDS[type]}, and ${JSON.stringify(given)} is none`)
}

/** A number, or a quantity in its unit. */
const amountOf = (value: ParamValue, type: ParamType): number => QUANTITIES[type]?.read(String(value)) ?? Number(value)

function sqlOf(value: ParamValue, type: ParamType): string {
  switch (type) {
    case 'duration':
      return intervalOfDuration(amountOf(value, type))
    case 'size':
      return String(amountOf(value, type))
    case 'boolean':
      return String(value).toUpperCase()
    case 'text':
      return `'${String(value).replaceAll("'", "''")}'`
    default:
      // Behind a minus, another one would begin a comment.
      return Number(value) < 0 ? `(${value})` : String(value)
  }
}
