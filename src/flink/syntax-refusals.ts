/**
 * What may stand in the text of a query or view and Flink 2.3 does not take: found by asking Flink for each form of the language
 * (test/services/flink-ddl.test.ts), and refused here before anything is sent.
 */
import type { Failure } from '../base/failure.ts'
import { operandsOf } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'
import type { UserFunctions } from '../sql/function/function.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Plan } from '../sql/plan/plan.ts'
import type { QueryBody, QuerySyntax, TextRange } from '../sql/syntax/ast.ts'
import { parseQuery } from '../sql/syntax/parse.ts'
import { problem } from '../sql/syntax/problem.ts'
import { tokenize } from '../sql/syntax/token.ts'
import { calledIn, isForeign } from './own-functions.ts'
import { syntaxNodes } from './syntax-nodes.ts'

/** What to do about something that tailrace can compute and Flink cannot. */
export const VIEW_HINT =
  'Put it into a view over one topic, and read the view: tailrace computes the rows of such a view before Flink reads them.'

type Text = {
  readonly sql: string
  /** As it was planned; of a view that cannot be planned by itself, undefined. */
  readonly plan: Plan | undefined
  readonly functions: UserFunctions | undefined
}

/** What Flink refuses in a text, each with its place in it. */
export function syntaxRefusals({ sql, plan, functions }: Text): readonly Failure[] {
  const query = parseQuery(sql)
  return [
    ...foreignCalls(query, functions).map(({ name, range }) => {
      const whose = functions?.has(name) === true ? 'is one of yours' : 'is one of tailrace’s own'
      return problem(sql, range, `Flink has no function ${name}: it ${whose}`, VIEW_HINT)
    }),
    ...lookupsIn(sql).map((range) =>
      problem(sql, range, 'Flink looks nothing up in the tables of a pipeline file', VIEW_HINT),
    ),
    ...derivedTables(sql).map((range) => {
      const hint = 'Leave TABLE out: TUMBLE((SELECT …), DESCRIPTOR(ts), …)'
      return problem(sql, range, 'Flink does not parse TABLE around a query', hint)
    }),
    ...wideQualify(query, plan).map((range) => {
      const hint = 'Write the query around it: SELECT … FROM (SELECT *, ROW_NUMBER() OVER (…) AS n FROM …) WHERE n = 1'
      return problem(
        sql,
        range,
        `Flink 2.3 fails at QUALIFY where a SELECT has more than ${MOST_QUALIFIED} columns`,
        hint,
      )
    }),
    ...timesAsTexts(query, plan).map(({ range, value }) => {
      const hint = `Write TIMESTAMP '${value.replace('T', ' ').replace(/Z$/, '')}', by the wall clock of the pipeline’s time zone.`
      return problem(sql, range, `Flink cannot read '${value}' as a time: the job would fail`, hint)
    }),
  ]
}

const foreignCalls = (query: QuerySyntax, functions: UserFunctions | undefined) =>
  calledIn(query).filter(({ name }) => isForeign(name, functions))

/** The lookup joins of a text, by their AS OF. */
function lookupsIn(sql: string): readonly TextRange[] {
  const tokens = tokenize(sql)
  return tokens.flatMap(({ key, range }, index) => {
    const isLookup = key === 'FOR' && tokens[index + 1]?.key === 'SYSTEM_TIME'
    return isLookup ? [{ start: range.start, end: tokens[index + 3]?.range.end ?? range.end }] : []
  })
}

/** Where TABLE stands before a query in parentheses. */
function derivedTables(sql: string): readonly TextRange[] {
  const tokens = tokenize(sql)
  return tokens.flatMap(({ key, range }, index) => {
    const [next, inner] = [tokens[index + 1]?.key, tokens[index + 2]?.key ?? '']
    return key === 'TABLE' && next === '(' && ['SELECT', 'WITH', 'VALUES'].includes(inner) ? [range] : []
  })
}

/** Calcite takes the items of a list longer than this for comparable ones, which columns are not, so Flink 2.3 fails there. */
const MOST_QUALIFIED = 6

/** The conditions of QUALIFY in a SELECT that has more columns than Flink takes there, or may have, as it has a star. */
function wideQualify(query: QuerySyntax, plan: Plan | undefined): readonly TextRange[] {
  return syntaxNodes<QueryBody>(query, 'select').flatMap((body) => {
    if (body.kind !== 'select' || body.qualify === undefined) return []
    const hasStar = body.items.some(({ expression }) => expression.kind === 'star')
    const isTop = query.body === body && plan !== undefined
    const width = isTop ? plan.fields.length : hasStar ? Number.POSITIVE_INFINITY : body.items.length
    return width > MOST_QUALIFIED ? [body.qualify.range] : []
  })
}

/** A time as results show it. */
const RESULT_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d.*|.*Z)$/

/** Texts that our planner has read as times, as results show them: none of them is a text in the plan. */
function timesAsTexts(query: QuerySyntax, plan: Plan | undefined): readonly { range: TextRange; value: string }[] {
  if (plan === undefined) return []
  const texts = syntaxNodes<{ kind: 'string'; value: string; range: TextRange }>(query, 'string')
  const times = texts.filter(({ value }) => RESULT_TIME.test(value))
  if (times.length === 0) return []
  const kept = new Set(textsIn(plan))
  return times.filter(({ value }) => !kept.has(value))
}

/** The texts that are left in a plan as texts. */
const textsIn = (plan: Plan): readonly string[] => expressionsIn(plan).flatMap(textsOf)

function textsOf(expression: Expression): readonly string[] {
  const inside = operandsOf(expression).flatMap(textsOf)
  const isText = expression.kind === 'literal' && expression.type.kind === 'STRING'
  return isText ? [String(expression.value), ...inside] : inside
}

/** The expressions of a plan. */
export function expressionsIn(plan: Plan): readonly Expression[] {
  const below = inputsOf(plan).flatMap(expressionsIn)
  switch (plan.kind) {
    case 'filter':
      return [plan.predicate, ...below]
    case 'project':
      return [...plan.expressions, ...below]
    case 'values':
      return plan.rows.flat()
    case 'join':
    case 'lookup':
      return plan.condition === undefined ? below : [plan.condition, ...below]
    default:
      return below
  }
}
