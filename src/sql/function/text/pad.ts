/** LPAD, RPAD, REPEAT and the cast to CHAR(n), which make texts longer. */
import { defineText } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import type { RowResult } from '../rows.ts'
import { LONGEST_TEXT, tooLong } from './output.ts'

/** The text that `make` makes, or the failure where its `length` in UTF-16 units is beyond the limit. */
const limited = (length: number, make: () => string): RowResult<string> =>
  length <= LONGEST_TEXT ? make() : { failed: tooLong(length) }

const pad = (name: 'LPAD' | 'RPAD'): ScalarFunction =>
  defineText({
    summary: `The text cut or filled up to a length ${name === 'LPAD' ? 'at its start' : 'at its end'}; NULL for an empty filling or a length below 0.`,
    usage: `${name}(text, length, filling)`,
    takes: ['string', 'int', 'string'],
    text: ([text, length, filling]) => padded(name, String(text), Number(length), String(filling)),
  })

export const lpad: ScalarFunction = pad('LPAD')
export const rpad: ScalarFunction = pad('RPAD')

function padded(name: 'LPAD' | 'RPAD', text: string, length: number, filling: string): RowResult<string> {
  if (length < 0 || filling === '') return undefined
  if (text.length >= length) return text.slice(0, length)
  return limited(length, () => (name === 'LPAD' ? text.padStart(length, filling) : text.padEnd(length, filling)))
}

/** CAST AS CHAR(n), which unlike RPAD counts code points. */
export const toChar: ScalarFunction = defineText({
  name: 'CAST AS CHAR',
  summary: 'The text cut, or filled with spaces, to n characters.',
  usage: 'CAST(text AS CHAR(n))',
  takes: ['string', 'int'],
  text([text, length]) {
    const characters = Array.from(String(text))
    const missing = Number(length) - characters.length
    if (missing < 0) return characters.slice(0, Number(length)).join('')
    return limited(String(text).length + missing, () => String(text) + ' '.repeat(missing))
  },
})

export const repeat: ScalarFunction = defineText({
  summary: 'The text repeated.',
  usage: 'REPEAT(text, times)',
  takes: ['string', 'int'],
  text([text, times]) {
    const count = Math.max(0, Number(times))
    return limited(String(text).length * count, () => String(text).repeat(count))
  },
})
