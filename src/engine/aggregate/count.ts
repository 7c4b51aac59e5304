/** COUNT(*) and COUNT(x): one lane, the number of rows. Rows whose argument is NULL belong to no entry. */
import type { OpenAccumulator } from './definition.ts'

export const count: OpenAccumulator = ({ lane }) => ({
  initial: [0],
  extras: 0,
  anyOrder: true,
  accumulate(into, entryOf, _column, from, to) {
    const counts = into.lanes[lane] as Float64Array
    for (let row = from; row < to; row++) {
      const entry = entryOf[row] as number
      if (entry >= 0) counts[entry] = (counts[entry] as number) + 1
    }
  },
  merge(into, entryOf, other, start, count) {
    const counts = into.lanes[lane] as Float64Array
    const others = other.lanes[lane] as Float64Array
    for (let entry = start; entry < start + count; entry++) {
      const to = entryOf[entry - start] as number
      counts[to] = (counts[to] as number) + (others[entry] as number)
    }
  },
  result: (entries) => ({
    kind: 'bigint',
    values: entries.lanes[lane] as Float64Array,
    exact: undefined,
    nulls: undefined,
  }),
})
