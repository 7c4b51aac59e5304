/**
 * Aggregates over windows of rows: AVG(x) OVER (PARTITION BY k ORDER BY ts RANGE …) in SELECT. Each window makes an `over`
 * node, with all aggregates over it. A stream has one window, in order of event time, that ends at the current row, as in
 * Flink; batch mode has any. ROW_NUMBER() OVER is a rank (`rank.ts`).
 */
import type { Field } from '../../../record/type.ts'
import { columnExpression, isSameColumn, replaceColumns } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { movedAggregate } from '../../plan/inputs.ts'
import type { AggregateCall, OrderKey, Plan, RowFrame } from '../../plan/plan.ts'
import type { ExpressionSyntax, OverSyntax, SyntaxOf } from '../../syntax/ast.ts'
import { syntaxMeaning } from '../aggregate.ts'
import { bindAggregate } from '../aggregate-call.ts'
import { OVER_AGGREGATES } from '../call.ts'
import { bindExpression } from '../expression.ts'
import { expectKey, expectOrder } from '../keys.ts'
import { hintOf, quote } from '../name.ts'
import { addWarning, refuse, type Scope, type SelectSyntax, type Statement, writtenText } from '../statement.ts'
import { bindFrame, refuseInStreaming, refuseOtherOrder } from './frame.ts'
import { bindRanking, orderKeys, type Ranking } from './rank.ts'

type Call = SyntaxOf<'call'>

/** The column of the first aggregate until the number of the other columns is known; that of the next is one less. */
const FIRST_COLUMN = -2

/** A window with the aggregates over it. Its columns, and theirs, are indexes into the expressions that were found. */
type Found = {
  readonly meaning: string
  readonly over: OverSyntax
  readonly partitionBy: readonly number[]
  readonly order: readonly OrderKey[]
  readonly frame: RowFrame
  readonly calls: { readonly index: number; readonly meaning: string; readonly call: AggregateCall }[]
}

/** The scope of SELECT with ROW_NUMBER and aggregates over windows of rows; `windows` is its WINDOW clause. */
export function bindOvers(rows: Scope, windows: SelectSyntax['windows']): Ranking {
  const { statement } = rows
  const ranking = bindRanking(rows)
  const inputs: Inputs[number][] = []
  const input = (expression: Expression, name: string): number => {
    const same = inputs.findIndex((other) => isSameColumn(other.expression, expression))
    return same === -1 ? inputs.push({ expression, name }) - 1 : same
  }
  const found: Found[] = []
  const indexes = new Map<Call, number>()
  const fields: Field[] = []
  const columns: number[] = []
  const spelled = spelledOut(windows, statement)
  let ranked = false

  const add = (call: Call, over: OverSyntax): number => {
    refuseForms(call, statement)
    const window = windowOf(over, call, rows, input)
    const known = found.find(({ meaning }) => meaning === window.meaning)
    if (statement.mode === 'streaming' && (ranked || (found.length > 0 && known === undefined)))
      refuseSecond(call, statement)
    if (known === undefined) found.push(window)
    const { calls } = known ?? window
    const meaning = syntaxMeaning({ ...call, over: undefined }, rows)
    const same = calls.find((other) => other.meaning === meaning)
    if (same !== undefined) return same.index
    const bound = bindAggregate(call, rows, input)
    const name = writtenText(statement, { start: call.range.start, end: over.range.start }).trim()
    const field = { ...bound.field, name }
    const index = fields.push(field) - 1
    calls.push({ index, meaning, call: { ...bound, field } })
    return index
  }
  const intercept = (node: ExpressionSyntax, scope: Scope): Expression | undefined => {
    if (node.kind !== 'call' || node.over === undefined) return rows.intercept?.(node, scope)
    const call = spelled(node)
    if (!OVER_AGGREGATES.has(call.name.name.toUpperCase())) {
      ranked = true
      if (statement.mode === 'streaming' && found.length > 0) refuseSecond(call, statement)
      return ranking.scope.intercept?.(call, scope)
    }
    const index = indexes.get(call) ?? add(call, call.over ?? node.over)
    indexes.set(call, index)
    const { name, type } = fields[index] as Field
    return { kind: 'column', column: FIRST_COLUMN - index, name, type }
  }
  return {
    scope: { ...rows, clause: 'SELECT', intercept },
    plan: (from) => ranking.plan(overAll(from, { found, inputs, columns }, rows)),
    resolve: (expression, plan) =>
      replaceColumns(ranking.resolve(expression, plan), (column) =>
        column.column <= FIRST_COLUMN ? { ...column, column: columns[FIRST_COLUMN - column.column] as number } : column,
      ),
  }
}

type Inputs = readonly { readonly expression: Expression; readonly name: string }[]

/** The rows with all aggregates. Puts the column of each into `columns`. */
function overAll(
  from: Plan,
  { found, inputs, columns }: { found: readonly Found[]; inputs: Inputs; columns: number[] },
  rows: Scope,
): Plan {
  const { statement } = rows
  const at = (index: number) => columnOf(inputs[index]?.expression, from, inputs, index)
  return found.reduce(
    (plan, { over, partitionBy, order, frame, calls }) => {
      const [time] = order
      if (statement.mode === 'streaming' && time !== undefined && from.fields[at(time.column)]?.rowtime !== true) {
        refuseOtherOrder(over, rows)
      }
      calls.forEach(({ index }, place) => {
        columns[index] = plan.fields.length + place
      })
      const parts = {
        partitionBy: [...new Set(partitionBy.map(at))],
        order: order.map((key) => ({ ...key, column: at(key.column) })),
        frame,
        calls: calls.map(({ call }) => movedAggregate(call, at)),
      }
      return overOf(plan, parts, statement)
    },
    withInputs(from, inputs),
  )
}

/** Calls with their named window written out; each call has one such form. */
function spelledOut(windows: SelectSyntax['windows'], statement: Statement): (call: Call) => Call {
  const spelled = new Map<Call, Call>()
  for (const [index, { name }] of windows.entries()) {
    if (windows.findIndex((window) => window.name.name === name.name) === index) continue
    refuse(statement, name.range, `the window ${quote(name.name)} is there twice`, 'give one of them another name')
  }
  return (call) => {
    const { over } = call
    const name = over?.window
    if (over === undefined || name === undefined) return call
    const known = spelled.get(call)
    if (known !== undefined) return known
    const named = windows.find((window) => window.name.name === name.name)
    if (named === undefined) {
      const names = windows.map((window) => window.name.name)
      const hint =
        hintOf(name.name, names, 'windows') ??
        `write WINDOW ${quote(name.name)} AS (PARTITION BY … ORDER BY …) behind FROM and WHERE`
      return refuse(statement, name.range, `there is no window ${quote(name.name)}`, hint)
    }
    const whole = { ...call, over: { ...named.over, range: over.range } }
    spelled.set(call, whole)
    return whole
  }
}

function refuseForms(call: Call, statement: Statement): void {
  const text = writtenText(statement, call.arguments[0]?.range ?? call.range)
  const name = call.name.name.toUpperCase()
  if (call.distinct) refuse(statement, call.range, `${name}(DISTINCT …) OVER (…) is not supported yet`)
  if (call.filter !== undefined) {
    const value = call.star ? '1' : text
    const hint = `write ${name}(CASE WHEN ${writtenText(statement, call.filter.range)} THEN ${value} END) OVER (…)`
    refuse(statement, call.filter.range, 'FILTER cannot stand before OVER', hint)
  }
}

function refuseSecond(call: Call, statement: Statement): never {
  const hint = 'put the other into a query around it: SELECT *, … OVER (…) FROM (SELECT *, … OVER (…) FROM …)'
  return refuse(
    statement,
    call.range,
    'all aggregates of a SELECT must be computed on the same window in a stream',
    hint,
  )
}

function windowOf(
  over: OverSyntax,
  call: Call,
  rows: Scope,
  input: (expression: Expression, name: string) => number,
): Found {
  const { statement } = rows
  const inside: Scope = { ...rows, clause: 'OVER' }
  const partitionBy = over.partitionBy.map((node) => {
    const key = bindExpression(node, inside)
    expectKey(key.type, 'PARTITION BY', node.range, statement)
    return input(key, writtenText(statement, node.range))
  })
  const sortedBy = over.orderBy.map(({ expression: node }) => {
    const key = bindExpression(node, inside)
    expectOrder(key.type, node.range, statement)
    return key
  })
  if (statement.mode === 'streaming') refuseInStreaming(over, call, rows)
  const frame = bindFrame(
    over,
    sortedBy.map(({ type }) => type),
    statement,
  )
  const columns = sortedBy.map((key, index) =>
    input(key, writtenText(statement, over.orderBy[index]?.expression.range ?? over.range)),
  )
  const order = orderKeys(over.orderBy, columns)
  const sorts = over.orderBy.map((item) => [syntaxMeaning(item.expression, rows), item.descending, item.nulls ?? ''])
  const keys = over.partitionBy.map((node) => syntaxMeaning(node, rows))
  const meaning = JSON.stringify([keys, sorts, frame.unit, String(frame.from), String(frame.to)])
  return { meaning, over, partitionBy, order, frame, calls: [] }
}

/** The rows with a column for each expression that is none of them yet. */
function withInputs(from: Plan, inputs: readonly { readonly expression: Expression; readonly name: string }[]): Plan {
  const added = inputs.filter(({ expression }) => expression.kind !== 'column')
  if (added.length === 0) return from
  return {
    kind: 'project',
    input: from,
    expressions: [...from.fields.map(columnExpression), ...added.map(({ expression }) => expression)],
    fields: [...from.fields, ...added.map(({ expression: { type }, name }) => ({ name, type }))],
  }
}

/** The column of an expression in `withInputs`. */
function columnOf(expression: Expression | undefined, from: Plan, inputs: Inputs, index: number): number {
  if (expression?.kind === 'column') return expression.column
  return from.fields.length + inputs.slice(0, index).filter((other) => other.expression.kind !== 'column').length
}

function overOf(
  input: Plan,
  parts: Pick<Extract<Plan, { kind: 'over' }>, 'partitionBy' | 'order' | 'frame' | 'calls'>,
  statement: Statement,
): Plan {
  const { partitionBy, frame, calls } = parts
  const isEndless = statement.mode === 'streaming' && (frame.unit === 'rows' || frame.from === -Infinity)
  const ttl = isEndless && statement.ttl !== Infinity ? statement.ttl : undefined
  if (isEndless && statement.ttl === undefined && partitionBy.length > 0) {
    const keys = partitionBy.map((column) => input.fields[column]?.name).join(', ')
    addWarning(statement, {
      message: `every ${keys} that was ever seen is kept, as a later row may need the rows before it: the state grows without end`,
      hint: "write RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW; or say how long, in event time: state: { ttl: 7d } of the query; or ttl: forever, where there are few",
    })
  }
  return { kind: 'over', input, ...parts, ttl, fields: [...input.fields, ...calls.map(({ field }) => field)] }
}
