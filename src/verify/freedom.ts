/** What the plan of a query leaves open: the order of its rows, the order of additions, and which of several equal rows a Top-N takes. */
import { columnsOf } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'
import type { AggregateCall } from '../sql/plan/aggregate.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Plan, PlanOf } from '../sql/plan/plan.ts'
import type { Freedom } from './compare.ts'

/** A choice among rows: a Top-N, or the first rows of an order. */
export type Choice = {
  /** The columns of the result that any choice among equals leaves as they are. */
  readonly columns: readonly number[]
  /** What the rows are chosen from. */
  readonly candidates: Plan
  /** Column of the result -> column of the candidates. */
  readonly shown: ReadonlyMap<number, number>
}

/** What a comparison of the rows of the plan lets pass. */
export function freedomOf(plan: Plan): Freedom {
  const sums = new Set(sumsIn(plan).flatMap((isSum, column) => (isSum ? [column] : [])))
  return { order: orderOf(plan, sums), sums, chosen: choiceIn(plan)?.columns }
}

/** The columns of the result that the rows are in order by; those behind one that is no column of the result are left out. */
function orderOf(plan: Plan, sums: ReadonlySet<number>): readonly number[] | undefined {
  const found = throughColumns(plan, ['sort'])
  if (found === undefined || found.node.kind !== 'sort') return undefined
  const { node, shown } = found
  const columns = node.order.map(({ column }) => resultColumn(shown, column))
  const end = columns.findIndex((column) => column === undefined || sums.has(column))
  return (end < 0 ? columns : columns.slice(0, end)) as readonly number[]
}

/**
 * The choice whose rows the result shows; undefined where there is none, where the rows below it say nothing of the result, or where
 * the result lacks a column of its order, so that nobody could tell equal rows from others.
 */
export function choiceIn(plan: Plan): Choice | undefined {
  const found = throughColumns(plan, ['rank', 'sort', 'first'])
  if (found === undefined) return undefined
  const { node, shown } = found
  if (node.kind === 'sort' && node.limit === undefined && node.offset === 0) return choiceBelow(node, shown)
  const width = node.input.fields.length
  const rank = node.kind === 'rank' && node.withRank ? [width] : []
  const partition = node.kind === 'sort' ? [] : [...node.partitionBy, ...rank]
  const ordered = node.kind === 'first' ? [node.time] : node.order.map(({ column }) => column)
  const order = ordered.map((column) => resultColumn(shown, column))
  if (order.includes(undefined)) return undefined
  const kept = partition.map((column) => resultColumn(shown, column))
  return {
    columns: [...new Set([...kept, ...order].filter((column) => column !== undefined))],
    candidates: node.input,
    shown: new Map([...shown].filter(([, column]) => column < width)),
  }
}

/** Below an order of all rows there may be a Top-N. */
function choiceBelow(node: PlanOf<'sort'>, shown: ReadonlyMap<number, number>): Choice | undefined {
  const below = choiceIn(node.input)
  if (below === undefined) return undefined
  const above = (column: number) => resultColumn(shown, column)
  const columns = below.columns.map(above)
  if (columns.includes(undefined)) return undefined
  return {
    columns: columns as readonly number[],
    candidates: below.candidates,
    shown: new Map(
      [...shown].flatMap(([result, column]) => {
        const at = below.shown.get(column)
        return at === undefined ? [] : [[result, at] as const]
      }),
    ),
  }
}

/** The first node of these kinds below what only shows and drops rows. `shown`: column of the result -> column of the node. */
function throughColumns<Kind extends 'rank' | 'sort' | 'first'>(
  plan: Plan,
  kinds: readonly Kind[],
): { readonly node: PlanOf<Kind>; readonly shown: ReadonlyMap<number, number> } | undefined {
  let shown = new Map(plan.fields.map((_, column) => [column, column]))
  for (let node = plan; ; ) {
    if ((kinds as readonly string[]).includes(node.kind)) return { node: node as PlanOf<Kind>, shown }
    if (node.kind === 'project') {
      const { expressions } = node
      shown = new Map(
        [...shown].flatMap(([result, column]) => {
          const expression = expressions[column]
          return expression?.kind === 'column' ? [[result, expression.column] as const] : []
        }),
      )
    } else if (node.kind !== 'filter' && node.kind !== 'changes') return undefined
    node = node.input
  }
}

const resultColumn = (shown: ReadonlyMap<number, number>, column: number): number | undefined =>
  [...shown].find(([, at]) => at === column)?.[0]

const ADDING: ReadonlySet<AggregateCall['function']> = new Set([
  'SUM',
  'AVG',
  'STDDEV_POP',
  'STDDEV_SAMP',
  'VAR_POP',
  'VAR_SAMP',
])

/** Of each column, whether it follows from a sum of floating-point numbers. */
function sumsIn(plan: Plan): readonly boolean[] {
  const [first = [], second = []] = inputsOf(plan).map(sumsIn)
  const isSum = ({ function: name, argument }: AggregateCall, input: Plan): boolean => {
    if (argument === undefined || name === 'COUNT') return false
    const kind = input.fields[argument]?.type.kind
    return first[argument] === true || (ADDING.has(name) && (kind === 'DOUBLE' || kind === 'FLOAT'))
  }
  switch (plan.kind) {
    case 'project':
      return plan.expressions.map((expression) => readsAny(expression, first))
    case 'aggregate':
      return [...plan.keys.map((key) => first[key] === true), ...plan.aggregates.map((call) => isSum(call, plan.input))]
    case 'over':
      return [
        ...first,
        ...plan.calls.map((call) => isSum(call, plan.input)),
        ...plan.functions.map((one) => 'argument' in one && one.argument !== undefined && first[one.argument] === true),
      ]
    case 'join':
      return plan.fields.map((_, column) => [...first, ...second][column] === true)
    case 'union':
      return plan.fields.map((_, column) => plan.inputs.some((input) => sumsIn(input)[column] === true))
    case 'filter':
    case 'sort':
    case 'first':
    case 'rank':
    case 'window':
    case 'session':
    case 'changes':
    case 'lookup':
      return plan.fields.map((_, column) => first[column] === true)
    default:
      return plan.fields.map(({ type }) => type.kind === 'DOUBLE' && first.includes(true))
  }
}

const readsAny = (expression: Expression, columns: readonly boolean[]): boolean =>
  [...columnsOf(expression)].some((column) => columns[column] === true)
