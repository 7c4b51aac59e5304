/** The default of a field, which a schema has as JSON, in Avro's bytes, so that it is read as any value is. */
import { Buffer } from 'node:buffer'
import { Failure } from '../../base/failure.ts'
import type { AvroType } from './schema.ts'

/**
 * The bytes of a default. Bytes are texts whose characters are the bytes, as Avro has it.
 * Throws a Failure `usage` where it is none of the type.
 */
export function defaultBytes(type: AvroType, value: unknown, field: string): Uint8Array {
  const parts: Uint8Array[] = []
  put(type, value, { parts, field })
  return Buffer.concat(parts)
}

type Out = { readonly parts: Uint8Array[]; readonly field: string }

function put(type: AvroType, value: unknown, out: Out): void {
  const { parts, field } = out
  const refusal = () =>
    new Failure('usage', `field ${field} has the default ${JSON.stringify(value)}, which is no ${type.kind}`)
  switch (type.kind) {
    case 'null':
      if (value !== null) throw refusal()
      return
    case 'boolean':
      if (typeof value !== 'boolean') throw refusal()
      parts.push(Uint8Array.of(value ? 1 : 0))
      return
    case 'int':
    case 'long':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw refusal()
      parts.push(varint(value))
      return
    case 'float':
    case 'double':
      if (typeof value !== 'number') throw refusal()
      parts.push(floating(type.kind, value))
      return
    case 'string':
      if (typeof value !== 'string') throw refusal()
      parts.push(varint(Buffer.byteLength(value)), Buffer.from(value))
      return
    case 'bytes':
      if (typeof value !== 'string') throw refusal()
      parts.push(varint(value.length), Buffer.from(value, 'latin1'))
      return
    case 'fixed':
      if (typeof value !== 'string' || value.length !== type.size) throw refusal()
      parts.push(Buffer.from(value, 'latin1'))
      return
    case 'enum':
      if (typeof value !== 'string' || !type.symbols.includes(value)) throw refusal()
      parts.push(varint(type.symbols.indexOf(value)))
      return
    case 'array':
      if (!Array.isArray(value)) throw refusal()
      if (value.length > 0) parts.push(varint(value.length))
      for (const item of value) put(type.items, item, out)
      parts.push(varint(0))
      return
    case 'map':
    case 'record':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal()
      putMembers(type, value as Readonly<Record<string, unknown>>, out)
      return
    case 'union':
      putBranch(type.branches, value, out)
  }
}

/** The first branch that the value is of. */
function putBranch(branches: readonly AvroType[], value: unknown, { parts, field }: Out): void {
  for (const [index, branch] of branches.entries()) {
    const own: Uint8Array[] = []
    try {
      put(branch, value, { parts: own, field })
    } catch (error) {
      if (error instanceof Failure && index < branches.length - 1) continue
      throw error
    }
    parts.push(varint(index), ...own)
    return
  }
}

function putMembers(
  type: Extract<AvroType, { kind: 'map' | 'record' }>,
  value: Readonly<Record<string, unknown>>,
  out: Out,
): void {
  if (type.kind === 'record') {
    for (const field of type.fields) {
      put(field.type, Object.hasOwn(value, field.name) ? value[field.name] : field.default, out)
    }
    return
  }
  const entries = Object.entries(value)
  if (entries.length > 0) out.parts.push(varint(entries.length))
  for (const [key, one] of entries) {
    put({ kind: 'string' }, key, out)
    put(type.values, one, out)
  }
  out.parts.push(varint(0))
}

/** A whole number as Avro writes it: zigzag, seven bits a byte, the lowest first. */
export function varint(value: number | bigint): Uint8Array {
  const whole = BigInt(value)
  let rest = whole < 0n ? -2n * whole - 1n : 2n * whole
  const bytes: number[] = []
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

function floating(kind: 'float' | 'double', value: number): Uint8Array {
  const bytes = Buffer.alloc(kind === 'float' ? 4 : 8)
  if (kind === 'float') bytes.writeFloatLE(value)
  else bytes.writeDoubleLE(value)
  return bytes
}
