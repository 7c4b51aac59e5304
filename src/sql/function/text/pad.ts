/** LPAD, RPAD, REPEAT and the cast to CHAR(n), which make texts longer. */
import { STRING } from '../../../record/type.ts'
import { define } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { RowFailure, textRows } from './rows.ts'

/** The longest text that padding or repeating may make, in UTF-16 units; a longer one fails its row. */
const LONGEST = 16 * 1024 * 1024

function expectLength(length: number): void {
  if (length > LONGEST) throw new RowFailure(`a text of ${length} characters is longer than the limit of ${LONGEST}`)
}

const pad = (name: 'LPAD' | 'RPAD'): ScalarFunction =>
  define({
    name,
    summary: `The text cut or filled up to a length ${name === 'LPAD' ? 'at its start' : 'at its end'}; NULL for an empty filling or a length below 0.`,
    usage: `${name}(text, length, filling)`,
    takes: ['string', 'int', 'string'],
    gives: STRING,
    open: () => textRows(([text, length, filling]) => padded(name, String(text), Number(length), String(filling))),
  })

export const lpad: ScalarFunction = pad('LPAD')
export const rpad: ScalarFunction = pad('RPAD')

function padded(name: 'LPAD' | 'RPAD', text: string, length: number, filling: string): string | undefined {
  if (length < 0 || filling === '') return undefined
  expectLength(length)
  if (text.length >= length) return text.slice(0, length)
  return name === 'LPAD' ? text.padStart(length, filling) : text.padEnd(length, filling)
}

/** CAST AS CHAR(n), which unlike RPAD counts code points. */
export const toChar: ScalarFunction = define({
  name: 'CAST AS CHAR',
  summary: 'The text cut or filled with spaces to exactly so many characters.',
  usage: 'CAST(text AS CHAR(n))',
  takes: ['string', 'int'],
  gives: STRING,
  open: () =>
    textRows(([text, length]) => {
      const characters = Array.from(String(text))
      const missing = Number(length) - characters.length
      return missing >= 0 ? String(text) + ' '.repeat(missing) : characters.slice(0, Number(length)).join('')
    }),
})

export const repeat: ScalarFunction = define({
  name: 'REPEAT',
  summary: 'The text so many times over.',
  usage: 'REPEAT(text, times)',
  takes: ['string', 'int'],
  gives: STRING,
  open: () =>
    textRows(([text, times]) => {
      const count = Math.max(0, Number(times))
      expectLength(String(text).length * count)
      return String(text).repeat(count)
    }),
})
