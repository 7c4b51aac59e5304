/** REGEXP, REGEXP_EXTRACT, REGEXP_SUBSTR, REGEXP_INSTR, REGEXP_REPLACE and REGEXP_COUNT. A pattern is Java's, a literal, and read once. */
import { BOOLEAN, INT, STRING } from '../../../record/type.ts'
import { openMatcher } from '../../../regex/matcher.ts'
import type { Matcher } from '../../../regex/matching.ts'
import { PatternProblem } from '../../../regex/problem.ts'
import type { Compute } from '../../expression/expression.ts'
import { type Definition, fitArguments, nameIn } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { booleanOutput, intOutput } from '../output.ts'
import { numberRows, textRows } from '../rows.ts'
import { literalText } from './bytes.ts'
import { replaced } from './replaced.ts'

/** `open` is given the pattern, which is the second argument; undefined for one for which Java throws. */
type RegexDefinition = Omit<Definition, 'open'> & {
  readonly asksGroups?: true
  open(matcher: Matcher | undefined): Compute
}

const regexFunction = ({ usage, summary, takes, gives, asksGroups, open }: RegexDefinition): ScalarFunction => ({
  name: nameIn(usage),
  summary,
  usage,
  bind({ arguments: operands, session }) {
    const cast = fitArguments(operands, takes, session)
    const pattern = cast[1]
    // A NULL pattern makes every row NULL, whatever the loop computes.
    const text = pattern?.kind === 'literal' && pattern.value === null ? '' : literalText(pattern)
    if (text === undefined) throw new TypeProblem('the pattern must be written out')
    const matcher = matcherOf(text, asksGroups ? 'asked' : 'unasked')
    return { type: gives, arguments: cast, open: () => open(matcher) }
  },
})

function matcherOf(pattern: string, groups: 'asked' | 'unasked'): Matcher | undefined {
  try {
    return openMatcher(pattern, groups)
  } catch (error) {
    throw error instanceof PatternProblem ? new TypeProblem(error.message, error.hint) : error
  }
}

export const regexp: ScalarFunction = regexFunction({
  summary: 'Whether a part of a text fits a regular expression of Java; FALSE for a bad or empty one.',
  usage: 'REGEXP(text, pattern)',
  takes: ['string', 'string'],
  gives: BOOLEAN,
  open: (matcher) =>
    numberRows(booleanOutput(), ([text, pattern]) => {
      const found = pattern !== '' && matcher !== undefined && matcher.test(String(text))
      return typeof found === 'boolean' ? Number(found) : found
    }),
})

export const regexpExtract: ScalarFunction = regexFunction({
  summary: 'The first part of a text that fits a regular expression, or a group of it; NULL where none does.',
  usage: 'REGEXP_EXTRACT(text, pattern[, group])',
  takes: ['string', 'string', 'int?'],
  gives: STRING,
  asksGroups: true,
  open: (matcher) => textRows(([text, , group]) => matcher?.extract(String(text), Number(group ?? 0))),
})

export const regexpSubstr: ScalarFunction = regexFunction({
  summary: 'The first part of a text that fits a regular expression; NULL where none does.',
  usage: 'REGEXP_SUBSTR(text, pattern)',
  takes: ['string', 'string'],
  gives: STRING,
  open: (matcher) => textRows(([text]) => matcher?.extract(String(text), 0)),
})

export const regexpInstr: ScalarFunction = regexFunction({
  summary:
    'Where the first part of a text that fits a regular expression begins, in UTF-16 units from 1; 0 where none does.',
  usage: 'REGEXP_INSTR(text, pattern)',
  takes: ['string', 'string'],
  gives: INT,
  open: (matcher) =>
    numberRows(intOutput(), ([text]) => {
      if (matcher === undefined) return undefined
      const found = matcher.find(String(text))
      if (found === undefined) return 0
      return 'failed' in found ? found : found[0] + 1
    }),
})

export const regexpReplace: ScalarFunction = regexFunction({
  summary: 'The text with each part that fits a regular expression replaced by a text, taken as it is.',
  usage: 'REGEXP_REPLACE(text, pattern, replacement)',
  takes: ['string', 'string', 'string'],
  gives: STRING,
  open: (matcher) =>
    textRows(([text, , added]) => {
      const [whole, replacement] = [String(text), String(added)]
      if (matcher === undefined) return undefined
      return replaced(whole, replacement, {
        count: () => matcher.count(whole),
        replace: () => matcher.replace(whole, replacement),
      })
    }),
})

export const regexpCount: ScalarFunction = regexFunction({
  summary: 'How many parts of a text fit a regular expression; NULL for a bad one.',
  usage: 'REGEXP_COUNT(text, pattern)',
  takes: ['string', 'string'],
  gives: INT,
  open: (matcher) => numberRows(intOutput(), ([text]) => matcher?.count(String(text))),
})
