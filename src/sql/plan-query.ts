/**
 * From the text of a query to its plan: parse, bind, simplify. The plan means what the text means to Flink; a text that is
 * wrong or not supported is a Failure of code 'sql' that says where, and what to write instead.
 */
import { collectFailure, Failure, failureOf } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'
import { type Field, TIMESTAMP } from '../record/type.ts'
import { refuseShownProctime } from './bind/from/processing-time.ts'
import { bindQuery } from './bind/query.ts'
import { refuseUnlimitedRanks } from './bind/rank.ts'
import { newStatement, type Statement } from './bind/statement.ts'
import type { Catalog } from './catalog.ts'
import type { Session } from './function/function.ts'
import { rowKeyOf } from './plan/key.ts'
import type { Mode, Query } from './plan/plan.ts'
import { simplify } from './plan/simplify.ts'
import type { TextRange } from './syntax/ast.ts'
import { parseQuery } from './syntax/parse.ts'
import { placeInSql } from './syntax/problem.ts'

export type PlanOptions = {
  readonly mode: Mode
  readonly session: Session
  /** As in `Query`. In batch mode each key has one row. */
  readonly ttl?: Duration | undefined
}

/**
 * The plan of `sql` over the tables of `catalog`. Throws a Failure, 'sql' or 'limit', where the text is refused: the first
 * mistake in it, which brings the others (`also`; `failuresIn` lists them all).
 */
export function planQuery(sql: string, catalog: Catalog, { mode, session, ttl }: PlanOptions): Query {
  const statement: Statement = newStatement({
    sql,
    catalog,
    mode,
    session,
    ttl: mode === 'streaming' ? ttl : undefined,
    bindQuery: (query, tables) => bindQuery(query, statement, tables),
  })
  const bound = collectFailure(statement.problems, () => {
    const query = parseQuery(sql)
    const rows = bindQuery(query, statement, new Map())
    refuseShownProctime(rows.fields, query, statement)
    return rows
  })
  const failure = failureOf(inOrder(statement.problems))
  if (bound === undefined || failure !== undefined) throw failure
  refuseUnlimitedRanks(bound, statement)
  const plan = simplify({ ...bound, fields: uniquelyNamed(bound.fields).map(ofResult) })
  const { rowKey, parts: rowKeyParts, lost } = rowKeyOf(plan)
  const warnings = [...statement.warnings]
  if (mode === 'streaming' && lost !== undefined) {
    warnings.push({
      message: `the rows have no key of their own, because ${lost} is not selected`,
      hint: `sinks will know them by topic, partition and offset; to update a store in place, select ${lost} too`,
    })
  }
  return { sql, mode, plan, rowKey, rowKeyParts, warnings, ...(ttl === undefined ? {} : { ttl }) }
}

/** Mistakes of one statement that are shown. */
const MOST_PROBLEMS = 20

/** The problems by their places; a name that does not exist is in them once. */
function inOrder(problems: readonly Failure[]): readonly Failure[] {
  const before = (a: Failure, b: Failure) =>
    (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0)
  const sorted = [...problems].sort(before)
  return sorted
    .filter((problem, index) => !sorted.slice(0, index).some((other) => isSameName(other, problem)))
    .slice(0, MOST_PROBLEMS)
}

/** Whether both say of one name that it does not exist: it is reported once, where it stands first. */
const isSameName = (a: Failure, b: Failure): boolean =>
  /^there is no (?:column|function|window)/.test(a.message) && a.message === b.message && a.hint === b.hint

/** The warnings about a query, each at its place in the SQL; one about no part of it is at `otherwise`, or has no place. */
export const warningsOf = ({ sql, warnings }: Query, otherwise?: TextRange): Failure[] =>
  warnings.map(({ message, hint, range = otherwise }) => {
    return new Failure('sql', message, { place: range && placeInSql(sql, range), hint })
  })

/** A result has milliseconds in each TIMESTAMP, also in one that began as a literal with fewer digits. */
const ofResult = (field: Field): Field => (field.type.kind === 'TIMESTAMP' ? { ...field, type: TIMESTAMP } : field)

/** A second column x is named x0, a third x1, as in Flink. */
function uniquelyNamed(fields: readonly Field[]): readonly Field[] {
  const taken = new Set<string>()
  return fields.map((field) => {
    let name = field.name
    for (let attempt = 0; taken.has(name); attempt++) name = `${field.name}${attempt}`
    taken.add(name)
    return name === field.name ? field : { ...field, name }
  })
}
