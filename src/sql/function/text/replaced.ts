/** Replacing parts of a text, which may make a much longer one of it. */
import type { RowResult } from '../rows.ts'
import { LONGEST_TEXT, tooLong } from './output.ts'

/** A result is made if it cannot have more than this many times the limit, and then its length is known. */
const SLACK = 4

type Replacing = {
  /** At least the number of parts that are replaced, or why it cannot be told. */
  count(): number | { readonly failed: string }
  replace(): RowResult<string>
}

/** The text with parts replaced; a failure of its row where the result is longer than a text may be. */
export function replaced(text: string, replacement: string, { count, replace }: Replacing): RowResult<string> {
  const most = SLACK * LONGEST_TEXT
  if (text.length + (text.length + 1) * replacement.length > most) {
    const parts = count()
    if (typeof parts === 'object') return parts
    if (text.length + parts * replacement.length > most) return { failed: tooLong() }
  }
  const result = replace()
  return typeof result === 'string' && result.length > LONGEST_TEXT ? { failed: tooLong(result.length) } : result
}
