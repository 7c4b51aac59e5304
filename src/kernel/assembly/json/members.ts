/**
 * The members of objects: a ring for each object on the path of a column, which includes the unwanted members that have
 * occurred. AssemblyScript.
 *
 * Each member remembers the one that followed it in the last record. So the next name is mostly the expected one, and is
 * compared with its quotes and its colon, sixteen bytes at a time. If it is another, the ring is searched from there on: where
 * members are absent, the next one is not far.
 *
 * A member is the address of the first 16 bytes of `"name":`, filled with zeros. Then come:
 */
import { COLON } from '../bytes.ts'
import { firstMinute } from '../value/time.ts'
import { LONGEST_LEARNT, MEMBER_BYTES, MOST_LEARNT } from './layout.ts'

/** Length of `"name":`. */
export const LENGTH = 16
/** The address of its bytes after the first 16, filled with zeros to a multiple of 16. */
const REST = 20
/** A bit for each of the first 16 bytes that belongs to `"name":`. */
const BITS = 24
/** See `value/kinds.ts`. */
export const KIND = 28
/** The address of its column's values; 0 if they are unwanted. */
export const VALUES = 32
/** Index of the column. */
export const COLUMN = 36
/** The last record that had it, by its number in `scan`. */
export const SEEN = 40
/** The member that followed it in the last record; for an object, also the first one in it. */
export const NEXT = 44
export const FIRST = 48
/** The next in the ring; for an object, also the last one added to the ring of its members. */
const RING = 52
const LAST = 56
/** Of a LIST or a MAP: the address of its inner rows. */
export const INNER = 60
/** See `value/time.ts`. */
export const MINUTE = 64
/** Of a LIST or a MAP: what its elements are, as a member without a name; and the values of the keys. */
export const ITEM = 88
export const KEYS = 92

/** The first free address. */
let free: i32 = 0
let learnt: i32 = 0
/** Stands for any member that is not remembered. Its name never occurs, because names contain no zeros. */
export let unknown: i32 = 0

/** Puts the members into the memory from `at` on, which is all zero. */
export function placeMembers(at: i32): void {
  free = at
  learnt = 0
  unknown = free
  free += MEMBER_BYTES
  store<i32>(unknown, 0xffff, BITS)
  store<i32>(unknown, unknown, NEXT)
}

/** Adds a member to an object (`owner` 0: the outermost object itself); [at, at + count) is its name in quotes. Returns it. */
export function addMember(owner: i32, at: i32, count: i32): i32 {
  const member = free
  const rest = member + MEMBER_BYTES
  const beyond = max(count + 1 - 16, 0)
  free = rest + ((beyond + 15) & ~15)
  memory.copy(member, at, min(count, 16))
  if (count > 16) memory.copy(rest, at + 16, count - 16)
  store<u8>(count < 16 ? member + count : rest + count - 16, COLON)
  store<i32>(member, count + 1, LENGTH)
  store<i32>(member, rest, REST)
  store<i32>(member, bitsOf(count + 1), BITS)
  store<i32>(member, unknown, NEXT)
  store<i32>(member, unknown, FIRST)
  firstMinute(member + MINUTE)
  if (owner === 0) return member
  const last = load<i32>(owner, LAST)
  store<i32>(member, last === 0 ? member : load<i32>(last, RING), RING)
  if (last !== 0) store<i32>(last, member, RING)
  store<i32>(owner, member, LAST)
  return member
}

/** Whether `"name":` of the member is at `at`. */
// @ts-expect-error: a decorator of AssemblyScript
export function isAt(member: i32, at: i32): bool {
  const bits = load<i32>(member, BITS)
  if ((sameBits(member, at) & bits) !== bits) return false
  const beyond = load<i32>(member, LENGTH) - 16
  return beyond <= 0 || isRestAt(member, at + 16, beyond)
}

/** The member of an object whose name in quotes is [at, end), searched from `guess` on; perhaps `unknown`. */
export function findMember(owner: i32, guess: i32, at: i32, end: i32): i32 {
  const count = end - at
  const last = load<i32>(owner, LAST)
  if (last !== 0) {
    const from = guess === unknown ? load<i32>(last, RING) : guess
    let member = from
    do {
      if (load<i32>(member, LENGTH) === count + 1 && isNamed(member, at, count)) return member
      member = load<i32>(member, RING)
    } while (member !== from)
  }
  if (learnt === MOST_LEARNT || count > LONGEST_LEARNT) return unknown
  learnt++
  return addMember(owner, at, count)
}

function isNamed(member: i32, at: i32, count: i32): bool {
  const bits = bitsOf(count)
  return (sameBits(member, at) & bits) === bits && (count <= 16 || isRestAt(member, at + 16, count - 16))
}

/** Whether the `count` bytes of the name after its first 16 are at `at`. */
function isRestAt(member: i32, at: i32, count: i32): bool {
  for (let rest = load<i32>(member, REST); count > 0; count -= 16) {
    const bits = bitsOf(count)
    if ((sameBits(rest, at) & bits) !== bits) return false
    at += 16
    rest += 16
  }
  return true
}

/** A bit for each of 16 bytes that is the same at both addresses. */
// @ts-expect-error: a decorator of AssemblyScript
function sameBits(a: i32, b: i32): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)))
}

/** The bits of the first `count` bytes, at most 16. */
function bitsOf(count: i32): i32 {
  return count >= 16 ? 0xffff : (1 << count) - 1
}
