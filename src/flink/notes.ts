/**
 * What is or may be otherwise on Flink, though Flink takes the pipeline: expressions that fail a job where tailrace makes a dead letter,
 * late rows, the clock. Each note has its place in the file.
 */
import { Failure, recovered } from '../base/failure.ts'
import { durationText } from '../base/units.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import { isApproximate } from '../record/type.ts'
import { operandsOf } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'
import { CLOCK_FUNCTIONS } from '../sql/function/time/now.ts'
import { keepsKeys } from '../sql/plan/inputs.ts'
import type { Plan } from '../sql/plan/plan.ts'
import type { TextRange } from '../sql/syntax/ast.ts'
import { parseQuery } from '../sql/syntax/parse.ts'
import { problem } from '../sql/syntax/problem.ts'
import { type FlinkCatalog, flinkCatalog, needsTime, plannedForFlink } from './flink-catalog.ts'
import type { FlinkTable } from './flink-table.ts'
import { jobQueries, readBy } from './job.ts'
import { calledIn } from './own-functions.ts'
import { flinkEngine } from './settings.ts'
import { syntaxNodes } from './syntax-nodes.ts'
import { expressionsIn } from './syntax-refusals.ts'

/** What a person should know before the queries run on Flink. `query`: the one that it is about; undefined: all that read a table. */
export type FlinkNote = { readonly query: string | undefined; readonly note: Failure }

/** The notes on all queries that Flink can run, in their order, and on the tables that they read by event time. */
export function flinkNotes(pipeline: CheckedPipeline): readonly FlinkNote[] {
  const catalog = flinkCatalog(pipeline)
  const byTime = new Set<FlinkTable>()
  const ofQueries = jobQueries(pipeline).flatMap((query) => {
    const planned = recovered(
      ['sql', 'limit'],
      () => plannedForFlink(query, catalog, pipeline).plan,
      () => undefined,
    )
    if (planned === undefined) return []
    if (needsTime(planned)) for (const table of readBy(query.query.sql, catalog).tables) byTime.add(table)
    const notes = [...failingNotes(query, planned, catalog), ...clockNotes(query), ...stateNotes(query, pipeline)]
    return notes.map((note) => ({ query: query.name, note }))
  })
  const ofTables = [...byTime].flatMap((table) => tableNotes(table, pipeline))
  return [...ofTables.map((note) => ({ query: undefined, note })), ...ofQueries]
}

/** How a function fails at a value, and what to write. */
type Failing = { readonly what: string; readonly hint: string; readonly ranges: readonly TextRange[] }

/** Expressions that fail for some values: the job fails with them, is started again, and fails at the same row. */
function failingNotes(query: CheckedQuery, plan: Plan, catalog: FlinkCatalog): readonly Failure[] {
  const { sql } = query.query
  const failing = new Set(expressionsIn(plan).flatMap(failingIn))
  if (failing.size === 0) return []
  const syntax = parseQuery(sql)
  const at = (name: string) => calledIn(syntax).flatMap((one) => (one.name === name ? [one.range] : []))
  const casts = syntaxNodes<{ try: boolean; range: TextRange }>(syntax, 'cast').filter((one) => !one.try)
  const divisions = syntaxNodes<{ operator: string; range: TextRange }>(syntax, 'binary').filter(({ operator }) =>
    failing.has(operator),
  )
  const kinds: readonly Failing[] = [
    {
      what: 'a text that does not read as its type',
      hint: 'TRY_CAST makes it NULL.',
      ranges: failing.has('CAST') ? casts.map(({ range }) => range) : [],
    },
    {
      what: 'a division by 0',
      hint: 'NULLIF(x, 0) as the divisor makes it NULL.',
      ranges: [...divisions.map(({ range }) => range), ...(failing.has('MOD') ? at('MOD') : [])],
    },
    {
      what: 'an array with more than one element',
      hint: 'a[1] is the first of them.',
      ranges: failing.has('ELEMENT') ? at('ELEMENT') : [],
    },
    {
      what: 'a value of another type than RETURNING says',
      hint: 'TRY_CAST(JSON_VALUE(…) AS …) makes it NULL.',
      ranges: failing.has('JSON_VALUE') ? at('JSON_VALUE') : [],
    },
  ]
  const found = kinds.flatMap(({ what, hint, ranges }) =>
    ranges.map((range) =>
      query.inFile(problem(sql, range, `on Flink ${what} fails the job, which tries the row again and again`, hint)),
    ),
  )
  if (found.length > 0) return found
  const views = readBy(sql, catalog).views.map(({ name }) => name)
  const message = `an expression of ${views.length === 0 ? 'the query' : `view ${views.join(' or ')}`} can fail for some values: on Flink that fails the job, which tries the row again and again`
  return [query.inFile(new Failure('sql', message, { hint: 'TRY_CAST and NULLIF(x, 0) give NULL instead.' }))]
}

/** The names of what can fail inside an expression. */
function failingIn(expression: Expression): readonly string[] {
  const inside = operandsOf(expression).flatMap(failingIn)
  if (expression.kind !== 'call') return inside
  const { name, keywords = [], call, type } = expression
  const [first, second] = call.arguments
  const canFail =
    (['/', '%', 'MOD'].includes(name) && !isApproximate(type) && second?.kind !== 'literal') ||
    (name === 'CAST' && first?.type.kind === 'STRING' && !['STRING', 'BYTES'].includes(type.kind)) ||
    name === 'ELEMENT' ||
    (name === 'JSON_VALUE' && keywords.includes('RETURNING'))
  return canFail ? [name, ...inside] : inside
}

/** tailrace has one instant for a run, so that a replay gives the same rows. */
function clockNotes(query: CheckedQuery): readonly Failure[] {
  const { sql } = query.query
  const called = calledIn(parseQuery(sql)).filter(({ name }) => CLOCK_FUNCTIONS.has(name))
  return called.map(({ name, range }) => {
    const message = `on Flink ${name} is the clock at each row: what is computed again after a restart has another one`
    const hint =
      "Take the arrival of the record: a column of the topic, arrived: TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'"
    return query.inFile(problem(sql, range, message, hint))
  })
}

function stateNotes({ name, query: { ttl, plan } }: CheckedQuery, pipeline: CheckedPipeline): readonly Failure[] {
  const note = (message: string) => pipeline.failureAt(['queries', name], message, { at: 'key' })
  const notes: Failure[] = []
  if (ttl !== undefined && Number.isFinite(ttl) && keepsKeys(plan)) {
    notes.push(
      note(`Flink forgets what was not used for ${durationText(ttl)} by the clock of the machine, not by event time`),
    )
  }
  const reader = jobQueries(pipeline).find(({ reads, query }) => reads.includes(name) && needsTime(query.plan))
  if (flinkEngine(pipeline).parallelism > 1 && reader !== undefined) {
    const why = `query "${reader.name}" reads its rows by event time, and they come in that order from one task alone`
    notes.push(note(`query "${name}" has parallelism 1 on Flink: ${why}`))
  }
  return notes
}

/** About a table whose event time matters. */
function tableNotes({ name, kind, partitions }: FlinkTable, pipeline: CheckedPipeline): readonly Failure[] {
  const at = [kind === 'view' ? 'views' : kind === 'query' ? 'queries' : 'topics', name]
  const note = (message: string, hint?: string) => pipeline.failureAt(at, message, { at: 'key', hint })
  const late =
    partitions === 1
      ? []
      : [
          note(
            `which rows of ${name} are late follows, on Flink, from how its ${partitions} partitions interleave`,
            'Let the delay of the watermark cover what comes out of order: then no row is late.',
          ),
        ]
  const gone = note(
    `rows of ${name} that are late, or have no event time, are no dead letters on Flink: they are dropped where time matters`,
  )
  const still = `the clock of ${name} goes on with its rows alone: on Flink the last window stays open until the next row comes`
  return [...late, gone, ...(kind === 'query' ? [note(still)] : [])]
}
