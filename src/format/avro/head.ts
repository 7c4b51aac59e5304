/**
 * The head of a record whose schema is in a registry, which Confluent's clients write, and all others that read theirs:
 *
 *   byte   0        1            5
 *          0        schema id    the record in Avro
 *                   int32, the highest byte first
 *
 * Source: Confluent, "Schema Registry Serializer and Deserializer", "Wire format".
 */
import type { Records } from '../../record/column.ts'

export const SCHEMA_HEAD = 5

/** Why there is no head; undefined: there is one. */
export function idTrouble(bytes: Uint8Array, from: number, end: number): string | undefined {
  if (end - from < SCHEMA_HEAD) return 'the record ends within the id of its schema'
  if (bytes[from] === 0) return undefined
  return `expected 0, and then the id of a schema in the registry, not ${bytes[from]}`
}

/** The id of a record's schema. */
export const schemaIdAt = (bytes: Uint8Array, from: number): number =>
  ((bytes[from + 1] as number) << 24) |
  ((bytes[from + 2] as number) << 16) |
  ((bytes[from + 3] as number) << 8) |
  (bytes[from + 4] as number)

/** Writes a head at the start of the bytes. */
export function putHead(bytes: Uint8Array, at: number, id: number): void {
  bytes[at] = 0
  bytes[at + 1] = id >>> 24
  bytes[at + 2] = id >>> 16
  bytes[at + 3] = id >>> 8
  bytes[at + 4] = id
}

/** The ids of the schemas of records, each once. */
export function schemaIdsIn({ bytes, start, end, count }: Records): ReadonlySet<number> {
  const ids = new Set<number>()
  let last: number | undefined
  for (let i = 0; i < count; i++) {
    const from = start[i] as number
    if (idTrouble(bytes, from, end[i] as number) !== undefined) continue
    const id = schemaIdAt(bytes, from)
    if (id !== last) ids.add(id)
    last = id
  }
  return ids
}
