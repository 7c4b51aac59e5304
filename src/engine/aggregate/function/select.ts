/** Single elements of numbers in order, without sorting all of them. The order is Java's: -0 before 0, NaN at the end. */

/** So few are sorted at once. */
const FEW = 600

/** Moves NaN to the end; returns how many other numbers there are. */
export function withoutNaN(values: Float64Array): number {
  let count = values.length
  for (let i = 0; i < count; ) {
    const value = values[i] as number
    if (!Number.isNaN(value)) {
      i++
      continue
    }
    count--
    values[i] = values[count] as number
    values[count] = value
  }
  return count
}

/** Puts the element that belongs at `index` there, smaller ones before it and greater ones behind it. None is NaN. */
export function selectAt(values: Float64Array, index: number): number {
  let low = 0
  let high = values.length - 1
  while (high - low > FEW) {
    const pivot = medianOf(values[low] as number, values[(low + high) >>> 1] as number, values[high] as number)
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i > j) break
      const moved = values[i] as number
      values[i++] = values[j] as number
      values[j--] = moved
    }
    if (index <= j) high = j
    else if (index >= i) low = i
    else return orderedZero(values, index)
  }
  values.subarray(low, high + 1).sort()
  return orderedZero(values, index)
}

const medianOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))

/** To the comparisons above -0 and 0 are equal. */
function orderedZero(values: Float64Array, index: number): number {
  const value = values[index] as number
  if (value !== 0) return value
  let before = 0
  for (const each of values) if (each < 0 || Object.is(each, -0)) before++
  return index < before ? -0 : 0
}
