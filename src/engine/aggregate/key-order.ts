/**
 * The order of groups by key: by the bytes of their keys, four at a time.
 *
 * Groups are sorted by the first word of their keys; then those with the same first word by the second, and so on, until each
 * key is decided or the groups left are few. So no byte of a key is read twice, however long the beginnings that keys share
 * (a path, a time), and most groups are sorted by counting. A comparing sort asked the dictionary twenty times for each of two
 * million groups, and took a fifth of the whole query.
 */
import { viewOf } from '../../record/bytes.ts'
import type { Dictionary } from '../../record/dictionary.ts'

const WORD_BYTES = 4
/** An insertion sort of no more groups than this costs least. */
const FEW = 12
/** From this number of groups on, counting digits costs less than comparing words. */
const MANY = 1 << 10
const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS
/** Arrays for more groups are as long as they must be, and are not kept. */
export const WIDE: number = 1 << 16

/** Sorts groups by the keys of a dictionary. */
export class KeyOrder {
  readonly #dictionary: Dictionary
  readonly #counts = new Int32Array(DIGITS)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #ids: Int32Array = new Int32Array(0)
  #order = new Int32Array(0)
  /** The word at work of each group of `#order`. */
  #words = new Uint32Array(0)
  /** Where counting puts groups and words. */
  #otherOrder = new Int32Array(0)
  #otherWords = new Uint32Array(0)

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary
  }

  /** Lets go of arrays that a large window has needed. */
  forgetWide(): void {
    this.#ids = new Int32Array(0)
    if (this.#order.length > 2 * WIDE) this.#reserve(0)
  }

  /** The indexes of ids [start, start + count), by key; valid until the next call. */
  of(ids: Int32Array, start: number, count: number): Int32Array {
    if (this.#order.length < count) this.#reserve(count > WIDE ? count : count * 2)
    this.#ids = ids
    const order = this.#order
    for (let i = 0; i < count; i++) order[i] = start + i
    if (count <= FEW) this.#insert(0, count)
    else {
      this.#view = viewOf(this.#dictionary.arena)
      this.#sort(this.#putNullFirst(start, count), count, 0)
    }
    return order
  }

  /** NULL comes first, and has no bytes to be sorted by. Returns the first of the others. */
  #putNullFirst(start: number, count: number): number {
    const { nullId } = this.#dictionary
    const at = nullId < 0 ? -1 : this.#ids.subarray(start, start + count).indexOf(nullId)
    if (at < 0) return 0
    this.#order[at] = start
    this.#order[0] = start + at
    return 1
  }

  #reserve(room: number): void {
    this.#order = new Int32Array(room)
    this.#words = new Uint32Array(room)
    this.#otherOrder = new Int32Array(0)
    this.#otherWords = new Uint32Array(0)
  }

  /** Sorts the groups at [from, to) of the order, whose keys share their first `depth` bytes. */
  #sort(from: number, to: number, depth: number): void {
    let [first, last, shared] = [from, to, depth]
    while (last - first > 1) {
      if (last - first <= FEW) {
        this.#insert(first, last)
        return
      }
      this.#readWords(first, last, shared)
      if (!this.#isInOrder(first, last)) {
        if (last - first >= MANY) this.#count(first, last)
        else this.#partition(first, last)
      }
      shared += WORD_BYTES
      // The longest run is sorted by this loop and not by a call, so calls are no deeper than the logarithm of the groups.
      const longest = this.#sortRuns(first, last, shared)
      first = this.#skipEnded(longest.first, longest.last, shared)
      last = longest.last
    }
  }

  /** Sorts the runs of groups with the same word, without the longest, which it returns. */
  #sortRuns(first: number, last: number, depth: number): { first: number; last: number } {
    const words = this.#words
    let [longest, longestEnd] = [first, first]
    for (let begin = first; begin < last; ) {
      const word = words[begin] as number
      let end = begin + 1
      while (end < last && words[end] === word) end++
      let [run, runEnd] = [begin, end]
      begin = end
      if (runEnd - run === 1) continue
      if (runEnd - run > longestEnd - longest) [run, runEnd, longest, longestEnd] = [longest, longestEnd, run, runEnd]
      if (runEnd > run) this.#sort(this.#skipEnded(run, runEnd, depth), runEnd, depth)
    }
    return { first: longest, last: longestEnd }
  }

  /**
   * Puts keys that end within the word just read before the others, by length: a missing byte was read as 0, which a byte may
   * be too. Returns the first of the others.
   */
  #skipEnded(first: number, last: number, depth: number): number {
    if (((this.#words[first] as number) & 0xff) !== 0) return first
    const { offsets } = this.#dictionary
    const order = this.#order
    let at = first
    // Keys with the same bytes and the same length would be the same: at most one ends at each byte of a word.
    for (let length = depth - WORD_BYTES; length < depth; length++) {
      for (let i = at; i < last; i++) {
        const id = this.#ids[order[i] as number] as number
        if ((offsets[id + 1] as number) - (offsets[id] as number) !== length) continue
        const ended = order[i] as number
        order[i] = order[at] as number
        order[at++] = ended
        break
      }
    }
    return at
  }

  #readWords(first: number, last: number, depth: number): void {
    const { offsets } = this.#dictionary
    const [view, ids, order, words] = [this.#view, this.#ids, this.#order, this.#words]
    for (let i = first; i < last; i++) {
      const id = ids[order[i] as number] as number
      const at = (offsets[id] as number) + depth
      const end = offsets[id + 1] as number
      if (at + WORD_BYTES <= end) words[i] = view.getUint32(at)
      else {
        let word = 0
        for (let byte = 0; byte < WORD_BYTES; byte++)
          word = (word << 8) | (at + byte < end ? view.getUint8(at + byte) : 0)
        words[i] = word
      }
    }
  }

  /** Groups of a log often come in order of time. */
  #isInOrder(first: number, last: number): boolean {
    const words = this.#words
    for (let i = first + 1; i < last; i++) if ((words[i - 1] as number) > (words[i] as number)) return false
    return true
  }

  /** Sorts by the words: by their low digits, then by the middle ones, then by the high ones. */
  #count(first: number, last: number): void {
    const room = last - first
    if (this.#otherOrder.length < room) {
      this.#otherOrder = new Int32Array(room)
      this.#otherWords = new Uint32Array(room)
    }
    let order = this.#order.subarray(first, last)
    let words = this.#words.subarray(first, last)
    let otherOrder = this.#otherOrder.subarray(0, room)
    let otherWords = this.#otherWords.subarray(0, room)
    let swapped = false
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (!countInto(order, words, [otherOrder, otherWords, this.#counts], shift)) continue
      ;[order, otherOrder, words, otherWords] = [otherOrder, order, otherWords, words]
      swapped = !swapped
    }
    if (!swapped) return
    otherOrder.set(order)
    otherWords.set(words)
  }

  /** Quicksort by the words, for a number of groups that is too small for counting. */
  #partition(from: number, to: number): void {
    const [order, words] = [this.#order, this.#words]
    let [first, last] = [from, to]
    while (last - first > FEW) {
      const pivot = middleOf(words[first] as number, words[(first + last) >> 1] as number, words[last - 1] as number)
      let [low, high] = [first, last - 1]
      while (low <= high) {
        while ((words[low] as number) < pivot) low++
        while ((words[high] as number) > pivot) high--
        if (low > high) break
        swap(order, low, high)
        swap(words, low++, high--)
      }
      if (high - first < last - low) {
        this.#partition(first, high + 1)
        first = low
      } else {
        this.#partition(low, last)
        last = high + 1
      }
    }
    for (let i = first + 1; i < last; i++) {
      for (let at = i; at > first && (words[at - 1] as number) > (words[at] as number); at--) {
        swap(order, at, at - 1)
        swap(words, at, at - 1)
      }
    }
  }

  /** Sorts few groups by their whole keys. */
  #insert(first: number, last: number): void {
    const [ids, order, dictionary] = [this.#ids, this.#order, this.#dictionary]
    for (let i = first + 1; i < last; i++) {
      const group = order[i] as number
      const id = ids[group] as number
      let at = i - 1
      while (at >= first && dictionary.compare(ids[order[at] as number] as number, id) > 0) {
        order[at + 1] = order[at] as number
        at--
      }
      order[at + 1] = group
    }
  }
}

/** Puts groups and words in order of one digit; false, and nothing, where all have the same. */
function countInto(
  order: Int32Array,
  words: Uint32Array,
  [toOrder, toWords, counts]: readonly [Int32Array, Uint32Array, Int32Array],
  shift: number,
): boolean {
  const mask = DIGITS - 1
  counts.fill(0)
  for (let i = 0; i < words.length; i++) {
    const digit = ((words[i] as number) >>> shift) & mask
    counts[digit] = (counts[digit] as number) + 1
  }
  if (counts[((words[0] as number) >>> shift) & mask] === words.length) return false
  let sum = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit] as number
    counts[digit] = sum
    sum += count
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number
    const digit = (word >>> shift) & mask
    const at = counts[digit] as number
    counts[digit] = at + 1
    toOrder[at] = order[i] as number
    toWords[at] = word
  }
  return true
}

const middleOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))

function swap(values: Int32Array | Uint32Array, a: number, b: number): void {
  const value = values[a] as number
  values[a] = values[b] as number
  values[b] = value
}
