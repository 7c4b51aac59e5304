/** The order of groups by key. The first bytes of a key decide nearly always, so they are compared as one number. */
import type { Dictionary } from '../../record/dictionary.ts'

const PREFIX_BYTES = 6
/** A call of the built-in sort costs more than an insertion sort of no more groups than this. */
const FEW = 12
/** Arrays for more groups are as long as they must be, and are not kept. */
export const WIDE: number = 1 << 16

/** Sorts groups by the keys of a dictionary. */
export class KeyOrder {
  readonly #dictionary: Dictionary
  #order: Int32Array = new Int32Array(0)
  #prefixes: Float64Array = new Float64Array(0)

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary
  }

  /** Lets go of arrays that a large window has needed. */
  forgetWide(): void {
    if (this.#order.length <= 2 * WIDE) return
    this.#order = new Int32Array(0)
    this.#prefixes = new Float64Array(0)
  }

  /** The indexes of ids [start, start + count), by key; valid until the next call. */
  of(ids: Int32Array, start: number, count: number): Int32Array {
    if (this.#order.length < count) {
      const room = count > WIDE ? count : count * 2
      this.#order = new Int32Array(room)
      this.#prefixes = new Float64Array(room)
    }
    const dictionary = this.#dictionary
    const order = this.#order
    const prefixes = this.#prefixes
    for (let i = 0; i < count; i++) {
      order[i] = start + i
      prefixes[i] = prefixOf(dictionary, ids[start + i] as number)
    }
    const compare = (a: number, b: number) =>
      (prefixes[a - start] as number) - (prefixes[b - start] as number) ||
      dictionary.compare(ids[a] as number, ids[b] as number)
    if (count > FEW) order.subarray(0, count).sort(compare)
    else insertionSort(order, count, compare)
    return order
  }
}

/** Shorter keys are filled up with zeros: the dictionary decides a tie. NULL comes first. */
function prefixOf({ arena, offsets, nullId }: Dictionary, id: number): number {
  if (id === nullId) return -1
  const start = offsets[id] as number
  const end = Math.min(offsets[id + 1] as number, start + PREFIX_BYTES)
  let prefix = 0
  for (let at = start; at < start + PREFIX_BYTES; at++) prefix = prefix * 256 + (at < end ? (arena[at] as number) : 0)
  return prefix
}

function insertionSort(order: Int32Array, count: number, compare: (a: number, b: number) => number): void {
  for (let i = 1; i < count; i++) {
    const item = order[i] as number
    let at = i - 1
    while (at >= 0 && compare(order[at] as number, item) > 0) {
      order[at + 1] = order[at] as number
      at--
    }
    order[at + 1] = item
  }
}
