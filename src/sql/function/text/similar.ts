/** SIMILAR TO, with a pattern that is a literal or the value of a column. */
import type { StringColumn } from '../../../record/column.ts'
import { BOOLEAN } from '../../../record/type.ts'
import { openWhole } from '../../../regex/matcher.ts'
import type { Matcher } from '../../../regex/matching.ts'
import { PatternProblem } from '../../../regex/problem.ts'
import type { Compute } from '../../expression/expression.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, booleanOutput, fail } from '../output.ts'
import { remembered } from '../remembered.ts'
import { literalText, textOfRow } from './bytes.ts'
import { similarToJava } from './similar-pattern.ts'

type Test = Matcher['test']
type Refused = { readonly refused: string; readonly hint?: string | undefined }

export const similar: ScalarFunction = {
  name: 'SIMILAR TO',
  summary:
    'Whether a text fits a pattern of SQL: % is any text, _ any one character, and ( ) | * + ? { } [ ] are as in REGEXP.',
  usage: "text SIMILAR TO pattern [ESCAPE 'character']",
  bind({ arguments: operands, session }) {
    const [text, pattern, escaping] = fitArguments(operands, ['string', 'string', 'string?'], session)
    const escapeText = literalText(escaping)
    if (escaping !== undefined && escapeText === undefined)
      throw new TypeProblem('ESCAPE wants a character, written out')
    const patternText = literalText(pattern)
    if (patternText === undefined) {
      return { type: BOOLEAN, arguments: [text, pattern], open: () => openColumn(escapeText) }
    }
    const first = testOf(patternText, escapeText)
    if (typeof first === 'object') throw new TypeProblem(first.refused, first.hint)
    return { type: BOOLEAN, arguments: [text], open: () => openFixed(first) }
  },
}

/** The test of a pattern, or why there is none. */
function testOf(pattern: string, escaping: string | undefined): Test | Refused {
  const java = similarToJava(pattern, escaping)
  if (typeof java === 'object') return java
  try {
    return openWhole(java) ?? { refused: `Invalid regular expression '${pattern}'` }
  } catch (error) {
    if (error instanceof PatternProblem) return { refused: error.message, hint: error.hint }
    throw error
  }
}

function openFixed(test: Test): Compute {
  const output = booleanOutput()
  return (columns, count) => {
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const found = test(textOfRow(columns[0] as StringColumn, row))
      if (typeof found === 'object') fail(out, row, found.failed)
      else out.values[row] = found ? 1 : 0
    }
    return out
  }
}

/** How many patterns of a column are kept. */
const KEPT_PATTERNS = 1000

function openColumn(escaping: string | undefined): Compute {
  const output = booleanOutput()
  const testFor = remembered(KEPT_PATTERNS, (text) => testOf(text, escaping))
  return (columns, count) => {
    const [text, patterns] = columns as [StringColumn, StringColumn]
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const test = testFor(textOfRow(patterns, row))
      const found = typeof test === 'object' ? { failed: `SIMILAR TO: ${test.refused}` } : test(textOfRow(text, row))
      if (typeof found === 'object') fail(out, row, found.failed)
      else out.values[row] = found ? 1 : 0
    }
    return out
  }
}
