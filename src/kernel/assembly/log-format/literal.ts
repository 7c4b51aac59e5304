/** The texts between the fields of a log format, and the gaps between values of a list. AssemblyScript. */
import { COLON, COMMA, SPACE } from '../bytes.ts'
import * as STEP from './layout.ts'

/** Whether the `count` bytes of the text at `literal` are at `at`. */
export function isLiteral(literal: i32, count: i32, at: i32): bool {
  for (; count > 16; count -= 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(literal), v128.load(at))) !== 0xffff) return false
    literal += 16
    at += 16
  }
  const mask: i32 = (1 << count) - 1
  return (i8x16.bitmask(i8x16.eq(v128.load(literal), v128.load(at))) & mask) === mask
}

/** The address after the text behind the field of a step, which ends at `at`, or 0. */
export function behind(step: i32, at: i32, end: i32): i32 {
  const count = load<i32>(step, STEP.COUNT)
  if (((load<u64>(at) ^ load<u64>(step, STEP.WORD)) & load<u64>(step, STEP.MASK)) !== 0 || at + count > end) return 0
  if (count > 8 && !isLiteral(load<i32>(step, STEP.LITERAL) + 8, count - 8, at + 8)) return 0
  return at + load<i32>(step, STEP.ADVANCE)
}

/** The address after a comma or a space at `at` that is part of `, ` or ` : ` between values of a list; or 0. */
export function listGap(start: i32, at: i32, end: i32): i32 {
  if (load<u8>(at) === COMMA) return at + 1 < end && load<u8>(at, 1) === SPACE ? at + 2 : 0
  if (load<u8>(at) !== SPACE) return 0
  if (at > start && load<u8>(at - 1) === COMMA) return at + 1
  return at + 2 < end && load<u8>(at, 1) === COLON && load<u8>(at, 2) === SPACE ? at + 3 : 0
}
