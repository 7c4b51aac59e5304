/** Single elements of numbers in order, without sorting all of them. The order is Java's: -0 before 0, NaN at the end. */

/** This many are sorted by insertion. */
const FEW = 16

/** Moves NaN among the first `size` numbers to their end; returns how many others there are. */
export function withoutNaN(values: Float64Array, size: number): number {
  let count = size
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

/**
 * Puts the element that belongs at `index` there among the first `count`, smaller ones before it. None is NaN. `cuts` has the places at
 * which the numbers are known to be in order, the lesser before it and the greater from it on; the next element of the same numbers is
 * found between two of them. It is empty at first.
 */
export function selectAt(values: Float64Array, count: number, index: number, cuts: number[]): number {
  let low = 0
  let high = count - 1
  for (const cut of cuts) {
    if (cut > index) high = Math.min(high, cut - 1)
    else if (cut > low) low = cut
  }
  while (high - low >= FEW) {
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
    cuts.push(j + 1, i)
    if (index <= j) high = j
    else if (index >= i) low = i
    else return orderedZero(values, count, index)
  }
  sortFew(values, low, high)
  for (let cut = low; cut <= high + 1; cut++) cuts.push(cut)
  return orderedZero(values, count, index)
}

const medianOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))

function sortFew(values: Float64Array, low: number, high: number): void {
  for (let i = low + 1; i <= high; i++) {
    const value = values[i] as number
    let at = i
    while (at > low && (values[at - 1] as number) > value) {
      values[at] = values[at - 1] as number
      at--
    }
    values[at] = value
  }
}

/** To the comparisons above -0 and 0 are equal. */
function orderedZero(values: Float64Array, count: number, index: number): number {
  const value = values[index] as number
  if (value !== 0) return value
  let before = 0
  for (let i = 0; i < count; i++) if ((values[i] as number) < 0 || Object.is(values[i], -0)) before++
  return index < before ? -0 : 0
}
