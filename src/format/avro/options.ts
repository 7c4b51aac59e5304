/** The options of the format, and what they become before it is opened: with the schema that its readers have. */
import { readFile } from 'node:fs/promises'
import { resolve as resolvePath } from 'node:path'
import { Failure } from '../../base/failure.ts'
import { openRegistry, type RegisteredSchema, type RegistryOptions } from '../../client/schema-registry.ts'
import type { Field } from '../../record/type.ts'
import { declaredColumns, type WrittenColumns } from '../declared-columns.ts'
import type { PrepareContext } from '../format.ts'
import { LONGEST_SCHEMA } from './schema.ts'
import { schemaOfRows } from './written-schema.ts'

/** As a person writes them. */
export type WrittenOptions = {
  readonly registry?: RegistryOptions | undefined
  /** Of the registry; undefined: TOPIC-value. */
  readonly subject?: string | undefined
  /** A file with a schema. */
  readonly schema?: string | undefined
  /** Columns that a schema is made of. */
  readonly columns?: WrittenColumns | undefined
}

/** `prepare` adds the rest. */
export type AvroOptions = WrittenOptions & { readonly prepared?: PreparedAvro }

export type PreparedAvro = {
  /** Where relative paths start from. */
  readonly folder: string
  /** undefined: nothing names it. */
  readonly subject: string | undefined
  /** That of the file, or made of the columns. */
  readonly given: string | undefined
  /** The latest version of the subject; undefined: it is not asked for, or not there. */
  readonly latest: RegisteredSchema | undefined
}

/** Reads the schema, or asks the registry for it. Rejects with a Failure. */
export async function prepareAvro(options: AvroOptions, { folder, topic }: PrepareContext): Promise<AvroOptions> {
  const { registry, schema, columns } = options
  const subject = options.subject ?? (topic === undefined ? undefined : `${topic}-value`)
  if (registry === undefined && options.subject !== undefined) {
    throw new Failure('usage', 'format avro: a subject is one of a registry, and none is named', { part: ['subject'] })
  }
  if (registry === undefined && schema === undefined && columns === undefined) throw withoutSchema()
  if (schema !== undefined && columns !== undefined) {
    throw new Failure('usage', 'format avro: columns are those of the schema: name one of both', { part: ['columns'] })
  }
  const given =
    schema === undefined
      ? columns && schemaOfRows(declaredFields(columns), nameFor(subject))
      : await schemaOfFile(resolvePath(folder, schema))
  const latest = given === undefined ? await latestOf(registry, subject, folder) : undefined
  return { ...options, prepared: { folder, subject, given, latest } }
}

const withoutSchema = (): Failure =>
  new Failure('usage', 'format avro needs to know where its schema is', {
    hint: 'Write { avro: { registry: "http://HOST:8081" } }, or { avro: { schema: FILE.avsc } }.',
  })

/** The columns that the option declares. Throws a Failure `usage`. */
export const declaredFields = (columns: WrittenColumns): readonly Field[] =>
  declaredColumns(columns, 'nested').map(({ field }) => field)

/** The name of a record without a schema: that of its subject. */
export const nameFor = (subject: string | undefined): string => (subject ?? 'record').replace(/-(value|key)$/, '')

async function schemaOfFile(path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as { readonly code?: string }
    const what = `cannot read the schema ${path} (${code})`
    throw new Failure(code === 'ENOENT' ? 'not-found' : 'io', what, { part: ['schema'], cause })
  }
  if (text.length > LONGEST_SCHEMA) throw new Failure('limit', `the schema ${path} is too long`, { part: ['schema'] })
  // Editors of Windows put a mark in front, which JSON does not have.
  return text.replace(/^\uFEFF/, '')
}

async function latestOf(
  options: RegistryOptions | undefined,
  subject: string | undefined,
  folder: string,
): Promise<RegisteredSchema | undefined> {
  if (options === undefined || subject === undefined) return undefined
  const registry = await openRegistry(options, folder, 'format avro')
  try {
    return await registry.latest(subject)
  } finally {
    registry.close()
  }
}

/** The text of the schema that readers have. Throws a Failure `usage` where there is none. */
export function readerSchema({ prepared }: AvroOptions): string {
  if (prepared === undefined) throw withoutSchema()
  const { subject, given, latest } = prepared
  const text = given ?? latest?.schema
  if (text !== undefined) return text
  if (subject === undefined) {
    throw new Failure('usage', 'format avro: name the subject that has the schema in the registry', {
      part: ['registry'],
    })
  }
  throw new Failure('usage', `the registry has no subject ${subject}, so the columns are not known`, {
    part: ['registry'],
    hint: `Name the schema: schema: ${nameFor(subject)}.avsc, or columns: { … }. It is registered with the first record that is written.`,
  })
}
