/**
 * A sum of BIGINTs that wraps at 64 bits, for SUM and AVG: kept in the lane up to 2^53, in the extra beyond. The lane is
 * NaN until a value comes, and any other number where the extra holds the sum.
 */
import type { BigintColumn, IntColumn } from '../../record/column.ts'
import type { Accumulator } from './definition.ts'
import type { Entries, Extra } from './entries.ts'

const isSafe = (value: number) => value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER

export type IntegerSum = Pick<Accumulator, 'accumulate' | 'merge'> & {
  /** The sum of an entry that has had a value. */
  at(entries: Entries, entry: number): number | bigint
}

/** A sum in the given lane and extra. */
export function integerSum(lane: number, extra: number): IntegerSum {
  const add = (sums: Float64Array, wide: Extra[], entry: number, value: number | bigint) => {
    const sum = sums[entry] as number
    const before = (wide[entry] as bigint | undefined) ?? (Number.isNaN(sum) ? 0n : BigInt(sum))
    const after = BigInt.asIntN(64, before + BigInt(value))
    const narrow = Number(after)
    while (wide.length < entry) wide.push(undefined)
    wide[entry] = isSafe(narrow) ? undefined : after
    sums[entry] = narrow
  }
  return {
    accumulate(into, entryOf, argument, from, to) {
      const column = argument as BigintColumn | IntColumn
      const sums = into.lanes[lane] as Float64Array
      const wide = into.extras[extra] as Extra[]
      const exact = column.kind === 'bigint' ? column.exact : undefined
      const { values } = column
      if (exact !== undefined) {
        for (let row = from; row < to; row++) {
          const entry = entryOf[row] as number
          if (entry >= 0) add(sums, wide, entry, exact[row] as bigint)
        }
        return
      }
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        const sum = sums[entry] as number
        const value = values[row] as number
        const next = Number.isNaN(sum) ? value : sum + value
        if (isSafe(next) && (wide.length === 0 || wide[entry] === undefined)) sums[entry] = next
        else add(sums, wide, entry, value)
      }
    },
    merge(into, entryOf, other, start, count) {
      const sums = into.lanes[lane] as Float64Array
      const wide = into.extras[extra] as Extra[]
      const otherSums = other.lanes[lane] as Float64Array
      const otherWide = other.extras[extra] as Extra[]
      for (let entry = start; entry < start + count; entry++) {
        const value = (otherWide[entry] as bigint | undefined) ?? (otherSums[entry] as number)
        if (typeof value === 'bigint' || !Number.isNaN(value)) add(sums, wide, entryOf[entry - start] as number, value)
      }
    },
    at: (entries, entry) =>
      ((entries.extras[extra] as Extra[])[entry] as bigint | undefined) ??
      ((entries.lanes[lane] as Float64Array)[entry] as number),
  }
}

/** 1 for each entry whose lane still has its initial value, 0 or NaN; undefined if there is none. */
export function nullWhere(initial: number, lane: Float64Array, count: number): Uint8Array | undefined {
  let nulls: Uint8Array | undefined
  for (let entry = 0; entry < count; entry++) {
    if (!Object.is(lane[entry], initial)) continue
    nulls ??= new Uint8Array(count)
    nulls[entry] = 1
  }
  return nulls
}
