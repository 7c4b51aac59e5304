/** What is computed of the texts of a column, once for each text: patterns, formats and paths of a column are few. */

/** `compute`, with its results kept for up to `most` texts; when there are more, all are forgotten. */
export function remembered<Result>(most: number, compute: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined || known.has(text)) return before as Result
    if (known.size >= most) known.clear()
    const found = compute(text)
    known.set(text, found)
    return found
  }
}
