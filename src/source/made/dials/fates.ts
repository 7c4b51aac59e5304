/**
 * What becomes of each record: sound, bad, a duplicate, late or out of order. Of each 10,000 records that follow each other
 * exactly as many have a fate as its share says, in an order that the seed decides; a record has one fate at most. So the shares
 * are exact, and the fate of record n follows from the seed and n.
 */
import { seededRandom } from '../../../base/random.ts'
import { below, draw, recordState } from '../mix.ts'

/** Records that follow each other and have the exact shares. */
export const FATE_BLOCK = 10_000

/** The fates, as numbers. */
export const FATE = { sound: 0, bad: 1, duplicate: 2, late: 3, disordered: 4 } as const

/** How many of each 10,000 records have each fate. */
export type FateShares = {
  readonly bad: number
  readonly duplicates: number
  readonly late: number
  readonly disorder: number
}

/** How much further than it should a duplicate looks for a sound record. */
const FURTHER = 200
/** Sets the seeds of blocks far apart. */
const GOLDEN = 0x9e3779b9
/** Makes what is drawn here independent of the contents of records. */
const SALT = 0x5eed_fa7e

/** The fates of all records of a seed. */
export class Fates {
  readonly #seed: number
  readonly #shares: FateShares
  readonly #within: number
  readonly #hasNone: boolean
  #block = -1
  #fates = new Uint8Array(0)
  #earlierBlock = -1
  #earlier = new Uint8Array(0)

  /** How many records before it a duplicate repeats at most. */
  readonly reach: number

  /** A duplicate repeats one of the `within` records before it, or the sound one before that. */
  constructor(seed: number, shares: FateShares, within: number) {
    this.reach = within + FURTHER
    this.#seed = seed ^ SALT
    this.#shares = shares
    this.#within = within
    this.#hasNone = Object.values(shares).every((share) => share === 0)
  }

  /** The fate of record `n`, one of `FATE`. */
  of(n: number): number {
    if (this.#hasNone) return FATE.sound
    const block = Math.floor(n / FATE_BLOCK)
    const at = n - block * FATE_BLOCK
    if (block === this.#block) return this.#fates[at] as number
    if (block === this.#earlierBlock) return this.#earlier[at] as number
    this.#earlierBlock = this.#block
    this.#earlier = this.#fates
    this.#block = block
    this.#fates = this.#shuffled(block)
    return this.#fates[at] as number
  }

  /** The record that duplicate `n` repeats: one that is neither bad nor a duplicate. `n` itself where there is none before it. */
  repeatedBy(n: number): number {
    const back = 1 + below(draw(recordState(this.#seed, n), 1), this.#within)
    for (let m = n - back; m >= Math.max(0, n - this.reach); m--) {
      const fate = this.of(m)
      if (fate !== FATE.bad && fate !== FATE.duplicate) return m
    }
    return n
  }

  #shuffled(block: number): Uint8Array<ArrayBuffer> {
    const { bad, duplicates, late, disorder } = this.#shares
    const fates = new Uint8Array(FATE_BLOCK)
    let at = 0
    const add = (fate: number, count: number) => {
      fates.fill(fate, at, at + count)
      at += count
    }
    add(FATE.bad, bad)
    add(FATE.duplicate, duplicates)
    add(FATE.late, late)
    add(FATE.disordered, disorder)
    const random = seededRandom(this.#seed ^ Math.imul(block + 1, GOLDEN))
    for (let left = FATE_BLOCK - 1; left > 0; left--) {
      const other = random.below(left + 1)
      const fate = fates[left] as number
      fates[left] = fates[other] as number
      fates[other] = fate
    }
    return fates
  }
}
