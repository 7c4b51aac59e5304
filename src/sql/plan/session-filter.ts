/**
 * The conditions between sessions and groups of just their window and key hold for the rows before sessions are made of them, as
 * in Flink: it computes such groups with their sessions at once, where no condition and no expression between the two is about
 * the window. In all other statements a condition above SESSION leaves the sessions as they are.
 */
import { columnExpression, columnsOf, conjunctsOf, replaceColumns } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { foldLogic } from '../expression/fold.ts'
import { mapInputs } from './inputs.ts'
import type { Plan, PlanOf } from './plan.ts'

/** The plan with such conditions below SESSION. */
export function filterBelowSessions(plan: Plan): Plan {
  const node = mapInputs(plan, filterBelowSessions)
  return node.kind === 'aggregate' ? (moved(node) ?? node) : node
}

/** What stands between an aggregate and its sessions. */
type Between = {
  readonly session: PlanOf<'session'>
  /** The aggregate's input without filters, and its columns in terms of those of the sessions. */
  readonly input: Plan
  readonly columns: readonly Expression[]
  readonly conditions: readonly Expression[]
}

function moved(aggregate: PlanOf<'aggregate'>): Plan | undefined {
  const between = aggregate.windowed ? betweenOf(aggregate.input) : undefined
  if (between === undefined || between.conditions.length === 0) return undefined
  const { session, columns, conditions } = between
  const width = session.input.fields.length
  const isOfWindow = (each: Expression) => [...columnsOf(each)].some((column) => column >= width)
  const isPlain = ({ kind }: Expression) => kind === 'column'
  if (conditions.some(isOfWindow) || columns.some((each) => !isPlain(each) && isOfWindow(each))) return undefined
  const used = aggregate.aggregates.flatMap(({ argument, filter }) => [argument, filter])
  if (used.some((column) => column !== undefined && isOfWindow(columns[column] as Expression))) return undefined
  const keys = aggregate.keys.map((key) => columns[key] as Expression).filter((each) => !isOfWindow(each))
  const own = keys.map((each) => (each.kind === 'column' ? each.column : -1))
  const { partitionBy } = session
  if (!own.every((key) => partitionBy.includes(key)) || !partitionBy.every((key) => own.includes(key))) return undefined
  return { ...aggregate, input: onTop(between.input, conditions) }
}

/** The filters, projections and sessions below an aggregate; undefined where anything else is among them. */
function betweenOf(plan: Plan): Between | undefined {
  switch (plan.kind) {
    case 'session':
      return { session: plan, input: plan, columns: plan.fields.map(columnExpression), conditions: [] }
    case 'filter': {
      const below = betweenOf(plan.input)
      if (below === undefined) return undefined
      const own = conjunctsOf(plan.predicate).map((each) => over(each, below))
      return { ...below, conditions: [...below.conditions, ...own] }
    }
    case 'project': {
      const below = betweenOf(plan.input)
      if (below === undefined) return undefined
      const columns = plan.expressions.map((each) => over(each, below))
      return { ...below, input: { ...plan, input: below.input }, columns }
    }
    default:
      return undefined
  }
}

const over = (expression: Expression, { columns }: Between): Expression =>
  replaceColumns(expression, (column) => columns[column.column] ?? column)

/** Puts the conditions below the sessions of projections. */
function onTop(plan: Plan, conditions: readonly Expression[]): Plan {
  if (plan.kind !== 'session') return mapInputs(plan, (input) => onTop(input, conditions))
  const { input } = plan
  return { ...plan, input: { kind: 'filter', input, predicate: foldLogic('and', conditions), fields: input.fields } }
}
