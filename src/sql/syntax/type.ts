/** Reads the type of a CAST. Names that Flink takes for the same type come out as one: INTEGER as INT, NUMERIC as DECIMAL. */
import type { TypeSyntax } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

const synonyms: Readonly<Record<string, string>> = {
  INTEGER: 'INT',
  DEC: 'DECIMAL',
  NUMERIC: 'DECIMAL',
  CHARACTER: 'CHAR',
  REAL: 'FLOAT',
}

const constructed = ['ARRAY', 'MAP', 'ROW', 'MULTISET', 'RAW', 'STRUCTURED', 'INTERVAL']

export function typeAt(tokens: TokenReader): TypeSyntax {
  const first = tokens.peek()
  if (first.kind !== 'word') throw tokens.unexpected('a type')
  if (constructed.includes(first.key)) throw tokens.unsupported(first.range, `the type ${first.key} is`)
  tokens.take()
  let name = synonyms[first.key] ?? first.key
  if (name === 'DOUBLE') tokens.accept('PRECISION')
  if (tokens.accept('VARYING')) name = `VAR${name}`
  const parameters = tokens.accept('(') ? parametersAt(tokens) : []
  if (name === 'TIMESTAMP' || name === 'TIME') name = zoneAt(tokens, name)
  if (tokens.seesAny(['ARRAY', 'MULTISET']))
    throw tokens.unsupported(tokens.peek().range, `the type ${tokens.peek().key} is`)
  return { name, parameters, range: tokens.since(first.range.start) }
}

function parametersAt(tokens: TokenReader): number[] {
  const parameters = tokens.list(() => {
    const digits = tokens.peek()
    if (digits.kind !== 'number' || !/^[0-9]{1,10}$/.test(digits.text)) throw tokens.unexpected('a whole number')
    tokens.take()
    return Number(digits.text)
  })
  tokens.expect(')')
  return parameters
}

/** WITH LOCAL TIME ZONE makes another type of TIMESTAMP; WITHOUT TIME ZONE says what holds anyway. */
function zoneAt(tokens: TokenReader, name: string): string {
  if (tokens.accept('WITHOUT', 'TIME', 'ZONE')) return name
  if (tokens.accept('WITH', 'LOCAL', 'TIME', 'ZONE')) return `${name}_LTZ`
  if (tokens.sees('WITH')) {
    throw tokens.unsupported(tokens.peek().range, `${name} WITH TIME ZONE is`, `write ${name} WITH LOCAL TIME ZONE`)
  }
  return name
}
