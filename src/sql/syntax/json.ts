/**
 * Reads the arguments of the JSON functions, which have clauses of their own. Each clause becomes a keyword of the call, in
 * upper case: `RETURNING INT`, `WITH CONDITIONAL WRAPPER`, `EMPTY ARRAY ON ERROR`, `ABSENT ON NULL`. The value of DEFAULT becomes an
 * argument; that of DEFAULT ON EMPTY is before that of DEFAULT ON ERROR.
 */
import type { ExpressionSyntax, Identifier, TypeSyntax } from './ast.ts'
import type { TokenReader } from './token-reader.ts'
import { typeAt } from './type.ts'

type JsonArguments = { readonly keywords?: readonly string[]; readonly arguments: readonly ExpressionSyntax[] }

export const jsonReaders: readonly (readonly [
  name: string,
  read: (tokens: TokenReader, name: Identifier) => JsonArguments,
])[] = [
  ['JSON_VALUE', valueAt],
  ['JSON_QUERY', queryAt],
  ['JSON_EXISTS', existsAt],
  ['JSON_OBJECT', objectAt],
  ['JSON_ARRAY', arrayAt],
  ['JSON_OBJECTAGG', objectAggAt],
  ['JSON_ARRAYAGG', arrayAggAt],
]

/** The text and the path. */
function commonAt(tokens: TokenReader, { name, range }: Identifier): ExpressionSyntax[] {
  const text = tokens.expression()
  if (!tokens.sees(',')) throw tokens.problem(`${name} needs a path`, `write ${name}(value, '$.name')`, range)
  tokens.take()
  const path = tokens.expression()
  if (tokens.sees('PASSING')) throw tokens.unsupported('PASSING is', 'write the path out')
  return [text, path]
}

function returningAt(tokens: TokenReader): readonly string[] {
  if (!tokens.accept('RETURNING')) return []
  const type = typeAt(tokens)
  if (tokens.sees('FORMAT')) throw tokens.unsupported('FORMAT is', 'leave it out')
  return [`RETURNING ${writtenType(type)}`]
}

function writtenType({ name, parameters, inside = [] }: TypeSyntax): string {
  if (inside.length > 0) return `${name}<${inside.map(({ type }) => writtenType(type)).join(', ')}>`
  return parameters.length > 0 ? `${name}(${parameters.join(', ')})` : name
}

function valueAt(tokens: TokenReader, name: Identifier): JsonArguments {
  const common = commonAt(tokens, name)
  const returning = returningAt(tokens)
  const defaults = new Map<string, ExpressionSyntax>()
  const clauses = clausesAt(tokens, ['EMPTY', 'ERROR'], () => {
    if (!tokens.accept('DEFAULT')) return wordAt(tokens, ['NULL', 'ERROR'], 'NULL, ERROR or DEFAULT')
    const value = tokens.expression()
    const end = tokens.peek(1).key
    defaults.set(end, value)
    return 'DEFAULT'
  })
  const values = ['EMPTY', 'ERROR'].flatMap((end) => defaults.get(end) ?? [])
  return { keywords: [...returning, ...clauses], arguments: [...common, ...values] }
}

function queryAt(tokens: TokenReader, name: Identifier): JsonArguments {
  const common = commonAt(tokens, name)
  const returning = returningAt(tokens)
  const wrapper = wrapperAt(tokens)
  const clauses = clausesAt(tokens, ['EMPTY', 'ERROR'], () => {
    if (!tokens.accept('EMPTY')) return wordAt(tokens, ['NULL', 'ERROR'], 'NULL, EMPTY ARRAY, EMPTY OBJECT or ERROR')
    return `EMPTY ${wordAt(tokens, ['ARRAY', 'OBJECT'], 'ARRAY or OBJECT')}`
  })
  return { keywords: [...returning, ...wrapper, ...clauses], arguments: common }
}

/** WITHOUT [ARRAY] WRAPPER, WITH [CONDITIONAL | UNCONDITIONAL] [ARRAY] WRAPPER */
function wrapperAt(tokens: TokenReader): readonly string[] {
  if (!tokens.seesAny(['WITH', 'WITHOUT'])) return []
  const words = [tokens.take().key]
  if (words[0] === 'WITH' && tokens.accept('CONDITIONAL')) words.push('CONDITIONAL')
  else if (words[0] === 'WITH') tokens.accept('UNCONDITIONAL')
  tokens.accept('ARRAY')
  tokens.expect('WRAPPER', 'inside JSON_QUERY')
  return [[...words, 'WRAPPER'].join(' ')]
}

function existsAt(tokens: TokenReader, name: Identifier): JsonArguments {
  const common = commonAt(tokens, name)
  const words = ['TRUE', 'FALSE', 'UNKNOWN', 'ERROR']
  return { keywords: clausesAt(tokens, ['ERROR'], () => wordAt(tokens, words, words.join(', '))), arguments: common }
}

/** What `behaviourAt` reads, with ON EMPTY or ON ERROR behind it, each at most once. */
function clausesAt(tokens: TokenReader, ends: readonly string[], behaviourAt: () => string): readonly string[] {
  const clauses = new Map<string, string>()
  while (!tokens.sees(')')) {
    const { start } = tokens.peek().range
    const behaviour = behaviourAt()
    tokens.expect('ON', `after ${behaviour}`)
    const end = wordAt(tokens, ends, ends.join(' or '))
    if (clauses.has(end)) throw tokens.problem(`ON ${end} is written twice`, 'leave one out', tokens.since(start))
    clauses.set(end, `${behaviour} ON ${end}`)
  }
  return ends.flatMap((end) => clauses.get(end) ?? [])
}

function wordAt(tokens: TokenReader, words: readonly string[], wanted: string): string {
  if (!tokens.seesAny(words)) throw tokens.unexpected(wanted)
  return tokens.take().key
}

/** [[KEY] name VALUE value, …] [NULL | ABSENT ON NULL]; also name : value, and name, value. */
function objectAt(tokens: TokenReader): JsonArguments {
  const values: ExpressionSyntax[] = []
  if (!tokens.sees(')') && !seesOnNull(tokens)) {
    tokens.list(() => {
      values.push(...memberAt(tokens))
    })
  }
  return { keywords: onNullAt(tokens), arguments: values }
}

/** [KEY] name VALUE value; also name : value, and name, value. */
function memberAt(tokens: TokenReader): readonly ExpressionSyntax[] {
  const isKey = tokens.sees('KEY') && !['VALUE', ',', ':', '.', ')'].includes(tokens.peek(1).key)
  if (isKey) tokens.take()
  const name = tokens.expression()
  const isSeparated = tokens.accept('VALUE') || tokens.accept(':') || (!isKey && tokens.accept(','))
  if (!isSeparated) throw tokens.unexpected('VALUE and a value')
  return [name, tokens.expression()]
}

function objectAggAt(tokens: TokenReader): JsonArguments {
  return { arguments: memberAt(tokens), keywords: onNullAt(tokens) }
}

function arrayAggAt(tokens: TokenReader): JsonArguments {
  return { arguments: [tokens.expression()], keywords: onNullAt(tokens) }
}

function arrayAt(tokens: TokenReader): JsonArguments {
  const isEmpty = tokens.sees(')') || seesOnNull(tokens)
  const values = isEmpty ? [] : tokens.list(() => tokens.expression())
  return { keywords: onNullAt(tokens), arguments: values }
}

const seesOnNull = (tokens: TokenReader): boolean =>
  tokens.sees('NULL', 'ON', 'NULL') || tokens.sees('ABSENT', 'ON', 'NULL')

function onNullAt(tokens: TokenReader): readonly string[] {
  for (const word of ['NULL', 'ABSENT']) if (tokens.accept(word, 'ON', 'NULL')) return [`${word} ON NULL`]
  return []
}
