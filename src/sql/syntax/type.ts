/** Reads the type of a CAST. Names that Flink takes for the same type come out as one: INTEGER as INT, NUMERIC as DECIMAL. */
import type { TypeSyntax } from './ast.ts'
import type { Cursor } from './cursor.ts'

const synonyms: Readonly<Record<string, string>> = {
  INTEGER: 'INT',
  DEC: 'DECIMAL',
  NUMERIC: 'DECIMAL',
  CHARACTER: 'CHAR',
  REAL: 'FLOAT',
}

const constructed = ['ARRAY', 'MAP', 'ROW', 'MULTISET', 'RAW', 'STRUCTURED', 'INTERVAL']

export function typeAt(cursor: Cursor): TypeSyntax {
  const first = cursor.peek()
  if (first.kind !== 'word') throw cursor.unexpected('a type')
  if (constructed.includes(first.key)) throw cursor.unsupported(first.span, `the type ${first.key} is`)
  cursor.take()
  let name = synonyms[first.key] ?? first.key
  if (name === 'DOUBLE') cursor.accept('PRECISION')
  if (cursor.accept('VARYING')) name = `VAR${name}`
  const parameters = cursor.accept('(') ? parametersAt(cursor) : []
  if (name === 'TIMESTAMP' || name === 'TIME') name = zoneAt(cursor, name)
  if (cursor.seesAny(['ARRAY', 'MULTISET']))
    throw cursor.unsupported(cursor.peek().span, `the type ${cursor.peek().key} is`)
  return { name, parameters, span: cursor.since(first.span.start) }
}

function parametersAt(cursor: Cursor): number[] {
  const parameters = cursor.list(() => {
    const digits = cursor.peek()
    if (digits.kind !== 'number' || !/^[0-9]{1,10}$/.test(digits.text)) throw cursor.unexpected('a whole number')
    cursor.take()
    return Number(digits.text)
  })
  cursor.expect(')')
  return parameters
}

/** WITH LOCAL TIME ZONE makes another type of TIMESTAMP; WITHOUT TIME ZONE says what holds anyway. */
function zoneAt(cursor: Cursor, name: string): string {
  if (cursor.accept('WITHOUT', 'TIME', 'ZONE')) return name
  if (cursor.accept('WITH', 'LOCAL', 'TIME', 'ZONE')) return `${name}_LTZ`
  if (cursor.sees('WITH')) {
    throw cursor.unsupported(cursor.peek().span, `${name} WITH TIME ZONE is`, `write ${name} WITH LOCAL TIME ZONE`)
  }
  return name
}
