/**
 * The schemas that records were written with, by their ids, as far as they were needed. A schema that was fetched is kept for good: an
 * id never means another. An id that the registry does not know is asked for a few times, as a registry of several servers may tell of a
 * new one a moment late; then its records are dead letters, until the next start.
 */
import { setTimeout } from 'node:timers/promises'
import { Failure } from '../../base/failure.ts'
import { openRegistry, type Registry, type RegistryOptions } from '../../client/schema-registry.ts'
import type { Records } from '../../record/column.ts'
import { schemaIdsIn } from './head.ts'
import { type AvroType, readSchema } from './schema.ts'

const ASKED_FOR = 3
const PAUSE_MS = 300
/** Requests under way at once. Where more ids than this are unknown, they are of damaged records, and none is asked for again. */
const AT_ONCE = 16
/** With more ids than this, the unknown ones are forgotten. */
const MOST_KEPT = 10_000

export type WriterSchemas = {
  /** The schema; a text: why there is none. */
  get(id: number): AvroType | string
  /** As of `OpenFormat.ready`. */
  ready(records: Records, signal?: AbortSignal): Promise<void> | undefined
}

/** The schemas of a registry; `known` are there from the start. */
export function registrySchemas(
  registry: RegistryOptions,
  folder: string,
  known: ReadonlyMap<number, string>,
): WriterSchemas {
  const schemas = new Map<number, AvroType | string>()
  for (const [id, text] of known) schemas.set(id, readSchema(text))
  const find = async (open: Registry, id: number, signal?: AbortSignal) => {
    const found = await schemaOf(open, id, signal)
    if (found !== undefined) schemas.set(id, found)
  }
  const fetch = async (ids: readonly number[], signal?: AbortSignal) => {
    if (schemas.size > MOST_KEPT) forget(schemas)
    const open = await openRegistry(registry, folder, 'format avro')
    try {
      let left = ids
      for (let asked = 0; left.length > 0 && asked < ASKED_FOR; asked++) {
        if (asked > 0 && left.length > AT_ONCE) break
        if (asked > 0) await setTimeout(PAUSE_MS, undefined, signal && { signal })
        for (let from = 0; from < left.length; from += AT_ONCE) {
          await Promise.all(left.slice(from, from + AT_ONCE).map((id) => find(open, id, signal)))
        }
        left = left.filter((id) => !schemas.has(id))
      }
      for (const id of left) schemas.set(id, unknownId(id))
    } finally {
      open.close()
    }
  }
  return {
    get: (id) => schemas.get(id) ?? unknownId(id),
    ready(records, signal) {
      const missing = [...schemaIdsIn(records)].filter((id) => !schemas.has(id))
      return missing.length === 0 ? undefined : fetch(missing, signal)
    },
  }
}

const unknownId = (id: number): string => `schema ${id} is not in the registry`

/** A schema, or why it is none of Avro; undefined: the registry has none of this id. Rejects with a Failure. */
async function schemaOf(
  registry: Registry,
  id: number,
  signal: AbortSignal | undefined,
): Promise<AvroType | string | undefined> {
  // No registry gives such an id.
  if (id < 0) return unknownId(id)
  try {
    const text = await registry.schema(id, signal)
    return text === undefined ? undefined : readSchema(text)
  } catch (error) {
    // What it has under this id is no schema of Avro, and never will be.
    if (error instanceof Failure && error.code === 'usage') return `schema ${id}: ${error.message}`
    throw error
  }
}

/** Forgets the unknown ids: damaged heads look like new ids without end. */
function forget(schemas: Map<number, AvroType | string>): void {
  for (const [id, found] of schemas) if (typeof found === 'string') schemas.delete(id)
}
