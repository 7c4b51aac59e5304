/** Puts texts, and the parts of requests, into the row. AssemblyScript. */
import {
  findParts,
  hasProtocol,
  hasQuery,
  methodEnd,
  noTarget,
  pathEnd,
  targetEnd,
  targetStart,
} from '../access-log/request.ts'
import { DASH, QUESTION, SPACE } from '../bytes.ts'
import { putLate, putRange } from '../value/put.ts'
import * as STEP from './layout.ts'

/** Puts the text [start, end) of a field into the row; false if that is left to JavaScript. */
export function putText(step: i32, start: i32, end: i32, isEscaped: i32): bool {
  const kind = load<i32>(step, STEP.KIND)
  const values = load<i32>(step, STEP.VALUES)
  if (kind !== STEP.TEXT) return putParts(step, kind, start, end, isEscaped)
  if (values === 0 || isAbsentText(step, start, end)) return true
  if (isEscaped === 0) putRange(values, start, end)
  else putLate(load<i32>(step, STEP.COLUMN), start, end, 1)
  return true
}

export function isAbsentText(step: i32, start: i32, end: i32): bool {
  if (end - start > 1) return false
  const flags = load<i32>(step, STEP.FLAGS)
  if (end === start) return (flags & STEP.EMPTY_IS_NULL) !== 0
  return load<u8>(start) === DASH && (flags & STEP.DASH_IS_NULL) !== 0
}

/** The same for a field that has parts. */
function putParts(step: i32, kind: i32, start: i32, end: i32, isEscaped: i32): bool {
  const values = load<i32>(step, STEP.VALUES)
  if (kind === STEP.QUERY) {
    if (isAbsentText(step, start, end)) return true
    if (isEscaped !== 0 || (end > start && load<u8>(start) !== QUESTION)) return false
    if (end > start) putRange(values, start + 1, end)
    return true
  }
  if (load<i32>(step + STEP.PARTS, STEP.ANY) === 0) return true
  if (isEscaped !== 0) return false
  let mark: i32 = 0
  let spaces = 0
  for (let at = start; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === SPACE) spaces++
    if (byte === QUESTION && mark === 0) mark = at
  }
  const mayHaveDash = (load<i32>(step, STEP.FLAGS) & STEP.DASH_BEHIND) !== 0
  if (mayHaveDash && mark === 0 && end > start && load<u8>(end - 1) === DASH) end--
  if (isAbsentText(step, start, end)) return true
  putRange(values, start, end)
  if (kind === STEP.REQUEST) putRequest(step + STEP.PARTS, start, end, mark, spaces)
  else putTarget(step + STEP.PARTS, start, end, mark)
  return true
}

/** Puts the parts of a request that has `spaces` spaces and its first `?` at `mark`, 0 if there is none. */
export function putRequest(parts: i32, start: i32, end: i32, mark: i32, spaces: i32): void {
  findParts(start, end, mark, spaces)
  if (methodEnd > start) putRange(load<i32>(parts, STEP.METHOD), start, methodEnd)
  if (noTarget) return
  putRange(load<i32>(parts, STEP.TARGET_PART), targetStart, targetEnd)
  putRange(load<i32>(parts, STEP.PATH), targetStart, pathEnd)
  if (hasQuery) putRange(load<i32>(parts, STEP.QUERY_PART), pathEnd + 1, targetEnd)
  if (hasProtocol) putRange(load<i32>(parts, STEP.PROTOCOL), targetEnd + 1, end)
}

/** Puts the path and the query of a target. */
export function putTarget(parts: i32, start: i32, end: i32, mark: i32): void {
  putRange(load<i32>(parts, STEP.PATH), start, mark === 0 ? end : mark)
  if (mark !== 0) putRange(load<i32>(parts, STEP.QUERY_PART), mark + 1, end)
}
