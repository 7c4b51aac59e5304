/** What all binding of one statement shares, and the scope in which a name or an expression is looked up. */
import type { Field, Type } from '../../record/type.ts'
import type { Catalog } from '../catalog.ts'
import type { Expression } from '../expression/expression.ts'
import type { ScalarFunction, Session, TypeProblem } from '../function/function.ts'
import type { Mode, Plan, Warning } from '../plan/plan.ts'
import type { ExpressionSyntax, QueryBody, QuerySyntax, Span } from '../syntax/ast.ts'
import { problem } from '../syntax/problem.ts'

type CastTo = (
  expression: Expression,
  type: Type,
  options: { readonly try: boolean; readonly session: Session },
) => Expression | TypeProblem

/** The functions there are. Given rather than imported, so that binding does not hang on their list. */
type Functions = { readonly scalar: ReadonlyMap<string, ScalarFunction>; readonly castTo: CastTo }

export type Statement = {
  readonly sql: string
  readonly catalog: Catalog
  readonly mode: Mode
  readonly session: Session
  readonly functions: Functions
  readonly warnings: Warning[]
  /** ROW_NUMBERs that no WHERE has limited yet, and where they were written. */
  readonly unlimitedRanks: Map<Plan, Span>
  /** Binds a sub-query where the tables of WITH are known; given here so that FROM and queries need no circle of imports. */
  bindQuery(query: QuerySyntax, tables: NamedQueries): Plan
}

/** The names that WITH gives. */
export type NamedQueries = ReadonlyMap<string, Plan>

/** Something that FROM lists: its columns are columns `first`, `first` + 1, … of the rows. */
export type Relation = { readonly name: string | undefined; readonly fields: readonly Field[]; readonly first: number }

export type Scope = {
  readonly statement: Statement
  readonly relations: readonly Relation[]
  /** The clause that is being read, for messages: 'WHERE', 'GROUP BY'. */
  readonly clause: string
  /** What SELECT calls its expressions, which WHERE, GROUP BY and HAVING do not know: said when one is used there. */
  readonly aliases: ReadonlyMap<string, ExpressionSyntax>
  /** Takes a node over before it is bound as usual: how aggregates, group keys and ranks are found. */
  readonly intercept?: (node: ExpressionSyntax, scope: Scope) => Expression | undefined
}

export type SelectSyntax = Extract<QueryBody, { kind: 'select' }>

/** A column of a result before its plan is built: an expression over the rows, and its name. */
export type Output = { readonly expression: Expression; readonly name: string }

export const isRefusal = <T extends object>(result: T | TypeProblem): result is TypeProblem => 'refused' in result

/** Throws what is wrong with a part of the statement. */
export function refuse(statement: Statement, span: Span, message: string, hint?: string): never {
  throw problem(statement.sql, span, message, hint)
}

/** The text of a part of the statement, on one line. */
export const textOf = (statement: Statement, span: Span): string =>
  statement.sql.slice(span.start, span.end).replace(/\s+/g, ' ')

/** The statement with some of its parts written otherwise: the text to write instead. */
export function rewritten(
  statement: Statement,
  edits: readonly { readonly at: Span; readonly text: string }[],
): string {
  let text = ''
  let position = 0
  for (const { at, text: replacement } of [...edits].sort((a, b) => a.at.start - b.at.start)) {
    text += statement.sql.slice(position, at.start) + replacement
    position = at.end
  }
  return text + statement.sql.slice(position)
}
