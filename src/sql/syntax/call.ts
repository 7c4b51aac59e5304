/**
 * Reads calls: NAME(a, b), aggregates with DISTINCT, FILTER and OVER, and the functions of the SQL standard that have
 * words between their arguments, each of which is one small reader in `spelledOut`.
 */
import type { ExpressionSyntax, Identifier, OrderItem, OverSyntax, Span } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { reserved, reservedFunctions } from './reserved.ts'
import { typeAt } from './type.ts'

type Call = Extract<ExpressionSyntax, { kind: 'call' }>
/** What is between the parentheses, which the caller takes. */
type Arguments = Partial<Pick<Call, 'keywords' | 'arguments' | 'distinct' | 'star'>>

const bareFunctions = ['CURRENT_TIMESTAMP', 'CURRENT_DATE', 'CURRENT_TIME', 'LOCALTIME', 'LOCALTIMESTAMP']

const spelledOut: ReadonlyMap<string, (cursor: Cursor, name: Identifier) => Arguments> = new Map([
  ['EXTRACT', extractAt],
  ['TRIM', trimAt],
  ['SUBSTRING', substringAt],
  ['POSITION', positionAt],
  ['OVERLAY', overlayAt],
  ['CEIL', roundAt],
  ['CEILING', roundAt],
  ['FLOOR', roundAt],
  ['TIMESTAMPADD', unitFirstAt],
  ['TIMESTAMPDIFF', unitFirstAt],
  ['JSON_VALUE', jsonAt],
  ['JSON_QUERY', jsonAt],
  ['JSON_EXISTS', jsonAt],
  ['JSON_OBJECT', jsonObjectAt],
])

/** Functions of Flink's grammar that nothing here reads. */
const unsupportedFunctions = [
  'JSON_OBJECTAGG',
  'JSON_ARRAYAGG',
  'CONVERT',
  'MATCH_NUMBER',
  'CLASSIFIER',
  'PREV',
  'NEXT',
  'TREAT',
]

/** Flink's older way to group by windows, which its batch mode and its Top-N do not have. */
const groupWindow = /^(?:TUMBLE|HOP|SESSION)(?:_START|_END|_ROWTIME|_PROCTIME)?$/

/** Whether a call begins here: a name before a parenthesis, or a function that is written without any. */
export function seesCall(cursor: Cursor): boolean {
  const { kind, key } = cursor.peek()
  if (kind === 'quoted') return cursor.peek(1).key === '('
  if (kind !== 'word') return false
  if (bareFunctions.includes(key)) return true
  if (cursor.peek(1).key !== '(') return false
  if (key === 'CAST' || key === 'TRY_CAST' || unsupportedFunctions.includes(key)) return true
  return !reserved.has(key) || reservedFunctions.has(key) || spelledOut.has(key)
}

export function callAt(cursor: Cursor): ExpressionSyntax {
  const { key, text, span } = cursor.take()
  const name = { name: text, span }
  if (bareFunctions.includes(key)) return bareAt(cursor, name)
  if (key === 'CAST' || key === 'TRY_CAST') return castAt(cursor, span, key === 'TRY_CAST')
  if (unsupportedFunctions.includes(key)) throw cursor.unsupported(span, `${key} is`)
  if (groupWindow.test(key)) {
    const [window] = key.split('_')
    const hint = `write FROM TABLE(${window}(TABLE t, DESCRIPTOR(ts), …)) and GROUP BY window_start, window_end`
    throw cursor.unsupported(span, `${key} outside of FROM is`, hint)
  }
  cursor.expect('(')
  const read = cursor.nested(() => (spelledOut.get(key) ?? argumentsAt)(cursor, name))
  cursor.expect(')', `after the arguments of ${text}`)
  const trailing = trailingAt(cursor)
  const plain = { keywords: [], arguments: [], distinct: false, star: false, bare: false }
  return { kind: 'call', name, ...plain, ...read, ...trailing, span: cursor.since(span.start) }
}

function bareAt(cursor: Cursor, name: Identifier): ExpressionSyntax {
  if (cursor.sees('('))
    throw cursor.problem(name.span, `${name.name} takes no parentheses`, `write ${name.name.toUpperCase()}`)
  const nothing = { keywords: [], arguments: [], distinct: false, star: false, filter: undefined, over: undefined }
  return { kind: 'call', name, ...nothing, bare: true, span: name.span }
}

function castAt(cursor: Cursor, word: Span, attempt: boolean): ExpressionSyntax {
  cursor.expect('(')
  const operand = cursor.expression()
  cursor.expect('AS', 'and a type')
  const type = typeAt(cursor)
  cursor.expect(')')
  return { kind: 'cast', operand, type, try: attempt, span: cursor.since(word.start) }
}

function argumentsAt(cursor: Cursor): Arguments {
  if (cursor.sees(')')) return {}
  const distinct = cursor.accept('DISTINCT')
  if (!distinct) cursor.accept('ALL')
  if (cursor.sees('*')) {
    const star = cursor.peek()
    if (distinct) throw cursor.problem(star.span, 'DISTINCT * is no argument', 'name the columns: COUNT(DISTINCT a)')
    if (cursor.peek(1).key === ')') {
      cursor.take()
      return { star: true }
    }
  }
  const values = cursor.list(() => argumentAt(cursor))
  if (cursor.seesAny(['ORDER', 'SEPARATOR', 'IGNORE', 'RESPECT', 'NULL', 'ABSENT', 'USING'])) {
    throw cursor.unsupported(cursor.peek().span, `${cursor.peek().key} inside a call is`)
  }
  return { distinct, arguments: values }
}

function argumentAt(cursor: Cursor): ExpressionSyntax {
  if (cursor.peek(1).key === '=>')
    throw cursor.unsupported(cursor.peek().span, 'an argument by name is', 'give the arguments in order')
  if (cursor.sees('TABLE') || cursor.sees('DESCRIPTOR', '(')) {
    throw cursor.problem(
      cursor.peek().span,
      `${cursor.peek().key} is for window functions in FROM`,
      "write FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
    )
  }
  return cursor.expression()
}

function extractAt(cursor: Cursor): Arguments {
  const keyword = unitAt(cursor, 'a part of time, such as DAY')
  cursor.expect('FROM', `after EXTRACT(${keyword}`)
  return { keywords: [keyword], arguments: [cursor.expression()] }
}

/** Any word: which units there are is for the function to say. */
function unitAt(cursor: Cursor, wanted: string): string {
  if (cursor.peek().kind !== 'word') throw cursor.unexpected(wanted)
  return cursor.take().key
}

function trimAt(cursor: Cursor): Arguments {
  const side = ['BOTH', 'LEADING', 'TRAILING'].find((word) => cursor.accept(word))
  if (side !== undefined && cursor.accept('FROM')) return { keywords: [side], arguments: [cursor.expression()] }
  const first = cursor.expression()
  if (cursor.accept('FROM')) return { keywords: [side ?? 'BOTH'], arguments: [first, cursor.expression()] }
  if (side !== undefined) throw cursor.unexpected('FROM')
  if (cursor.sees(','))
    throw cursor.problem(
      cursor.peek().span,
      'TRIM takes one value',
      "write TRIM(BOTH 'x' FROM value) or BTRIM(value, 'x')",
    )
  return { keywords: ['BOTH'], arguments: [first] }
}

function substringAt(cursor: Cursor): Arguments {
  const values = [cursor.expression()]
  const separators = cursor.sees('FROM') ? ['FROM', 'FOR'] : [',', ',']
  for (const separator of separators) {
    if (!cursor.accept(separator)) break
    values.push(cursor.expression())
  }
  return { arguments: values }
}

function positionAt(cursor: Cursor): Arguments {
  // IN is an operator too: what is looked for binds more tightly.
  const part = cursor.expression(33)
  if (cursor.sees(','))
    throw cursor.problem(
      cursor.peek().span,
      'POSITION is written with IN',
      'write POSITION(part IN whole) or LOCATE(part, whole)',
    )
  cursor.expect('IN', 'inside POSITION')
  const whole = cursor.expression()
  if (cursor.sees('FROM'))
    throw cursor.unsupported(cursor.peek().span, 'POSITION from a place is', 'write LOCATE(part, whole, from)')
  return { arguments: [part, whole] }
}

function overlayAt(cursor: Cursor): Arguments {
  const values = [cursor.expression()]
  const comma = cursor.sees(',')
  for (const word of ['PLACING', 'FROM', 'FOR']) {
    if (word === 'FOR' && !cursor.sees(comma ? ',' : 'FOR')) break
    cursor.expect(comma ? ',' : word, 'inside OVERLAY')
    values.push(cursor.expression())
  }
  return { arguments: values }
}

function roundAt(cursor: Cursor): Arguments {
  const value = cursor.expression()
  if (cursor.accept('TO')) return { keywords: [unitAt(cursor, 'a unit of time, such as HOUR')], arguments: [value] }
  const more = cursor.accept(',') ? cursor.list(() => cursor.expression()) : []
  return { arguments: [value, ...more] }
}

function unitFirstAt(cursor: Cursor, name: Identifier): Arguments {
  const unit = unitAt(cursor, `a unit of time, as in ${name.name}(DAY, …)`)
  cursor.expect(',', 'after the unit')
  return { keywords: [unit], arguments: cursor.list(() => cursor.expression()) }
}

function jsonAt(cursor: Cursor, name: Identifier): Arguments {
  const value = cursor.expression()
  if (!cursor.sees(','))
    throw cursor.problem(name.span, `${name.name} needs a path`, `write ${name.name}(value, '$.name')`)
  const rest: ExpressionSyntax[] = []
  while (cursor.accept(',')) rest.push(cursor.expression())
  if (!cursor.sees(')'))
    throw cursor.unsupported(cursor.peek().span, `${cursor.peek().text} inside ${name.name} is`, 'leave it out')
  return { arguments: [value, ...rest] }
}

function jsonObjectAt(cursor: Cursor): Arguments {
  if (cursor.sees(')')) return {}
  throw cursor.unsupported(cursor.peek().span, 'JSON_OBJECT with entries is')
}

/** FILTER (WHERE …) and OVER (…). */
function trailingAt(cursor: Cursor): Pick<Call, 'filter' | 'over'> {
  const word = cursor.peek()
  if (cursor.sees('WITHIN', 'GROUP') || cursor.sees('IGNORE', 'NULLS') || cursor.sees('RESPECT', 'NULLS')) {
    throw cursor.unsupported(word.span, `${word.key} ${cursor.peek(1).key} is`)
  }
  let filter: ExpressionSyntax | undefined
  if (cursor.accept('FILTER')) {
    cursor.expect('(', 'after FILTER')
    cursor.expect('WHERE')
    filter = cursor.expression()
    cursor.expect(')')
  }
  return { filter, over: cursor.sees('OVER') ? overAt(cursor) : undefined }
}

function overAt(cursor: Cursor): OverSyntax {
  const { start } = cursor.take().span
  if (!cursor.sees('(')) {
    const window = cursor.name('( after OVER')
    throw cursor.unsupported(window.span, 'a named window is', 'write it out: OVER (PARTITION BY … ORDER BY …)')
  }
  cursor.take()
  const partitionBy = cursor.accept('PARTITION', 'BY') ? cursor.list(() => cursor.expression()) : []
  const orderBy = cursor.accept('ORDER', 'BY') ? cursor.list(() => orderItemAt(cursor)) : []
  const frame = cursor.seesAny(['ROWS', 'RANGE']) ? frameAt(cursor) : undefined
  cursor.expect(')')
  return { partitionBy, orderBy, frame, span: cursor.since(start) }
}

function frameAt(cursor: Cursor): Span {
  const { start } = cursor.take().span
  if (cursor.accept('BETWEEN')) {
    boundAt(cursor)
    cursor.expect('AND')
  }
  boundAt(cursor)
  return cursor.since(start)
}

function boundAt(cursor: Cursor): void {
  if (cursor.accept('CURRENT', 'ROW')) return
  if (!cursor.accept('UNBOUNDED')) cursor.expression(33)
  if (!cursor.accept('PRECEDING') && !cursor.accept('FOLLOWING')) throw cursor.unexpected('PRECEDING or FOLLOWING')
}

/** expression [ASC | DESC] [NULLS FIRST | NULLS LAST] */
export function orderItemAt(cursor: Cursor): OrderItem {
  const expression = cursor.expression()
  const descending = cursor.accept('DESC')
  if (!descending) cursor.accept('ASC')
  let nulls: OrderItem['nulls']
  if (cursor.accept('NULLS', 'FIRST')) nulls = 'first'
  else if (cursor.accept('NULLS', 'LAST')) nulls = 'last'
  return { expression, descending, nulls, span: cursor.since(expression.span.start) }
}
