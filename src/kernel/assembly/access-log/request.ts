/**
 * The parts of a request, `METHOD target PROTOCOL`: see `format/access-log/request.ts`. AssemblyScript. Addresses, `shift`
 * and columns are those of `access-log.ts`.
 */
import { DASH, DOT, LETTER_A, LETTER_Z, QUESTION, SLASH, SPACE, ZERO } from '../bytes.ts'
import {
  METHOD_END,
  NO_PROTOCOL,
  NO_QUERY,
  NO_TARGET,
  PATH_END,
  PROTOCOL_START,
  QUERY_START,
  TARGET_END,
  TARGET_START,
} from './columns.ts'

// Bytes as little-endian words.
const GET: u32 = 0x20544547 // "GET "
const HTTP: u32 = 0x50545448
/** Bytes of ` HTTP/1.1`. */
const LAST_WORD: i32 = 9

/** Puts the parts of the request [from, end). */
export function putUnknownRequest(columns: i32, stride: i32, row: i32, from: i32, end: i32, shift: i32): void {
  let mark: i32 = 0
  let spaces = 0
  for (let at = from; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === SPACE) spaces++
    if (byte === QUESTION && mark === 0) mark = at
  }
  putRequest(columns, stride, row, from, end, mark, spaces, shift)
}

/** The same, if it is known that the request has `spaces` spaces and its first `?` at `mark`, 0 if there is none. */
export function putRequest(
  columns: i32,
  stride: i32,
  row: i32,
  from: i32,
  end: i32,
  mark: i32,
  spaces: i32,
  shift: i32,
): void {
  findParts(from, end, mark, spaces)
  const at = columns + (row << 2)
  store<i32>(at + METHOD_END * stride, methodEnd - shift)
  store<i32>(at + TARGET_START * stride, targetStart - shift)
  store<i32>(at + TARGET_END * stride, targetEnd - shift)
  store<i32>(at + PATH_END * stride, pathEnd - shift)
  store<i32>(at + QUERY_START * stride, pathEnd + 1 - shift)
  store<i32>(at + PROTOCOL_START * stride, targetEnd + 1 - shift)
  const flags = columns + row
  store<u8>(flags + NO_TARGET * stride, noTarget)
  store<u8>(flags + NO_QUERY * stride, !hasQuery)
  store<u8>(flags + NO_PROTOCOL * stride, !hasProtocol)
}

// The parts that `findParts` has found.

/** The start of a request without a method. */
export let methodEnd: i32 = 0
export let targetStart: i32 = 0
export let targetEnd: i32 = 0
/** The `?` of the target, or its end. */
export let pathEnd: i32 = 0
export let noTarget: bool = false
export let hasQuery: bool = false
export let hasProtocol: bool = false

/** Finds the parts of the request [from, end), which has `spaces` spaces and its first `?` at `mark`, 0 if there is none. */
export function findParts(from: i32, end: i32, mark: i32, spaces: i32): void {
  let method: i32 = methodFrom(from, end)
  let start = method + 1
  let behind = end - LAST_WORD
  let isAbsent = false
  // Most requests are three words with single spaces between them.
  const isUsual =
    method > from &&
    behind > start &&
    load<u8>(behind - 1) !== SPACE &&
    load<u8>(behind) === SPACE &&
    isHttp(behind + 1) &&
    load<u8>(behind, 6) !== SPACE &&
    load<u8>(behind, 7) === DOT &&
    load<u8>(behind, 8) !== SPACE &&
    load<u8>(start) !== SPACE
  if (!isUsual) {
    start = method
    behind = end
    while (start < behind && load<u8>(start) === SPACE) start++
    while (behind > start && load<u8>(behind - 1) === SPACE) behind--
    if (start === behind) method = from
    isAbsent = method === from || isOnlyProtocol(start, behind)
    behind = beforeProtocol(start, behind)
  }
  // A method has no question mark, so the first of the request belongs to the target.
  hasQuery = !isAbsent && mark !== 0 && mark < behind
  hasProtocol = !isAbsent && spaces === 2 && start === method + 1 && isProtocol(behind, end)
  pathEnd = hasQuery ? mark : behind
  methodEnd = method
  targetStart = start
  targetEnd = behind
  noTarget = isAbsent
}

/** The end of the method, at a space; `from` if the request begins with no method. */
function methodFrom(from: i32, end: i32): i32 {
  if (from + 4 <= end && load<u32>(from) === GET) return from + 3
  for (let at = from; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === SPACE) return at
    if ((byte < LETTER_A || byte > LETTER_Z) && byte !== DASH) return from
  }
  return from
}

/** The end of a target [from, end) whose last word may be the protocol: neither it nor the spaces before it belong to the target. */
function beforeProtocol(from: i32, end: i32): i32 {
  let last = end - 1
  while (last > from && load<u8>(last) !== SPACE) last--
  if (last <= from || end - last < 6 || !isHttp(last + 1)) return end
  while (load<u8>(last - 1) === SPACE) last--
  return last
}

/** Whether [from, end) is one word that begins with `HTTP/`: then nothing lies between it and the method. */
function isOnlyProtocol(from: i32, end: i32): bool {
  if (end - from < 5 || !isHttp(from)) return false
  for (let at = from; at < end; at++) if (load<u8>(at) === SPACE) return false
  return true
}

/** Whether [from, end) is a space and `HTTP/` with a version d or d.d. */
function isProtocol(from: i32, end: i32): bool {
  const length = end - from
  if ((length !== 9 && length !== 7) || load<u8>(from) !== SPACE || !isHttp(from + 1) || !isDigit(from + 6))
    return false
  return length === 7 || (load<u8>(from, 7) === DOT && isDigit(from + 8))
}

/** Whether `HTTP/` is at `at`. */
function isHttp(at: i32): bool {
  return load<u32>(at) === HTTP && load<u8>(at, 4) === SLASH
}

function isDigit(at: i32): bool {
  return <u32>load<u8>(at) - ZERO <= 9
}
