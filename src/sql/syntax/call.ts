/**
 * Reads calls: NAME(a, b), aggregates with DISTINCT, FILTER and OVER, and the functions of the SQL standard that have
 * words between their arguments. Each of those has a small reader in `spelledOut`.
 */
import type { ExpressionSyntax, Identifier, SyntaxOf, TextRange } from './ast.ts'
import { jsonReaders } from './json.ts'
import { argumentTexts, otherFunctionHint } from './other-dialects.ts'
import { overAt } from './over.ts'
import { reserved, reservedFunctions } from './reserved.ts'
import type { TokenReader } from './token-reader.ts'
import { typeAt } from './type.ts'

type Call = SyntaxOf<'call'>
/** The text between the parentheses; the caller takes the parentheses. */
type Arguments = Partial<Pick<Call, 'keywords' | 'arguments' | 'distinct' | 'star'>>

const bareFunctions = ['CURRENT_TIMESTAMP', 'CURRENT_DATE', 'CURRENT_TIME', 'LOCALTIME', 'LOCALTIMESTAMP']

const spelledOut: ReadonlyMap<string, (tokens: TokenReader, name: Identifier) => Arguments> = new Map([
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
  ...jsonReaders,
])

/** Functions of Flink's grammar that are not supported. */
const unsupportedFunctions = 'MATCH_NUMBER CLASSIFIER PREV NEXT TREAT'.split(' ')

/** Window functions of FROM. Those of GROUP BY have the same names, and no table. */
const windowFunction = /^(?:TUMBLE|HOP|CUMULATE|SESSION)$/

/** Whether a call begins here: a name before a parenthesis, or a function that is written without any. */
export function seesCall(tokens: TokenReader): boolean {
  const { kind, key } = tokens.peek()
  if (kind === 'quoted') return tokens.peek(1).key === '('
  if (kind !== 'word') return false
  if (bareFunctions.includes(key)) return true
  if (tokens.peek(1).key !== '(') return false
  if (key === 'CAST' || key === 'TRY_CAST' || unsupportedFunctions.includes(key)) return true
  return !reserved.has(key) || reservedFunctions.has(key) || spelledOut.has(key)
}

/** Reads a call; `seesCall` must have said that one begins here. */
export function callAt(tokens: TokenReader): ExpressionSyntax {
  const { key, text, range } = tokens.peek()
  if (unsupportedFunctions.includes(key)) throw tokens.unsupported(`${key} is`)
  if (windowFunction.test(key) && tokens.peek(2).key === 'TABLE') {
    const hint = `write FROM TABLE(${key}(TABLE t, DESCRIPTOR(ts), …)) and GROUP BY window_start, window_end`
    throw tokens.unsupported(`${key} of a table outside of FROM is`, hint)
  }
  tokens.take()
  const name = { name: text, range }
  if (bareFunctions.includes(key)) return bareAt(tokens, name)
  if (key === 'CAST' || key === 'TRY_CAST') return castAt(tokens, range, key === 'TRY_CAST')
  tokens.expect('(')
  const read = tokens.nested(() => (spelledOut.get(key) ?? argumentsAt)(tokens, name))
  tokens.expect(')', `after the arguments of ${text}`)
  if (tokens.sees('(')) throw twiceCalled(tokens, name)
  const trailing = trailingAt(tokens, key)
  const plain = { keywords: [], arguments: [], distinct: false, star: false, bare: false }
  return { kind: 'call', name, ...plain, ...read, ...trailing, range: tokens.since(range.start) }
}

/** The failure at quantile(0.95)(x), which ClickHouse calls so. */
function twiceCalled(tokens: TokenReader, { name, range }: Identifier): Error {
  const written = [tokens.peek().range.start, range.end].map((open) => argumentTexts(tokens.sql, open)[0] ?? '')
  const hint = /^quantile/i.test(name) ? `write PERCENTILE(${written.join(', ')})` : undefined
  return tokens.problem(`${name} is called twice`, hint)
}

function bareAt(tokens: TokenReader, name: Identifier): ExpressionSyntax {
  if (tokens.sees('('))
    throw tokens.problem(`${name.name} takes no parentheses`, `write ${name.name.toUpperCase()}`, name.range)
  const nothing = { keywords: [], arguments: [], distinct: false, star: false, filter: undefined, over: undefined }
  return { kind: 'call', name, ...nothing, bare: true, range: name.range }
}

function castAt(tokens: TokenReader, word: TextRange, attempt: boolean): ExpressionSyntax {
  const cast = tokens.enclosed(() => {
    const operand = tokens.expression()
    tokens.expect('AS', 'and a type')
    return { operand, type: typeAt(tokens) }
  })
  return { kind: 'cast', ...cast, try: attempt, range: tokens.since(word.start) }
}

function argumentsAt(tokens: TokenReader, name: Identifier): Arguments {
  if (tokens.sees(')')) return {}
  refuseBareUnit(tokens)
  const distinct = tokens.accept('DISTINCT')
  if (!distinct) tokens.accept('ALL')
  if (tokens.sees('*')) {
    if (distinct) throw tokens.problem('DISTINCT * is no argument', 'name the columns: COUNT(DISTINCT a)')
    if (tokens.peek(1).key === ')') {
      tokens.take()
      return { star: true }
    }
  }
  const values = tokens.list(() => argumentAt(tokens))
  for (const word of ['IGNORE', 'RESPECT']) {
    if (takesNullWords(name) && tokens.accept(word, 'NULLS'))
      return { distinct, keywords: [`${word} NULLS`], arguments: values }
  }
  if (tokens.seesAny(['ORDER', 'SEPARATOR', 'IGNORE', 'RESPECT', 'NULL', 'ABSENT', 'USING'])) {
    throw tokens.unsupported(`${tokens.peek().key} inside a call is`, tokens.sees('ORDER') ? ORDERED : undefined)
  }
  return { distinct, arguments: values }
}

/** Refuses DATEADD(day, 1, ts), whose unit is a reserved word. */
function refuseBareUnit(tokens: TokenReader): void {
  const { key, range } = tokens.peek(-2)
  if (tokens.peek().kind !== 'word' || tokens.peek(1).key !== ',' || tokens.seesName()) return
  const hint = otherFunctionHint(key, argumentTexts(tokens.sql, tokens.peek(-1).range.start))
  if (hint !== undefined) throw tokens.problem(`there is no function ${key}`, hint, range)
}

/** Of the functions with plain arguments, only ARRAY_AGG can say what it does with NULLs. */
const takesNullWords = ({ name }: Identifier): boolean => name.toUpperCase() === 'ARRAY_AGG'

function argumentAt(tokens: TokenReader): ExpressionSyntax {
  if (tokens.peek(1).key === '=>') throw tokens.unsupported('an argument by name is', 'give the arguments in order')
  if (tokens.sees('TABLE') || tokens.sees('DESCRIPTOR', '(')) {
    throw tokens.problem(
      `${tokens.peek().key} is for window functions in FROM`,
      "write FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
    )
  }
  return tokens.expression()
}

function extractAt(tokens: TokenReader): Arguments {
  const keyword = unitAt(tokens, 'a part of time, such as DAY')
  tokens.expect('FROM', `after EXTRACT(${keyword}`)
  return { keywords: [keyword], arguments: [tokens.expression()] }
}

/** Any word: the function itself checks whether it is a unit. */
function unitAt(tokens: TokenReader, wanted: string): string {
  if (tokens.peek().kind !== 'word') throw tokens.unexpected(wanted)
  return tokens.take().key
}

function trimAt(tokens: TokenReader): Arguments {
  const side = ['BOTH', 'LEADING', 'TRAILING'].find((word) => tokens.accept(word))
  if (side !== undefined && tokens.accept('FROM')) return { keywords: [side], arguments: [tokens.expression()] }
  const first = tokens.expression()
  if (tokens.accept('FROM')) return { keywords: [side ?? 'BOTH'], arguments: [first, tokens.expression()] }
  if (side !== undefined) throw tokens.unexpected('FROM')
  if (tokens.sees(','))
    throw tokens.problem('TRIM takes one value', "write TRIM(BOTH 'x' FROM value) or BTRIM(value, 'x')")
  return { keywords: ['BOTH'], arguments: [first] }
}

function substringAt(tokens: TokenReader): Arguments {
  const values = [tokens.expression()]
  const separators = tokens.sees('FROM') ? ['FROM', 'FOR'] : [',', ',']
  for (const separator of separators) {
    if (!tokens.accept(separator)) break
    values.push(tokens.expression())
  }
  return { arguments: values }
}

function positionAt(tokens: TokenReader): Arguments {
  // IN is an operator too: the part that is searched for must bind more tightly.
  const part = tokens.expression(33)
  if (tokens.sees(','))
    throw tokens.problem('POSITION is written with IN', 'write POSITION(part IN whole) or LOCATE(part, whole)')
  tokens.expect('IN', 'inside POSITION')
  const whole = tokens.expression()
  if (tokens.sees('FROM')) throw tokens.unsupported('POSITION from a place is', 'write LOCATE(part, whole, from)')
  return { arguments: [part, whole] }
}

function overlayAt(tokens: TokenReader): Arguments {
  const values = [tokens.expression()]
  const comma = tokens.sees(',')
  for (const word of ['PLACING', 'FROM', 'FOR']) {
    if (word === 'FOR' && !tokens.sees(comma ? ',' : 'FOR')) break
    tokens.expect(comma ? ',' : word, 'inside OVERLAY')
    values.push(tokens.expression())
  }
  return { arguments: values }
}

function roundAt(tokens: TokenReader): Arguments {
  const value = tokens.expression()
  if (tokens.accept('TO')) return { keywords: [unitAt(tokens, 'a unit of time, such as HOUR')], arguments: [value] }
  const more = tokens.accept(',') ? tokens.list(() => tokens.expression()) : []
  return { arguments: [value, ...more] }
}

function unitFirstAt(tokens: TokenReader, name: Identifier): Arguments {
  const unit = unitAt(tokens, `a unit of time, as in ${name.name}(DAY, …)`)
  tokens.expect(',', 'after the unit')
  return { keywords: [unit], arguments: tokens.list(() => tokens.expression()) }
}

/** How values of an aggregate come in an order. */
const ORDERED =
  "write ARRAY_SORT(ARRAY_AGG(x)), or ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(x)), ',') for a text; without it they come as the rows do"

/** FILTER (WHERE …) and OVER (…). */
function trailingAt(tokens: TokenReader, name: string): Pick<Call, 'filter' | 'over'> {
  const word = tokens.peek()
  if (tokens.sees('WITHIN', 'GROUP')) throw tokens.unsupported(`${word.key} ${tokens.peek(1).key} is`, ORDERED)
  if (tokens.sees('IGNORE', 'NULLS')) {
    throw tokens.unsupported('IGNORE NULLS is', 'leave it out: FIRST_VALUE and LAST_VALUE pass over NULLs anyhow')
  }
  if (tokens.sees('RESPECT', 'NULLS')) {
    // What LAG and LEAD do anyhow.
    if (name !== 'LAG' && name !== 'LEAD') throw tokens.unsupported('RESPECT NULLS is', 'leave it out')
    tokens.accept('RESPECT', 'NULLS')
  }
  const filter = tokens.accept('FILTER') ? tokens.enclosed(() => conditionAt(tokens), 'after FILTER') : undefined
  return { filter, over: tokens.sees('OVER') ? overAt(tokens) : undefined }
}

function conditionAt(tokens: TokenReader): ExpressionSyntax {
  if (!tokens.sees('WHERE')) {
    const [condition = ''] = argumentTexts(tokens.sql, tokens.peek(-1).range.start)
    throw tokens.problem('FILTER wants WHERE before its condition', `write FILTER (WHERE ${condition})`)
  }
  tokens.take()
  return tokens.expression()
}
