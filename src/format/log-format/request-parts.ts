/**
 * The parts of a request, `METHOD target PROTOCOL`, by the rules of `format/access-log/request.ts`. The kernel splits nearly all
 * of them; those with escapes are split here, once these are gone.
 */

const SPACE = 32
const DASH = 45
const QUESTION = 63
const HTTP = /^HTTP\/\d(?:\.\d)?$/

export type RequestParts = {
  /** Where each part lies; its end is below its start where it is absent. */
  readonly method: Range
  readonly target: Range
  readonly path: Range
  readonly query: Range
  readonly protocol: Range
}

type Range = readonly [from: number, end: number]

const NONE: Range = [0, -1]

/** Splits the request [from, end). */
export function splitRequest(bytes: Uint8Array, from: number, end: number): RequestParts {
  let methodEnd = from
  while (methodEnd < end && isMethodByte(bytes[methodEnd] as number)) methodEnd++
  let start = methodEnd
  let behind = end
  while (start < behind && bytes[start] === SPACE) start++
  while (behind > start && bytes[behind - 1] === SPACE) behind--
  const hasMethod = methodEnd > from && bytes[methodEnd] === SPACE && methodEnd < end && start < behind
  if (!hasMethod) return { method: NONE, target: NONE, path: NONE, query: NONE, protocol: NONE }
  const method: Range = [from, methodEnd]
  const word = lastWord(bytes, start, behind)
  const isProtocol = beginsWithHttp(bytes, word, behind)
  if (isProtocol && word === start) return { method, target: NONE, path: NONE, query: NONE, protocol: NONE }
  let targetEnd = behind
  if (isProtocol) for (targetEnd = word; bytes[targetEnd - 1] === SPACE; ) targetEnd--
  let mark = start
  while (mark < targetEnd && bytes[mark] !== QUESTION) mark++
  const isWhole =
    start === methodEnd + 1 && word === targetEnd + 1 && behind === end && !hasSpace(bytes, start, targetEnd)
  return {
    method,
    target: [start, targetEnd],
    path: [start, mark],
    query: mark < targetEnd ? [mark + 1, targetEnd] : NONE,
    protocol: isProtocol && isWhole && HTTP.test(latin1Of(bytes, word, end)) ? [word, end] : NONE,
  }
}

/** A capital letter or a hyphen. */
const isMethodByte = (byte: number): boolean => (byte >= 65 && byte <= 90) || byte === DASH

function lastWord(bytes: Uint8Array, from: number, end: number): number {
  let at = end
  while (at > from && bytes[at - 1] !== SPACE) at--
  return at
}

const beginsWithHttp = (bytes: Uint8Array, from: number, end: number): boolean =>
  end - from >= 5 && latin1Of(bytes, from, from + 5) === 'HTTP/'

function hasSpace(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (bytes[at] === SPACE) return true
  return false
}

/** A few bytes as a string. */
const latin1Of = (bytes: Uint8Array, from: number, end: number): string =>
  end - from > 10 ? '' : String.fromCharCode(...bytes.subarray(from, end))
