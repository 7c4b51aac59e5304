/** The watermark of a topic as in Flink's DDL: `ts - INTERVAL '5' SECOND`, or `ts` alone where no row is out of order. */
import type { Duration } from '../../base/quantity.ts'
import { type Field, isTimestamp } from '../../record/type.ts'
import type { ExpressionSyntax, TextRange } from '../syntax/ast.ts'
import { parseExpression } from '../syntax/expression.ts'
import { intervalText, unitOf } from '../syntax/interval-hint.ts'
import { problem } from '../syntax/problem.ts'
import { TokenReader } from '../syntax/token-reader.ts'
import { bindInterval } from './literal.ts'
import { findTime } from './name.ts'

const FORM = "write ts - INTERVAL '5' SECOND, or ts"

/** A delay as it is written elsewhere in a pipeline file, or as people say it: `5s`, `5 seconds`, `'5' SECOND`. */
const DELAY = /^'?(\d+)'?\s*([a-z]+)'?$/i
/** Units of delays: a month has no certain length. */
const UNITS: readonly string[] = ['SECOND', 'MINUTE', 'HOUR', 'DAY']

export type Watermark = {
  /** The index of the column that carries event time. */
  readonly field: number
  /** The watermark delay: how far it trails the greatest event time. */
  readonly delay: Duration
}

/** The watermark over columns `fields`. Throws a Failure with the place in `text` where it is refused. */
export function parseWatermark(text: string, fields: readonly Field[]): Watermark {
  const fail = (range: TextRange, message: string, hint = FORM): never => {
    throw problem(text, range, message, hint)
  }
  refuseDelay(text, fields, fail)
  const tokens = new TokenReader(text, {
    query: (reader) => fail(reader.peek().range, 'a watermark is a column and a delay, not a query'),
    expression: parseExpression,
  })
  const node = parseExpression(tokens, 0)
  if (tokens.peek().kind !== 'end') fail(tokens.peek().range, 'a watermark is a column and a delay, and no more')
  const delayed = node.kind === 'binary' && node.operator === '-' ? node : undefined
  const column = delayed?.left ?? node
  if (node.kind === 'binary' && node.operator === '+') {
    fail(node.range, 'a watermark trails its column: the delay is taken off', `write ${text.trim().replace('+', '-')}`)
  }
  if (column.kind !== 'column' || column.path.length !== 1)
    return fail(column.range, 'a watermark begins with a column')
  const field = findTime(column.path[0]?.name ?? '', fields, 'event time is', (message, hint) =>
    fail(column.range, message, hint),
  )
  return { field, delay: delayed === undefined ? 0 : readDelay(delayed.right, fail) }
}

/** Throws the failure of a delay that is no interval: it says how the interval is written. */
function refuseDelay(text: string, fields: readonly Field[], fail: Fail): void {
  const minus = text.indexOf('-')
  const after = text.slice(minus + 1)
  const interval = /^\s*INTERVAL\s+/i.exec(after)?.[0] ?? ''
  const written = after.slice(interval.length).trim()
  const start = text.indexOf(written, minus + 1)
  const [, amount = '', word = ''] = DELAY.exec(written) ?? []
  const unit = unitOf(word)
  // INTERVAL '5' SECOND itself, and INTERVAL 5 SECOND, which Flink takes as well.
  if (unit === undefined || !UNITS.includes(unit) || (interval !== '' && !written.endsWith("'"))) return
  const columns = fields.filter(({ type }) => isTimestamp(type))
  const column = minus < 0 ? (columns[0]?.name ?? 'ts') : text.slice(0, minus).trim()
  const meant = intervalText(amount, unit)
  const message = minus < 0 ? 'a watermark begins with a column' : 'the delay of a watermark is an interval of SQL'
  fail({ start, end: start + written.length }, message, meant === undefined ? FORM : `write ${column} - ${meant}`)
}

type Fail = (range: TextRange, message: string, hint?: string) => never

function readDelay(node: ExpressionSyntax, fail: Fail): Duration {
  if (node.kind !== 'interval') return fail(node.range, 'the delay of a watermark is an interval')
  const delay = bindInterval(node)
  if ('refused' in delay) return fail(node.range, delay.refused, delay.hint)
  if (delay.type.kind !== 'INTERVAL_DAY') return fail(node.range, 'months have no one length', "INTERVAL '30' DAY")
  if (Number(delay.value) < 0) return fail(node.range, 'a watermark cannot run ahead of its events')
  return Number(delay.value)
}
