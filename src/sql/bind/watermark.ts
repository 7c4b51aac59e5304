/** The watermark of a topic as Flink writes it: `ts - INTERVAL '5' SECOND`, or `ts` alone where nothing is out of order. */
import { type Field, typeName } from '../../record/type.ts'
import type { ExpressionSyntax, TextRange } from '../syntax/ast.ts'
import { parseExpression } from '../syntax/expression.ts'
import { problem } from '../syntax/problem.ts'
import { TokenReader } from '../syntax/token-reader.ts'
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
  const fail = (range: TextRange, message: string, hint = FORM): never => {
    throw problem(text, range, message, hint)
  }
  const tokens = new TokenReader(text, {
    query: ({ peek }) => fail(peek().range, 'a watermark is a column and a delay, not a query'),
    expression: parseExpression,
  })
  const node = parseExpression(tokens, 0)
  if (tokens.peek().kind !== 'end') fail(tokens.peek().range, 'a watermark is a column and a delay, and no more')
  const delayed = node.kind === 'binary' && node.operator === '-' ? node : undefined
  const column = delayed?.left ?? node
  if (column.kind !== 'column' || column.path.length !== 1)
    return fail(column.range, 'a watermark begins with a column')
  return { field: findTime(column, fields, fail), delay: delayed === undefined ? 0 : readDelay(delayed.right, fail) }
}

type Fail = (range: TextRange, message: string, hint?: string) => never

function findTime(node: Extract<ExpressionSyntax, { kind: 'column' }>, fields: readonly Field[], fail: Fail): number {
  const name = node.path[0]?.name ?? ''
  const isTime = ({ type }: Field) => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
  const times = fields.filter(isTime).map((field) => field.name)
  const index = fields.findIndex((field) => field.name === name)
  const field = fields[index]
  if (field === undefined)
    return fail(node.range, `there is no column ${quote(name)}`, hintOf(name, times, 'time columns'))
  if (isTime(field)) return index
  const message = `column ${quote(name)} is ${typeName(field.type)}, and event time is TIMESTAMP or TIMESTAMP_LTZ`
  return fail(node.range, message, hintOf('', times, 'time columns'))
}

function readDelay(node: ExpressionSyntax, fail: Fail): number {
  if (node.kind !== 'interval') return fail(node.range, 'the delay of a watermark is an interval')
  const delay = bindInterval(node)
  if ('refused' in delay) return fail(node.range, delay.refused, delay.hint)
  if (delay.type.kind !== 'INTERVAL_DAY') return fail(node.range, 'months have no one length', "INTERVAL '30' DAY")
  if (Number(delay.value) < 0) return fail(node.range, 'a watermark cannot run ahead of its events')
  return Number(delay.value)
}
