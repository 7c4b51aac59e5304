/** Finds a line end within a record: where lines end with CR or NUL alone, a record is several of them. AssemblyScript. */
import { CR, NUL, OPEN_BRACKET, SPACE } from '../bytes.ts'

// Bytes as a little-endian word: any byte, then `] "`.
const BEHIND_TIME: u32 = 0x22205d00
/** Bytes from the `[` of the time to the first byte of the request: the time, a space and a quote. */
export const TIME_AND_QUOTE: i32 = 30

/** Whether 28 bytes in brackets, a space and a quote are at `at`. */
export function isTimeAndQuote(at: i32, end: i32): bool {
  return at + TIME_AND_QUOTE <= end && load<u8>(at) === OPEN_BRACKET && (load<u32>(at, 26) & 0xffffff00) === BEHIND_TIME
}

/**
 * The first CR or NUL at addresses [from, end) that ends a line as others end with LF, or 0: a CR that text follows, or a NUL,
 * which may be one of a text, between what both look like lines.
 */
export function lineEndWithin(from: i32, end: i32): i32 {
  let lastText = 0
  let firstTime = 0
  let lastTime = 0
  for (let at = from; at < end; at += 16) {
    let hits = i8x16.bitmask(marksAt(at))
    for (; hits !== 0; hits &= hits - 1) {
      const mark = at + ctz(hits)
      if (mark >= end) return 0
      if (load<u8>(mark) === CR) {
        if (lastText === 0) lastText = lastTextBefore(end, from)
        if (lastText > mark) return mark
        continue
      }
      if (lastTime === 0) {
        firstTime = timeFrom(from, end, 1)
        lastTime = timeFrom(end - TIME_AND_QUOTE, from, -1)
      }
      if (firstTime + TIME_AND_QUOTE <= mark && lastTime > mark + 1) return mark
    }
  }
  return 0
}

/** The last byte before `end` that is neither CR nor NUL, or the address before `from`. */
function lastTextBefore(end: i32, from: i32): i32 {
  let at = end - 1
  while (at >= from && (load<u8>(at) === CR || load<u8>(at) === NUL)) at--
  return at
}

/** The first `[` of a time behind a space, from `at` to `to` in steps of `step`; where there is none, no mark is before and behind one. */
function timeFrom(at: i32, to: i32, step: i32): i32 {
  const end = step > 0 ? to : at + TIME_AND_QUOTE
  const from = step > 0 ? at : to
  for (; step > 0 ? at < to : at > to; at += step) {
    if (at > from && load<u8>(at - 1) === SPACE && isTimeAndQuote(at, end)) return at
  }
  return step > 0 ? i32.MAX_VALUE - TIME_AND_QUOTE : 1
}

function marksAt(at: i32): v128 {
  const bytes = v128.load(at)
  return v128.or(i8x16.eq(bytes, i8x16.splat(CR)), i8x16.eq(bytes, i8x16.splat(NUL)))
}
