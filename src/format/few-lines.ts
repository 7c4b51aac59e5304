/** A few lines of a sample, by which most formats are ruled out: of a format that reads half of a sample, they read some. */
import type { Records } from '../record/column.ts'

const FEW = 32

/** A few lines from all over a sample. */
export function fewLines(sample: Records): Records {
  if (sample.count <= FEW) return sample
  const at = (i: number) => Math.floor((i * sample.count) / FEW)
  const pick = (ranges: Int32Array) => Int32Array.from({ length: FEW }, (_, i) => ranges[at(i)] as number)
  return { bytes: sample.bytes, start: pick(sample.start), end: pick(sample.end), count: FEW }
}
