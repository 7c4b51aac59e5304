/**
 * IS_ALPHA, IS_DIGIT, IS_DECIMAL: what a text consists of, by Java's classes of characters. As in Flink they are FALSE of NULL
 * and of the empty text, and of any character beyond 16 bits.
 */
import type { StringColumn } from '../../../record/column.ts'
import { BOOLEAN } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { booleanOutput } from '../output.ts'
import { textOfRow } from './bytes.ts'

const LETTERS = /^\p{L}+$/u
const DIGITS = /^\p{Nd}+$/u
/** What Long.parseLong reads, except numbers of 19 digits that are not those of ASCII. */
const INTEGER = /^[+-]?\p{Nd}{1,18}$/u
/** What Double.parseDouble reads, between characters up to the blank. */
const DECIMAL =
  /^[+-]?(?:NaN|Infinity|(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|0[xX](?:[\da-fA-F]+\.?|[\da-fA-F]*\.[\da-fA-F]+)[pP][+-]?\d+)[fFdD]?)$/
const BLANKS_AROUND = /^[\0- ]+|[\0- ]+$/g
const BEYOND_16_BITS = /[\ud800-\udfff]/

const isAlpha = (text: string): boolean => LETTERS.test(text) && !BEYOND_16_BITS.test(text)
const isDigit = (text: string): boolean => DIGITS.test(text) && !BEYOND_16_BITS.test(text)
const isDecimal = (text: string): boolean =>
  DECIMAL.test(text.replace(BLANKS_AROUND, '')) || (INTEGER.test(text) && !BEYOND_16_BITS.test(text))

const test = (name: string, summary: string, isSo: (text: string) => boolean): ScalarFunction =>
  define({
    usage: `${name}(text)`,
    summary,
    takes: ['string'],
    gives: BOOLEAN,
    nulls: 'own',
    open: () => openTest(isSo),
  })

function openTest(isSo: (text: string) => boolean): Compute {
  const output = booleanOutput()
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      out.values[row] = texts.nulls?.[row] !== 1 && isSo(textOfRow(texts, row)) ? 1 : 0
    }
    return out
  }
}

export const letterAndDigitFunctions: readonly ScalarFunction[] = [
  test('IS_ALPHA', 'Whether a text has letters and nothing else; FALSE of NULL and of the empty text.', isAlpha),
  test('IS_DIGIT', 'Whether a text has digits and nothing else; FALSE of NULL and of the empty text.', isDigit),
  test('IS_DECIMAL', 'Whether a text is a number as Java reads one: -1, .5, 1e3; FALSE of NULL.', isDecimal),
]
