/** The statement that is bound, and the scope of an expression in it: the columns and aliases that it can name. */
import type { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { Field } from '../../record/type.ts'
import type { Catalog, View } from '../catalog.ts'
import { columnExpression } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { ConstantFailure } from '../expression/fold.ts'
import { type Session, TypeProblem } from '../function/function.ts'
import type { Mode, Plan, Warning } from '../plan/plan.ts'
import type { ExpressionSyntax, QueryBody, QuerySyntax, SyntaxOf, TextRange } from '../syntax/ast.ts'
import { problem } from '../syntax/problem.ts'

/** A statement, with everything that its parts need to be bound. */
export type Statement = {
  readonly sql: string
  readonly catalog: Catalog
  readonly mode: Mode
  readonly session: Session
  /** Whether, in batch mode, what Flink has in streaming mode alone is taken as well. */
  readonly beyondFlink: boolean
  readonly warnings: Warning[]
  /** The mistakes after which binding went on: see `problems.ts`. */
  readonly problems: Failure[]
  /** How long the first rows of keys count, as the pipeline says; Infinity: for ever; undefined: it does not say. */
  readonly ttl: Duration | undefined
  /** Ranks without a limit, by node, with their ROW_NUMBER. */
  readonly unlimitedRanks: Map<Plan, SyntaxOf<'call'>>
  /** The parts of a stream that are never complete, in the order in which they were bound. */
  readonly changing: Changing[]
  /** Where a literal, or the constant that became one, is written. */
  readonly constants: WeakMap<Expression, TextRange>
  /** The views that were bound for the statement, each as often as it is read. */
  readonly views: View[]
  /** How many views this one is within. */
  readonly viewsAround: number
  /** Of a sub-query in an expression, the query around it; undefined for all others. */
  readonly around?: QueryAround | undefined
  /** Binds a sub-query; `tables` are the queries of WITH around it. Passed, as FROM and queries would import each other. */
  bindQuery(query: QuerySyntax, statement: Statement, tables: NamedQueries): Plan
}

/** A part of a stream whose answer changes. */
export type Changing = {
  /** What to write instead where each row must be final. */
  readonly instead: string
  /** The refusal of this part. */
  refuse(message: string, hint: string): never
}

/** The queries of WITH, by name. */
export type NamedQueries = ReadonlyMap<string, Plan>

/** A table of FROM: its columns are columns `first`, `first` + 1, … of the rows. */
export type Relation = {
  readonly name: string | undefined
  readonly fields: readonly Field[]
  readonly first: number
  /** Names of columns that only the table's own name leads to: USING has put others in their place. */
  readonly merged?: ReadonlySet<string>
}

/** The columns of the query around a sub-query. Those numbered from `OUTER` on in an expression are its columns. */
export type OuterColumns = {
  knows(node: SyntaxOf<'column'>): boolean
  bind(node: SyntaxOf<'column'>): Expression
}

/** The query around a sub-query, and what is found when that is bound. */
export type QueryAround = {
  readonly columns: OuterColumns
  found: Correlation | undefined
}

/** How the rows of a sub-query depend on a row around it. */
export type Correlation = {
  /** Over the columns of the sub-query's plan and those of the row around it. */
  readonly conditions: readonly Expression[]
  /** The columns that it selects; others behind them are there for the conditions. */
  readonly width: number
  /** Of a sub-query that gives one row for all rows, what it gives for none. */
  readonly ofNone: readonly Expression[] | undefined
}

/** Binds the sub-queries in an expression: each becomes columns of the rows that the expression is over. */
export type Subqueries = {
  value(node: SyntaxOf<'scalar-query' | 'exists' | 'in' | 'quantified'>, scope: Scope): Expression
}

export type Scope = {
  readonly statement: Statement
  readonly relations: readonly Relation[]
  /** The clause that is bound, for messages: 'WHERE', 'GROUP BY'. */
  readonly clause: string
  /** The aliases of SELECT, for the message where WHERE, GROUP BY or HAVING uses one, which they cannot. */
  readonly aliases: ReadonlyMap<string, ExpressionSyntax>
  /** Whether no row gets to the expression: a constant that fails is no mistake there. */
  readonly isDead?: boolean
  /** Whether PROCTIME(), or a column that is it, is taken. */
  readonly takesProctime?: boolean
  /** Where the scope is that of a sub-query. */
  readonly outer?: OuterColumns | undefined
  /** Undefined where no sub-query can stand. */
  readonly subqueries?: Subqueries
  /** Binds aggregates, group keys and ranks; undefined for a node that is bound as usual. */
  readonly intercept?: (node: ExpressionSyntax, scope: Scope) => Expression | undefined
}

/** A scope without columns. */
export const emptyScope = (statement: Statement, clause: string): Scope => ({
  statement,
  relations: [],
  clause,
  aliases: new Map(),
})

export type SelectSyntax = Extract<QueryBody, { kind: 'select' }>

/** A column of a result before its plan is built: an expression over the rows, and its name. */
export type SelectColumn = { readonly expression: Expression; readonly name: string }

/** The columns of the plan, unchanged. */
export const allColumns = (plan: Plan): readonly SelectColumn[] =>
  plan.fields.map((field, index) => ({ expression: columnExpression(field, index), name: field.name }))

/** Throws the Failure that says what is wrong with a part of the statement. */
export function refuse(statement: Statement, range: TextRange, message: string, hint?: string): never {
  throw problem(statement.sql, range, message, hint)
}

/** Notes that a part of the statement changes: `planQuery` sees whether the whole can. */
export function noteChanging(statement: Statement, range: TextRange, instead: string): void {
  statement.changing.push({ instead, refuse: (message, hint) => refuse(statement, range, message, hint) })
}

/** A statement of which nothing is bound yet. */
export const newStatement = (
  parts: Pick<Statement, 'sql' | 'catalog' | 'mode' | 'session' | 'ttl' | 'bindQuery'> &
    Partial<Pick<Statement, 'beyondFlink'>>,
): Statement => ({
  beyondFlink: false,
  ...parts,
  warnings: [],
  problems: [],
  unlimitedRanks: new Map(),
  changing: [],
  constants: new WeakMap(),
  views: [],
  viewsAround: 0,
})

/** Adds a warning, once: a part of the statement may be bound several times. */
export function addWarning({ warnings }: Statement, warning: Warning): void {
  const { message, range } = warning
  const isSame = (other: Warning) => other.message === message && other.range?.start === range?.start
  if (!warnings.some(isSame)) warnings.push(warning)
}

/**
 * What `bind` gives. Where a function refuses its arguments, `message` and the reason refuse that part of the statement;
 * where a constant cannot be read or computed, the reason alone refuses the constant.
 */
export function orRefuse<T>(bind: () => T, statement: Statement, range: TextRange, message: () => string): T {
  try {
    return bind()
  } catch (error) {
    if (error instanceof ConstantFailure) return refuse(statement, range, error.message)
    if (!(error instanceof TypeProblem)) throw error
    const { constant } = error
    if (constant !== undefined)
      return refuse(statement, statement.constants.get(constant) ?? range, error.message, error.hint)
    return refuse(statement, range, `${message()}: ${error.message}`, error.hint)
  }
}

/** The text of a part of the statement, on one line. */
export const writtenText = (statement: Statement, range: TextRange): string =>
  statement.sql.slice(range.start, range.end).replace(/\s+/g, ' ')

/** The text of the statement with some of its parts replaced, for a hint. */
export function rewriteStatement(
  statement: Statement,
  edits: readonly { readonly at: TextRange; readonly text: string }[],
): string {
  let text = ''
  let position = 0
  for (const { at, text: replacement } of [...edits].sort((a, b) => a.at.start - b.at.start)) {
    text += statement.sql.slice(position, at.start) + replacement
    position = at.end
  }
  return text + statement.sql.slice(position)
}
