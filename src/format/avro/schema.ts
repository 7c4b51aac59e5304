/**
 * An Avro schema, read from its JSON. Names are resolved, so that a record that contains itself is a circle of objects.
 *
 * Source: Apache Avro 1.12, Specification, "Schema Declaration" and "Names". Attributes that Avro does not know are passed over,
 * and so are logical types that it does not know or that stand on another type than theirs, as it asks for.
 */
import { Failure } from '../../base/failure.ts'
import { type Logical, logicalOf } from './logical.ts'

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
type Primitive = (typeof PRIMITIVES)[number]

export type AvroType =
  | { readonly kind: Primitive; readonly logical?: Logical }
  | (Named & { readonly kind: 'fixed'; readonly size: number; readonly logical?: Logical })
  | (Named & { readonly kind: 'enum'; readonly symbols: readonly string[]; readonly default: string | undefined })
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | AvroRecord
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

type Named = { readonly name: string }

export type AvroRecord = Named & { readonly kind: 'record'; readonly fields: readonly AvroField[] }

export type AvroField = {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** As JSON; undefined: there is none. */
  readonly default: unknown
}

/** How deep types may be nested in a schema, and values in a record: what is deeper would fill the stack. */
export const DEEPEST = 64
/** The longest schema, in characters of its JSON. */
export const LONGEST_SCHEMA: number = 1 << 20

const NAME = /^[A-Za-z_]\w*$/

/** Reads a schema. Throws a Failure `usage` that says where in the schema it is none: `the type of field "a" of payment`. */
export function readSchema(text: string): AvroType {
  if (text.length > LONGEST_SCHEMA) throw refused(`it is longer than ${LONGEST_SCHEMA} characters`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error))
  }
  return new SchemaReader().type(json, { namespace: '', where: 'the schema', depth: 0 })
}

const refused = (why: string): Failure => new Failure('usage', `the Avro schema cannot be read: ${why}`)

type Within = { readonly namespace: string; readonly where: string; readonly depth: number }

type Json = { readonly [key: string]: unknown }

class SchemaReader {
  readonly #named = new Map<string, AvroType>()

  type(json: unknown, within: Within): AvroType {
    if (within.depth > DEEPEST) throw refused(`${within.where} is nested deeper than ${DEEPEST} types`)
    const inner = { ...within, depth: within.depth + 1 }
    if (typeof json === 'string') return this.#byName(json, within)
    if (Array.isArray(json)) return this.#union(json, inner)
    if (!isObject(json)) throw refused(`${within.where} is ${JSON.stringify(json)}, which is no type`)
    const { type } = json
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(json, inner)
      case 'enum':
        return this.#enum(json, inner)
      case 'fixed':
        return this.#fixed(json, inner)
      case 'array':
        return { kind: 'array', items: this.type(json.items, { ...inner, where: `the items of ${within.where}` }) }
      case 'map':
        return { kind: 'map', values: this.type(json.values, { ...inner, where: `the values of ${within.where}` }) }
      default: {
        if (typeof type !== 'string' || !isPrimitive(type)) return this.type(type, inner)
        const logical = logicalOf(json, type)
        return logical === undefined ? { kind: type } : { kind: type, logical }
      }
    }
  }

  #byName(name: string, { namespace, where }: Within): AvroType {
    if (isPrimitive(name)) return { kind: name }
    const found = this.#named.get(fullName(name, namespace)) ?? this.#named.get(name)
    if (found === undefined) throw refused(`${where} is "${name}", and there is no such type`)
    return found
  }

  #union(json: readonly unknown[], within: Within): AvroType {
    const branches = json.map((one) => this.type(one, { ...within, where: `a branch of ${within.where}` }))
    const kinds = branches.map((branch) => ('name' in branch ? branch.name : branch.kind))
    const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index)
    if (twice !== undefined) throw refused(`${within.where} is a union with ${twice} twice`)
    if (kinds.includes('union')) throw refused(`${within.where} is a union with a union in it`)
    if (kinds.length === 0) throw refused(`${within.where} is a union of nothing`)
    return { kind: 'union', branches }
  }

  #record(json: Json, within: Within): AvroType {
    const { name, namespace } = this.#nameOf(json, within)
    const fields: AvroField[] = []
    this.#declare(name, { kind: 'record', name, fields })
    if (!Array.isArray(json.fields)) throw refused(`record ${name} has no fields`)
    for (const field of json.fields as readonly unknown[]) {
      if (!isObject(field) || typeof field.name !== 'string' || !NAME.test(field.name)) {
        throw refused(`record ${name} has a field without a name of letters, digits and _`)
      }
      if (fields.some((one) => one.name === field.name)) throw refused(`record ${name} has field "${field.name}" twice`)
      fields.push({
        name: field.name,
        aliases: textsOf(field.aliases),
        type: this.type(field.type, { ...within, namespace, where: `the type of field "${field.name}" of ${name}` }),
        default: field.default,
      })
    }
    return this.#named.get(name) as AvroType
  }

  #enum(json: Json, within: Within): AvroType {
    const { name } = this.#nameOf(json, within)
    const symbols = textsOf(json.symbols)
    if (
      symbols.length === 0 ||
      !symbols.every((symbol) => NAME.test(symbol)) ||
      new Set(symbols).size < symbols.length
    ) {
      throw refused(`enum ${name} needs different symbols of letters, digits and _`)
    }
    const fallback = typeof json.default === 'string' ? json.default : undefined
    if (fallback !== undefined && !symbols.includes(fallback)) throw refused(`enum ${name} has no symbol "${fallback}"`)
    return this.#declare(name, { kind: 'enum', name, symbols, default: fallback })
  }

  #fixed(json: Json, within: Within): AvroType {
    const { name } = this.#nameOf(json, within)
    const { size } = json
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw refused(`fixed ${name} has no size`)
    const logical = logicalOf(json, 'fixed', size)
    return this.#declare(name, { kind: 'fixed', name, size, ...(logical !== undefined && { logical }) })
  }

  #nameOf(json: Json, { namespace, where }: Within): { readonly name: string; readonly namespace: string } {
    const { name } = json
    if (typeof name !== 'string' || !name.split('.').every((part) => NAME.test(part))) {
      throw refused(`${where} needs a name of letters, digits and _`)
    }
    const own = typeof json.namespace === 'string' ? json.namespace : namespace
    const full = fullName(name, own)
    if (this.#named.has(full)) throw refused(`there are two types ${full}`)
    return { name: full, namespace: full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : '' }
  }

  #declare(name: string, type: AvroType): AvroType {
    this.#named.set(name, type)
    return type
  }
}

const fullName = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`

const isObject = (json: unknown): json is Json => typeof json === 'object' && json !== null && !Array.isArray(json)

const isPrimitive = (name: string): name is Primitive => PRIMITIVES.some((primitive) => primitive === name)

const textsOf = (json: unknown): readonly string[] =>
  Array.isArray(json) ? json.filter((one) => typeof one === 'string') : []

/** The type without the union that makes it nullable; `isNullable`: null may stand for it. Undefined: a union of several types. */
export function withoutNull(type: AvroType): { readonly type: AvroType; readonly isNullable: boolean } | undefined {
  if (type.kind !== 'union') return { type, isNullable: false }
  const [only, ...others] = type.branches.filter(({ kind }) => kind !== 'null')
  if (only === undefined || others.length > 0) return undefined
  return { type: only, isNullable: type.branches.length > 1 }
}
