/**
 * Top-N: a ROW_NUMBER() OVER (…) alone in SELECT becomes a `rank` of all rows, and a WHERE around it, or QUALIFY, that bounds the
 * number limits the rank to the first rows; some of them are no rank then (`first.ts`). What has no bound when the whole query is
 * bound is the number of each row (`settleRanks`).
 */
import { assert } from '../../../base/assert.ts'
import { BOOLEAN, type Field, isInteger } from '../../../record/type.ts'
import { conjunctsOf } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { literal } from '../../expression/fold.ts'
import { haveWindow, mapInputs } from '../../plan/inputs.ts'
import type { OrderKey, Plan, PlanOf } from '../../plan/plan.ts'
import type { OrderItem, SyntaxOf } from '../../syntax/ast.ts'
import { refuse, type Statement } from '../statement.ts'
import { firstOf, noteUnwindowed } from './first.ts'
import { overOf } from './node.ts'
import { warnOfTies } from './ties.ts'

/** The ROW_NUMBER that is written, and the column that it makes. */
type Ranked = { readonly call: SyntaxOf<'call'>; readonly field: Field }

/** The rows with their number, all of them: what is around may bound it. */
export function rankOf(
  input: Plan,
  { partitionBy, order }: Pick<PlanOf<'rank'>, 'partitionBy' | 'order'>,
  { call, field }: Ranked,
  statement: Statement,
): PlanOf<'rank'> {
  const plan: PlanOf<'rank'> = {
    kind: 'rank',
    input,
    partitionBy,
    order,
    from: 1,
    to: Infinity,
    withRank: true,
    windowed: haveWindow(partitionBy.map((column) => input.fields[column])),
    fields: [...input.fields, field],
  }
  statement.unlimitedRanks.set(plan, call)
  return plan
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
    const call = callOf(plan, statement)
    const first = firstOf(limited, statement)
    if (first === undefined) noteUnwindowed(limited, call, statement)
    const ranked = first ?? limited
    if (ranked.kind === 'rank') warnOfTies(ranked, call, statement)
    return ranked
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

/**
 * The plan in which each ROW_NUMBER that nothing bounds is the number of each row. A stream has it in order of event time alone,
 * as in Flink; what else it orders by would never be complete.
 */
export function settleRanks(plan: Plan, statement: Statement): Plan {
  if (statement.mode === 'streaming') refuseEndless(plan, statement)
  const settled = mapInputs(plan, (input) => settleRanks(input, statement))
  if (settled.kind !== 'rank' || settled.to !== Infinity) return settled
  const { input, partitionBy, order, fields } = settled
  const [time, another] = order
  const isByTime = another === undefined && time?.descending === false && input.fields[time.column]?.rowtime === true
  if (statement.mode === 'streaming' && !isByTime) {
    const call = callOf(plan, statement)
    refuse(statement, call.range, 'ROW_NUMBER() is for the first N rows, and nothing says how many', BOUND_IT)
  }
  const functions = [{ function: 'ROW_NUMBER', field: fields.at(-1) as Field }] as const
  const frame = { unit: 'rows', from: -Infinity, to: 0 } as const
  return { ...overOf(input, { partitionBy, order, frame, calls: [], functions }, statement), fields }
}

const BOUND_IT =
  'put it in a sub-query and bound it: SELECT … FROM (SELECT …, ROW_NUMBER() OVER (…) AS rn FROM …) WHERE rn <= 10'

/** Refuses a number with a beginning and no end, as Flink does over a stream. */
function refuseEndless(plan: Plan, statement: Statement): void {
  if (plan.kind !== 'filter') return
  const column = rankColumn(plan.input)
  if (!conjunctsOf(plan.predicate).some((each) => rankRange(each, column) !== undefined)) return
  const message = 'the end of a rank must be said: a Top-N has the rows 1 to N'
  refuse(statement, rankCall(plan, statement).range, message, 'write rn <= 10 too, or rn BETWEEN 2 AND 10')
}

function rankCall(plan: Plan, statement: Statement): SyntaxOf<'call'> {
  if (plan.kind === 'rank') return callOf(plan, statement)
  assert(plan.kind === 'filter' || plan.kind === 'project', 'a rank is below projections and filters')
  return rankCall(plan.input, statement)
}
