/**
 * The groups of an aggregate without windows, of all ranges of a bounded query that one thread runs. Entry i is the group
 * whose key has id i, so no table leads from one to the other, and nothing is merged where a range ends.
 *
 * Only for accumulators whose result does not depend on the order of rows at all (`anyOrder`): which ranges a thread runs
 * is chance. The order of the first rows of groups is not: each thread notes how many keys it knew at the end of each of its
 * ranges, and with the threads of all ranges in order, `firstSight` finds what one thread would have seen.
 */
import { assert } from '../../../base/assert.ts'
import { type Entries, entriesBytes, growEntries, makeEntries } from '../entries.ts'
import type { Keys, PublishedKeys } from '../keys.ts'
import { Renaming } from '../renaming.ts'
import type { AggregateSpec } from '../spec.ts'

/** The groups of one thread, as plain arrays that can be posted to another. */
export type WholeRest = {
  /** The keys that ids stand for; undefined where ids are those of the adopter. */
  readonly keys: PublishedKeys | undefined
  /** Entry i has id i; `ids` has nothing. */
  readonly entries: Entries
  /** The number of keys at the end of each range that the thread ran. */
  readonly known: Int32Array
}

/** What of a thread counts for the order of first sight: our id of each of its keys (undefined: the same), and `known`. */
type Sight = { readonly ids: Int32Array | undefined; readonly known: Int32Array }

/** The memory that a thread holds. */
export type HeldElsewhere = { readonly bytes: number; readonly groups: number }

/** Whether the groups of an aggregate can be kept like this. */
export const staysWhole = ({ reading, aggregates }: AggregateSpec): boolean =>
  reading === undefined && aggregates.every(({ accumulator }) => accumulator.anyOrder === true)

/** Groups by id. */
export class WholeGroups {
  readonly keys: Keys
  entries: Entries
  readonly #spec: AggregateSpec
  #known: number[] = []
  /** The thread of each range, in order of the ranges; and of each thread that was adopted, what it saw. */
  readonly #turns: number[] = []
  readonly #sights = new Map<number, Sight>()
  readonly #elsewhere = new Map<number, HeldElsewhere>()

  constructor(spec: AggregateSpec, keys: Keys) {
    this.#spec = spec
    this.keys = keys
    this.entries = makeEntries(spec.layout, 64)
  }

  /** Without the keys, which others may use too. */
  get bytes(): number {
    let sum = entriesBytes(this.entries)
    for (const { bytes } of this.#elsewhere.values()) sum += bytes
    return sum
  }

  get groups(): number {
    let sum = this.entries.count
    for (const { groups } of this.#elsewhere.values()) sum += groups
    return sum
  }

  /** Makes an entry of each key. */
  reserve(): void {
    const { size } = this.keys.main
    if (size > this.entries.ids.length) growEntries(this.entries, this.#spec.layout, size)
    this.entries.count = size
  }

  /** Notes the end of a range that this thread ran. */
  endRange(): void {
    this.#known.push(this.keys.main.size)
  }

  /** Hands everything over: these groups must not be used afterwards. */
  take(ownsKeys: boolean): WholeRest {
    this.reserve()
    const keys = ownsKeys ? this.keys.publish(Number.POSITIVE_INFINITY) : undefined
    return { keys, entries: this.entries, known: Int32Array.from(this.#known) }
  }

  /** Notes that the next range was run by thread `from`, and what the thread holds. Ranges come in order. */
  ranBy(from: number, held: HeldElsewhere): void {
    this.#turns.push(from)
    this.#elsewhere.set(from, held)
  }

  /** Adds the groups of thread `from`. */
  adopt({ keys, entries, known }: WholeRest, from: number): void {
    assert(!this.#sights.has(from), 'a thread hands over its groups once')
    this.#elsewhere.delete(from)
    const { count } = entries
    const ids = keys === undefined ? undefined : new Renaming(this.keys).learn(keys).subarray(0, count)
    this.#sights.set(from, { ids, known })
    if (ids === undefined && this.entries.count === 0) {
      this.entries = entries
      this.reserve()
      return
    }
    this.reserve()
    const entryOf = ids ?? Int32Array.from({ length: count }, (_, id) => id)
    for (const { accumulator, distinct } of this.#spec.aggregates)
      if (distinct === undefined) accumulator.merge(this.entries, entryOf, entries, 0, count)
  }

  /** The ids in order of the first rows of their groups; undefined where that is their own order. */
  firstSight(): Int32Array | undefined {
    if (this.#sights.size < 2 && this.#sights.get(this.#turns[0] ?? 0)?.ids === undefined) return undefined
    const { count } = this.entries
    const order = new Int32Array(count)
    const isSeen = new Uint8Array(count)
    let seen = 0
    const places = new Map<number, { range: number; at: number }>()
    for (const from of this.#turns) {
      const sight = this.#sights.get(from)
      assert(sight !== undefined, 'a thread that ran a range has handed over its groups')
      const { ids, known } = sight
      const place = places.get(from) ?? { range: 0, at: 0 }
      places.set(from, place)
      for (const end = known[place.range++] as number; place.at < end; place.at++) {
        const id = ids === undefined ? place.at : (ids[place.at] as number)
        if (isSeen[id] === 1) continue
        isSeen[id] = 1
        order[seen++] = id
      }
    }
    assert(seen === count, 'each group was seen in a range')
    return order
  }
}
