/** For each key, the rows that are kept of it, by time, then in the order in which they were added: a chain of slots. */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import { widened } from '../../record/gather.ts'

const NONE = -1

/** Chains of slots. */
export class KeyLists {
  /** Of each key the first and the last slot; of each slot the next one of its key. */
  #heads = new Int32Array(0)
  #tails = new Int32Array(0)
  #next = new Int32Array(0)

  get bytes(): number {
    return this.#heads.byteLength + this.#tails.byteLength + this.#next.byteLength
  }

  /** Empties all chains. Keys are [0, keys) from now on. */
  clear(keys: number): void {
    this.#heads = new Int32Array(keys).fill(NONE)
    this.#tails = new Int32Array(keys).fill(NONE)
    this.#next = new Int32Array(0)
  }

  /** Makes room for keys [0, keys). */
  reserveKeys(keys: number): void {
    const known = this.#heads.length
    if (keys <= known) return
    this.#heads = widened(this.#heads, keys).fill(NONE, known)
    this.#tails = widened(this.#tails, keys).fill(NONE, known)
  }

  /** The first slot of a key; -1: there is none. */
  first(key: number): number {
    return key < this.#heads.length ? (this.#heads[key] as number) : NONE
  }

  /** The slot behind another of the same key; -1: it is the last. */
  after(slot: number): number {
    return this.#next[slot] as number
  }

  /** Adds a slot; `times` has the time of each. Rows that come in order of time are added at the end. */
  add(key: number, slot: number, times: Float64Array): void {
    if (slot >= this.#next.length) this.#next = widened(this.#next, slot + 64)
    const tail = this.#tails[key] as number
    if (tail !== NONE && (times[tail] as EventTime) > (times[slot] as EventTime)) {
      this.#insert(key, slot, times)
      return
    }
    this.#next[slot] = NONE
    this.#tails[key] = slot
    if (tail === NONE) this.#heads[key] = slot
    else this.#next[tail] = slot
  }

  /** Takes off the first slot of a key. */
  shift(key: number, slot: number): void {
    assert(this.#heads[key] === slot, 'rows of a key are over in their order')
    this.#heads[key] = this.#next[slot] as number
    if (this.#heads[key] === NONE) this.#tails[key] = NONE
  }

  #insert(key: number, slot: number, times: Float64Array): void {
    let before = NONE
    let at = this.#heads[key] as number
    while ((times[at] as number) <= (times[slot] as number)) {
      before = at
      at = this.#next[at] as number
    }
    this.#next[slot] = at
    if (before === NONE) this.#heads[key] = slot
    else this.#next[before] = slot
  }
}
