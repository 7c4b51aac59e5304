/**
 * Windows of GROUP BY, Flink's older form: GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), k, with TUMBLE_START, TUMBLE_END and
 * TUMBLE_ROWTIME of the same arguments in SELECT, HAVING and ORDER BY. The rows of FROM and WHERE are put into windows, whose start
 * and end are then keys of the group; the functions are columns of the window.
 */
import { type Field, TIMESTAMP } from '../../record/type.ts'
import { columnExpression } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { inputsOf } from '../plan/inputs.ts'
import type { Plan, PlanOf } from '../plan/plan.ts'
import type { ExpressionSyntax, QuerySyntax, SyntaxOf } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { syntaxMeaning } from './aggregate.ts'
import { bindExpression } from './expression.ts'
import { bindGap, bindWindowKind, expectEventTime } from './from/window.ts'
import { expectKey } from './keys.ts'
import { refuse, type Scope, type SelectSyntax, type Statement, writtenText } from './statement.ts'

type Call = SyntaxOf<'call'>

/** The lengths behind the time column. */
const LENGTHS: Readonly<Record<string, readonly string[]>> = {
  TUMBLE: ['SIZE'],
  HOP: ['SLIDE', 'SIZE'],
  SESSION: ['GAP'],
}
const USAGE: Readonly<Record<string, string>> = {
  TUMBLE: "TUMBLE(ts, INTERVAL '1' MINUTE)",
  HOP: "HOP(ts, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): slide, then size",
  SESSION: "SESSION(ts, INTERVAL '5' MINUTE)",
}
const PARTS: readonly string[] = ['START', 'END', 'ROWTIME']
const NAME = /^(TUMBLE|HOP|SESSION)(?:_(START|END|ROWTIME|PROCTIME))?$/
/** No table can have this name. */
const HIDDEN = 'the window of GROUP BY'

const nameOf = (node: ExpressionSyntax): RegExpExecArray | null =>
  node.kind === 'call' ? NAME.exec(node.name.name.toUpperCase()) : null

/** The SELECT with its rows in windows, where its GROUP BY has one. */
type GroupWindow = { readonly select: SelectSyntax; readonly from: Plan; readonly rows: Scope }

/** Puts the rows into the window that GROUP BY names; undefined where there is none. */
export function groupWindow(
  select: SelectSyntax,
  query: QuerySyntax,
  from: Plan,
  rows: Scope,
): GroupWindow | undefined {
  const { statement } = rows
  const { groupBy = [] } = select
  const isWindow = (node: ExpressionSyntax): node is Call => nameOf(node)?.[2] === undefined && nameOf(node) !== null
  const [call, another] = groupBy.filter(isWindow)
  const parts = partsIn(select, query)
  if (call === undefined) {
    const [part] = parts
    if (part === undefined) return undefined
    const [, window] = nameOf(part) as RegExpExecArray
    const hint = `write GROUP BY ${window}(ts, …), or FROM TABLE(${window}(TABLE t, DESCRIPTOR(ts), …)) and GROUP BY window_start, window_end`
    return refuse(statement, part.range, `${part.name.name} needs a ${window} in GROUP BY`, hint)
  }
  if (another !== undefined) {
    refuse(statement, another.range, 'GROUP BY can have one window', 'put a query around it for the other')
  }
  if (select.sets !== undefined) {
    const hint =
      'write FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), …)) and GROUP BY window_start, window_end, ROLLUP (…)'
    refuse(statement, call.range, `a window in GROUP BY beside several sets is not supported yet`, hint)
  }
  const keys = groupBy.filter((node) => node !== call)
  const plan = windowPlan(call, keys, from, rows)
  const width = plan.input.fields.length
  const own = plan.fields.slice(width)
  for (const part of parts) expectSame(part, call, rows)
  const intercept = (node: ExpressionSyntax, scope: Scope): Expression | undefined => {
    const part = nameOf(node)?.[2]
    const index = part === undefined ? -1 : PARTS.indexOf(part)
    if (index < 0) return rows.intercept?.(node, scope)
    return columnExpression(own[index] as Field, width + index)
  }
  const used = new Set(parts.map((part) => nameOf(part)?.[2]))
  const ofWindow = PARTS.filter((part) => part !== 'ROWTIME' || used.has(part)).map(
    (part): Call => ({ ...call, name: { ...call.name, name: `${nameOf(call)?.[1]}_${part}` } }),
  )
  const merged = new Set(own.map(({ name }) => name))
  return {
    from: plan,
    select: {
      ...select,
      groupBy: groupBy.flatMap((node): readonly ExpressionSyntax[] => (node === call ? ofWindow : [node])),
    },
    rows: { ...rows, relations: [...rows.relations, { name: HIDDEN, fields: own, first: width, merged }], intercept },
  }
}

/** The calls of TUMBLE_START and its like. */
function partsIn({ items, having }: SelectSyntax, { orderBy }: QuerySyntax): readonly Call[] {
  const within = (node: ExpressionSyntax): readonly Call[] =>
    node.kind === 'call' && nameOf(node) !== null ? [node] : childrenOf(node).flatMap(within)
  return [
    ...items.map(({ expression }) => expression),
    ...(having ? [having] : []),
    ...orderBy.map((each) => each.expression),
  ].flatMap(within)
}

/** Refuses a part of another window than that of GROUP BY. */
function expectSame(part: Call, call: Call, rows: Scope): void {
  const { statement } = rows
  const [, window, which] = nameOf(part) as RegExpExecArray
  if (which === 'PROCTIME') {
    refuse(
      statement,
      part.range,
      `there is no ${window}_PROCTIME: processing time has no value here`,
      `write ${window}_ROWTIME`,
    )
  }
  const [, ofGroup] = nameOf(call) as RegExpExecArray
  if (which !== undefined && window === ofGroup && argumentsMeaning(part, rows) === argumentsMeaning(call, rows)) return
  const hint = `${PARTS.map((each) => `${ofGroup}_${each}`).join(', ')} have its arguments`
  refuse(statement, part.range, `this is not the window of GROUP BY: ${writtenText(statement, call.range)}`, hint)
}

const argumentsMeaning = (call: Call, rows: Scope): string =>
  call.arguments.map((argument) => syntaxMeaning(argument, rows)).join(', ')

/** The rows in their windows; `keys`: the other expressions of GROUP BY, of which each combination has sessions of its own. */
function windowPlan(
  call: Call,
  keys: readonly ExpressionSyntax[],
  rows: Plan,
  scope: Scope,
): PlanOf<'window' | 'session'> {
  const { statement } = scope
  const name = nameOf(call)?.[1] as string
  const wanted = LENGTHS[name] ?? []
  const hint = `write ${USAGE[name]}`
  const [first, ...lengths] = call.arguments
  if (first === undefined || lengths.length !== wanted.length) {
    return refuse(statement, call.range, `${name} in GROUP BY wants ${wanted.length + 1} arguments`, hint)
  }
  const column = bindExpression(first, { ...scope, clause: name })
  if (column.kind !== 'column') {
    return refuse(statement, first.range, `${name} in GROUP BY wants a column with event time first`, hint)
  }
  const time = column.column
  expectEventTime(rows.fields, time, first.range, statement)
  const values = new Map(
    wanted.map((key, index) => {
      const value = lengths[index] as ExpressionSyntax
      return [key, { name: undefined, value, range: value.range }]
    }),
  )
  if (name !== 'SESSION') {
    const window = bindWindowKind(name, values, call.range, statement)
    return { kind: 'window', input: rows, window, time, fields: withWindow(rows, time, name) }
  }
  const gap = bindGap(values, call.range, statement)
  const { input, partitionBy } = withKeys(keys, rows, scope)
  return { kind: 'session', input, gap, partitionBy, time, fields: withWindow(input, time, name) }
}

const withWindow = ({ fields }: Plan, time: number, name: string): readonly Field[] => [
  ...fields.map(({ name, type, proctime }) => ({ name, type, ...(proctime && { proctime }) })),
  { name: `${name}_START`, type: TIMESTAMP, window: 'start' },
  { name: `${name}_END`, type: TIMESTAMP, window: 'end' },
  { name: `${name}_ROWTIME`, type: (fields[time] as Field).type, window: 'time', rowtime: true },
]

/** The rows with the keys among their columns: those that are no columns are computed behind them. */
function withKeys(
  keys: readonly ExpressionSyntax[],
  rows: Plan,
  scope: Scope,
): { readonly input: Plan; readonly partitionBy: readonly number[] } {
  const made: Expression[] = []
  const partitionBy = keys.flatMap((node) => {
    const key = bindExpression(node, { ...scope, clause: 'GROUP BY' })
    expectKey(key.type, 'GROUP BY', node.range, scope.statement)
    if (key.kind === 'literal') return []
    return key.kind === 'column' ? [key.column] : [rows.fields.length + made.push(key) - 1]
  })
  if (made.length === 0) return { input: rows, partitionBy: [...new Set(partitionBy)] }
  const fields = [...rows.fields, ...made.map(({ type }, index): Field => ({ name: `key ${index + 1}`, type }))]
  const expressions = [...rows.fields.map(columnExpression), ...made]
  return { input: { kind: 'project', input: rows, expressions, fields }, partitionBy: [...new Set(partitionBy)] }
}

/** Refuses what Flink refuses in a stream: groups of a HOP in FROM whose size is no multiple of its slide. */
export function refuseUnevenHop(rows: Plan, { range }: SelectSyntax, statement: Statement): void {
  const hop = nearestWindows(rows).find(
    ({ window }) => window.kind === 'hop' && window.size % window.slide !== 0,
  )?.window
  if (hop?.kind !== 'hop') return
  const message = `in a stream, the SIZE of a HOP that is grouped by must be a multiple of its SLIDE: ${hop.size} ms, ${hop.slide} ms`
  const hint =
    hop.size < hop.slide
      ? "the SLIDE comes before the SIZE: HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)"
      : 'write GROUP BY HOP(ts, slide, size) in place of window_start, window_end: that takes any size'
  refuse(statement, range, message, hint)
}

const nearestWindows = (plan: Plan): readonly PlanOf<'window'>[] => {
  if (plan.kind === 'window') return [plan]
  return plan.kind === 'aggregate' ? [] : inputsOf(plan).flatMap(nearestWindows)
}
