/** The schemas of topics and queries, for people who print and register them. */
import { Failure } from '../../base/failure.ts'
import { openRegistry, type RegistryOptions } from '../../client/schema-registry.ts'
import type { Field } from '../../record/type.ts'
import type { ChosenFormat } from '../format.ts'
import { type AvroOptions, nameFor, readerSchema } from './options.ts'
import { schemaOfRows } from './written-schema.ts'

export type DescribedSchema = {
  /** The text of the schema, as JSON. */
  readonly schema: string
  /** Where it is registered, if the format says so. */
  readonly registry: RegistryOptions | undefined
  readonly subject: string
}

/** The schema of a topic's records, or one made of its columns where its format is another. Throws a Failure `usage`. */
export function describeSchema(
  topic: string,
  fields: readonly Field[],
  chosen: ChosenFormat | undefined,
): DescribedSchema {
  const usual = `${topic}-value`
  if (chosen?.format.name !== 'avro') {
    return { schema: schemaOfRows(fields, nameFor(topic)), registry: undefined, subject: usual }
  }
  const options = chosen.options as AvroOptions
  return { schema: readerSchema(options), registry: options.registry, subject: options.prepared?.subject ?? usual }
}

/** The registry that the format names. */
export const registryOf = (chosen: ChosenFormat | undefined): RegistryOptions | undefined =>
  chosen?.format.name === 'avro' ? (chosen.options as AvroOptions).registry : undefined

/** Registers the schema; resolves to its id. Rejects with a Failure where the registry does not take it, or is away. */
export async function registerSchema({ schema, registry, subject }: DescribedSchema, folder: string): Promise<number> {
  if (registry === undefined) {
    throw new Failure('usage', 'no topic of this pipeline names a schema registry', {
      hint: 'Name one: --registry http://HOST:8081',
    })
  }
  const open = await openRegistry(registry, folder, 'the registry')
  try {
    return await open.register(subject, schema)
  } finally {
    open.close()
  }
}
