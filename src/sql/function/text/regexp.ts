/** REGEXP, REGEXP_EXTRACT, REGEXP_REPLACE and REGEXP_COUNT. A pattern is Java's, a literal, and translated once. */
import { BOOLEAN, INT, STRING, type Type } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { fitArguments, type Parameter } from '../define.ts'
import type { Call, ScalarFunction } from '../function.ts'
import { booleanOutput } from '../output.ts'
import { literalText } from './bytes.ts'
import { type JavaRegex, translateRegex } from './java-regex.ts'
import { intRows, textRows } from './rows.ts'

type Definition = {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly takes: readonly Parameter[]
  readonly optional?: number
  readonly gives: Type
  /** The loop for a pattern, which is the second argument; undefined for one for which Java throws. */
  open(regex: RegExp | undefined): Compute
}

const regexFunction = (definition: Definition): ScalarFunction => ({
  name: definition.name,
  summary: definition.summary,
  usage: definition.usage,
  bind: (call) => bindRegex(definition, call),
})

function bindRegex({ takes, optional = 0, gives, open }: Definition, { arguments: operands, session }: Call) {
  if (operands.length < takes.length - optional || operands.length > takes.length) {
    return { refused: `it takes ${takes.length - optional}${optional > 0 ? ` to ${takes.length}` : ''} arguments` }
  }
  const cast = fitArguments(operands, takes, session)
  if ('refused' in cast) return cast
  const pattern = cast[1] as Expression
  // A NULL pattern makes every row NULL, whatever the loop computes.
  const text = pattern.kind === 'literal' && pattern.value === null ? '' : literalText(pattern)
  if (text === undefined) return { refused: 'the pattern must be written out' }
  const regex = translateRegex(text)
  if (regex.kind === 'refused') return { refused: regex.refused }
  return { type: gives, arguments: cast, open: () => open(compiled(regex, text)) }
}

function compiled(regex: JavaRegex, text: string): RegExp | undefined {
  if (regex.kind !== 'pattern' || text === '') return text === '' ? /(?:)/gu : undefined
  return new RegExp(regex.source, 'gu')
}

export const regexp: ScalarFunction = regexFunction({
  name: 'REGEXP',
  summary: 'Whether a part of a text fits a regular expression of Java; FALSE for a bad or empty one.',
  usage: 'REGEXP(text, pattern)',
  takes: ['string', 'string'],
  gives: BOOLEAN,
  open(regex) {
    const output = booleanOutput()
    const find = intRows(([text, pattern]) =>
      pattern !== '' && regex !== undefined && String(text).search(regex) >= 0 ? 1 : 0,
    )
    return (columns, count) => {
      const found = find(columns, count)
      const out = output(count)
      if (found.kind === 'int') out.values.set(found.values.subarray(0, count))
      return out
    }
  },
})

export const regexpExtract: ScalarFunction = regexFunction({
  name: 'REGEXP_EXTRACT',
  summary: 'The first part of a text that fits a regular expression, or a group of it; NULL where none does.',
  usage: 'REGEXP_EXTRACT(text, pattern[, group])',
  takes: ['string', 'string', 'int'],
  optional: 1,
  gives: STRING,
  open: (regex) =>
    textRows(([text, , group]) => {
      if (regex === undefined) return undefined
      regex.lastIndex = 0
      return regex.exec(String(text))?.[Number(group ?? 0)]
    }),
})

export const regexpReplace: ScalarFunction = regexFunction({
  name: 'REGEXP_REPLACE',
  summary: 'The text with each part that fits a regular expression replaced by a text, taken as it is.',
  usage: 'REGEXP_REPLACE(text, pattern, replacement)',
  takes: ['string', 'string', 'string'],
  gives: STRING,
  open: (regex) => textRows(([text, , replacement]) => regex && String(text).replace(regex, () => String(replacement))),
})

export const regexpCount: ScalarFunction = regexFunction({
  name: 'REGEXP_COUNT',
  summary: 'How many parts of a text fit a regular expression; NULL for a bad one.',
  usage: 'REGEXP_COUNT(text, pattern)',
  takes: ['string', 'string'],
  gives: INT,
  open: (regex) => intRows(([text]) => regex && (String(text).match(regex)?.length ?? 0)),
})
