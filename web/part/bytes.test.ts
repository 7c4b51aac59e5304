import { expect, test } from 'vitest'
import { bytesOf, bytesPieces, hexDump, prettyJson } from './bytes.ts'

const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])))
const written = (some: Uint8Array, mark?: number): string =>
  bytesPieces(some, mark)
    .map(({ kind, text }) => ({ text, escape: `<${text}>`, mark: `[${text}]`, end: '[end]' })[kind])
    .join('')

test('characters stay, and what has none is an escape', () => {
  expect(written(bytes('GET /ä€𝄞'))).toBe('GET /ä€𝄞')
  expect(written(bytes('a\tb', 27, 0xff, 0xc3, '(', 0x7f))).toBe('a<\\t>b<\\x1b\\xff\\xc3>(<\\x7f>')
  expect(written(bytes('a\u202eb\u200bc'))).toBe('a<\\u{202e}>b<\\u{200b}>c')
  expect(written(bytes('€').subarray(0, 2))).toBe('<\\xe2\\x82>')
})

test('a byte is marked where it is: within a character, as an escape, and behind the end', () => {
  expect(written(bytes('a€b'), 2)).toBe('a[€]b')
  expect(written(bytes('a', 0xff, 'b'), 1)).toBe('a[\\xff]b')
  expect(written(bytes('ab'), 2)).toBe('ab[end]')
  expect(written(bytes(), 0)).toBe('[end]')
})

test('base64 is read, bytes are dumped, and JSON is broken into lines with its long numbers', () => {
  expect([...bytesOf({ text: '/wA=', encoding: 'base64' })]).toEqual([255, 0])
  expect(hexDump(bytes('ab', 0))).toBe(`000000  61 62 00${' '.repeat(39)}  ab.`)
  expect(prettyJson('{"a":12345678901234567890,"b":[],"c":{"d":"x, {y}: 1"},"e":[1,2]}')).toBe(
    '{\n  "a": 12345678901234567890,\n  "b": [],\n  "c": {\n    "d": "x, {y}: 1"\n  },\n  "e": [\n    1,\n    2\n  ]\n}',
  )
  expect(prettyJson('{ "a" : { } }')).toBe('{\n  "a": {}\n}')
  expect(prettyJson('12')).toBeUndefined()
  expect(prettyJson('{"a":')).toBeUndefined()
})
