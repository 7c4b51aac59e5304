/**
 * Sub-queries that choose rows: IN, NOT IN, EXISTS and NOT EXISTS where they are a condition of WHERE or HAVING. Each is a semi
 * join, or an anti join where rows without a pair are wanted.
 */
import { BOOLEAN } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { foldLogic, literal } from '../../expression/fold.ts'
import { isKeyPair } from '../../plan/join.ts'
import type { ExpressionSyntax, QuerySyntax, SyntaxOf } from '../../syntax/ast.ts'
import { bindOperator } from '../call.ts'
import { bindCondition } from '../expression.ts'
import type { NamedQueries, Scope } from '../statement.ts'
import type { AttachedJoins } from './attach.ts'
import { bindInner } from './bind.ts'
import { asOuter, isOfOuter } from './outer.ts'
import { type InSyntax, membersOf, openSubqueries } from './value.ts'

/** The condition, without the parts that are joins: these are added to `joins`. `what` is what a refusal calls it. */
export function bindWithSubqueries(
  node: ExpressionSyntax,
  what: string,
  scope: Scope,
  { joins, tables }: { readonly joins: AttachedJoins; readonly tables: NamedQueries },
): Expression {
  const subqueries = openSubqueries(joins, tables)
  const inner = { ...scope, subqueries }
  const bind = (part: ExpressionSyntax): Expression => {
    if (part.kind === 'binary' && part.operator === 'AND' && hasSubquery(part)) {
      return foldLogic('and', [bind(part.left), bind(part.right)])
    }
    const choice = choiceOf(part, false)
    if (choice === undefined || scope.intercept?.(part, scope) !== undefined) return bindCondition(part, what, inner)
    return choose(choice, inner, joins, tables)
  }
  return bind(node)
}

const hasSubquery = (node: ExpressionSyntax): boolean =>
  choiceOf(node, false) !== undefined ||
  (node.kind === 'binary' && node.operator === 'AND' && (hasSubquery(node.left) || hasSubquery(node.right)))

type Choice = { readonly node: InSyntax | SyntaxOf<'exists'>; readonly query: QuerySyntax; readonly not: boolean }

function choiceOf(node: ExpressionSyntax, not: boolean): Choice | undefined {
  if (node.kind === 'unary' && node.operator === 'NOT') return choiceOf(node.operand, !not)
  if (node.kind === 'exists') return { node, query: node.query, not }
  if (node.kind === 'quantified') {
    const isIn = node.operator === '=' && node.quantifier === 'ANY'
    const isNotIn = node.operator === '<>' && node.quantifier === 'ALL'
    if (!isIn && !isNotIn) return undefined
    const same: InSyntax = { kind: 'in', operand: node.operand, not: isNotIn, list: node.query, range: node.range }
    return { node: same, query: node.query, not: not !== isNotIn }
  }
  if (node.kind !== 'in' || !('body' in node.list)) return undefined
  return { node: { ...node, list: node.list }, query: node.list, not: not !== node.not }
}

/** Adds the join; the condition that is left, which is TRUE unless the query gives one row for each row. */
function choose({ node, query, not }: Choice, scope: Scope, joins: AttachedJoins, tables: NamedQueries): Expression {
  const inner = bindInner(query, scope, tables)
  // A query that gives one row for all rows gives one for none too: there is no row to look for.
  if (inner.ofNone !== undefined)
    return bindCondition(node.kind === 'in' ? { ...node, not } : negated(node, not), 'WHERE', scope)
  const { range } = node
  const join = not ? 'anti' : 'semi'
  if (node.kind === 'exists') {
    joins.add({ join, plan: inner.plan, conditions: inner.conditions, range })
    return literal(true, BOOLEAN)
  }
  const pairs = membersOf(node, inner, scope)
  const equal = pairs.map(({ value, member }) => bindOperator('=', [asOuter(value), member], range, scope))
  if (!not) {
    joins.add({ join, plan: inner.plan, conditions: [...inner.conditions, ...equal], range })
    return literal(true, BOOLEAN)
  }
  const [pair, another] = equal
  if (another === undefined && inner.conditions.length === 0 && pair !== undefined && isKeyEquality(pair)) {
    joins.add({ join, plan: inner.plan, conditions: [pair], demand: 'not-in', range })
    return literal(true, BOOLEAN)
  }
  const unknown = pairs.map(({ value, member }, index) =>
    foldLogic('or', [
      equal[index] as Expression,
      bindOperator('IS NULL', [asOuter(value)], range, scope),
      bindOperator('IS NULL', [member], range, scope),
    ]),
  )
  joins.add({ join, plan: inner.plan, conditions: [...inner.conditions, ...unknown], range })
  return literal(true, BOOLEAN)
}

const negated = (node: SyntaxOf<'exists'>, not: boolean): ExpressionSyntax =>
  not ? { kind: 'unary', operator: 'NOT', operand: node, range: node.range } : node

function isKeyEquality(condition: Expression): boolean {
  if (condition.kind !== 'call') return false
  const [value, member] = condition.call.arguments as readonly [Expression, Expression]
  return isOfOuter(value) && !isOfOuter(member) && member.kind !== 'literal' && isKeyPair(value, member)
}
