/** What remembers the requests of a source, so that one that is sent again adds nothing. */
import type { SourcePlace } from '../source.ts'

/** The key of a request and what came with it, as one text. */
export type KeyedRequest = string

export type RequestKeys = {
  /** The earlier request with this key, if there was one: whether its body was another, and when its lines are durable. */
  find(keyed: KeyedRequest): { readonly isSame: boolean; readonly durable: Promise<void> } | undefined
  /** Adds the key of a request, before its lines are appended. */
  add(keyed: KeyedRequest, durable: Promise<void>): void
  /** How many more keys an append to the partition can carry. */
  room(partition: number): number
  /** Resolves when an append to the partition can carry a key more, or none is carried any more. */
  whenRoom(partition: number): Promise<void>
  /** What the next append of a partition carries in its place; `added`: the keys of its own requests. */
  carry(partition: number, added: readonly KeyedRequest[]): SourcePlace
  /** Notes that all appends of a partition are durable; `request`: the last of them. */
  kept(partition: number, request: number): void
  /** Resolves when nothing is being written. */
  close(): Promise<void>
}

/** Of a source whose requests have no keys. */
export const NO_KEYS: RequestKeys = {
  find: () => undefined,
  add: () => undefined,
  room: () => Number.POSITIVE_INFINITY,
  whenRoom: async () => undefined,
  carry: () => ({}),
  kept: () => undefined,
  close: async () => undefined,
}
