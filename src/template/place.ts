/** Where something stands in the text of a template. */
import type { Place } from '../base/failure.ts'

/** [start, end) in UTF-16 units. */
export type TemplateRange = { readonly start: number; readonly end: number }

/** The place where a range begins, with its line, whose end is the caret's. */
export function placeInTemplate(text: string, { start, end }: TemplateRange): Place {
  const before = text.slice(0, start).split('\n')
  const lineStart = start - (before.at(-1) ?? '').length
  const newline = text.indexOf('\n', lineStart)
  const lineEnd = newline < 0 ? text.length : newline
  return {
    file: undefined,
    line: before.length,
    column: start - lineStart + 1,
    text: text.slice(lineStart, lineEnd).replace(/\r$/, ''),
    length: Math.max(1, Math.min(end, lineEnd) - start),
  }
}
