/** Texts that must not be kept as they are: masked, or as a keyed hash, which is the same for the same text and tells nothing without the key. */
import { defineText } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'

const mask = defineText({
  summary:
    'The text with a * for each character but the first and the last few; for every one where the text is not longer than those.',
  usage: 'MASK(text[, first[, last]])',
  takes: ['string', 'int?', 'int?'],
  text([text, first = 0, last = 0]) {
    if (Number(first) < 0 || Number(last) < 0) return { failed: 'MASK: a number of characters is below 0' }
    const characters = Array.from(String(text))
    const shown = Number(first) + Number(last)
    if (shown >= characters.length) return '*'.repeat(characters.length)
    const end = characters.length - Number(last)
    return [
      ...characters.slice(0, Number(first)),
      '*'.repeat(characters.length - shown),
      ...characters.slice(end),
    ].join('')
  },
})

const EMPTY_KEY = 'HMAC_SHA256 wants a key that is not empty'

const hmac = defineText({
  summary: 'The keyed hash of a text, HMAC with SHA-256 (RFC 2104), in hexadecimal.',
  usage: 'HMAC_SHA256(text, key)',
  takes: ['string', 'string'],
  check([, key]) {
    if (key?.kind === 'literal' && key.value === '') throw new TypeProblem(EMPTY_KEY, undefined, key)
  },
  text([text, key]) {
    if (key === '') return { failed: EMPTY_KEY }
    return process.getBuiltinModule('node:crypto').createHmac('sha256', String(key)).update(String(text)).digest('hex')
  },
})

export const redactionFunctions: readonly ScalarFunction[] = [mask, hmac]
