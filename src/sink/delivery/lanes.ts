/**
 * How far each partition is delivered, and the batches under way. Batches of a partition may end in any order; its place
 * moves over them in the order of their offsets, so nothing before the place is missing.
 */
import { assert } from '../../base/assert.ts'
import type { Offset } from '../../base/quantity.ts'
import type { DeliveryPlace } from './delivery.ts'

type Lane = {
  readonly underWay: { readonly to: Offset; isDelivered: boolean }[]
  delivered: Offset
  refused: readonly Offset[]
}

/** The lanes of all partitions. */
export class Lanes {
  readonly #lanes: readonly Lane[]
  readonly #letters = new Set<Promise<void>>()
  #underWay = 0

  /** `starts`: the offset of each partition's first record; `refused`: offsets that were refused in an earlier run. */
  constructor(starts: readonly Offset[], refused: DeliveryPlace['refused'] = {}) {
    this.#lanes = starts.map((start, partition) => ({
      underWay: [],
      delivered: start,
      refused: refused[partition] ?? [],
    }))
  }

  /** How many batches are under way. */
  get underWay(): number {
    return this.#underWay
  }

  /** Whether every batch of the partition that was begun is delivered. */
  isFree(partition: number): boolean {
    return this.#lane(partition).underWay.length === 0
  }

  /** A batch of records before offset `to` is under way until the returned function is called with how it ended. */
  begin(partition: number, to: Offset): (isDelivered: boolean) => void {
    const lane = this.#lane(partition)
    const batch = { to, isDelivered: false }
    lane.underWay.push(batch)
    this.#underWay++
    return (isDelivered) => {
      this.#underWay--
      batch.isDelivered = isDelivered
      while (lane.underWay[0]?.isDelivered === true) lane.delivered = lane.underWay.shift()?.to ?? lane.delivered
    }
  }

  /** By partition, the offset that all records before are delivered. */
  delivered(): DeliveryPlace['offsets'] {
    return Object.fromEntries(this.#lanes.map(({ delivered }, partition) => [partition, delivered]))
  }

  /** Rows at these offsets were refused; their dead letters are there once the promise resolves. */
  refuse(partition: number, offsets: readonly Offset[], durable: Promise<void>): void {
    const lane = this.#lane(partition)
    const letter = durable.then(() => {
      lane.refused = [...lane.refused, ...offsets]
      this.#letters.delete(letter)
    })
    this.#letters.add(letter)
    letter.catch(() => undefined)
  }

  /** Refused offsets whose dead letters are durable, from a place on; undefined: there are none. Those before are forgotten. */
  refusedFrom(place: DeliveryPlace['offsets']): DeliveryPlace['refused'] {
    for (const [partition, lane] of this.#lanes.entries()) {
      lane.refused = lane.refused.filter((offset) => offset >= (place[partition] ?? 0))
    }
    const some = [...this.#lanes.entries()].filter(([, { refused }]) => refused.length > 0)
    return some.length === 0
      ? undefined
      : Object.fromEntries(some.map(([partition, { refused }]) => [partition, refused]))
  }

  /** Resolves when the dead letters begun so far are durable, or have failed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#letters)
  }

  #lane(partition: number): Lane {
    const lane = this.#lanes[partition]
    assert(lane !== undefined, `a topic has a partition ${partition}`)
    return lane
  }
}
