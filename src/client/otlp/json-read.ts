/**
 * Reads a message from the JSON of OTLP: names in lower camel case, 64-bit integers as texts of digits or as numbers, IDs in
 * hexadecimal, bytes in base64. `null` is nothing. Names that are not described are skipped.
 */
import { parseDigits } from '../../bytes/json-digits.ts'
import {
  MalformedMessage,
  type MessageOf,
  type OtlpField,
  type OtlpMessage,
  OversizedMessage,
  type ReadLimits,
  type ScalarKind,
  type Scalars,
} from './message.ts'

/** The value of a JSON text, with whole numbers that no double holds as bigints. Throws a MalformedMessage. */
export function parseExact(text: string): unknown {
  try {
    return MANY_DIGITS.test(text) ? parseDigits(text, exact) : JSON.parse(text)
  } catch (error) {
    // A RangeError: it is nested too deeply to be gone through.
    throw new MalformedMessage(error instanceof SyntaxError ? error.message : 'it is nested too deeply')
  }
}

/** A number of more digits than a double has, perhaps in a text: going through all values for them takes longer than the rest. */
const MANY_DIGITS = /[[:,]\s*-?\d{16}/

function exact(value: number, source: string): number | bigint {
  const isLost = Number.isInteger(value) && !Number.isSafeInteger(value)
  return isLost && /^-?\d+$/.test(source) ? BigInt(source) : value
}

/** Reads a message from parsed JSON. Throws a MalformedMessage, or an OversizedMessage. */
export function readJson<Value>(message: MessageOf<Value>, json: unknown, limits: ReadLimits): Value {
  return new JsonMessages(limits).message(message, json, message.name, 0) as Value
}

type Values = { [name: string]: unknown }

class JsonMessages {
  readonly #limits: ReadLimits
  #elements = 0

  constructor(limits: ReadLimits) {
    this.#limits = limits
  }

  message({ fields, isOneOf }: OtlpMessage, json: unknown, path: string, depth: number): Values {
    if (depth > this.#limits.depth)
      throw new OversizedMessage(`values that are nested deeper than ${this.#limits.depth} messages`)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) refuse(path, 'an object', json)
    const values: Values = {}
    for (const [name, given] of Object.entries(json as Values)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (field === undefined || given === null) continue
      if (isOneOf) for (const other of Object.keys(values)) delete values[other]
      values[name] = this.#field(field, given, `${path}.${name}`, depth)
    }
    return values
  }

  #field({ of, isList }: OtlpField, given: unknown, path: string, depth: number): unknown {
    const read = (one: unknown, at: string) =>
      typeof of === 'function' ? this.message(of(), one, at, depth + 1) : readScalar(of, one, at)
    if (!isList) return read(given, path)
    if (!Array.isArray(given)) refuse(path, 'an array', given)
    this.#elements += given.length
    if (this.#elements > this.#limits.elements) throw new OversizedMessage(`more than ${this.#limits.elements} values`)
    return given.map((one, i) => read(one, `${path}[${i}]`))
  }
}

const HEX = /^(?:[0-9a-f]{2})*$/i
const BASE64 = /^[\w+/-]*={0,2}$/
const DIGITS = /^-?\d{1,20}$/
const [INT64_LEAST, INT64_MOST] = [-(2n ** 63n), 2n ** 63n - 1n] as const
const UINT64_MOST = 2n ** 64n - 1n

function readScalar(kind: ScalarKind, given: unknown, path: string): Scalars[ScalarKind] {
  switch (kind) {
    case 'text':
      return typeof given === 'string' ? given : refuse(path, 'a text', given)
    case 'id':
      return typeof given === 'string' && HEX.test(given)
        ? given.toLowerCase()
        : refuse(path, 'hexadecimal digits', given)
    case 'bytes':
      return typeof given === 'string' && BASE64.test(given)
        ? Buffer.from(given, 'base64')
        : refuse(path, 'a text in base64', given)
    case 'flag':
      return typeof given === 'boolean' ? given : refuse(path, 'true or false', given)
    case 'number':
      return Number(wholeNumber(given, path, { least: -(2n ** 31n), most: 2n ** 32n - 1n }))
    case 'fixed32':
      return Number(wholeNumber(given, path, { least: 0n, most: 2n ** 32n - 1n }))
    case 'int64':
      return wholeNumber(given, path, { least: INT64_LEAST, most: INT64_MOST })
    case 'fixed64':
      return wholeNumber(given, path, { least: 0n, most: UINT64_MOST })
    case 'double':
      return readDouble(given, path)
    case 'unread':
      return given
  }
}

function wholeNumber(given: unknown, path: string, { least, most }: { least: bigint; most: bigint }): bigint {
  const isWhole =
    typeof given === 'bigint' || Number.isInteger(given) || (typeof given === 'string' && DIGITS.test(given))
  if (!isWhole) return refuse(path, 'a whole number, or its digits as a text', given)
  const value = BigInt(given as bigint | number | string)
  return value >= least && value <= most ? value : refuse(path, `a number from ${least} to ${most}`, given)
}

const SPECIAL = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

function readDouble(given: unknown, path: string): number {
  if (typeof given === 'number') return given
  if (typeof given === 'bigint') return Number(given)
  const special = typeof given === 'string' ? (SPECIAL.get(given) ?? textNumber(given)) : undefined
  return special ?? refuse(path, 'a number', given)
}

const textNumber = (text: string): number | undefined =>
  /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined

const LONGEST_SHOWN = 40

function refuse(path: string, expected: string, given: unknown): never {
  const shown = typeof given === 'object' ? (Array.isArray(given) ? 'an array' : 'an object') : `${shortened(given)}`
  throw new MalformedMessage(`${path}: expected ${expected}, and it is ${shown}`)
}

function shortened(given: unknown): string {
  const text = typeof given === 'string' ? JSON.stringify(given) : String(given)
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}
