/** Reads the type of a CAST. Synonyms get one name: INTEGER is INT, NUMERIC is DECIMAL. */
import { typeSynonyms } from '../../record/named-type.ts'
import type { TypeSyntax } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

const constructed = ['ARRAY', 'MAP', 'ROW', 'MULTISET', 'RAW', 'STRUCTURED', 'INTERVAL']

/** Reads a type as CAST takes it. */
export function typeAt(tokens: TokenReader): TypeSyntax {
  const first = tokens.peek()
  if (first.kind !== 'word') throw tokens.unexpected('a type')
  if (constructed.includes(first.key)) throw tokens.unsupported(`the type ${first.key} is`)
  tokens.take()
  let name = typeSynonyms[first.key] ?? first.key
  if (name === 'DOUBLE') tokens.accept('PRECISION')
  if (tokens.accept('VARYING')) name = `VAR${name}`
  const parameter = () => Number(tokens.digits('a whole number', 10).text)
  const parameters = tokens.sees('(') ? tokens.enclosed(() => tokens.list(parameter)) : []
  if (name === 'TIMESTAMP' || name === 'TIME') name = zoneAt(tokens, name)
  if (tokens.seesAny(['ARRAY', 'MULTISET'])) throw tokens.unsupported(`the type ${tokens.peek().key} is`)
  return { name, parameters, range: tokens.since(first.range.start) }
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
