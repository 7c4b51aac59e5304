/**
 * Failures that point into a SQL text: line, column, the line itself and a caret under the words at fault.
 *
 * Positions are in UTF-16 units, as in `TextRange`. Where the SQL lies inside another file, `placedInFile` moves the place there.
 */
import { Failure, type FailureCode, type Place } from '../../base/failure.ts'
import type { TextRange } from './ast.ts'

/** A Failure of kind 'sql' at the range. The hint is what to do or, better, the text to write instead. */
export function problem(sql: string, range: TextRange, message: string, hint?: string): Failure {
  return problemOf('sql', sql, range, message, hint)
}

/** The same with another code: 'limit' for a text that is too deep. */
export function problemOf(code: FailureCode, sql: string, range: TextRange, message: string, hint?: string): Failure {
  const place = placeInSql(sql, range)
  return new Failure(code, message, hint === undefined ? { place } : { place, hint })
}

/** Where a range begins, with its line; the caret ends with the line where the range goes on to the next. */
export function placeInSql(sql: string, range: TextRange): Place {
  const start = Math.min(range.start, sql.length)
  let line = 1
  let lineStart = 0
  for (let at = sql.indexOf('\n'); at !== -1 && at < start; at = sql.indexOf('\n', at + 1)) {
    line++
    lineStart = at + 1
  }
  const newline = sql.indexOf('\n', lineStart)
  const lineEnd = newline === -1 ? sql.length : newline
  const text = sql.slice(lineStart, lineEnd).replace(/\r$/, '')
  const length = Math.max(1, Math.min(range.end, lineEnd) - start)
  return { file: undefined, line, column: start - lineStart + 1, text, length }
}

/** Where the first character of the SQL stands in the file that holds it. */
export type SqlOrigin = {
  readonly file: string | undefined
  readonly line: number
  readonly column: number
  /** Blanks before the SQL's later lines in the file: the indent of a YAML block scalar. 0 if not said. */
  readonly indent?: number
  /** The whole text of that file, to show its own line above the caret. */
  readonly text?: string
}

/** The failure with its place moved from the SQL text to the file around it; one without a place stays as it is. */
export function placedInFile(failure: Failure, origin: SqlOrigin): Failure {
  const { place } = failure
  if (place === undefined) return failure
  const shift = place.line === 1 ? origin.column - 1 : (origin.indent ?? 0)
  const line = origin.line + place.line - 1
  const column = place.column + shift
  const inner = place.text ?? ''
  const outer = origin.text?.split('\n')[line - 1]?.replace(/\r$/, '')
  // Escapes or folding make the file's line another text than the SQL's: then the SQL's line is shown, moved right.
  const text = outer?.startsWith(inner, shift) ? outer : ' '.repeat(shift) + inner
  const moved: Place = { ...place, file: origin.file, line, column, text }
  const { code, message, hint, retryable, cause } = failure
  const also = failure.also.map((other) => placedInFile(other, origin))
  return new Failure(code, message, { place: moved, ...(hint !== undefined && { hint }), retryable, cause, also })
}
