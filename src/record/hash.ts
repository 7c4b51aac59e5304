/**
 * 32-bit hashes of byte strings, for tables in memory: no stored format depends on them. They read four bytes at once, at
 * any alignment, through a DataView, which is twice as fast as byte by byte.
 */

const MULTIPLIER = 0x9e3779b1 | 0

/**
 * A fast hash, good on keys that nobody chose to collide: eight bytes a step, in two hashes that the processor computes at
 * the same time, and a final mixing so that every bit affects the low ones. The last word overlaps the one before, which saves
 * a loop over the rest.
 */
export function hashBytes(bytes: DataView, start: number, end: number): number {
  let hash = end - start
  let other = MULTIPLIER
  let at = start
  for (const whole = end - 7; at < whole; at += 8) {
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ bytes.getInt32(at, true), MULTIPLIER)
    other = Math.imul(((other << 5) | (other >>> 27)) ^ bytes.getInt32(at + 4, true), MULTIPLIER)
  }
  if (end - start >= 4) {
    if (end - at >= 4) hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ bytes.getInt32(at, true), MULTIPLIER)
    other = Math.imul(((other << 5) | (other >>> 27)) ^ bytes.getInt32(end - 4, true), MULTIPLIER)
  } else {
    for (; at < end; at++) other = (other << 8) | bytes.getUint8(at)
  }
  hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ other, MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** HalfSipHash-1-3 (Aumasson, Bernstein), keyed by two words: nobody can make keys collide without knowing them. */
export function keyedHash(bytes: DataView, start: number, end: number, key: Int32Array): number {
  const k0 = key[0] as number
  const k1 = key[1] as number
  let v0 = k0
  let v1 = k1
  let v2 = 0x6c796765 ^ k0
  let v3 = 0x74656462 ^ k1
  const words = (end - start) >> 2
  for (let step = 0; step <= words + 3; step++) {
    let word = 0
    if (step < words) word = bytes.getInt32(start + step * 4, true)
    else if (step === words) {
      word = (end - start) << 24
      for (let i = start + words * 4, shift = 0; i < end; i++, shift += 8) word |= bytes.getUint8(i) << shift
    } else if (step === words + 1) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return v1 ^ v3
}
