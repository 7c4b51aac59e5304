/**
 * What to ask the records of a topic to find those behind a row of a query: the part of the query's own plan that is below its
 * groups, and which columns of it have the values of the row. So every condition and every expression is the query's own.
 *
 * A group that is made of groups is followed down to the lowest. Where a row does not follow from the records of its group
 * alone, the answer is why, in words.
 */
import type { Duration } from '../../base/quantity.ts'
import { columnExpression } from '../../sql/expression/columns.ts'
import { inputsOf, mapInputs } from '../../sql/plan/inputs.ts'
import type { Plan, PlanOf, Query } from '../../sql/plan/plan.ts'
import type { SessionPlan, WindowPlan } from '../../sql/plan/window-of.ts'

export type RowQuestion = {
  /** The topic, by its name in SQL. */
  readonly table: string
  /** Column i has the value of column `columns[i]` of the row: the window first, then the group. Sessions: see `ofSession`. */
  readonly plan: PlanOf<'project'>
  readonly columns: readonly number[]
  /** The window function, and the columns of the row with the start and the end of the window. */
  readonly window: WindowPlan | SessionPlan
  readonly start: number | undefined
  readonly end: number | undefined
}

export type NoQuestion = { readonly why: string }

/** Column of a node -> column of the row with the same value. */
type Known = ReadonlyMap<number, number>

/** The question, or why there is none. */
export function questionBehind({ plan, alert }: Query): RowQuestion | NoQuestion {
  if (alert !== undefined) return { why: 'it is a row of an alert: see those of the query that it watches' }
  return throughTop(plan, new Map(plan.fields.map((_, column) => [column, column])))
}

/** Through what only chooses, orders and shows rows of groups. */
function throughTop(plan: Plan, known: Known): RowQuestion | NoQuestion {
  switch (plan.kind) {
    case 'project':
      return throughTop(plan.input, projected(plan, known))
    case 'filter':
    case 'sort':
      return throughTop(plan.input, known)
    case 'rank':
      return throughTop(plan.input, new Map([...known].filter(([column]) => column < plan.input.fields.length)))
    case 'aggregate':
      return throughGroups(plan, known)
    case 'changes':
      return { why: 'the answer changes: its rows are of all records up to then, not of a window' }
    default:
      return { why: whyNot(plan) }
  }
}

/** Through groups, down to the lowest. */
function throughGroups(groups: PlanOf<'aggregate'>, known: Known): RowQuestion | NoQuestion {
  if (!groups.windowed) return { why: 'its rows are of no window' }
  const missing = missingKey(groups, known)
  if (missing !== undefined) return { why: `its rows do not have ${missing}, by which it groups: select it too` }
  const below = new Map(
    [...known].flatMap(([column, of]) => {
      const key = groups.keys[column]
      return key === undefined ? [] : [[key, of] as const]
    }),
  )
  return throughInput(groups.input, below)
}

/** The name of a key of which the row has no value; undefined where there is none. */
function missingKey({ keys, input, fields }: PlanOf<'aggregate'>, known: Known): string | undefined {
  const has = (role: 'start' | 'end') => keys.some((_, column) => fields[column]?.window === role && known.has(column))
  const window = windowBelow(input)
  const needsBoth = window?.kind === 'session' || (window?.kind === 'window' && window.window.kind === 'cumulate')
  if (needsBoth ? !(has('start') && has('end')) : !(has('start') || has('end'))) {
    return needsBoth ? 'window_start and window_end' : 'window_start or window_end'
  }
  const lost = keys.findIndex((key, column) => {
    if (known.has(column) || fields[column]?.window !== undefined) return false
    return !(input.kind === 'project' && input.expressions[key]?.kind === 'literal')
  })
  if (lost < 0) return undefined
  const { name = '' } = fields[lost] ?? {}
  return /^\w+$/.test(name) ? name : 'all of what it groups by'
}

/** Between groups and what they are made of: what drops or joins rows there is more than the row says. */
function throughInput(plan: Plan, known: Known): RowQuestion | NoQuestion {
  if (!hasGroups(plan)) return ofRecords(plan, known)
  switch (plan.kind) {
    case 'project': {
      const lost = [...known.keys()].some((column) => {
        const { kind } = plan.expressions[column] ?? {}
        return kind !== 'column' && kind !== 'literal'
      })
      if (lost) return { why: 'it groups by what is computed from other groups' }
      return throughInput(plan.input, projected(plan, known))
    }
    case 'aggregate': {
      if (!plan.windowed) return { why: 'its rows are of no window' }
      const isOfKeys = [...known.keys()].every((column) => column < plan.keys.length)
      if (!isOfKeys) return { why: 'it groups by what is computed from other groups' }
      const below = new Map([...known].map(([column, of]) => [plan.keys[column] as number, of]))
      return throughInput(plan.input, below)
    }
    case 'filter':
    case 'rank':
      return { why: 'it counts groups of which only some are taken' }
    case 'window':
    case 'session':
      return { why: 'its windows are over other windows' }
    default:
      return { why: whyNot(plan) }
  }
}

const hasGroups = (plan: Plan): boolean =>
  plan.kind === 'aggregate' || plan.kind === 'rank' || inputsOf(plan).some(hasGroups)

/** The question for the records, below all groups. */
function ofRecords(plan: Plan, known: Known): RowQuestion | NoQuestion {
  const [window, another] = nodesIn(plan).filter(
    (node): node is WindowPlan | SessionPlan => node.kind === 'window' || node.kind === 'session',
  )
  const odd = nodesIn(plan).find((node) => !PLAIN.has(node.kind))
  if (odd !== undefined) return { why: whyNot(odd) }
  const scan = nodesIn(plan).find((node) => node.kind === 'scan')
  if (scan?.kind !== 'scan' || window === undefined || another !== undefined) {
    return { why: 'its rows are not of one window over one topic' }
  }
  const order = [...known].sort(([a], [b]) => rankOf(plan, a) - rankOf(plan, b))
  const fieldOf = (column: number) => plan.fields[column] as (typeof plan.fields)[number]
  const find = (role: 'start' | 'end') => order.find(([column]) => fieldOf(column).window === role)?.[1]
  if (window.kind === 'session' && !hasSessionKey(plan, window, known)) {
    return { why: 'its groups are of sessions of several keys' }
  }
  return {
    table: scan.table,
    plan: {
      kind: 'project',
      input: plan,
      expressions: order.map(([column]) => columnExpression(fieldOf(column), column)),
      fields: order.map(([column]) => fieldOf(column)),
    },
    columns: order.map(([, of]) => of),
    window,
    start: find('start'),
    end: find('end'),
  }
}

/** The columns of the window come first: most rows differ there already. */
const rankOf = ({ fields }: Plan, column: number): number => (fields[column]?.window === undefined ? 1 : 0)

const PLAIN: ReadonlySet<string> = new Set(['scan', 'filter', 'project', 'window', 'session', 'unnest'])

const nodesIn = (plan: Plan): readonly Plan[] => [plan, ...inputsOf(plan).flatMap(nodesIn)]

const windowBelow = (plan: Plan): WindowPlan | SessionPlan | undefined =>
  nodesIn(plan).find((node): node is WindowPlan | SessionPlan => node.kind === 'window' || node.kind === 'session')

/** Whether the row has the key of the sessions. */
function hasSessionKey(plan: Plan, session: SessionPlan, known: Known): boolean {
  let columns = new Set(known.keys())
  let node = plan
  while (node !== session) {
    if (node.kind === 'project') columns = new Set(projected(node, new Map([...columns].map((c) => [c, c]))).keys())
    else if (node.kind !== 'filter') return false
    node = node.input
  }
  return session.partitionBy.every((key) => columns.has(key))
}

/** What is known of the columns below a projection: of those that it shows as they are. */
function projected({ expressions }: PlanOf<'project'>, known: Known): Known {
  return new Map(
    [...known].flatMap(([column, of]) => {
      const expression = expressions[column]
      return expression?.kind === 'column' ? [[expression.column, of] as const] : []
    }),
  )
}

function whyNot({ kind }: Plan): string {
  switch (kind) {
    case 'join':
      return 'its rows are joined of several topics'
    case 'lookup':
      return 'its rows are joined with a lookup table'
    case 'over':
      return 'its rows are computed from rows before them (OVER)'
    case 'union':
      return 'its rows are of several topics (UNION ALL)'
    case 'first':
      return 'it keeps the first row of each key, and each of its rows is one record'
    case 'expand':
      return 'it has grouping sets, and one record counts in several of its rows'
    case 'scan':
    case 'window':
    case 'unnest':
      return 'it has no groups: each of its rows is one record'
    case 'session':
      return 'it has no groups: each of its rows is one record of a session'
    default:
      return 'its rows are not groups of the records of one topic'
  }
}

/**
 * The question for one session, which takes more than one record to be known: the records with its key from its start to `gap`
 * before its end. A record behind that would have made it longer; it is of another session, which may overlap.
 */
export function ofSession(question: RowQuestion, span: { readonly start: number; readonly end: number }): RowQuestion {
  const { plan, window } = question
  if (window.kind !== 'session') return question
  const size: Duration = span.end - window.gap - span.start + 1
  const isAsked = plan.fields.map((field) => field.window === undefined || field.window === 'start')
  const asked = <T>(all: readonly T[]) => all.filter((_, column) => isAsked[column])
  const input = inWindow(plan.input, { start: span.start, size })
  return {
    ...question,
    columns: asked(question.columns),
    plan: { kind: 'project', input, expressions: asked(plan.expressions), fields: asked(plan.fields) },
  }
}

/** The plan with one window in place of its sessions. */
function inWindow(plan: Plan, { start, size }: { readonly start: number; readonly size: Duration }): Plan {
  if (plan.kind === 'session') {
    const offset = ((start % size) + size) % size
    const { fields, input, time } = plan
    return { kind: 'window', fields, input, time, window: { kind: 'tumble', size, offset } }
  }
  return mapInputs(plan, (input) => inWindow(input, { start, size }))
}
