/** Finds the format of a file by trying every format on its first lines. */
import type { Records } from '../record/column.ts'
import { recordText, sliceRecords } from '../record/records.ts'
import { whyNotCombined } from './access-log/access-log.ts'
import { formats, TELLTALES } from './all.ts'
import { fewLines } from './few-lines.ts'
import type { Format, OpenFormat } from './format.ts'
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
  /** Which of its forms, for people. */
  readonly variant?: string | undefined
  /** Why it is not another one that the lines resemble. */
  readonly whyNot?: string | undefined
}

/** The format that reads the most of the sample; `lines`, with 0, where none reads half of it. */
export async function detectFormat(sample: Records): Promise<Detected> {
  let best: Detected = { format: lines, fit: 0 }
  const few = fewLines(sample)
  const texts = Array.from({ length: few.count }, (_, line) => recordText(few, line))
  for (const name of formats.names) {
    const telltale = TELLTALES[name]
    if (telltale !== undefined && !texts.some((text) => telltale.test(text))) continue
    const format = await formats.load(name)
    if (format === undefined) continue
    const fit = format.fit(sample)
    if (fit >= LEAST_FIT && fit > best.fit) best = { format, fit }
    if (best.fit >= SURE_FIT) break
  }
  if (best.format !== lines) return { ...best, variant: best.format.variant?.(sample) }
  const why = whyNotCombined(sample)
  return why === undefined ? best : { ...best, whyNot: `not combined: ${why}` }
}

/** How many of the records of a sample are rows, a line of names among them. `arrival`: of all of them, where it is known. */
export function countFitting(format: OpenFormat, sample: Records, arrival: number | undefined): Fitting {
  const { spanning, skipsFirstLine, decoder } = format
  const { records } = spanning === undefined ? { records: sample } : spanning.join(sample, true)
  const head = skipsFirstLine && records.count > 0 ? 1 : 0
  const arrivals = arrival === undefined ? undefined : { arrival, timestamps: [] }
  const { count } = decoder([])(sliceRecords(records, head, records.count), { add: () => undefined }, arrivals)
  return { rows: head + count, of: records.count }
}

export type Fitting = { readonly rows: number; readonly of: number }
