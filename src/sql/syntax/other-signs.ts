/** Signs and words between two values as other dialects of SQL have them, and what to write. A test plans every text. */
import { type Advice, hintFor, JSON_PART, MATCHED, POWERED, write } from './other-dialects.ts'

/** Types of other dialects behind ::, and Flink's. */
const CAST_TYPES: Readonly<Record<string, string>> = {
  TEXT: 'STRING',
  VARCHAR: 'STRING',
  STRING: 'STRING',
  INT: 'INT',
  INTEGER: 'INT',
  INT4: 'INT',
  BIGINT: 'BIGINT',
  INT8: 'BIGINT',
  SMALLINT: 'SMALLINT',
  DOUBLE: 'DOUBLE',
  FLOAT: 'FLOAT',
  FLOAT8: 'DOUBLE',
  NUMERIC: 'DECIMAL(38, 9)',
  DECIMAL: 'DECIMAL(38, 9)',
  BOOL: 'BOOLEAN',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP(3)',
  TIMESTAMPTZ: 'TIMESTAMP_LTZ(3)',
}

/** The hint for a sign between two words; the general one where the words are no plain values. */
export function signHint(sign: string, left: string | undefined, right: string): string | undefined {
  const advice = OTHER_SIGNS.get(sign)
  if (advice === undefined || left === undefined) return advice && hintFor(advice)
  const text = /^'(.*)'$/.exec(right)?.[1]?.replace(/^\$\./, '')
  if (sign === '^') return `write POWER(${left}, ${right})`
  if (sign === '::') {
    const type = CAST_TYPES[right.toUpperCase()]
    return type === undefined ? hintFor(advice) : `write CAST(${left} AS ${type})`
  }
  if (sign.startsWith('->')) return text === undefined ? hintFor(advice) : `write JSON_VALUE(${left}, '$.${text}')`
  if (text === undefined || !/^!?~/.test(sign)) return hintFor(advice)
  const value = sign.endsWith('*') ? `LOWER(${left})` : left
  return `write ${sign.startsWith('!') ? 'NOT ' : ''}REGEXP(${value}, ${sign.endsWith('*') ? right.toLowerCase() : right})`
}

/** Words between two values that are no operators of Flink, and what to write for `a WORD b`. */
export const OTHER_OPERATORS: ReadonlyMap<string, Advice> = new Map([
  ['REGEXP', MATCHED],
  ['GLOB', write("text LIKE 'pattern', with % for *", "text 'pattern'")],
  ['DIV', write('a / b', 'a b')],
])

/** Signs, and a text of the same meaning. */
export const OTHER_SIGNS: ReadonlyMap<string, Advice> = new Map([
  ['==', write('a = b')],
  ['!=', write('a <> b')],
  ['<=>', write('a IS NOT DISTINCT FROM b')],
  ['&&', write('condition AND condition')],
  ['::', write('CAST(value AS STRING)')],
  ['->', JSON_PART],
  ['->>', JSON_PART],
  ['~', MATCHED],
  ['~*', MATCHED],
  ['!~', write("NOT REGEXP(text, 'pattern')")],
  ['!~*', write("NOT REGEXP(LOWER(text), 'pattern')")],
  ['^', POWERED],
])

/** Signs that have no meaning where they stand, and what to do. */
export const STRANGERS: ReadonlyMap<string, string> = new Map([
  ['[', 'an array is written ARRAY[1, 2]'],
  ['{', "a map is written MAP['key', value]"],
  ['?', 'parameters are not supported: write the value'],
  [';', 'only one query, with at most one semicolon at its end'],
])
