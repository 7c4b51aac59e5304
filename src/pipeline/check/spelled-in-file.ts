/** Moves failures and warnings about a statement to the part of the pipeline file where its text was written. */
import { changeFailure, Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import type { Query } from '../../sql/plan/plan.ts'
import { placeInSql } from '../../sql/syntax/problem.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import type { Path } from '../file/yaml-tree.ts'
import type { SpelledQuery } from './short-form.ts'
import type { TopicTable } from './topics.ts'

/** Finds the event-time column of a table for the short form at `at`. Throws a Failure if there is none. */
export const timeColumnOf =
  (at: Path, tables: ReadonlyMap<string, TopicTable>, text: PipelineText) =>
  (name: string, path: Path): string => {
    const known = tables.get(name)?.table
    const where = [...at, ...path]
    if (known === undefined) {
      throw text.failure(where, `there is no topic or query "${name}"`, { hint: didYouMean(name, tables.keys()) })
    }
    const field = known.rowtime === undefined ? undefined : known.fields[known.rowtime.field]
    if (field !== undefined) return field.name
    throw text.failure(where, `"${name}" has no event time to make windows of`, {
      hint: `Give topic ${name} a watermark: watermark: ts - INTERVAL '5' SECOND`,
    })
  }

/** The planner's warnings. */
export function warningsOf({ warnings }: Query, at: Path, spelled: SpelledQuery, text: PipelineText): Failure[] {
  return warnings.map(({ message, hint, range }) => {
    const place = placeInSql(spelled.sql, range ?? { start: 0, end: 1 })
    return movedToFile(at, spelled, text, new Failure('sql', message, { place, ...(hint !== undefined && { hint }) }))
  })
}

/** The result of `work`; its Failures are moved into the file. */
export const inSql = <Result>(at: Path, spelled: SpelledQuery, text: PipelineText, work: () => Result): Result =>
  changeFailure(work, (failure) => movedToFile(at, spelled, text, failure))

/** The failure at the part of the file where the text that it is about was written. */
function movedToFile(at: Path, { sql, parts }: SpelledQuery, text: PipelineText, failure: Failure): Failure {
  const { place, hint } = failure
  const [whole] = parts
  if (whole !== undefined && whole.path.length === 0) return text.sqlFailure([...at, 'sql'], failure)
  const lines = sql.split('\n').slice(0, (place?.line ?? 1) - 1)
  const position = lines.reduce((length, line) => length + line.length + 1, 0) + (place?.column ?? 1) - 1
  // Including its end, where something may be missing.
  const part = parts.find(({ span }) => position >= span.start && position <= span.end)
  if (place === undefined || part === undefined) {
    const meaning = `The short form stands for:\n${sql}`
    return text.failure(at, failure.message, {
      at: 'key',
      hint: hint === undefined ? meaning : `${hint}\n${meaning}`,
    })
  }
  const written = sql.slice(part.span.start, part.span.end)
  const inPart = { ...place, line: 1, column: position - part.span.start + 1, text: written }
  const moved = new Failure(failure.code, failure.message, { place: inPart, ...(hint !== undefined && { hint }) })
  return text.sqlFailure([...at, ...part.path], moved)
}

/** A hint with the nearest of the candidates, if one is near, and with all of them. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const names = [...candidates]
  const near = nearest(word, names)
  const all = names.length === 0 ? 'There are none.' : `There are: ${names.join(', ')}.`
  return near === undefined ? all : `Did you mean "${near}"? ${all}`
}
