/**
 * Requests that were taken, by their idempotency key. The keys of the requests of a partition travel in the place that is
 * appended with their lines, so a key is there after a crash exactly if its lines are. The oldest are forgotten first.
 */
import { hash } from 'node:crypto'
import type { SourcePlace } from '../source.ts'

const KEY_LENGTH = 16
const BODY_LENGTH = 8

/** A request with a key: what it is known by, and by what a body is told from another. */
export type Keyed = { readonly key: string; readonly body: string }

export function keyedBy(key: string, body: Uint8Array): Keyed {
  return { key: hashOf(key, KEY_LENGTH), body: hashOf(body, BODY_LENGTH) }
}

const hashOf = (bytes: string | Uint8Array, length: number): string =>
  hash('sha256', bytes, 'base64url').slice(0, length)

type Taken = { readonly body: string; readonly durable: Promise<void> }

export class RecentKeys {
  /** By partition, the oldest first: key and body, 24 characters. */
  readonly #rings: string[][]
  readonly #taken = new Map<string, Taken>()
  readonly #limit: number

  constructor(places: readonly (SourcePlace | undefined)[], total: number) {
    this.#limit = Math.max(1, Math.ceil(total / places.length))
    this.#rings = places.map((place) => (Array.isArray(place?.keys) ? place.keys.map(String) : []))
    const durable = Promise.resolve()
    for (const known of this.#rings.flat()) {
      this.#taken.set(known.slice(0, KEY_LENGTH), { body: known.slice(KEY_LENGTH), durable })
    }
  }

  /** The request of this key, if there was one; its lines may not be durable yet. */
  find({ key }: Keyed): Taken | undefined {
    return this.#taken.get(key)
  }

  /** Takes a key in for a partition; all keys that its next place is to have. */
  add(partition: number, keyed: Keyed | undefined, durable: Promise<void>): readonly string[] {
    const ring = this.#rings[partition] ?? []
    if (keyed === undefined) return ring
    ring.push(keyed.key + keyed.body)
    this.#taken.set(keyed.key, { body: keyed.body, durable })
    while (ring.length > this.#limit) this.#taken.delete((ring.shift() as string).slice(0, KEY_LENGTH))
    return ring
  }
}
