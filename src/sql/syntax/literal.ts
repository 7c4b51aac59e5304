/** Reads literals: numbers, strings, TRUE, NULL, DATE '…', INTERVAL '…' DAY. The binder gives them types. */
import type { ExpressionSyntax, IntervalUnit, TextRange } from './ast.ts'
import { intervalHint } from './interval-hint.ts'
import { reserved } from './reserved.ts'
import type { TokenReader } from './token-reader.ts'

const units: ReadonlyMap<string, IntervalUnit> = new Map<string, IntervalUnit>(
  (['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const).flatMap((unit) => [
    [unit, unit],
    [`${unit}S`, unit],
  ]),
)

/** Which units may follow TO, by the unit before it. */
const finerUnits: Partial<Record<IntervalUnit, readonly IntervalUnit[]>> = {
  YEAR: ['MONTH'],
  DAY: ['HOUR', 'MINUTE', 'SECOND'],
  HOUR: ['MINUTE', 'SECOND'],
  MINUTE: ['SECOND'],
}

/** Reads the literal that begins here; undefined where none does. */
export function literalAt(tokens: TokenReader): ExpressionSyntax | undefined {
  const { kind, key, text, range } = tokens.peek()
  if (kind === 'number') {
    tokens.take()
    return { kind: 'number', text, range }
  }
  if (kind === 'string') return stringAt(tokens)
  if (kind === 'bytes') {
    tokens.take()
    return { kind: 'bytes', value: text, range }
  }
  switch (key) {
    case 'NULL':
      tokens.take()
      return { kind: 'null', range }
    case 'TRUE':
    case 'FALSE':
      tokens.take()
      return { kind: 'boolean', value: key === 'TRUE', range }
    case 'UNKNOWN': // The NULL of type BOOLEAN.
      tokens.take()
      return {
        kind: 'cast',
        operand: { kind: 'null', range },
        type: { name: 'BOOLEAN', parameters: [], range },
        try: false,
        range,
      }
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return datetimeAt(tokens, key)
    case 'INTERVAL':
      return intervalAt(tokens)
    case 'DATETIME':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMPTZ':
      return refuseOtherDatetime(tokens, key)
    default:
      return undefined
  }
}

/** 'a', or 'a' 'b' with a line end between the two, which is one string. */
function stringAt(tokens: TokenReader): ExpressionSyntax {
  const first = tokens.take()
  let value = first.text
  let end = first.range.end
  while (tokens.peek().kind === 'string') {
    const next = tokens.peek()
    if (!/[\r\n]/.test(tokens.sql.slice(end, next.range.start))) {
      throw tokens.problem('a second string on the same line', 'join strings with ||, or put a comma between them')
    }
    tokens.take()
    value += next.text
    end = next.range.end
  }
  return { kind: 'string', value, range: { start: first.range.start, end } }
}

/** TIMESTAMP_LTZ '…': a literal that other dialects have. */
function refuseOtherDatetime(tokens: TokenReader, type: string): undefined {
  const value = tokens.peek(1)
  if (value.kind !== 'string') return undefined
  const text = tokens.sql.slice(value.range.start, value.range.end)
  const isInstant = type === 'TIMESTAMP_LTZ' || type === 'TIMESTAMPTZ'
  const hint = isInstant ? `write CAST(${text} AS TIMESTAMP_LTZ(3))` : `write TIMESTAMP ${text}`
  const { start } = tokens.peek().range
  throw tokens.problem(`there is no literal ${type} '…' in Flink SQL`, hint, { start, end: value.range.end })
}

function datetimeAt(tokens: TokenReader, type: 'DATE' | 'TIME' | 'TIMESTAMP'): ExpressionSyntax | undefined {
  if (tokens.peek(1).kind === 'string') {
    const { start } = tokens.take().range
    const { text } = tokens.take()
    return { kind: 'datetime', type, text, range: tokens.since(start) }
  }
  if (type === 'TIMESTAMP' && tokens.peek(1).key === 'WITH') {
    throw tokens.unsupported('a TIMESTAMP literal with a zone is', "write CAST('…' AS TIMESTAMP_LTZ(3))")
  }
  return undefined
}

function intervalAt(tokens: TokenReader): ExpressionSyntax | undefined {
  const { start } = tokens.peek().range
  const after = tokens.peek(1)
  const signed = after.key === '-' || after.key === '+'
  const value = tokens.peek(signed ? 2 : 1)
  if (value.kind !== 'string' && value.kind !== 'number') {
    if (value.key !== '(' && value.kind !== 'word' && value.kind !== 'quoted') return undefined
    if (value.kind === 'word' && !units.has(tokens.peek(signed ? 3 : 2).key)) return undefined
    throw tokens.unsupported('an INTERVAL of something computed is', computedHint(tokens, signed ? 2 : 1), value.range)
  }
  tokens.take()
  if (signed) tokens.take()
  tokens.take()
  const from = unitAt(tokens, value.range)
  const precision = precisionAt(tokens)
  const to = tokens.accept('TO') ? unitAt(tokens, value.range) : undefined
  if (to !== undefined && finerUnits[from]?.includes(to) !== true) {
    throw tokens.problem(`there is no interval of ${from} TO ${to}`, undefined, tokens.since(start))
  }
  if (tokens.sees('(')) throw tokens.unsupported('a precision of fractions of a second is', 'leave it out')
  const range = tokens.since(start)
  return { kind: 'interval', text: value.text, negative: after.key === '-', from, to, precision, range }
}

/** What to write for INTERVAL value UNIT, where the value begins `at` tokens ahead and a time stands before its sign. */
function computedHint(tokens: TokenReader, at: number): string {
  let end = at
  for (let depth = 0; ; end++) {
    const { key, kind } = tokens.peek(end)
    if (key === '(') depth++
    if (key === ')') depth--
    if (depth === 0 || kind === 'end') break
  }
  const value = tokens.sql.slice(tokens.peek(at).range.start, tokens.peek(end).range.end)
  const unit = units.get(tokens.peek(end + 1).key) ?? 'SECOND'
  const signed = at === 2 ? tokens.peek(1).key : ''
  const number = /^\(\s*'?(\d{1,2})'?\s*\)$/.exec(value)?.[1]
  if (number !== undefined) return `write INTERVAL ${signed}'${number}' ${unit}`
  const before = tokens.sql.slice(0, tokens.peek().range.start)
  const name = /(?<![.`\w])([A-Za-z_]\w*)\s*[-+]\s*$/.exec(before)?.[1]
  const time = name === undefined || reserved.has(name.toUpperCase()) ? '…' : name
  const sign = /-\s*$/.test(before) !== (signed === '-') ? '-' : ''
  return `write TIMESTAMPADD(${unit}, ${sign}${value}, ${time})`
}

function unitAt(tokens: TokenReader, value: TextRange): IntervalUnit {
  const token = tokens.peek()
  const unit = units.get(token.key)
  if (unit !== undefined) {
    tokens.take()
    return unit
  }
  if (token.key === 'MILLISECOND' || token.key === 'MILLISECONDS') {
    const written = Number(tokens.sql.slice(value.start, value.end).replaceAll("'", ''))
    const seconds = Number.isFinite(written) ? String(written / 1000) : '0.001'
    throw tokens.problem('MILLISECOND is no unit of an interval in Flink SQL', `write INTERVAL '${seconds}' SECOND`)
  }
  const hint = intervalHint(tokens.sql.slice(value.start, value.end).replaceAll("'", ''))
  if (hint !== undefined) throw tokens.problem('the unit of an interval follows its number', hint, value)
  throw tokens.unexpected('a unit: YEAR, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND')
}

/** (4) after a unit: the number of digits it may have. */
function precisionAt(tokens: TokenReader): number | undefined {
  if (!tokens.accept('(')) return undefined
  const digits = tokens.digits('a number of digits', 2)
  if (tokens.sees(',')) throw tokens.unsupported('a precision of fractions of a second is', 'leave it out')
  tokens.expect(')')
  return Number(digits.text)
}
