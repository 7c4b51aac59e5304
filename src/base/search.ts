/** Search in what is in order. */

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
