/** The lines of rotated files: a generation is all lines written to one file from its creation to its end, whatever its name. */

/**
 * What is wrong with the lines of a topic, or undefined if line n of a generation is in partition n % partitions, once and in
 * order. Lines begin with `GENERATION:`; losable ones may be missing.
 */
export function rotationProblem(
  generations: readonly (readonly string[])[],
  partitions: number,
  linesOf: (partition: number) => readonly string[],
  losable: ReadonlySet<string> = new Set(),
): string | undefined {
  for (let partition = 0; partition < partitions; partition++) {
    const lines = linesOf(partition)
    let known = 0
    for (const [generation, all] of generations.entries()) {
      const expected = all.filter((_, line) => line % partitions === partition)
      const got = lines.filter((line) => line.startsWith(`${generation}:`))
      const seen = new Set(got)
      const twice = got.filter((line, i) => got.indexOf(line) !== i)
      if (twice.length > 0) return `twice: ${brief(twice)} of partition ${partition}`
      const missing = expected.filter((line) => !seen.has(line) && !losable.has(line))
      if (missing.length > 0) return `missing: ${brief(missing)} of partition ${partition}`
      if (String(got) !== String(expected.filter((line) => seen.has(line)))) return `out of order: ${brief(got)}`
      known += got.length
    }
    if (known !== lines.length) return `unknown lines in partition ${partition}: ${brief(lines)}`
  }
  return undefined
}

const brief = (lines: readonly string[]): string => lines.map((line) => line.split(' ')[0]).join(' ')
