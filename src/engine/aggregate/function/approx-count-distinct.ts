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
      const hashRow = hash(column as Column)
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        hashRow(row)
        // The first bits name the register; the rank is the place of the first 1 behind them, at most that of the end.
        const rest = (high << REGISTER_BITS) | (low >>> (32 - REGISTER_BITS))
        const rank = rest !== 0 ? Math.clz32(rest) + 1 : Math.clz32((low << REGISTER_BITS) | END) + 33
        raise(into, place, entry, { register: high >>> (32 - REGISTER_BITS), rank })
      }
    },
    merge(into, entryOf, other, start, count) {
      for (let entry = start; entry < start + count; entry++) {
        const to = entryOf[entry - start] as number
        forRegisters(other, place, entry, (register, rank) => raise(into, place, to, { register, rank }))
      }
    },
    result(entries) {
      const values = new Float64Array(entries.count)
      const ranks = new Uint8Array(REGISTERS)
      for (let entry = 0; entry < entries.count; entry++) {
        ranks.fill(0)
        forRegisters(entries, place, entry, (register, rank) => {
          ranks[register] = rank
        })
        values[entry] = estimateOf(ranks)
      }
      return { kind: 'bigint', values, exact: undefined, nulls: undefined }
    },
  }
}

const END = 1 << (REGISTER_BITS - 1)

type Found = { readonly register: number; readonly rank: number }

/** Gives a register the rank, if that is greater than its own. */
function raise(into: Entries, place: HeapPlace, entry: number, { register, rank }: Found): void {
  const { lane, heap } = place
  const counts = into.lanes[lane + HEAP_LANES.length] as Float64Array
  const starts = into.lanes[lane] as Float64Array
  if (counts[entry] !== DENSE) {
    const slots = ((into.lanes[lane + 1] as Float64Array)[entry] as number) / 4
    if (4 * ((counts[entry] as number) + 1) > 3 * slots) grow(into, place, entry)
  }
  const { bytes } = into.heaps[heap] as Heap
  if (counts[entry] === DENSE) {
    const at = (starts[entry] as number) + register
    if (rank > (bytes[at] as number)) bytes[at] = rank
    return
  }
  const slots = ((into.lanes[lane + 1] as Float64Array)[entry] as number) / 4
  if (put(bytes, [starts[entry] as number, slots], register, rank)) counts[entry] = (counts[entry] as number) + 1
}

/** Returns whether the register is new in the table. */
function put(bytes: Uint8Array, [first, slots]: readonly [number, number], register: number, rank: number): boolean {
  let slot = (Math.imul(register, 0x9e3779b1) >>> 8) & (slots - 1)
  for (;;) {
    const at = first + 4 * slot
    const word = readWord(bytes, at)
    if (word === 0 || word >>> RANK_BITS === register + 1) {
      if (rank > (word & ((1 << RANK_BITS) - 1))) writeWord(bytes, at, ((register + 1) << RANK_BITS) | rank)
      return word === 0
    }
    slot = (slot + 1) & (slots - 1)
  }
}

/** Twice as many slots, or all registers. */
function grow(into: Entries, place: HeapPlace, entry: number): void {
  const { lane, heap } = place
  const lengths = into.lanes[lane + 1] as Float64Array
  const known: Found[] = []
  forRegisters(into, place, entry, (register, rank) => known.push({ register, rank }))
  const slots = Math.max(LEAST_SLOTS, (lengths[entry] as number) / 2)
  const isDense = slots > MOST_SLOTS / 2
  extend(into, place, entry, (isDense ? REGISTERS : 4 * slots) - (lengths[entry] as number))
  const { bytes } = into.heaps[heap] as Heap
  const first = (into.lanes[lane] as Float64Array)[entry] as number
  bytes.fill(0, first, first + (lengths[entry] as number))
  if (isDense) (into.lanes[lane + HEAP_LANES.length] as Float64Array)[entry] = DENSE
  for (const { register, rank } of known) {
    if (isDense) bytes[first + register] = rank
    else put(bytes, [first, slots], register, rank)
  }
}

/** Calls `visit` for each register that is not 0, in no order. */
function forRegisters(
  { lanes, heaps }: Entries,
  { lane, heap }: HeapPlace,
  entry: number,
  visit: (register: number, rank: number) => void,
): void {
  const { bytes } = heaps[heap] as Heap
  const first = (lanes[lane] as Float64Array)[entry] as number
  const end = first + ((lanes[lane + 1] as Float64Array)[entry] as number)
  if (lanes[lane + HEAP_LANES.length]?.[entry] === DENSE) {
    for (let at = first; at < end; at++) if (bytes[at] !== 0) visit(at - first, bytes[at] as number)
    return
  }
  for (let at = first; at < end; at += 4) {
    const word = readWord(bytes, at)
    if (word !== 0) visit((word >>> RANK_BITS) - 1, word & ((1 << RANK_BITS) - 1))
  }
}
