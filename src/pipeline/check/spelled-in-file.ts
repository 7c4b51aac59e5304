/** Plans a query of a pipeline file. Failures and warnings are moved to the part of the file where its text was written. */
import { changeFailure, Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { ChangeStep } from '../../sql/plan/change-step.ts'
import type { Mode, Query } from '../../sql/plan/plan.ts'
import { planQuery, warningsOf } from '../../sql/plan-query.ts'
import type { QueryEntry, QueryForms } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import { meant } from '../file/shown.ts'
import type { Path } from '../file/yaml-tree.ts'
import { type Checking, tablesForSql } from './checking.ts'
import { type SpelledQuery, spellQuery } from './short-form.ts'

/** Plans the query whose entry is at `at`. Adds its warnings to those of the file; throws a Failure where it is wrong. */
export function planEntry(
  entry: QueryForms<Duration> & Pick<QueryEntry<Duration, number>, 'state' | 'changes'>,
  at: Path,
  mode: Mode,
  checking: Checking,
): Query {
  const { text, session, warnings } = checking
  const spelled = spellQuery(entry, timeColumnOf(at, mode, checking))
  const ofStream = mode === 'streaming' ? { ttl: entry.state?.ttl, every: stepOf(entry.changes) } : {}
  const options = { mode, session, ...ofStream, beyondFlink: true }
  const query = inSql(at, spelled, text, () => planQuery(spelled.sql, tablesForSql(checking, mode), options))
  const found = warningsOf(query, { start: 0, end: 1 })
  warnings.push(...found.map((warning) => movedToFile(at, spelled, text, warning)))
  return query
}

/** Moves failures about the SQL of the query whose entry is at `at` to the part of the file where its text was written. */
export function inEntry(
  entry: QueryForms<Duration>,
  at: Path,
  mode: Mode,
  checking: Checking,
): (failure: Failure) => Failure {
  const spelled = spellQuery(entry, timeColumnOf(at, mode, checking))
  return (failure) => movedToFile(at, spelled, checking.text, failure)
}

function stepOf(changes: QueryEntry<Duration, number>['changes']): ChangeStep | undefined {
  if (changes?.every !== undefined) return { kind: 'time', ms: changes.every }
  return changes?.records === undefined ? undefined : { kind: 'records', count: changes.records }
}

/** Finds the event-time column of a table for the short form at `at`. Throws a Failure if there is none. */
const timeColumnOf =
  (at: Path, mode: Mode, checking: Checking) =>
  (name: string, path: Path): string => {
    const { text } = checking
    const tables = tablesForSql(checking, mode)
    const known = tables.get(name)
    const where = [...at, ...path]
    if (known === undefined) {
      throw text.failure(where, `there is no topic or query "${name}"`, { hint: didYouMean(name, tables.keys()) })
    }
    const field = known.rowtime === undefined ? undefined : known.fields[known.rowtime.field]
    if (field !== undefined) return field.name
    const hint =
      known.view === undefined
        ? `Give topic ${name} a watermark: watermark: ts - INTERVAL '5' SECOND`
        : `Let view ${name} select the event time of its topic as it is.`
    throw text.failure(where, `"${name}" has no event time to make windows of`, { hint })
  }

/** The result of `work`; its Failures are moved into the file. */
export const inSql = <Result>(at: Path, spelled: SpelledQuery, text: PipelineText, work: () => Result): Result =>
  changeFailure(work, (failure) => movedToFile(at, spelled, text, failure))

/** The failure at the part of the file where the text that it is about was written. */
export function movedToFile(at: Path, { sql, parts }: SpelledQuery, text: PipelineText, failure: Failure): Failure {
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
  const moved = new Failure(failure.code, failure.message, { place: inPart, hint })
  return text.sqlFailure([...at, ...part.path], moved)
}

/** A hint with the nearest of the candidates, if one is near, and with all of them. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const names = [...candidates]
  const near = meant(word, names)
  const all = names.length === 0 ? 'There are none.' : `There are: ${names.join(', ')}.`
  return near === undefined ? all : `${near} ${all}`
}
