/** Numbers in order: a set of whole numbers as ranges, `[from, to, from, to, …]`, `to` not included; and search among them. */

/** Adds a number to the ranges in place. It is mostly the one behind the last. */
export function addToRanges(ranges: number[], value: number): void {
  const at = 2 * rangeFrom(ranges, value)
  const from = ranges[at]
  if (from !== undefined && from <= value) return
  const joinsBefore = at > 0 && ranges[at - 1] === value
  const joinsAfter = from === value + 1
  if (joinsBefore && joinsAfter) ranges.splice(at - 1, 2)
  else if (joinsBefore) ranges[at - 1] = value + 1
  else if (joinsAfter) ranges[at] = value
  else ranges.splice(at, 0, value, value + 1)
}

/** Whether the number is in one of the ranges. */
export function isInRanges(ranges: readonly number[], value: number): boolean {
  const from = ranges[2 * rangeFrom(ranges, value)]
  return from !== undefined && from <= value
}

/** The ranges one by one. */
export const rangesIn = (ranges: readonly number[]): (readonly [from: number, to: number])[] =>
  Array.from({ length: ranges.length / 2 }, (_, i) => [ranges[2 * i] as number, ranges[2 * i + 1] as number] as const)

/** The number of the first range that ends behind the value. */
function rangeFrom(ranges: readonly number[], value: number): number {
  const count = ranges.length / 2
  if (count > 0 && (ranges.at(-1) as number) <= value) return count
  return firstIndex(count, (i) => (ranges[2 * i + 1] as number) > value)
}

/** The index of the first of `length` elements for which the test holds, if it holds for all behind it too; `length` for none. */
export function firstIndex(length: number, isBehind: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBehind(middle)) high = middle
    else low = middle + 1
  }
  return low
}
