/** The windows of a SELECT: calls that mean the same window share it, so that the rows are put in order once. */
import type { Expression } from '../../expression/expression.ts'
import type { AggregateCall } from '../../plan/aggregate.ts'
import type { OrderKey, RowFrame, RowFunction } from '../../plan/plan.ts'
import type { OverSyntax, SyntaxOf } from '../../syntax/ast.ts'
import { syntaxMeaning } from '../aggregate.ts'
import { bindExpression } from '../expression.ts'
import { expectKey, expectOrder } from '../keys.ts'
import { refuse, type Scope, type Statement, writtenText } from '../statement.ts'
import { bindFrame, refuseInStreaming } from './frame.ts'
import { orderKeys } from './rank.ts'
import { refuseOrderType } from './row-function.ts'

type Call = SyntaxOf<'call'>

export type Inputs = readonly { readonly expression: Expression; readonly name: string }[]

/** A window with all that is over it. Its columns, and theirs, are indexes into the expressions that were found. */
export type FoundWindow = {
  /** The call that was found first. */
  readonly call: Call
  readonly over: OverSyntax
  /** A text for PARTITION BY and ORDER BY that is equal where they mean the same. */
  readonly meaning: string
  readonly partitionBy: readonly number[]
  readonly order: readonly OrderKey[]
  frame: RowFrame
  readonly calls: { readonly index: number; readonly call: AggregateCall }[]
  readonly functions: { readonly index: number; readonly call: RowFunction }[]
  /** What calls give, by a text that is equal where they mean the same. */
  readonly results: Map<string, Expression>
}

export type WindowSearch = {
  readonly call: Call
  readonly found: FoundWindow[]
  readonly rows: Scope
  /** The row function that is called; undefined for an aggregate. */
  readonly name: RowFunction['function'] | undefined
  input(expression: Expression, name: string): number
}

/** The window of a call: one of those found, or a new one. */
export function foundFor(search: WindowSearch): FoundWindow {
  const { call, found, rows, name } = search
  const { statement } = rows
  const window = windowOf(search)
  const isStream = statement.mode === 'streaming'
  // In batch mode functions have no frame: they are over any window of their order.
  const known = found.find((other) => {
    if (other.meaning !== window.meaning) return false
    return isSameFrame(other.frame, window.frame) || (!isStream && (name !== undefined || other.calls.length === 0))
  })
  if (known === undefined) {
    if (isStream && found.length > 0) refuseSecond(call, statement)
    found.push(window)
    return window
  }
  if (name === undefined && known.calls.length === 0) known.frame = window.frame
  return known
}

const isSameFrame = (a: RowFrame, b: RowFrame): boolean => a.unit === b.unit && a.from === b.from && a.to === b.to

function windowOf({ call, rows, name, input }: WindowSearch): FoundWindow {
  const { statement } = rows
  const over = call.over as OverSyntax
  const inside: Scope = { ...rows, clause: 'OVER' }
  const partitionBy = over.partitionBy.map((node) => {
    const key = bindExpression(node, inside)
    expectKey(key.type, 'PARTITION BY', node.range, statement)
    return input(key, writtenText(statement, node.range))
  })
  const sortedBy = over.orderBy.map(({ expression: node }) => {
    const key = bindExpression(node, inside)
    expectOrder(key.type, node.range, statement)
    if (name !== undefined) refuseOrderType(name, key.type, node, statement)
    return key
  })
  // A ROW_NUMBER in another order may be a rank.
  if (statement.mode === 'streaming' && name !== 'ROW_NUMBER') refuseInStreaming(over, call, rows)
  const types = sortedBy.map(({ type }) => type)
  const frame: RowFrame =
    name === 'ROW_NUMBER' ? { unit: 'rows', from: -Infinity, to: 0 } : bindFrame(over, types, statement)
  const columns = sortedBy.map((key, index) =>
    input(key, writtenText(statement, over.orderBy[index]?.expression.range ?? over.range)),
  )
  const sorts = over.orderBy.map((item) => [syntaxMeaning(item.expression, rows), item.descending, item.nulls ?? ''])
  const meaning = JSON.stringify([over.partitionBy.map((node) => syntaxMeaning(node, rows)), sorts])
  const order = orderKeys(over.orderBy, columns)
  return { call, over, meaning, partitionBy, order, frame, calls: [], functions: [], results: new Map() }
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
