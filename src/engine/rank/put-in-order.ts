/** The place of a row among the first rows of a partition. */

/**
 * Puts a row, as `add` gives it, into a list in order: before the first row that it precedes. `precedes` says whether it precedes the one at
 * an index.
 */
export function putInOrder(list: number[], precedes: (index: number) => boolean, add: () => number): void {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (precedes(middle)) high = middle
    else low = middle + 1
  }
  list.splice(low, 0, add())
}
