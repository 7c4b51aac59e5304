/**
 * Reads a message from protobuf's encoding:
 *
 * | bytes | |
 * | --- | --- |
 * | key | a varint: the number of the field << 3, and its wire type |
 * | value | type 0: a varint; 1: 8 bytes; 2: a varint, and as many bytes; 5: 4 bytes; all little-endian |
 *
 * Fields come in any order. Of a field that came twice the last one counts; a message that came twice is one with the fields of both.
 * Fields that are not described are skipped. Groups, types 3 and 4, are of proto2, and no such message has them.
 */
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
import { EIGHT_BYTES, FOUR_BYTES, LENGTH, VARINT, WIRE_TYPES } from './wire-types.ts'

/** Reads a message. Throws a MalformedMessage, or an OversizedMessage. */
export function readWire<Value>(message: MessageOf<Value>, bytes: Uint8Array, limits: ReadLimits): Value {
  const reader = new WireReader(bytes, limits)
  return reader.message(message, bytes.length, 0, {}) as Value
}

type Values = { [name: string]: unknown }

class WireReader {
  readonly #bytes: Buffer
  readonly #limits: ReadLimits
  #at = 0
  #elements = 0

  constructor(bytes: Uint8Array, limits: ReadLimits) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#limits = limits
  }

  /** Reads fields up to `end` into `values`. */
  message(message: OtlpMessage, end: number, depth: number, values: Values): Values {
    if (depth > this.#limits.depth)
      throw new OversizedMessage(`values that are nested deeper than ${this.#limits.depth} messages`)
    const fields = fieldsByNumber(message)
    while (this.#at < end) {
      const begin = this.#at
      const key = this.#varint(end)
      const wire = key % 8
      const number = Math.floor(key / 8)
      if (number === 0 || number > MOST_NUMBER) this.#refuse(begin, message, 'there is no such field')
      const found = fields.get(number)
      if (found === undefined) this.#skip(wire, end, message)
      else this.#field(found, { message, wire, end, depth }, values)
    }
    return values
  }

  #field([name, field]: Named, place: Place, values: Values): void {
    const { message, wire, end, depth } = place
    const { of, isList } = field
    const begin = this.#at
    const isMessage = typeof of === 'function'
    const expected = isMessage ? LENGTH : WIRE_TYPES[of]
    if (wire !== expected) {
      // Numbers of a list may come packed, one behind the other, with the length of all of them.
      if (!isList || wire !== LENGTH || expected === LENGTH) {
        this.#refuse(begin, message, `${name} is of wire type ${wire}, not ${expected}`)
      }
      const last = this.#length(end, message)
      while (this.#at < last) this.#append(values, name, this.#scalar(of as ScalarKind, last, message))
      return
    }
    if (message.isOneOf) for (const other of Object.keys(values)) if (other !== name) delete values[other]
    if (!isMessage) {
      const value = this.#scalar(of, end, message)
      if (isList) this.#append(values, name, value)
      else values[name] = value
      return
    }
    const last = this.#length(end, message)
    const before = isList ? undefined : (values[name] as Values | undefined)
    const value = this.message(of(), last, depth + 1, before ?? {})
    if (isList) this.#append(values, name, value)
    else values[name] = value
  }

  #append(values: Values, name: string, value: unknown): void {
    if (++this.#elements > this.#limits.elements)
      throw new OversizedMessage(`more than ${this.#limits.elements} values`)
    const list = values[name] as unknown[] | undefined
    if (list === undefined) values[name] = [value]
    else list.push(value)
  }

  #scalar<Kind extends ScalarKind>(kind: Kind, end: number, message: OtlpMessage): Scalars[Kind] {
    const read = (): Scalars[ScalarKind] => {
      switch (kind as ScalarKind) {
        case 'text': {
          const last = this.#length(end, message)
          return this.#bytes.toString('utf8', this.#take(last - this.#at, end, message), last)
        }
        case 'id': {
          const last = this.#length(end, message)
          return this.#bytes.toString('hex', this.#take(last - this.#at, end, message), last)
        }
        case 'bytes':
        case 'unread': {
          const last = this.#length(end, message)
          return this.#bytes.subarray(this.#take(last - this.#at, end, message), last)
        }
        case 'flag':
          return this.#varint(end) !== 0
        case 'number':
          return Number(BigInt.asIntN(32, this.#int64(end)))
        case 'int64':
          return this.#int64(end)
        case 'fixed64':
          return this.#bytes.readBigUInt64LE(this.#take(8, end, message))
        case 'fixed32':
          return this.#bytes.readUInt32LE(this.#take(4, end, message))
        case 'double':
          return this.#bytes.readDoubleLE(this.#take(8, end, message))
      }
    }
    return read() as Scalars[Kind]
  }

  #skip(wire: number, end: number, message: OtlpMessage): void {
    if (wire === VARINT) this.#varint(end)
    else if (wire === EIGHT_BYTES) this.#take(8, end, message)
    else if (wire === FOUR_BYTES) this.#take(4, end, message)
    else if (wire === LENGTH) this.#at = this.#length(end, message)
    else this.#refuse(this.#at, message, `there is no wire type ${wire}`)
  }

  /** Where what begins here, with its length before it, ends. */
  #length(end: number, message: OtlpMessage): number {
    const begin = this.#at
    const length = this.#varint(end)
    if (length > end - this.#at) this.#refuse(begin, message, `${length} bytes are announced, and fewer follow`)
    return this.#at + length
  }

  /** The place of the next `count` bytes, which are passed over. */
  #take(count: number, end: number, message: OtlpMessage): number {
    const at = this.#at
    if (count > end - at) this.#refuse(at, message, 'it ends within a field')
    this.#at = at + count
    return at
  }

  /** A varint, exact up to 2^53. */
  #varint(end: number): number {
    const begin = this.#at
    const last = Math.min(end, begin + MOST_VARINT)
    let value = 0
    for (let unit = 1; this.#at < last; unit *= 128) {
      const byte = this.#bytes[this.#at++] as number
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
    }
    throw new MalformedMessage(`byte ${begin}: a number does not end within its message, or has more than 10 bytes`)
  }

  /** A varint with all of its 64 bits. */
  #int64(end: number): bigint {
    const begin = this.#at
    const value = this.#varint(end)
    if (value <= Number.MAX_SAFE_INTEGER) return BigInt(value)
    let exact = 0n
    for (let at = this.#at - 1; at >= begin; at--) exact = (exact << 7n) | BigInt((this.#bytes[at] as number) & 0x7f)
    return BigInt.asIntN(64, exact)
  }

  #refuse(at: number, { name }: OtlpMessage, why: string): never {
    throw new MalformedMessage(`byte ${at}, in ${name}: ${why}`)
  }
}

type Named = readonly [name: string, field: OtlpField]
type Place = { readonly message: OtlpMessage; readonly wire: number; readonly end: number; readonly depth: number }

const MOST_VARINT = 10
/** That of a field of protobuf. */
const MOST_NUMBER = 2 ** 29 - 1

const numbered = new WeakMap<OtlpMessage, ReadonlyMap<number, Named>>()

function fieldsByNumber(message: OtlpMessage): ReadonlyMap<number, Named> {
  const known = numbered.get(message)
  if (known !== undefined) return known
  const made = new Map(Object.entries(message.fields).map((named): [number, Named] => [named[1].number, named]))
  numbered.set(message, made)
  return made
}
