/** COUNT(*) and COUNT(x): one lane, the number of rows that came; NULLs were taken out before. */
import type { AggregateDefinition } from './definition.ts'

export const count: AggregateDefinition = {
  name: 'COUNT',
  open({ lane }) {
    return {
      initial: [0],
      extras: 0,
      accumulate(into, slots, _column, from, to) {
        const counts = into.lanes[lane] as Float64Array
        for (let row = from; row < to; row++) {
          const slot = slots[row] as number
          if (slot >= 0) counts[slot] = (counts[slot] as number) + 1
        }
      },
      merge(into, slots, other, start, count) {
        const counts = into.lanes[lane] as Float64Array
        const others = other.lanes[lane] as Float64Array
        for (let entry = start; entry < start + count; entry++) {
          const slot = slots[entry - start] as number
          counts[slot] = (counts[slot] as number) + (others[entry] as number)
        }
      },
      result: (entries) => ({
        kind: 'bigint',
        values: entries.lanes[lane] as Float64Array,
        exact: undefined,
        nulls: undefined,
      }),
    }
  },
}
