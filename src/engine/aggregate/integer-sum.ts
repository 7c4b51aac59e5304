/**
 * A sum of BIGINTs that wraps at 64 bits, for SUM and AVG: a double while it is below 2^53, in the extra beyond. The lane
 * is NaN while nothing came, and anything but NaN where the extra holds the sum.
 */
import type { BigintColumn, IntColumn } from '../../record/column.ts'
import type { Entries, Extra } from './entries.ts'

const isSafe = (value: number) => value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER

export type IntegerSum = {
  accumulate(into: Entries, slots: Int32Array, column: BigintColumn | IntColumn, from: number, to: number): void
  merge(into: Entries, slots: Int32Array, other: Entries, start: number, count: number): void
  /** The sum of an entry to which something came. */
  at(entries: Entries, entry: number): number | bigint
}

export function integerSum(lane: number, extra: number): IntegerSum {
  const add = (sums: Float64Array, wide: Extra[], slot: number, value: number | bigint) => {
    const sum = sums[slot] as number
    const before = (wide[slot] as bigint | undefined) ?? (Number.isNaN(sum) ? 0n : BigInt(sum))
    const after = BigInt.asIntN(64, before + BigInt(value))
    const narrow = Number(after)
    while (wide.length < slot) wide.push(undefined)
    wide[slot] = isSafe(narrow) ? undefined : after
    sums[slot] = narrow
  }
  return {
    accumulate(into, slots, column, from, to) {
      const sums = into.lanes[lane] as Float64Array
      const wide = into.extras[extra] as Extra[]
      const exact = column.kind === 'bigint' ? column.exact : undefined
      const { values } = column
      if (exact !== undefined) {
        for (let row = from; row < to; row++) {
          const slot = slots[row] as number
          if (slot >= 0) add(sums, wide, slot, exact[row] as bigint)
        }
        return
      }
      for (let row = from; row < to; row++) {
        const slot = slots[row] as number
        if (slot < 0) continue
        const sum = sums[slot] as number
        const value = values[row] as number
        const next = Number.isNaN(sum) ? value : sum + value
        if (isSafe(next) && (wide.length === 0 || wide[slot] === undefined)) sums[slot] = next
        else add(sums, wide, slot, value)
      }
    },
    merge(into, slots, other, start, count) {
      const sums = into.lanes[lane] as Float64Array
      const wide = into.extras[extra] as Extra[]
      const otherSums = other.lanes[lane] as Float64Array
      const otherWide = other.extras[extra] as Extra[]
      for (let entry = start; entry < start + count; entry++) {
        const value = (otherWide[entry] as bigint | undefined) ?? (otherSums[entry] as number)
        if (typeof value === 'bigint' || !Number.isNaN(value)) add(sums, wide, slots[entry - start] as number, value)
      }
    },
    at: (entries, entry) =>
      ((entries.extras[extra] as Extra[])[entry] as bigint | undefined) ??
      ((entries.lanes[lane] as Float64Array)[entry] as number),
  }
}

/** 1 where nothing came: the entries whose lane is NaN; undefined where there is none. */
export function nullWhereNaN(lane: Float64Array, count: number): Uint8Array | undefined {
  let nulls: Uint8Array | undefined
  for (let entry = 0; entry < count; entry++) {
    if (!Number.isNaN(lane[entry])) continue
    nulls ??= new Uint8Array(count)
    nulls[entry] = 1
  }
  return nulls
}

/** 1 where a count is 0; undefined where none is. */
export function nullWhereZero(counts: Float64Array, count: number): Uint8Array | undefined {
  let nulls: Uint8Array | undefined
  for (let entry = 0; entry < count; entry++) {
    if (counts[entry] !== 0) continue
    nulls ??= new Uint8Array(count)
    nulls[entry] = 1
  }
  return nulls
}
