/**
 * Requests that were taken, by their idempotency key. The keys of a partition are in the place that is appended with its
 * lines, so after a crash a key is there exactly if its lines are. The oldest keys are forgotten first.
 */
import { hash } from 'node:crypto'
import type { SourcePlace } from '../source.ts'

const KEY_LENGTH = 16
const BODY_LENGTH = 8

/** Hashes of the idempotency key and of the body of a request. */
export type KeyedRequest = { readonly key: string; readonly body: string }

/** Hashes an idempotency key and the body that came with it. */
export function keyedBy(key: string, body: Uint8Array): KeyedRequest {
  return { key: hashOf(key, KEY_LENGTH), body: hashOf(body, BODY_LENGTH) }
}

const hashOf = (bytes: string | Uint8Array, length: number): string =>
  hash('sha256', bytes, 'base64url').slice(0, length)

type TakenRequest = { readonly body: string; readonly durable: Promise<void> }

/** The keys of the last `total` requests, those of each partition in its place. */
export class RecentKeys {
  /** By partition, the oldest first: the hashes of key and body, 24 characters. */
  readonly #rings: string[][]
  readonly #taken = new Map<string, TakenRequest>()
  readonly #limit: number

  constructor(places: readonly (SourcePlace | undefined)[], total: number) {
    this.#limit = Math.max(1, Math.ceil(total / places.length))
    this.#rings = places.map((place) => (Array.isArray(place?.keys) ? place.keys.map(String) : []))
    const durable = Promise.resolve()
    for (const known of this.#rings.flat()) {
      this.#taken.set(known.slice(0, KEY_LENGTH), { body: known.slice(KEY_LENGTH), durable })
    }
  }

  /** The earlier request with this key, if there was one; its lines may not be durable yet. */
  find({ key }: KeyedRequest): TakenRequest | undefined {
    return this.#taken.get(key)
  }

  /** Adds the key of a request for a partition. Gives all keys for the partition's next place. */
  add(partition: number, keyed: KeyedRequest | undefined, durable: Promise<void>): readonly string[] {
    const ring = this.#rings[partition] ?? []
    if (keyed === undefined) return ring
    ring.push(keyed.key + keyed.body)
    this.#taken.set(keyed.key, { body: keyed.body, durable })
    while (ring.length > this.#limit) this.#taken.delete((ring.shift() as string).slice(0, KEY_LENGTH))
    return ring
  }
}
