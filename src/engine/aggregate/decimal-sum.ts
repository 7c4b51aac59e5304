/** A sum of DECIMALs, for SUM and AVG: the digits as a bigint in the extra, undefined while nothing came. */
import type { DecimalColumn } from '../../record/column.ts'
import type { Entries, Extra } from './entries.ts'

export type DecimalSum = {
  accumulate(into: Entries, slots: Int32Array, column: DecimalColumn, from: number, to: number): void
  merge(into: Entries, slots: Int32Array, other: Entries, start: number, count: number): void
  at(entries: Entries, entry: number): bigint | undefined
}

/** The least number of 39 digits: a DECIMAL(38, s) has fewer, and beyond it is NULL. */
export const DECIMAL_LIMIT: bigint = 10n ** 38n

export function decimalSum(extra: number): DecimalSum {
  const add = (sums: Extra[], slot: number, value: bigint) => {
    while (sums.length < slot) sums.push(undefined)
    sums[slot] = ((sums[slot] as bigint | undefined) ?? 0n) + value
  }
  return {
    accumulate(into, slots, column, from, to) {
      const sums = into.extras[extra] as Extra[]
      for (let row = from; row < to; row++) {
        const slot = slots[row] as number
        if (slot >= 0) add(sums, slot, column.values[row] as bigint)
      }
    },
    merge(into, slots, other, start, count) {
      const sums = into.extras[extra] as Extra[]
      for (let entry = start; entry < start + count; entry++) {
        const value = (other.extras[extra] as Extra[])[entry] as bigint | undefined
        if (value !== undefined) add(sums, slots[entry - start] as number, value)
      }
    },
    at: (entries, entry) => (entries.extras[extra] as Extra[])[entry] as bigint | undefined,
  }
}
