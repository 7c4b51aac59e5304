/**
 * Top-N: ROW_NUMBER() OVER (…) in SELECT becomes a `rank` of all rows, and a WHERE around it that bounds the number
 * limits the rank to the first rows; some of them are no rank then (`first.ts`). A rank without a bound is refused when the
 * whole query is bound (`refuseUnlimitedRanks`).
 */
import { assert } from '../../../base/assert.ts'
import { BIGINT, BOOLEAN, type Field, isInteger } from '../../../record/type.ts'
import { columnExpression, replaceColumns } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { literal } from '../../expression/fold.ts'
import { haveWindow, inputsOf } from '../../plan/inputs.ts'
import type { OrderKey, Plan, PlanOf } from '../../plan/plan.ts'
import type { ExpressionSyntax, OrderItem, SyntaxOf, TextRange } from '../../syntax/ast.ts'
import { OVER_AGGREGATES } from '../call.ts'
import { bindExpression } from '../expression.ts'
import { expectKey, expectOrder } from '../keys.ts'
import { refuse, type Scope, type Statement, writtenText } from '../statement.ts'
import { firstOf, noteUnwindowed } from './first.ts'

/** The index of the rank's column until the number of the other columns is known. */
const RANK_COLUMN = -1

export type Ranking = {
  /** The scope of SELECT: that of the rows, with ROW_NUMBER. */
  readonly scope: Scope
  /** The rows, with their rank if SELECT has a ROW_NUMBER. */
  plan(rows: Plan): Plan
  /** An expression of the scope as one over the rows of `plan`. */
  resolve(expression: Expression, ranked: Plan): Expression
}

/** A call of ROW_NUMBER, with its expressions bound over the rows. */
type Found = {
  readonly call: SyntaxOf<'call'>
  readonly partitionBy: readonly Expression[]
  readonly order: readonly Expression[]
}

/** The rank that SELECT adds to the rows of the scope, if it has a ROW_NUMBER. */
export function bindRanking(rows: Scope): Ranking {
  let found: Found | undefined
  const intercept = (node: ExpressionSyntax, scope: Scope): Expression | undefined => {
    if (node.kind !== 'call' || node.over === undefined) return rows.intercept?.(node, scope)
    const { over } = node
    checkRank(node, rows.statement)
    if (found !== undefined && found.call !== node)
      refuse(rows.statement, node.range, 'only one ROW_NUMBER() can be in a SELECT')
    const { statement } = rows
    const partitionBy = over.partitionBy.map((each) => bindExpression(each, rows))
    partitionBy.forEach(({ type }, i) => {
      expectKey(type, 'PARTITION BY', over.partitionBy[i]?.range ?? node.range, statement)
    })
    const order = over.orderBy.map((item) => bindExpression(item.expression, rows))
    order.forEach(({ type }, i) => {
      expectOrder(type, over.orderBy[i]?.range ?? node.range, statement)
    })
    found = { call: node, partitionBy, order }
    return { kind: 'column', column: RANK_COLUMN, name: 'ROW_NUMBER()', type: BIGINT }
  }
  return {
    scope: { ...rows, clause: 'SELECT', intercept },
    plan(input) {
      if (found === undefined) return input
      const { call } = found
      const plan = rankOf(input, found, rows.statement)
      rows.statement.unlimitedRanks.set(plan, call)
      return plan
    },
    resolve: (expression, ranked) =>
      replaceColumns(expression, (column) =>
        column.column === RANK_COLUMN ? { ...column, column: ranked.fields.length - 1 } : column,
      ),
  }
}

function checkRank(node: SyntaxOf<'call'>, statement: Statement): void {
  const name = node.name.name.toUpperCase()
  if (name === 'RANK' || name === 'DENSE_RANK') {
    refuse(statement, node.range, `${name}() is not supported`, 'ROW_NUMBER() numbers the rows: 1, 2, 3, …')
  }
  if (name !== 'ROW_NUMBER') {
    const hint = `ROW_NUMBER() and aggregates can have OVER: ${[...OVER_AGGREGATES].join(', ')}`
    refuse(statement, node.range, `${name}(…) OVER (…) is not supported yet`, hint)
  }
  if (node.over?.frame !== undefined) refuse(statement, node.over.frame.range, 'ROW_NUMBER() takes no ROWS or RANGE')
  if (node.over?.orderBy.length === 0) {
    refuse(statement, node.range, 'ROW_NUMBER() wants an order', 'OVER (PARTITION BY … ORDER BY …)')
  }
}

function rankOf(input: Plan, { call, partitionBy: partition, order }: Found, statement: Statement): PlanOf<'rank'> {
  const expressions: Expression[] = input.fields.map(columnExpression)
  const fields: Field[] = [...input.fields]
  const indexOf = (expression: Expression, range: TextRange | undefined): number => {
    if (expression.kind === 'column') return expression.column
    fields.push({ name: writtenText(statement, range ?? call.range), type: expression.type })
    return expressions.push(expression) - 1
  }
  const over = call.over
  const partitionBy = [...new Set(partition.map((each, index) => indexOf(each, over?.partitionBy[index]?.range)))]
  const sortedBy = order.map((each, index) => indexOf(each, over?.orderBy[index]?.expression.range))
  const keys = orderKeys(over?.orderBy ?? [], sortedBy)
  return {
    kind: 'rank',
    input: fields.length === input.fields.length ? input : { kind: 'project', input, expressions, fields },
    partitionBy,
    order: keys,
    from: 1,
    to: Infinity,
    withRank: true,
    windowed: haveWindow(partitionBy.map((column) => fields[column])),
    fields: [...fields, { name: 'ROW_NUMBER()', type: BIGINT }],
  }
}

/** NULLs sort first if ascending and last if descending, unless an item says NULLS FIRST or NULLS LAST. */
export function orderKeys(items: readonly OrderItem[], columns: readonly number[]): OrderKey[] {
  return items.map(({ descending, nulls }, index) => ({
    column: columns[index] as number,
    descending,
    nullsFirst: nulls === undefined ? !descending : nulls === 'first',
  }))
}

type Limited = { readonly plan: Plan; readonly rest: readonly Expression[] }

/**
 * Moves conditions on the rank into the rank node; `rest` are the other conditions. Conditions without an upper bound stay
 * in `rest`, as another WHERE further out may have one.
 */
export function limitRank(plan: Plan, conjuncts: readonly Expression[], statement: Statement): Limited {
  const column = rankColumn(plan)
  if (column.size === 0) return { plan, rest: conjuncts }
  let [from, to] = [1, Infinity]
  const rest = conjuncts.filter((conjunct) => {
    const range = rankRange(conjunct, column)
    if (range === undefined) return true
    from = Math.max(from, range.from)
    to = Math.min(to, range.to)
    return false
  })
  if (to === Infinity) return { plan, rest: conjuncts }
  if (to >= from) return { plan: withRange(plan, { from, to }, statement), rest }
  return { plan: withRange(plan, { from: 1, to: 1 }, statement), rest: [...rest, literal(false, BOOLEAN)] }
}

/** The columns with the rank of an unlimited `rank` node below projections and filters. */
function rankColumn(plan: Plan): ReadonlySet<number> {
  switch (plan.kind) {
    case 'rank':
      return new Set(plan.to === Infinity ? [plan.fields.length - 1] : [])
    case 'filter':
      return rankColumn(plan.input)
    case 'project': {
      const inner = rankColumn(plan.input)
      const shown = plan.expressions.flatMap((each, index) =>
        each.kind === 'column' && inner.has(each.column) ? [index] : [],
      )
      return new Set(shown)
    }
    default:
      return new Set()
  }
}

function withRange(plan: Plan, range: RankRange, statement: Statement): Plan {
  if (plan.kind === 'rank') {
    const limited = { ...plan, ...range }
    const first = firstOf(limited, statement)
    if (first === undefined) noteUnwindowed(limited, callOf(plan, statement), statement)
    return first ?? limited
  }
  if (plan.kind !== 'filter' && plan.kind !== 'project') return plan
  return { ...plan, input: withRange(plan.input, range, statement) }
}

function callOf(plan: Plan, { unlimitedRanks }: Statement): SyntaxOf<'call'> {
  const call = unlimitedRanks.get(plan)
  assert(call !== undefined, 'an unlimited rank is one that a ROW_NUMBER made')
  return call
}

type RankRange = { readonly from: number; readonly to: number }

const MIRRORED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
/** The ranks that a comparison of the rank with n leaves. */
const RANGES: Readonly<Record<string, (n: number) => RankRange>> = {
  '=': (n) => ({ from: n, to: n }),
  '<': (n) => ({ from: 1, to: n - 1 }),
  '<=': (n) => ({ from: 1, to: n }),
  '>': (n) => ({ from: n + 1, to: Infinity }),
  '>=': (n) => ({ from: n, to: Infinity }),
}

function rankRange(conjunct: Expression, rank: ReadonlySet<number>): RankRange | undefined {
  if (conjunct.kind !== 'call' || conjunct.call.arguments.length !== 2) return undefined
  const [left, right] = conjunct.call.arguments as readonly [Expression, Expression]
  const ranked = (side: Expression) => side.kind === 'column' && rank.has(side.column)
  const [sign = '', bound] = ranked(left)
    ? [conjunct.name, right]
    : ranked(right)
      ? [MIRRORED[conjunct.name], left]
      : []
  if (bound?.kind !== 'literal' || bound.value === null) return undefined
  return isInteger(bound.type) ? RANGES[sign]?.(Number(bound.value)) : undefined
}

/** Refuses a ROW_NUMBER whose rank is not limited: it would have to keep all rows. */
export function refuseUnlimitedRanks(plan: Plan, statement: Statement): void {
  if (plan.kind === 'rank' && plan.to === Infinity) {
    const call = callOf(plan, statement)
    refuse(
      statement,
      call.range,
      'ROW_NUMBER() is for the first N rows, and nothing says how many',
      'put it in a sub-query and bound it: SELECT … FROM (SELECT …, ROW_NUMBER() OVER (…) AS rn FROM …) WHERE rn <= 10',
    )
  }
  for (const input of inputsOf(plan)) refuseUnlimitedRanks(input, statement)
}
