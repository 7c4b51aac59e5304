/** The mean of each value and those before it, `count` at most; of those that are known (not NaN), and NaN where none is. */
export function rollingMeans(values: readonly number[], count: number): readonly number[] {
  let sum = 0
  let known = 0
  return values.map((value, index) => {
    const old = values[index - count] ?? Number.NaN
    if (!Number.isNaN(value)) {
      sum += value
      known++
    }
    if (!Number.isNaN(old)) {
      sum -= old
      known--
    }
    return known === 0 ? Number.NaN : sum / known
  })
}
