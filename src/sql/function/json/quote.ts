/** JSON_QUOTE and JSON_UNQUOTE: a text as a string of JSON, and back. */

import { defineText } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { toBytes } from '../text/bytes.ts'
import { JsonText } from './text.ts'

const SHORT: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
}

export const jsonQuote: ScalarFunction = defineText({
  summary:
    'The text as a string of JSON: in quotes, with escapes for quotes, slashes, line ends and all that is not ASCII.',
  usage: 'JSON_QUOTE(text)',
  takes: ['string'],
  text: ([text]) => `"${quote(String(text))}"`,
})

/** As in Flink, a character of two UTF-16 units is written as its code point, and then as its second unit. */
function quote(text: string): string {
  let quoted = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string
    const short = SHORT[character]
    const code = text.codePointAt(index) as number
    if (short !== undefined) quoted += `\\${short}`
    else quoted += code < 128 ? character : `\\u${code.toString(16).padStart(4, '0')}`
  }
  return quoted
}

export const jsonUnquote: ScalarFunction = defineText({
  summary: 'What a string of JSON says, without its quotes and escapes; any other text as it is.',
  usage: 'JSON_UNQUOTE(text)',
  takes: ['string'],
  text: ([text]) => unquote(String(text)),
})

function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"') || !isJson(text)) return text
  return unescaped(text.slice(1, -1)) ?? text
}

function isJson(written: string): boolean {
  const text = new JsonText()
  const bytes = toBytes(written)
  text.open({ kind: 'string', bytes, start: new Int32Array(0), end: new Int32Array(0), nulls: undefined })
  return text.root(text.begin(0, bytes.length)) >= 0
}

const MEANINGS: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  '/': '/',
}

/**
 * The text without its escapes; undefined where one is none. As JSON ends with its first value for Flink, what is between the
 * outer quotes may be more than one string.
 */
function unescaped(text: string): string | undefined {
  let isFine = true
  const plain = text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, letter: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    const meaning = MEANINGS[letter]
    isFine &&= meaning !== undefined
    return meaning ?? ''
  })
  return isFine ? plain : undefined
}
