/** Finds the format of a file by trying every format on its first lines. */
import type { Records } from '../record/column.ts'
import { formats } from './all.ts'
import type { Format } from './format.ts'
import { lines } from './lines.ts'

/**
 * A format that reads less of the sample than this is not chosen. It is a little less than half, because a format takes a
 * few percent off its share to let another one win.
 */
const LEAST_FIT = 0.49

/** The format that reads the most of the sample, and how much; `lines`, with 0, where none reads half of it. */
export function detectFormat(sample: Records): { readonly format: Format; readonly fit: number } {
  let best = { format: lines, fit: 0 }
  for (const format of formats.values()) {
    const fit = format.fit(sample)
    if (fit >= LEAST_FIT && fit > best.fit) best = { format, fit }
  }
  return best
}
