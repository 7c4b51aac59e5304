/**
 * UPPER, LOWER and INITCAP. ASCII is changed byte by byte; a text with other letters goes by JavaScript's rules, which
 * are Java's.
 */
import type { StringColumn } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define, defineText } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { anyNull } from '../output.ts'
import { decodeText } from './bytes.ts'
import { TextOutput } from './output.ts'

const changedCase = (name: string, size: string, first: number, change: (text: string) => string): ScalarFunction =>
  define({
    summary: `The text in ${size} letters.`,
    usage: `${name}(text)`,
    takes: ['string'],
    gives: STRING,
    open: () => openCase(first, change),
  })

export const upper: ScalarFunction = changedCase('UPPER', 'capital', 0x61, (text) => text.toUpperCase())
export const lower: ScalarFunction = changedCase('LOWER', 'small', 0x41, (text) => text.toLowerCase())

/** `first` is the letter A of the case that is changed; the two cases of a letter differ in one bit. */
function openCase(first: number, change: (text: string) => string): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const { bytes, start, end } = columns[0] as StringColumn
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const from = start[row] as number
      const to = end[row] as number
      let high = 0
      for (let at = from; at < to; at++) high |= bytes[at] as number
      if (high >= 0x80) {
        output.row(row, change(decodeText(bytes, from, to)))
        continue
      }
      output.open(row)
      const out = output.reserve(to - from)
      let size = output.size
      for (let at = from; at < to; at++) {
        const byte = bytes[at] as number
        out[size++] = byte >= first && byte < first + 26 ? byte ^ 0x20 : byte
      }
      output.size = size
      output.close(row)
    }
    return output.finish()
  }
}

/** A word is a run of ASCII letters and digits; other characters stay as they are. */
export const initcap: ScalarFunction = defineText({
  summary: 'The text with the first letter of each word in capitals, the others small.',
  usage: 'INITCAP(text)',
  takes: ['string'],
  text: ([text]) =>
    String(text).replace(/[A-Za-z0-9]+/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()),
})
