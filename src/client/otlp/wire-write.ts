/** Writes a message in protobuf's encoding: see `wire-read.ts`. What has the default of its kind is left out, as proto3 does. */
import type { MessageOf, OtlpMessage, ScalarKind, Scalars } from './message.ts'
import { LENGTH, WIRE_TYPES } from './wire-types.ts'

/** The bytes of a message. */
export function writeWire<Value>(message: MessageOf<Value>, value: Value): Buffer {
  const out: Uint8Array[] = []
  writeFields(message, value as Values, out)
  return Buffer.concat(out)
}

type Values = { readonly [name: string]: unknown }

/** Fields in the order in which they are described. */
function writeFields({ fields, isOneOf }: OtlpMessage, values: Values, out: Uint8Array[]): void {
  for (const [name, { number, isList, of }] of Object.entries(fields)) {
    const given = values[name]
    if (given === undefined) continue
    for (const one of isList ? (given as readonly unknown[]) : [given]) {
      if (typeof of === 'function') {
        const inner: Uint8Array[] = []
        writeFields(of(), one as Values, inner)
        out.push(key(number, LENGTH), varint(BigInt(lengthOf(inner))), ...inner)
      } else if (isList || isOneOf || !isDefault(one))
        out.push(key(number, WIRE_TYPES[of]), ...scalarParts(of, one as Scalars[ScalarKind]))
    }
  }
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)

const isDefault = (value: unknown): boolean =>
  value === 0 || value === 0n || value === '' || value === false || (value instanceof Uint8Array && value.length === 0)

function scalarParts(kind: ScalarKind, value: Scalars[ScalarKind]): readonly Uint8Array[] {
  switch (kind) {
    case 'text':
      return sized(Buffer.from(value as string))
    case 'id':
      return sized(Buffer.from(value as string, 'hex'))
    case 'bytes':
    case 'unread':
      return sized(value as Uint8Array)
    case 'flag':
      return [varint(value === true ? 1n : 0n)]
    case 'number':
    case 'int64':
      return [varint(BigInt.asUintN(64, BigInt(value as bigint | number)))]
    case 'fixed64': {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(value as bigint)
      return [bytes]
    }
    case 'fixed32': {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(value as number)
      return [bytes]
    }
    case 'double': {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(value as number)
      return [bytes]
    }
  }
}

const sized = (bytes: Uint8Array): readonly Uint8Array[] => [varint(BigInt(bytes.length)), bytes]

const key = (number: number, wire: number): Uint8Array => varint(BigInt((number << 3) | wire))

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
