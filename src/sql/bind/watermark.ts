/** The watermark of a topic as Flink writes it: `ts - INTERVAL '5' SECOND`, or `ts` alone where nothing is out of order. */
import { type Field, typeName } from '../../record/type.ts'
import type { ExpressionSyntax, Span } from '../syntax/ast.ts'
import { Cursor } from '../syntax/cursor.ts'
import { parseExpression } from '../syntax/expression.ts'
import { problem } from '../syntax/problem.ts'
import { bindInterval } from './literal.ts'
import { hintOf, quote } from './name.ts'

const FORM = "write ts - INTERVAL '5' SECOND, or ts"

export type Watermark = {
  /** The index of the event time's column. */
  readonly field: number
  /** How far the watermark trails the greatest event time, in milliseconds. */
  readonly delay: number
}

export function parseWatermark(text: string, fields: readonly Field[]): Watermark {
  const fail = (span: Span, message: string, hint = FORM): never => {
    throw problem(text, span, message, hint)
  }
  const cursor = new Cursor(text, {
    query: ({ peek }) => fail(peek().span, 'a watermark is a column and a delay, not a query'),
    expression: parseExpression,
  })
  const node = parseExpression(cursor, 0)
  if (cursor.peek().kind !== 'end') fail(cursor.peek().span, 'a watermark is a column and a delay, and no more')
  const delayed = node.kind === 'binary' && node.operator === '-' ? node : undefined
  const column = delayed?.left ?? node
  if (column.kind !== 'column' || column.path.length !== 1) return fail(column.span, 'a watermark begins with a column')
  return { field: findTime(column, fields, fail), delay: delayed === undefined ? 0 : readDelay(delayed.right, fail) }
}

type Fail = (span: Span, message: string, hint?: string) => never

function findTime(node: Extract<ExpressionSyntax, { kind: 'column' }>, fields: readonly Field[], fail: Fail): number {
  const name = node.path[0]?.name ?? ''
  const isTime = ({ type }: Field) => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
  const times = fields.filter(isTime).map((field) => field.name)
  const index = fields.findIndex((field) => field.name === name)
  const field = fields[index]
  if (field === undefined)
    return fail(node.span, `there is no column ${quote(name)}`, hintOf(name, times, 'time columns'))
  if (isTime(field)) return index
  const message = `column ${quote(name)} is ${typeName(field.type)}, and event time is TIMESTAMP or TIMESTAMP_LTZ`
  return fail(node.span, message, hintOf('', times, 'time columns'))
}

function readDelay(node: ExpressionSyntax, fail: Fail): number {
  if (node.kind !== 'interval') return fail(node.span, 'the delay of a watermark is an interval')
  const delay = bindInterval(node)
  if ('refused' in delay) return fail(node.span, delay.refused, delay.hint)
  if (delay.type.kind !== 'INTERVAL_DAY') return fail(node.span, 'months have no one length', "INTERVAL '30' DAY")
  if (Number(delay.value) < 0) return fail(node.span, 'a watermark cannot run ahead of its events')
  return Number(delay.value)
}
