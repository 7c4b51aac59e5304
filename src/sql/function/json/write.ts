/**
 * Writes parts of a JSON text as Flink does: without blanks, the members of objects in the order of their names (by UTF-16
 * units), of members with one name only the last, numbers in their usual form, and strings with no more escapes than needed.
 */
import { compareTexts, decodeText } from '../text/bytes.ts'
import type { TextOutput } from '../text/output.ts'
import { isUsualNumber, javaNumber } from './number-text.ts'
import type { Selected } from './select.ts'
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  type JsonMember,
  type JsonText,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './text.ts'

const BACKSLASH = 92

/** What must be escaped in a string of JSON; all else is written as it is. */
const ESCAPED = /["\\\u0000-\u001f]/
const ESCAPES = /["\\\u0000-\u001f]/g
const SHORT: Readonly<Record<string, string>> = { '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r' }

/** The text as a string of JSON. */
export function jsonQuoted(text: string): string {
  if (!ESCAPED.test(text)) return `"${text}"`
  const escaped = text.replace(ESCAPES, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`
    const short = SHORT[character]
    return short === undefined
      ? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
      : `\\${short}`
  })
  return `"${escaped}"`
}

/** The order of two names: that of their UTF-16 units. */
export const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Appends the valid value that begins at `from`; returns whether all its numbers can be written. */
export function writeValue(text: JsonText, from: number, output: TextOutput): boolean {
  const { bytes } = text.scan
  switch (bytes[from]) {
    case OPEN_OBJECT:
      return writeObject(text, from, output)
    case OPEN_ARRAY: {
      const elements = text.elements(from).map((start) => ({ start, end: 0 }))
      return writeList(text, elements, output)
    }
    default:
      return writeScalar(text, from, output)
  }
}

function writeScalar(text: JsonText, from: number, output: TextOutput): boolean {
  const { bytes } = text.scan
  const end = text.scan.skip(from)
  if (bytes[from] === QUOTE) {
    if (text.scan.isEscaped) output.text(jsonQuoted(text.string(from + 1, end - 1)))
    else output.range(bytes, from, end)
  } else if ((bytes[from] as number) > 57 || isUsualNumber(bytes, from, end)) output.range(bytes, from, end)
  else {
    const number = javaNumber(decodeText(bytes, from, end))
    if (number === undefined) return false
    output.text(number)
  }
  return true
}

/** A member whose name is the bytes [start, end) as they are. */
type PlainMember = { readonly start: number; readonly end: number; readonly value: number }

function writeObject(text: JsonText, from: number, output: TextOutput): boolean {
  const { bytes } = text.scan
  const members = plainMembers(text, from)
  if (members === undefined) return writeMembers(text, text.members(from), output)
  // Sorting keeps the order of members with one name, of which the last counts.
  members.sort((a, b) => compareTexts(bytes, [a.start, a.end], bytes, [b.start, b.end]))
  let before = '{'
  for (const [index, member] of members.entries()) {
    const next = members[index + 1]
    if (next !== undefined && isSameName(bytes, member, next)) continue
    output.text(before)
    output.range(bytes, member.start - 1, member.end + 1)
    output.text(':')
    if (!writeValue(text, member.value, output)) return false
    before = ','
  }
  output.text(members.length === 0 ? '{}' : '}')
  return true
}

/** The members of a valid object; undefined if a name has escapes. */
function plainMembers(text: JsonText, from: number): PlainMember[] | undefined {
  const { scan } = text
  const members: PlainMember[] = []
  for (let at = scan.blanks(from + 1); scan.bytes[at] !== CLOSE_OBJECT; ) {
    const end = scan.string(at + 1)
    if (scan.isEscaped) return undefined
    const value = scan.colon(end)
    members.push({ start: at + 1, end: end - 1, value })
    at = scan.blanks(scan.skip(value))
    if (scan.bytes[at] === COMMA) at = scan.blanks(at + 1)
  }
  return members
}

const isSameName = (bytes: Uint8Array, a: PlainMember, b: PlainMember): boolean =>
  a.end - a.start === b.end - b.start && compareTexts(bytes, [a.start, a.end], bytes, [b.start, b.end]) === 0

function writeMembers(text: JsonText, members: readonly JsonMember[], output: TextOutput): boolean {
  const sorted = members.toSorted((a, b) => byUnits(a.name, b.name))
  output.text('{')
  for (const [index, { name, start }] of sorted.entries()) {
    if (index > 0) output.text(',')
    output.text(`${jsonQuoted(name)}:`)
    if (!writeValue(text, start, output)) return false
  }
  output.text('}')
  return true
}

/** Appends an array of the values. */
export function writeList(text: JsonText, values: readonly Selected[], output: TextOutput): boolean {
  output.text('[')
  for (const [index, value] of values.entries()) {
    if (index > 0) output.text(',')
    if (!writeSelected(text, value, output)) return false
  }
  output.text(']')
  return true
}

/** Appends a value of the text, or the object made of its members. */
export const writeSelected = (text: JsonText, found: Selected, output: TextOutput): boolean =>
  'members' in found ? writeMembers(text, found.members, output) : writeValue(text, found.start, output)

/**
 * Whether the valid value [from, end) is written already as `writeValue` would write it, so that the range itself can be taken.
 * A value with an escape is not looked at further.
 */
export function isWritten({ scan: { bytes } }: JsonText, from: number, end: number): boolean {
  /** Where the last name of each open object begins and ends; -1 for arrays, and before the first name. */
  const names: number[] = []
  for (let at = from; at < end; ) {
    const byte = bytes[at] as number
    if (byte === QUOTE) {
      let close = at + 1
      while (bytes[close] !== QUOTE) if (bytes[close++] === BACKSLASH) return false
      const before = bytes[at - 1]
      const isName = before === OPEN_OBJECT || (before === COMMA && names.length > 0 && (names.at(-2) ?? -1) >= 0)
      if (isName && at > from) {
        const last = names.length - 2
        const start = names[last] as number
        const lastEnd = names[last + 1] as number
        if (start > 0 && compareTexts(bytes, [start, lastEnd], bytes, [at + 1, close]) >= 0) return false
        names[last] = at + 1
        names[last + 1] = close
      }
      at = close + 1
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      names.push(byte === OPEN_OBJECT ? 0 : -1, 0)
      at++
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      names.length -= 2
      at++
    } else if (byte === 45 || (byte >= 48 && byte <= 57)) {
      const number = at
      while (at < end && isNumberPart(bytes[at] as number)) at++
      if (!isUsualNumber(bytes, number, at)) return false
    } else if (byte <= 32) return false
    else at++
  }
  return true
}

const isNumberPart = (byte: number): boolean => (byte >= 43 && byte <= 57 && byte !== COMMA) || (byte | 32) === 101
