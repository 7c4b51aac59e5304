/**
 * VAR_POP, VAR_SAMP, STDDEV_POP and STDDEV_SAMP by Welford's method, as Flink 2.3 computes them (`WelfordM2AggFunction`): of
 * each entry the number of values, their mean, and the sum of squared distances to it, all as doubles. The result is cast to
 * the type of the argument, as in Flink: of integers it is a whole number, cut toward zero.
 *
 * NULL of no values; the SAMP functions also of one. Source of the merge: Chan, Golub, LeVeque, as in Flink.
 */
import type { Column, ScalarColumn } from '../../record/column.ts'
import { DOUBLE, type Type } from '../../record/type.ts'
import { openNumberCast } from '../../sql/function/cast/number.ts'
import { decimalToDouble } from '../../sql/function/decimal.ts'
import type { OpenAccumulator } from './definition.ts'

export const varPop: OpenAccumulator = varianceBy((n) => n, false)
export const varSamp: OpenAccumulator = varianceBy((n) => n - 1, false)
export const stddevPop: OpenAccumulator = varianceBy((n) => n, true)
export const stddevSamp: OpenAccumulator = varianceBy((n) => n - 1, true)

/** `divisor`: what the squares are divided by, of the number of values; 0: there is no result. */
function varianceBy(divisor: (count: number) => number, root: boolean): OpenAccumulator {
  return ({ lane, argument, result }) => {
    const castResult = openNumberCast(DOUBLE, result)
    return {
      initial: [0, 0, 0], // the number of values, their mean, the squares
      extras: 0,
      accumulate(into, entryOf, column, from, to) {
        const readValue = doublesOf(column as ScalarColumn, argument)
        const [counts, means, squares] = lanesOf(into.lanes, lane)
        for (let row = from; row < to; row++) {
          const entry = entryOf[row] as number
          if (entry < 0) continue
          const value = readValue(row)
          const count = (counts[entry] as number) + 1
          const mean = means[entry] as number
          const moved = mean + (value - mean) / count
          counts[entry] = count
          means[entry] = moved
          squares[entry] = (squares[entry] as number) + (value - mean) * (value - moved)
        }
      },
      merge(into, entryOf, other, start, count) {
        const [counts, means, squares] = lanesOf(into.lanes, lane)
        const [otherCounts, otherMeans, otherSquares] = lanesOf(other.lanes, lane)
        for (let entry = start; entry < start + count; entry++) {
          const added = otherCounts[entry] as number
          if (added === 0) continue
          const to = entryOf[entry - start] as number
          const known = counts[to] as number
          const mean = means[to] as number
          const apart = (otherMeans[entry] as number) - mean
          const all = known + added
          counts[to] = all
          if (known === 0) {
            means[to] = otherMeans[entry] as number
            squares[to] = otherSquares[entry] as number
          } else if (added === 1) {
            // One value more, to the last digit as if it had been accumulated.
            const moved = mean + apart / all
            means[to] = moved
            squares[to] = (squares[to] as number) + apart * ((otherMeans[entry] as number) - moved)
          } else {
            means[to] = mean + (added / all) * apart
            squares[to] =
              (squares[to] as number) + (otherSquares[entry] as number) + ((known * added) / all) * apart * apart
          }
        }
      },
      result({ lanes, count }) {
        const [counts, , squares] = lanesOf(lanes, lane)
        const values = new Float64Array(count)
        const nulls = new Uint8Array(count)
        for (let entry = 0; entry < count; entry++) {
          const by = divisor(counts[entry] as number)
          if (by <= 0) nulls[entry] = 1
          else {
            const variance = (squares[entry] as number) / by
            values[entry] = root ? Math.sqrt(variance) : variance
          }
        }
        const doubles: Column = { kind: 'double', values, nulls }
        return result.kind === 'DOUBLE' ? doubles : withNulls(castResult([doubles], count), nulls, count)
      },
    }
  }
}

function lanesOf(lanes: readonly Float64Array[], lane: number): [Float64Array, Float64Array, Float64Array] {
  return [lanes[lane] as Float64Array, lanes[lane + 1] as Float64Array, lanes[lane + 2] as Float64Array]
}

/** Reads the values of a column of numbers as doubles. */
function doublesOf(column: ScalarColumn, type: Type): (row: number) => number {
  if (column.kind === 'decimal') {
    const scale = type.kind === 'DECIMAL' ? type.scale : 0
    return (row) => decimalToDouble(column.values[row] as bigint, scale)
  }
  if (column.kind === 'bigint' && column.exact !== undefined) {
    const { exact } = column
    return (row) => Number(exact[row])
  }
  const { values } = column as Extract<ScalarColumn, { kind: 'int' | 'double' | 'bigint' }>
  return (row) => values[row] as number
}

/** The column, NULL where the cast has made it so and where there was no value. */
function withNulls(column: Column, nulls: Uint8Array, count: number): Column {
  for (let row = 0; row < count; row++) if (column.nulls?.[row] === 1) nulls[row] = 1
  return { ...column, nulls }
}
