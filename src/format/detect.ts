/** Finds the format of a file by trying every format on its first lines. */
import type { Records } from '../record/column.ts'
import { whyNotCombined } from './access-log/access-log.ts'
import { formats } from './all.ts'
import type { Format } from './format.ts'
import { lines } from './lines.ts'

/**
 * A format that reads less of the sample than this is not chosen. It is a little less than half, because a format takes a
 * few percent off its share to let another one win.
 */
const LEAST_FIT = 0.49

/** A format that reads as much is the one: no other format reads nearly all of the same lines. */
const SURE_FIT = 0.99

export type Detected = {
  readonly format: Format
  /** The share of the sample that it reads. */
  readonly fit: number
  /** Why it is not another one that the lines resemble. */
  readonly whyNot?: string | undefined
}

/** The format that reads the most of the sample; `lines`, with 0, where none reads half of it. */
export function detectFormat(sample: Records): Detected {
  let best = { format: lines, fit: 0 }
  for (const format of formats.values()) {
    const fit = format.fit(sample)
    if (fit >= LEAST_FIT && fit > best.fit) best = { format, fit }
    if (best.fit >= SURE_FIT) break
  }
  if (best.format !== lines) return best
  const why = whyNotCombined(sample)
  return why === undefined ? best : { ...best, whyNot: `not combined: ${why}` }
}
