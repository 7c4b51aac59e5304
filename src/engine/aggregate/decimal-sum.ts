/** A sum of DECIMALs, for SUM and AVG: its digits are a bigint in the extra, undefined until a value comes. */
import type { DecimalColumn } from '../../record/column.ts'
import type { Accumulator } from './definition.ts'
import type { Entries, Extra } from './entries.ts'

export type DecimalSum = Pick<Accumulator, 'accumulate' | 'merge'> & {
  /** The sum of an entry; undefined without a value, or with more than 38 digits. */
  at(entries: Entries, entry: number): bigint | undefined
}

/** The least number of 39 digits. */
const LIMIT = 10n ** 38n

/** The values of `count` entries as a column. */
export function decimalColumn(count: number, at: (entry: number) => bigint | undefined): DecimalColumn {
  const nulls = new Uint8Array(count)
  const values = Array.from({ length: count }, (_, entry) => {
    const value = at(entry)
    if (value === undefined) nulls[entry] = 1
    return value ?? 0n
  })
  return { kind: 'decimal', values, nulls }
}

/** A sum in the given extra. */
export function decimalSum(extra: number): DecimalSum {
  const add = (sums: Extra[], entry: number, value: bigint) => {
    while (sums.length < entry) sums.push(undefined)
    sums[entry] = ((sums[entry] as bigint | undefined) ?? 0n) + value
  }
  return {
    accumulate(into, entryOf, column, from, to) {
      const sums = into.extras[extra] as Extra[]
      const { values } = column as DecimalColumn
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry >= 0) add(sums, entry, values[row] as bigint)
      }
    },
    merge(into, entryOf, other, start, count) {
      const sums = into.extras[extra] as Extra[]
      for (let entry = start; entry < start + count; entry++) {
        const value = (other.extras[extra] as Extra[])[entry] as bigint | undefined
        if (value !== undefined) add(sums, entryOf[entry - start] as number, value)
      }
    },
    at(entries, entry) {
      const sum = (entries.extras[extra] as Extra[])[entry] as bigint | undefined
      return sum !== undefined && sum < LIMIT && sum > -LIMIT ? sum : undefined
    },
  }
}
