/**
 * Finds the place of each condition on a join: below it, on the rows of one side; as a key, where it says that a value of one
 * side equals one of the other; as a condition on the pair; or above. Which of these leave the rows the same depends on the
 * kind of the join.
 */
import { type Field, isNested, sameType } from '../../record/type.ts'
import { columnExpression, columnsOf, conjunctsOf, replaceColumns } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { foldLogic, isTrueLiteral } from '../expression/fold.ts'
import { isLeftOnly } from './inputs.ts'
import type { JoinKey, JoinKind, Plan, PlanOf } from './plan.ts'

type Join = PlanOf<'join'>

/** The rows of an input for which all conditions are TRUE. */
export type Push = (input: Plan, conditions: readonly Expression[]) => Plan

/** A condition of ON on the rows of one side alone decides which rows that side has, where rows of it without a pair do not count. */
const ON_LEFT: ReadonlySet<JoinKind> = new Set(['inner', 'right', 'semi'])
const ON_RIGHT: ReadonlySet<JoinKind> = new Set(['inner', 'left', 'semi', 'anti'])
/** A condition on the rows of the join, where a side is never NULL for want of a pair. */
const WHERE_LEFT: ReadonlySet<JoinKind> = new Set(['inner', 'left', 'semi', 'anti'])
const WHERE_RIGHT: ReadonlySet<JoinKind> = new Set(['inner', 'right'])

/** The rows of the join for which `where`, over its columns, is TRUE, with each condition at its place. */
export function placeConditions(join: Join, where: readonly Expression[], push: Push): Plan {
  const { join: kind } = join
  const width = join.left.fields.length
  const sides: Sides = { left: [], right: [], pair: [], above: [] }
  const on = join.condition === undefined ? [] : conjunctsOf(join.condition)
  for (const each of on) {
    const side = isTrueLiteral(each) ? undefined : sideOf(each, width)
    if (side === 'left' && ON_LEFT.has(kind)) sides.left.push(each)
    else if (side === 'right' && ON_RIGHT.has(kind) && join.demand === undefined) sides.right.push(each)
    else if (side !== undefined) sides.pair.push(each)
  }
  for (const each of where) {
    const side = sideOf(each, width)
    if (side === 'left' && WHERE_LEFT.has(kind)) sides.left.push(each)
    else if (side === 'right' && WHERE_RIGHT.has(kind)) sides.right.push(each)
    else if (side === 'both' && kind === 'inner') sides.pair.push(each)
    else sides.above.push(each)
  }
  const left = push(join.left, sides.left)
  const right = push(
    join.right,
    sides.right.map((each) => moved(each, (column) => column - width)),
  )
  const made = withKeys({ ...join, left, right }, sides.pair)
  return filtered(made, sides.above)
}

type Sides = Readonly<Record<'left' | 'right' | 'pair' | 'above', Expression[]>>

/** `none`: it reads no column. */
function sideOf(expression: Expression, width: number): 'left' | 'right' | 'both' | 'none' {
  const columns = [...columnsOf(expression)]
  if (columns.length === 0) return 'none'
  if (columns.every((column) => column < width)) return 'left'
  return columns.every((column) => column >= width) ? 'right' : 'both'
}

const moved = (expression: Expression, to: (column: number) => number): Expression =>
  replaceColumns(expression, (each) => ({ ...each, column: to(each.column) }))

/** The rows for which all conditions are TRUE. */
export function filtered(input: Plan, conditions: readonly Expression[]): Plan {
  if (conditions.length === 0) return input
  return { kind: 'filter', input, predicate: foldLogic('and', conditions), fields: input.fields }
}

type Pair = { readonly left: Expression; readonly right: Expression }

/** The join with these conditions on its pairs: equalities of values of both sides are keys. */
function withKeys(join: Join, conditions: readonly Expression[]): Plan {
  const width = join.left.fields.length
  const pairs: Pair[] = []
  const rest: Expression[] = []
  for (const each of conditions) {
    const pair = equalOf(each, width)
    if (pair === undefined) rest.push(each)
    else pairs.push(pair)
  }
  const sides = pairs.map(({ left, right }) => ({ left, right: moved(right, (column) => column - width) }))
  const left = withColumns(
    join.left,
    sides.map((pair) => pair.left),
  )
  const right = withColumns(
    join.right,
    sides.map((pair) => pair.right),
  )
  const extra = left.plan.fields.length - width
  const keys = [
    ...join.keys,
    ...left.columns.map((column, index) => ({ left: column, right: right.columns[index] as number })),
  ]
  const shift = (column: number) => (column < width ? column : column + extra)
  const condition = rest.length === 0 ? undefined : moved(foldLogic('and', rest), shift)
  const wide: Join = {
    ...join,
    left: left.plan,
    right: right.plan,
    keys: keys.filter((key, index) => keys.findIndex((other) => isSameKey(key, other)) === index),
    condition,
  }
  if (extra === 0 && right.plan === join.right) return wide
  const fields = isLeftOnly(join)
    ? [...join.fields, ...left.plan.fields.slice(width)]
    : [
        ...join.fields.slice(0, width),
        ...left.plan.fields.slice(width),
        ...join.fields.slice(width),
        ...right.plan.fields.slice(join.right.fields.length),
      ]
  const expressions = join.fields.map((field, column) => columnExpression(field, shift(column)))
  return { kind: 'project', input: { ...wide, fields }, expressions, fields: join.fields }
}

const isSameKey = (a: JoinKey, b: JoinKey): boolean => a.left === b.left && a.right === b.right

/** The sides of an equality of a value of left and one of right that can be a key. */
function equalOf(condition: Expression, width: number): Pair | undefined {
  if (condition.kind !== 'call' || condition.name !== '=') return undefined
  const [a, b] = condition.call.arguments as readonly [Expression, Expression]
  const [ofA, ofB] = [sideOf(a, width), sideOf(b, width)]
  const pair = ofA === 'left' && ofB === 'right' ? { left: a, right: b } : { left: b, right: a }
  const isPair = (ofA === 'left' && ofB === 'right') || (ofA === 'right' && ofB === 'left')
  return isPair && isKeyPair(a, b) ? pair : undefined
}

/** Whether both values have one type, whose equal values are the same bytes of a key. */
export function isKeyPair({ type: a }: Expression, { type: b }: Expression): boolean {
  if (isNested(a)) return false
  // Digits beyond the point are part of the key; the number of all digits is not.
  return a.kind === 'DECIMAL' && b.kind === 'DECIMAL' ? a.scale === b.scale : sameType(a, b)
}

/** The plan with the expressions among its columns, and which columns these are. */
function withColumns(
  plan: Plan,
  wanted: readonly Expression[],
): { readonly plan: Plan; readonly columns: readonly number[] } {
  const made = wanted.filter((each) => each.kind !== 'column')
  const width = plan.fields.length
  const columns = wanted.map((each) => (each.kind === 'column' ? each.column : width + made.indexOf(each)))
  if (made.length === 0) return { plan, columns }
  const expressions = [...plan.fields.map(columnExpression), ...made]
  const fields = [...plan.fields, ...made.map(({ type }, index): Field => ({ name: `key ${index + 1}`, type }))]
  return { plan: { kind: 'project', input: plan, expressions, fields }, columns }
}
