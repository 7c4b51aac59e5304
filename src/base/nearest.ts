/**
 * "Did you mean": the candidate that a mistyped word most likely stands for.
 *
 * Distance is Damerau-Levenshtein (a swap of neighbours is one step), case is ignored. A third of the word's letters may
 * be wrong, at least one and at most three; of equally near candidates the first wins. Undefined if none is near enough.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)))
  let found: string | undefined
  for (const candidate of candidates) {
    const other = candidate.toLowerCase()
    if (Math.abs(other.length - wanted.length) > limit) continue
    const steps = distance(wanted, other)
    // As many steps as letters would turn any word into any other.
    if (steps > limit || steps >= Math.max(wanted.length, other.length)) continue
    found = candidate
    if (steps === 0) break
    limit = steps - 1
  }
  return found
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `from` into `to` (optimal string alignment). */
function distance(from: string, to: string): number {
  const width = to.length + 1
  const steps = new Uint16Array((from.length + 1) * width)
  const at = (row: number, column: number) => steps[row * width + column] as number
  for (let column = 0; column < width; column++) steps[column] = column
  for (let row = 1; row <= from.length; row++) {
    steps[row * width] = row
    for (let column = 1; column < width; column++) {
      const same = from[row - 1] === to[column - 1]
      let least = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) least = Math.min(least, at(row - 2, column - 2) + 1)
      steps[row * width + column] = least
    }
  }
  return at(from.length, to.length)
}
