/**
 * Finds every mistake of a statement. A part that is refused is kept as a problem, and binding goes on with the next one, so
 * that a person reads them all at once. Of an expression only the innermost refused parts count, and none that uses a
 * column which itself could not be bound.
 */
import type { Failure } from '../../base/failure.ts'
import type { Field } from '../../record/type.ts'
import { scalarFunctions } from '../function/all.ts'
import type { Plan } from '../plan/plan.ts'
import type { ExpressionSyntax } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { isProblem } from '../syntax/problem.ts'
import { AGGREGATES } from './aggregates.ts'
import { FORMS } from './call.ts'
import { bindArgument } from './expression.ts'
import { pathOf, resolveColumns } from './name.ts'
import type { Scope, Statement } from './statement.ts'

/**
 * What `bind` gives; undefined where it is refused. `node` is the expression that it binds in `scope`, and `rows` the scope
 * of what stands inside of aggregates.
 */
export function orProblem<T>(bind: () => T, { statement }: Scope, inside?: Inside): T | undefined {
  try {
    return bind()
  } catch (error) {
    if (!isProblem(error)) throw error
    statement.problems.push(...(inside === undefined ? [error] : refusals(error, inside)))
    return undefined
  }
}

type Inside = {
  readonly node: ExpressionSyntax
  readonly scope: Scope
  readonly rows: Scope
  /** The function whose argument it is. */
  readonly of?: string
}

/** The refusals inside of the node, or else its own. */
function refusals(own: Failure, inside: Inside): readonly Failure[] {
  const below = problemsBelow(inside)
  if (isUnknownCall(inside.node)) return [own, ...below]
  return below.length > 0 || usesUnknown(inside.node, inside.rows) ? below : [own]
}

function problemsIn(inside: Inside): readonly Failure[] {
  try {
    bindArgument(inside.node, inside.of ?? '', inside.scope)
    return []
  } catch (error) {
    if (!isProblem(error)) throw error
    return refusals(error, inside)
  }
}

function problemsBelow({ node, scope, rows }: Inside): readonly Failure[] {
  if (node.kind === 'call' && node.over !== undefined) return []
  const name = node.kind === 'call' ? node.name.name.toUpperCase() : ''
  // A function that is not known may be an aggregate.
  const aggregates = AGGREGATES.has(name) || isUnknownCall(node)
  const inner = aggregates ? { ...rows, clause: `the inside of ${name}` } : scope
  return childrenOf(node)
    .filter(({ kind }) => kind !== 'star')
    .flatMap((child) => problemsIn({ node: child, scope: inner, rows, of: name }))
}

function isUnknownCall(node: ExpressionSyntax): boolean {
  if (node.kind !== 'call') return false
  const name = node.name.name.toUpperCase()
  return !AGGREGATES.has(name) && !FORMS.has(name) && !scalarFunctions.has(name)
}

/** Whether the expression uses a column that was not bound: its type is not known. */
function usesUnknown(node: ExpressionSyntax, rows: Scope): boolean {
  const whole = node.kind === 'column' ? pathOf(node, rows) : node
  if (whole.kind !== 'column') return childrenOf(whole).some((child) => usesUnknown(child, rows))
  return resolveColumns(whole, rows).some((column) =>
    rows.relations.some(({ fields, first }) => fields[column - first]?.type.kind === 'NULL'),
  )
}

/** A plan in place of one that cannot be made, for the queries around it. A column that is not known has the type NULL. */
export const planOfUnknown = (fields: readonly Field[]): Plan => ({ kind: 'values', rows: [], fields })

/** Whether the statement has more problems than it had before. */
export const hasMoreProblems = ({ problems }: Statement, before: number): boolean => problems.length > before
