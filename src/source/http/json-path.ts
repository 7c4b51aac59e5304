/**
 * A path into JSON: `$`, then names (`.name`, `['a name']`), places in lists (`[0]`, `[-1]` the last) and all of a list (`[*]`).
 * What it finds is given as ranges of the bytes, so numbers keep their digits and a record is what the server wrote.
 */

import { hasMark, MARK_BYTES } from '../../bytes/mark.ts'
import { textBetween } from '../../record/records.ts'

export type JsonStep =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'place'; readonly place: number }
  | { readonly kind: 'all' }

export type JsonPath = { readonly text: string; readonly steps: readonly JsonStep[] }

/** Ranges [start, end) of values, one after the other; `missing`: how often a step led nowhere. */
export type FoundInJson = { readonly ranges: number[]; missing: number }

const STEP = /\.([^.[\]'"*]+)|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(-?\d{1,9})\]|\[(\*)\]/y

/** Reads a path; undefined where the text is not one. */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: JsonStep[] = []
  STEP.lastIndex = 1
  for (let at = 1; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at
    const found = STEP.exec(text)
    if (found === null) return undefined
    const [, plain, single, double, place, all] = found
    const quoted = (single ?? double)?.replace(/\\(.)/g, '$1')
    const name = plain ?? quoted
    if (name !== undefined) steps.push({ kind: 'name', name })
    else if (all !== undefined) steps.push({ kind: 'all' })
    else steps.push({ kind: 'place', place: Number(place) })
  }
  return { text, steps }
}

/** What a path finds in bytes that are JSON: the caller has checked that. Where names come twice, the last one counts. */
export function findInJson(bytes: Uint8Array, { steps }: JsonPath): FoundInJson {
  const found: FoundInJson = { ranges: [], missing: 0 }
  const visit = (start: number, step: number): void => {
    const at = skipBlanks(bytes, start)
    const next = steps[step]
    if (next === undefined) {
      found.ranges.push(at, endOfValue(bytes, at))
      return
    }
    if (next.kind === 'name') {
      const member = bytes[at] === BRACE ? memberOf(bytes, at, next.name) : undefined
      if (member === undefined) found.missing++
      else visit(member, step + 1)
      return
    }
    // Some servers write null for an empty list.
    if (next.kind === 'all' && bytes[at] === LETTER_N) return
    if (bytes[at] !== BRACKET) {
      found.missing++
      return
    }
    const elements = elementsOf(bytes, at)
    if (next.kind === 'all') {
      for (const element of elements) visit(element, step + 1)
      return
    }
    const element = elements.at(next.place)
    if (element === undefined) found.missing++
    else visit(element, step + 1)
  }
  visit(hasMark(bytes) ? MARK_BYTES : 0, 0)
  return found
}

/**
 * The text of a string, or a number as the server wrote it, if a path finds nothing else. Ids of 64 bits have more digits than
 * a number of JavaScript keeps.
 */
export function textInJson(bytes: Uint8Array, path: JsonPath): string | undefined {
  const { ranges } = findInJson(bytes, path)
  const [start = 0, end = 0] = ranges
  if (ranges.length !== 2) return undefined
  const text = textBetween(bytes, start, end)
  if (bytes[start] === QUOTE) return JSON.parse(text) as string
  return /^[-\d]/.test(text) ? text : undefined
}

/** Where the value of a member of the object at `start` begins. */
function memberOf(bytes: Uint8Array, start: number, name: string): number | undefined {
  let found: number | undefined
  let at = skipBlanks(bytes, start + 1)
  while (at < bytes.length && bytes[at] !== BRACE_END) {
    const end = endOfString(bytes, at)
    const value = skipBlanks(bytes, skipBlanks(bytes, end) + 1)
    if (JSON.parse(textBetween(bytes, at, end)) === name) found = value
    at = afterComma(bytes, endOfValue(bytes, value))
  }
  return found
}

/** Where each element of the list at `start` begins. */
function elementsOf(bytes: Uint8Array, start: number): number[] {
  const found: number[] = []
  let at = skipBlanks(bytes, start + 1)
  while (at < bytes.length && bytes[at] !== BRACKET_END) {
    found.push(at)
    at = afterComma(bytes, endOfValue(bytes, at))
  }
  return found
}

function afterComma(bytes: Uint8Array, end: number): number {
  const at = skipBlanks(bytes, end)
  return bytes[at] === COMMA ? skipBlanks(bytes, at + 1) : at
}

function endOfValue(bytes: Uint8Array, start: number): number {
  const first = bytes[start]
  if (first === QUOTE) return endOfString(bytes, start)
  if (first !== BRACE && first !== BRACKET) {
    let end = start
    while (end < bytes.length && !endsLiteral(bytes[end] as number)) end++
    return end
  }
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at) - 1
    else if (byte === BRACE || byte === BRACKET) depth++
    else if ((byte === BRACE_END || byte === BRACKET_END) && --depth === 0) return at + 1
  }
  return bytes.length
}

function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++
    else if (bytes[at] === QUOTE) return at + 1
  }
  return bytes.length
}

function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start
  while (isBlank(bytes[at])) at++
  return at
}

const isBlank = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9

const endsLiteral = (byte: number): boolean =>
  byte === COMMA || byte === BRACE_END || byte === BRACKET_END || isBlank(byte)

const [QUOTE, COMMA, BACKSLASH, LETTER_N] = [0x22, 0x2c, 0x5c, 0x6e]
const [BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x7b, 0x7d, 0x5b, 0x5d]
