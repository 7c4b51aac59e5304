/**
 * How far each partition is begun, and how many batches are under way. Batches of a partition may end in any order, so there
 * is a place only while none is under way: then every record before it is delivered.
 */
import { assert } from '../../base/assert.ts'
import type { Offset } from '../../base/quantity.ts'
import type { DeliveryPlace } from './delivery.ts'

type Lane = {
  underWay: number
  /** All records before this are in batches that were begun. */
  begun: Offset
  /** All records before this were delivered when no batch was under way the last time. */
  delivered: Offset
  refused: readonly Offset[]
}

/** The lanes of all partitions. */
export class Lanes {
  readonly #lanes: readonly Lane[]
  readonly #letters = new Set<Promise<void>>()

  /** `starts`: the offset of each partition's first record; `refused`: offsets that were refused in an earlier run. */
  constructor(starts: readonly Offset[], refused: DeliveryPlace['refused'] = {}) {
    this.#lanes = starts.map((begun, partition) => ({
      underWay: 0,
      begun,
      delivered: begun,
      refused: refused[partition] ?? [],
    }))
  }

  /** How many batches are under way. */
  get underWay(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.underWay, 0)
  }

  /** Whether no batch of the partition is under way. */
  isFree(partition: number): boolean {
    return this.#lane(partition).underWay === 0
  }

  /** A batch of records before offset `to` is under way until the returned function is called. */
  begin(partition: number, to: Offset): () => void {
    const lane = this.#lane(partition)
    lane.begun = to
    lane.underWay++
    return () => {
      if (--lane.underWay === 0) lane.delivered = lane.begun
    }
  }

  /**
   * By partition, the offset that all records before are delivered, where every batch was. `passed` gives the offset that a
   * partition was read to, if all its records are in batches.
   */
  delivered(passed: (partition: number) => Offset | undefined): DeliveryPlace['offsets'] {
    assert(this.underWay === 0, 'there is a place where no batch is under way')
    return Object.fromEntries(this.#lanes.map(({ begun }, partition) => [partition, passed(partition) ?? begun]))
  }

  /** By partition, the offset that all records before are known to be delivered. */
  progress(): readonly Offset[] {
    return this.#lanes.map(({ delivered }) => delivered)
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
