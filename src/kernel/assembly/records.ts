/**
 * Writes lines as records of a Kafka record batch, whose layout is drawn in `bus/batch/record-batch.ts`. AssemblyScript: runs
 * as WebAssembly. A position is an address less a shift: the position of a line in its batch of lines, or of a record in the
 * memory to which it will be copied.
 */

/** The most bytes that the next record needs besides its value. */
let bound: i32
// Addresses, see `place`.
let starts: i32
let ends: i32
let outStarts: i32
let outEnds: i32
let note: i32

/**
 * Sets the addresses: `atRanges`, of the starts and ends of the lines, then of the values in their records, `block` integers
 * each; `atNote`, where `put` notes the end of the records. A record needs at most `besides` bytes besides its value.
 */
export function place(block: i32, atRanges: i32, atNote: i32, besides: i32): void {
  starts = atRanges
  ends = starts + (block << 2)
  outStarts = ends + (block << 2)
  outEnds = outStarts + (block << 2)
  note = atNote
  bound = besides
}

/**
 * Writes lines, without key and headers, from address `out` on, as the records `delta` and following of their batch, each
 * `time` ms (as zigzag) after the first of the batch. A line is written only if the next one fits before address `limit` too, so the last of the `count` lines is never written. Stops at
 * the first line that does not lie within the addresses [from, to). Returns the number of records.
 */
export function put(
  count: i32,
  from: i32,
  to: i32,
  shift: i32,
  delta: i32,
  time: u32,
  out: i32,
  limit: i32,
  outShift: i32,
): i32 {
  let at = out
  let taken: i32 = 0
  const fixed = 3 + zigzagBytes(time)
  for (; taken + 1 < count; taken++) {
    const index = taken << 2
    const start: i32 = load<i32>(starts + index) + shift
    const end: i32 = load<i32>(ends + index) + shift
    if (start < from || end > to) break
    const length = end - start
    const size = fixed + varintBytes(delta) + varintBytes(length) + length
    const next: i32 = load<i32>(ends + index, 4) - load<i32>(starts + index, 4)
    if (at + 5 + size + bound + next > limit) break
    at = putVarint(at, size)
    store<u8>(at, 0) // attributes
    at = putZigzag(at + 1, time)
    at = putVarint(at, delta++)
    store<u8>(at, 1) // -1: no key
    at = putBytes(at + 1, start, length, outStarts + index, outEnds + index, outShift)
    store<u8>(at++, 0) // no headers
  }
  store<i32>(note, at)
  return taken
}

/**
 * Writes the length of a value and then its bytes, and notes its start and end. It is copied by sixteen bytes: bytes
 * beyond its end are overwritten by what follows.
 */
function putBytes(to: i32, from: i32, length: i32, outStart: i32, outEnd: i32, outShift: i32): i32 {
  const begin = putVarint(to, length)
  store<i32>(outStart, begin - outShift)
  for (let at: i32 = 0; at < length; at += 16) v128.store(begin + at, v128.load(from + at))
  store<i32>(outEnd, begin + length - outShift)
  return begin + length
}

// Varints of numbers that are not negative: zigzag doubles them.

function putVarint(at: i32, value: i32): i32 {
  return putZigzag(at, (<u32>value) << 1)
}

function varintBytes(value: i32): i32 {
  return zigzagBytes((<u32>value) << 1)
}

function putZigzag(at: i32, value: u32): i32 {
  let left = value
  while (left > 127) {
    store<u8>(at++, (left & 127) | 128)
    left >>= 7
  }
  store<u8>(at, left)
  return at + 1
}

function zigzagBytes(value: u32): i32 {
  let bytes: i32 = 1
  for (let left: u32 = value >> 7; left !== 0; left >>= 7) bytes++
  return bytes
}
