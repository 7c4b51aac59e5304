/**
 * The inner rows of a column: the elements of all its arrays, or the members of all its objects, each a row of columns of
 * their own. A value of the column is a range of them. AssemblyScript.
 */
import { goTo } from '../value/put.ts'
import { INNER_BYTES, KEY_SLOTS, MOST_ROWS } from './layout.ts'

// Places in the description of inner rows, which JavaScript also reads and writes.

/** The first free row. */
const NEXT = 0
/** Rows for which there is room. */
const ROOM = 4
/** The first free row when the present record began. */
const START = 8
/** 0 if nobody wants the column: then all are row 0, and only counted. */
const KEPT = 12

// Addresses, see `placeInner`.
let first: i32
let behind: i32
let slots: i32

/** Whether there was no room for a row of the present record. */
let isFull: bool = false

/** The descriptions of `count` inner rows lie at `at`, which JavaScript has filled, and then KEY_SLOTS, all zero. */
export function placeInner(at: i32, count: i32): void {
  first = at
  behind = first + count * INNER_BYTES
  slots = behind
  isFull = false
}

/** A record begins. */
export function markInner(): void {
  for (let inner = first; inner < behind; inner += INNER_BYTES) store<i32>(inner, load<i32>(inner, NEXT), START)
}

/** The record is left: it may begin anew, in rows that JavaScript frees. */
export function leaveInner(): bool {
  const wasFull = isFull
  isFull = false
  return wasFull
}

/** The first free row. */
export function nextRow(inner: i32): i32 {
  return load<i32>(inner, NEXT)
}

/** Takes the first free row: values go into it from now on. False if there is none, or the record has too many. */
export function enterRow(inner: i32): bool {
  const next = load<i32>(inner, NEXT)
  const room = load<i32>(inner, ROOM)
  const kept = load<i32>(inner, KEPT)
  if (next - load<i32>(inner, START) === MOST_ROWS) return false
  if (next === room && kept !== 0) {
    isFull = true
    return false
  }
  store<i32>(inner, next + 1, NEXT)
  goTo(next * kept, room)
  return true
}

// Names of members. Objects whose names are data are not large, mostly; JavaScript reads the others.

const MOST_KEYS: i32 = KEY_SLOTS >> 1
const MOST_PROBES: i32 = 64
/** Of the last object: slots of earlier ones are free. */
let generation: i32 = 0

/**
 * Whether the keys in rows [from, to) of a column of ranges, which has `room` rows, are all different; false if that is too
 * much work. Addresses are positions and `shift`.
 */
export function areDistinct(keys: i32, room: i32, from: i32, to: i32, shift: i32): bool {
  if (to - from > MOST_KEYS) return false
  generation++
  for (let key = from; key < to; key++) {
    const start = load<i32>(keys + (key << 2)) + shift
    const end = load<i32>(keys + ((room + key) << 2)) + shift
    let slot = hashOf(start, end) & (KEY_SLOTS - 1)
    for (let probes = 0; ; probes++) {
      const at = slots + (slot << 3)
      if (load<i32>(at) !== generation) {
        store<i32>(at, generation)
        store<i32>(at, key, 4)
        break
      }
      const other = load<i32>(at, 4)
      const otherStart = load<i32>(keys + (other << 2)) + shift
      const otherEnd = load<i32>(keys + ((room + other) << 2)) + shift
      if (otherEnd - otherStart === end - start && memory.compare(start, otherStart, end - start) === 0) return false
      if (probes === MOST_PROBES) return false
      slot = (slot + 1) & (KEY_SLOTS - 1)
    }
  }
  return true
}

function hashOf(start: i32, end: i32): i32 {
  let hash: u64 = <u64>(end - start)
  for (; start + 8 <= end; start += 8) hash = mixed(hash ^ load<u64>(start))
  const rest: u64 = <u64>(end - start)
  if (rest !== 0) hash = mixed(hash ^ ((load<u64>(start) << (64 - (rest << 3))) >> (64 - (rest << 3))))
  return <i32>(hash >> 32)
}

function mixed(hash: u64): u64 {
  const product = hash * 0x9e37_79b9_7f4a_7c15
  return product ^ (product >> 29)
}
