/**
 * The members that objects have: a ring for each object on the way to a column, with the ones that are no columns as far as
 * they were met. AssemblyScript.
 *
 * Each remembers which one came behind it the last time, so mostly the next name is the one expected, and is compared with
 * its quotes and its colon, sixteen bytes at a time. Where it is another, the ring is searched from there on: where members
 * are left out, the one that comes is not far.
 *
 * A member is an address, of the first 16 bytes of `"name":`, with zeros behind a shorter one. Then come:
 */

import { firstMinute } from '../value/time.ts'
import { LONGEST_LEARNT, MEMBER_BYTES, MOST_LEARNT } from './layout.ts'

const COLON: u8 = 58

/** Length of `"name":`. */
export const LENGTH = 16
/** Where the bytes of it behind the first 16 are, in whole sixteens, zeros behind. */
const REST = 20
/** A bit for each of the first 16 bytes that is of the name. */
const BITS = 24
/** See `value-kinds.ts`. */
export const KIND = 28
/** Where its column's values are; 0 where nobody wants them. */
export const VALUES = 32
/** Index of the column. */
export const COLUMN = 36
/** The record that had it last, as a number that `scan` counts. */
export const SEEN = 40
/** The one that came behind it the last time; of an object, also the first in it. */
export const NEXT = 44
export const FIRST = 48
/** The next in the ring; of an object, also the last that was added to the one of its members. */
const RING = 52
const LAST = 56
/** See `value-time.ts`. */
export const MINUTE = 64

/** The first address where nothing is yet. */
let free: i32 = 0
let learnt: i32 = 0
/** What stands for a member that is not remembered: its name is nowhere, as names have no zeros. */
export let unknown: i32 = 0

/** Memory from `at` on, all zero, becomes that of the members. */
export function placeMembers(at: i32): void {
  free = at
  learnt = 0
  unknown = free
  free += MEMBER_BYTES
  store<i32>(unknown, 0xffff, BITS)
  store<i32>(unknown, unknown, NEXT)
}

/** Adds a member to an object, 0 for the outermost itself; [at, at + count) is its name in quotes. Returns it. */
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

/** The member of an object whose name in quotes is [at, end), looked for from `guess` on; maybe `unknown`. */
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

/** Whether so many bytes of the name behind the first 16 are at `at`. */
function isRestAt(member: i32, at: i32, count: i32): bool {
  for (let rest = load<i32>(member, REST); count > 0; count -= 16) {
    const bits = bitsOf(count)
    if ((sameBits(rest, at) & bits) !== bits) return false
    at += 16
    rest += 16
  }
  return true
}

/** A bit for each of the 16 bytes at both addresses that are the same. */
// @ts-expect-error: a decorator of AssemblyScript
function sameBits(a: i32, b: i32): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)))
}

/** The bits of so many bytes, of the first 16. */
function bitsOf(count: i32): i32 {
  return count >= 16 ? 0xffff : (1 << count) - 1
}
