/** Reads the type of a CAST. Synonyms get one name: INTEGER is INT, NUMERIC is DECIMAL. */
import { typeSynonyms } from '../../record/named-type.ts'
import type { TypeSyntax } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

const NESTED = ['ARRAY', 'MAP', 'ROW']
const OTHERS = ['MULTISET', 'RAW', 'STRUCTURED', 'INTERVAL']

/** Reads a type as CAST takes it. */
export function typeAt(tokens: TokenReader): TypeSyntax {
  const first = tokens.peek()
  if (first.kind !== 'word') throw tokens.unexpected('a type')
  if (OTHERS.includes(first.key)) throw tokens.unsupported(`the type ${first.key} is`)
  let type = tokens.nested(() => (NESTED.includes(first.key) ? nestedAt(tokens) : plainAt(tokens)))
  if (tokens.sees('[')) throw tokens.problem('Flink SQL has no [ ] behind a type', `write ARRAY<${type.name}>`)
  if (tokens.sees('MULTISET')) throw tokens.unsupported('the type MULTISET is')
  while (tokens.accept('ARRAY')) {
    type = { name: 'ARRAY', parameters: [], inside: [{ type }], range: tokens.since(first.range.start) }
  }
  return type
}

function plainAt(tokens: TokenReader): TypeSyntax {
  const first = tokens.take()
  let name = typeSynonyms[first.key] ?? first.key
  if (name === 'DOUBLE') tokens.accept('PRECISION')
  if (tokens.accept('VARYING')) name = `VAR${name}`
  if (tokens.sees('<')) {
    const hint = name === 'LIST' ? 'write ARRAY<…>' : 'write ROW<name type, …>, ARRAY<type> or MAP<type, type>'
    throw tokens.problem(`${name} is no type with others inside`, hint, first.range)
  }
  const parameter = () => Number(tokens.digits('a whole number', 10).text)
  const parameters = tokens.sees('(') ? tokens.enclosed(() => tokens.list(parameter)) : []
  if (name === 'TIMESTAMP' || name === 'TIME') name = zoneAt(tokens, name)
  return { name, parameters, range: tokens.since(first.range.start) }
}

/** ARRAY<type>, MAP<type, type>, ROW<name type, …>, also ROW(name type, …). */
function nestedAt(tokens: TokenReader): TypeSyntax {
  const { key: name, range } = tokens.take()
  const isRow = name === 'ROW'
  const close = isRow && tokens.accept('(') ? ')' : '>'
  if (close === '>') tokens.expect('<', `after ${name}`)
  const inside = tokens.list(() => {
    const field = isRow ? { name: tokens.name('the name of a field').name } : {}
    const part = { ...field, type: typeAt(tokens) }
    // As in Flink; which values may be NULL is not part of a type here.
    if (!tokens.accept('NOT', 'NULL')) tokens.accept('NULL')
    if (isRow && tokens.peek().kind === 'string') tokens.take() // a comment
    return part
  })
  tokens.expect(close, `after the types of ${name}`)
  return { name, parameters: [], inside, range: tokens.since(range.start) }
}

/** WITH LOCAL TIME ZONE makes TIMESTAMP_LTZ of TIMESTAMP; WITHOUT TIME ZONE changes nothing. */
function zoneAt(tokens: TokenReader, name: string): string {
  if (tokens.accept('WITHOUT', 'TIME', 'ZONE')) return name
  if (tokens.accept('WITH', 'LOCAL', 'TIME', 'ZONE')) return `${name}_LTZ`
  if (tokens.sees('WITH')) {
    throw tokens.unsupported(`${name} WITH TIME ZONE is`, `write ${name} WITH LOCAL TIME ZONE`)
  }
  return name
}
