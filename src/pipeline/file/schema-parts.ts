/** What the schema of pipeline files says about one part of them: its keys, its short form, and which of its keys are kinds. */
import * as z from 'zod'
import { isSecretOption, isSqlOption } from '../../base/options.ts'
import { isGroup, type Path } from './yaml-tree.ts'

export type Schema = z.core.$ZodType

/** Keys of an object of which it has exactly one: the kinds of a source, a sink or a format, the forms of a query. */
export const kindKeys: z.core.$ZodRegistry<{ readonly keys: readonly string[] }> = z.registry()

/** The keys that the schema allows at a path. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  const objects = schemasAt(schema, path).flatMap(strip)
  return [...new Set(objects.flatMap((object) => Object.keys(shapeOf(object) ?? {})))]
}

/** The kinds that a part at this path may have. */
export const kindsAt = (schema: Schema, path: Path): readonly string[] => kindsOf(schemasAt(schema, path))

/** What the part at this path may be instead of a group of keys, in words; undefined where it has no short form. */
export function shortFormAt(schema: Schema, path: Path): 'text' | 'a number' | undefined {
  if (schemasAt(schema, path).every((one) => shortFormsOf(one).length === 0)) return undefined
  // What stands for a list of one is none.
  const takes = (value: unknown) => {
    const spelled = spelledAt(schema, path, value)
    return spelled !== value && !Array.isArray(spelled)
  }
  if (!takes('x')) return takes(0) ? 'a number' : undefined
  return 'text'
}

/** A value at this path with its short spelling written out. */
export const spelledAt = (schema: Schema, path: Path, value: unknown): unknown =>
  spelledOut(value, schemasAt(schema, path))

/** Whether the part at this path has defaults for all of its keys. */
export const takesEmptyGroup = (schema: Schema, path: Path): boolean =>
  schemasAt(schema, path).some((one) => z.safeParse(one, {}).success)

const schemasAt = (schema: Schema, path: Path): readonly Schema[] =>
  path.reduce((at, part) => partsOf(at, String(part)), [schema] as readonly Schema[])

/** The schemas of the part `key` of a part that has these schemas. One entry may stand where a list of them is taken. */
export function partsOf(schemas: readonly Schema[], key: string): readonly Schema[] {
  return schemas.flatMap(strip).flatMap((one) => {
    const { shape, valueType, element } = definitionOf(one)
    if (element !== undefined && !/^\d+$/.test(key)) return partsOf([element], key)
    const named = shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : undefined
    const next = named ?? valueType ?? element
    return next === undefined ? [] : [next]
  })
}

/** Whether the part `key` of a part with these schemas is a secret, or beside one and unknown: it may be a secret, misspelt. */
export function isSecretPart(schemas: readonly Schema[], key: string): boolean {
  const isMarked = (parts: readonly Schema[]) => parts.flatMap(strip).some(isSecretOption)
  const parts = partsOf(schemas, key)
  if (parts.length > 0) return isMarked(parts)
  return schemas.flatMap(strip).some((one) => isMarked(Object.values(shapeOf(one) ?? {})))
}

/** Whether the schema marks the part at this path as secret: see `isSecretPart`. */
export function isSecretAt(schema: Schema, path: Path): boolean {
  return path.length > 0 && isSecretPart(schemasAt(schema, path.slice(0, -1)), String(path.at(-1)))
}

/** Whether a value with these schemas is short for a group, and is a secret in it: `webhook: https://…`. */
export function isSecretInShort(schemas: readonly Schema[], value: unknown): boolean {
  const spelled = spelledOut(value, schemas)
  return isGroup(spelled) && Object.keys(spelled).some((key) => spelled[key] === value && isSecretPart(schemas, key))
}

/** Whether a text with this schema is SQL, or is short for a group of which it is the SQL: `NAME: SELECT …` of a query. */
export function isSqlText(schema: Schema, text: string): boolean {
  if (strip(schema).some(isSqlOption)) return true
  const spelled = spelledOut(text, [schema])
  return isGroup(spelled) && Object.keys(spelled).some((key) => partsOf([schema], key).flatMap(strip).some(isSqlOption))
}

/** Of the keys of a part with these schemas, those of which it has exactly one. */
export const kindsOf = (schemas: readonly Schema[]): readonly string[] =>
  schemas.flatMap(strip).flatMap((one) => kindKeys.get(one)?.keys ?? [])

/** A short spelling written out; any other value unchanged. */
export function spelledOut(value: unknown, schemas: readonly Schema[]): unknown {
  return schemas.reduce((spelled, schema) => shortFormsOf(schema).reduce((one, spell) => spell(one), spelled), value)
}

type Spell = (value: unknown) => unknown

type Definition = {
  readonly type: string
  readonly shape?: { readonly [key: string]: Schema }
  readonly innerType?: Schema
  readonly valueType?: Schema
  readonly element?: Schema
  readonly in?: Schema
  readonly out?: Schema
  readonly options?: readonly Schema[]
  /** Of a schema that refers to itself. */
  readonly getter?: () => Schema
  readonly transform?: Spell
}
const definitionOf = (schema: Schema) => schema._zod.def as unknown as Definition
const shapeOf = (schema: Schema) => definitionOf(schema).shape

/** The schemas inside defaults, short forms and unions. */
function strip(schema: Schema): Schema[] {
  const { innerType, in: before, out: after, options, getter } = definitionOf(schema)
  if (innerType !== undefined) return strip(innerType)
  if (getter !== undefined) return strip(getter())
  if (options !== undefined) return options.flatMap(strip)
  if (before !== undefined && after !== undefined) {
    // A pipe from a transform (a short form) has its schema at the end, a pipe into one at the beginning.
    return strip(definitionOf(before).type === 'transform' ? after : before)
  }
  return [schema]
}

/** The transforms in front of a schema: see `eitherForm` of `base/options.ts`. */
function shortFormsOf(schema: Schema): readonly Spell[] {
  const { innerType, in: before, out: after, getter } = definitionOf(schema)
  if (innerType !== undefined) return shortFormsOf(innerType)
  if (getter !== undefined) return shortFormsOf(getter())
  const spell = before === undefined ? undefined : definitionOf(before).transform
  return spell === undefined || after === undefined ? [] : [spell, ...shortFormsOf(after)]
}
