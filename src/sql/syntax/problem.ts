/**
 * Failures that point into a SQL text: line, column, the line itself and a caret under the words at fault.
 *
 * Positions are in UTF-16 units, as in `TextRange`. `placedInFile` moves the place where the SQL is a part of a file.
 */
import { changedFailure, Failure, type FailureDetails, type Place } from '../../base/failure.ts'
import type { TextRange } from './ast.ts'

/** A Failure of code 'sql' at the range. The hint says what to do or, better, gives the text to write instead. */
export function problem(sql: string, range: TextRange, message: string, hint?: string): Failure {
  return new Failure('sql', message, detailsOf(sql, range, hint))
}

/** The same with code 'limit', for a text that is nested too deep. */
export function limitProblem(sql: string, range: TextRange, message: string, hint?: string): Failure {
  return new Failure('limit', message, detailsOf(sql, range, hint))
}

/** Whether it refuses a part of a SQL text, so that reading or binding may go on behind that part. */
export const isProblem = (error: unknown): error is Failure => error instanceof Failure && error.code === 'sql'

const detailsOf = (sql: string, range: TextRange, hint: string | undefined): FailureDetails => ({
  place: placeInSql(sql, range),
  hint,
})

/** The place where a range begins, with its line. The caret ends at the line's end where the range goes on. */
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

/** The place of the first character of the SQL in the file that contains it. */
export type SqlOrigin = {
  readonly file: string | undefined
  readonly line: number
  readonly column: number
  /** Blanks before the SQL's later lines in the file: the indent of a YAML block scalar. Default: 0. */
  readonly indent?: number
  /** The whole text of the file, to show its own line above the caret. */
  readonly text?: string
}

/** The failure with its place moved from the SQL text to the file around it. One without a place is returned unchanged. */
export function placedInFile(failure: Failure, origin: SqlOrigin): Failure {
  const { place } = failure
  if (place === undefined) return failure
  const shift = place.line === 1 ? origin.column - 1 : (origin.indent ?? 0)
  const line = origin.line + place.line - 1
  const column = place.column + shift
  const inner = place.text ?? ''
  const outer = origin.text?.split('\n')[line - 1]?.replace(/\r$/, '')
  // Escapes or folding can make the file's line differ from the SQL's line: then the latter is shown, moved right.
  const text = outer?.startsWith(inner, shift) ? outer : ' '.repeat(shift) + inner
  const moved: Place = { ...place, file: origin.file, line, column, text }
  return changedFailure(failure, { place: moved, also: failure.also.map((other) => placedInFile(other, origin)) })
}
