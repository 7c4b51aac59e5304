/**
 * APPROX_COUNT_DISTINCT: HyperLogLog++ with 2^14 registers, an error of 0.8 % (1.04 / √16384). Values are hashed as in Flink, so the
 * registers are Flink's, and so is the estimate, except between 15,500 and 82,000 values: there Flink looks the bias up in a measured
 * table, and here it is computed. Source: Heule, Nunkesser, Hall, HyperLogLog in Practice, 2013.
 *
 * The heap of a small entry has a table with open addressing, of words of 4 bytes, 0 is none: (register + 1) << 6 | rank; the last
 * lane says how many there are. That of a large one has a byte for each register, and the lane is DENSE.
 */
import type { Column } from '../../../record/column.ts'
import type { OpenAccumulator } from '../definition.ts'
import type { Entries } from '../entries.ts'
import { hasherOf } from './hash-values.ts'
import { high, low } from './hash64.ts'
import { extend, HEAP_LANES, type Heap, type HeapPlace } from './heap.ts'
import { estimateOf, REGISTER_BITS, REGISTERS } from './hyper-log-log.ts'
import { sketchedTexts } from './sketched-texts.ts'
import { readWord, writeWord } from './values.ts'

const DENSE = -1
const LEAST_SLOTS = 4
/** A table of more slots would be as large as all registers. */
const MOST_SLOTS = REGISTERS / 4
const RANK_BITS = 6

export const approxCountDistinct: OpenAccumulator = ({ lane, heap, argument }) => {
  const place = { lane, heap }
  const hash = hasherOf(argument)
  return {
    initial: [...HEAP_LANES, 0],
    extras: 0,
    hasHeap: true,
    accumulate(into, entryOf, column, from, to) {
      const texts = column?.kind === 'string' ? sketchedTexts(column, from, to) : undefined
      if (texts !== undefined) return raiseAll(into, place, { entryOf, from, to, texts })
      const hashRow = hash(column as Column)
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        hashRow(row)
        // The first bits name the register; the rank is the place of the first 1 behind them, at most that of the end.
        const rest = (high << REGISTER_BITS) | (low >>> (32 - REGISTER_BITS))
        const rank = rest !== 0 ? Math.clz32(rest) + 1 : Math.clz32((low << REGISTER_BITS) | END) + 33
        raise(into, place, entry, ((high >>> (32 - REGISTER_BITS)) << RANK_BITS) | rank)
      }
    },
    merge(into, entryOf, other, start, count) {
      for (let entry = start; entry < start + count; entry++) {
        const to = entryOf[entry - start] as number
        if (other.lanes[lane + HEAP_LANES.length]?.[entry] === DENSE) {
          raiseDense(into, place, to, { other, entry })
          continue
        }
        forRegisters(other, place, entry, (found) => raise(into, place, to, found))
      }
    },
    result(entries) {
      const values = new Float64Array(entries.count)
      const ranks = new Uint8Array(REGISTERS)
      for (let entry = 0; entry < entries.count; entry++) {
        ranks.fill(0)
        forRegisters(entries, place, entry, (found) => {
          ranks[found >>> RANK_BITS] = found & RANKS
        })
        values[entry] = estimateOf(ranks)
      }
      return { kind: 'bigint', values, exact: undefined, nulls: undefined }
    },
  }
}

const END = 1 << (REGISTER_BITS - 1)

const RANKS = (1 << RANK_BITS) - 1

/** Gives a register the rank, if that is greater than its own: `found` is register << 6 | rank. */
function raise(into: Entries, place: HeapPlace, entry: number, found: number): void {
  const { lane, heap } = place
  const counts = into.lanes[lane + HEAP_LANES.length] as Float64Array
  if (counts[entry] !== DENSE) {
    const slots = ((into.lanes[lane + 1] as Float64Array)[entry] as number) / 4
    if (4 * ((counts[entry] as number) + 1) > 3 * slots) grow(into, place, entry)
  }
  const { bytes } = into.heaps[heap] as Heap
  const first = (into.lanes[lane] as Float64Array)[entry] as number
  if (counts[entry] === DENSE) {
    const at = first + (found >>> RANK_BITS)
    if ((found & RANKS) > (bytes[at] as number)) bytes[at] = found & RANKS
    return
  }
  const slots = ((into.lanes[lane + 1] as Float64Array)[entry] as number) / 4
  if (put(bytes, first, slots, found)) counts[entry] = (counts[entry] as number) + 1
}

type Rows = {
  readonly entryOf: Int32Array
  readonly from: number
  readonly to: number
  /** What was found for each row, from `from` on. */
  readonly texts: Int32Array
}

function raiseAll(into: Entries, place: HeapPlace, { entryOf, from, to, texts }: Rows): void {
  const { lane, heap } = place
  const starts = into.lanes[lane] as Float64Array
  const counts = into.lanes[lane + HEAP_LANES.length] as Float64Array
  let { bytes } = into.heaps[heap] as Heap
  for (let row = from; row < to; row++) {
    const entry = entryOf[row] as number
    if (entry < 0) continue
    const found = texts[row - from] as number
    if (counts[entry] === DENSE) {
      const at = (starts[entry] as number) + (found >>> RANK_BITS)
      if ((found & RANKS) > (bytes[at] as number)) bytes[at] = found & RANKS
      continue
    }
    raise(into, place, entry, found)
    bytes = (into.heaps[heap] as Heap).bytes
  }
}

/** Gives each register that of another entry, if it is greater. */
function raiseDense(
  into: Entries,
  place: HeapPlace,
  to: number,
  { other, entry }: { readonly other: Entries; readonly entry: number },
): void {
  const { lane, heap } = place
  if (into.lanes[lane + HEAP_LANES.length]?.[to] !== DENSE) grow(into, place, to, true)
  const { bytes } = into.heaps[heap] as Heap
  const more = (other.heaps[heap] as Heap).bytes
  const first = (into.lanes[lane] as Float64Array)[to] as number
  const from = (other.lanes[lane] as Float64Array)[entry] as number
  for (let register = 0; register < REGISTERS; register++) {
    const rank = more[from + register] as number
    if (rank > (bytes[first + register] as number)) bytes[first + register] = rank
  }
}

/** Returns whether the register is new in the table. */
function put(bytes: Uint8Array, first: number, slots: number, found: number): boolean {
  const register = found >>> RANK_BITS
  let slot = (Math.imul(register, 0x9e3779b1) >>> 8) & (slots - 1)
  for (;;) {
    const at = first + 4 * slot
    const word = readWord(bytes, at)
    if (word === 0 || word >>> RANK_BITS === register + 1) {
      if ((found & RANKS) > (word & RANKS)) writeWord(bytes, at, found + (1 << RANK_BITS))
      return word === 0
    }
    slot = (slot + 1) & (slots - 1)
  }
}

/** Twice as many slots, or all registers. */
function grow(into: Entries, place: HeapPlace, entry: number, dense = false): void {
  const { lane, heap } = place
  const lengths = into.lanes[lane + 1] as Float64Array
  const known: number[] = []
  forRegisters(into, place, entry, (found) => known.push(found))
  const slots = Math.max(LEAST_SLOTS, (lengths[entry] as number) / 2)
  const isDense = dense || slots > MOST_SLOTS / 2
  extend(into, place, entry, (isDense ? REGISTERS : 4 * slots) - (lengths[entry] as number))
  const { bytes } = into.heaps[heap] as Heap
  const first = (into.lanes[lane] as Float64Array)[entry] as number
  bytes.fill(0, first, first + (lengths[entry] as number))
  if (isDense) (into.lanes[lane + HEAP_LANES.length] as Float64Array)[entry] = DENSE
  for (const found of known) {
    if (isDense) bytes[first + (found >>> RANK_BITS)] = found & RANKS
    else put(bytes, first, slots, found)
  }
}

/** Calls `visit` for each register that is not 0, in no order. */
function forRegisters(
  { lanes, heaps }: Entries,
  { lane, heap }: HeapPlace,
  entry: number,
  visit: (found: number) => void,
): void {
  const { bytes } = heaps[heap] as Heap
  const first = (lanes[lane] as Float64Array)[entry] as number
  const end = first + ((lanes[lane + 1] as Float64Array)[entry] as number)
  if (lanes[lane + HEAP_LANES.length]?.[entry] === DENSE) {
    for (let at = first; at < end; at++) if (bytes[at] !== 0) visit(((at - first) << RANK_BITS) | (bytes[at] as number))
    return
  }
  for (let at = first; at < end; at += 4) {
    const word = readWord(bytes, at)
    if (word !== 0) visit(word - (1 << RANK_BITS))
  }
}
