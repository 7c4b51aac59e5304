/** 32-bit hashes of byte strings, for tables in memory: no stored format depends on them. */

const MULTIPLIER = 0x9e3779b1 | 0

/** Fast, and good on what comes by chance: four bytes a step, and a last mixing so that every bit moves the low ones. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  let at = start
  for (const whole = end - 3; at < whole; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ word, MULTIPLIER)
  }
  let rest = 0
  for (; at < end; at++) rest = (rest << 8) | (bytes[at] as number)
  hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ rest, MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** HalfSipHash-1-3 (Aumasson, Bernstein), keyed by two words: collisions cannot be made without knowing the key. */
export function keyedHash(bytes: Uint8Array, start: number, end: number, key: Int32Array): number {
  const k0 = key[0] as number
  const k1 = key[1] as number
  let v0 = k0
  let v1 = k1
  let v2 = 0x6c796765 ^ k0
  let v3 = 0x74656462 ^ k1
  const whole = start + ((end - start) & ~3)
  const rounds = ((whole - start) >> 2) + 1
  for (let step = 0, at = start; step < rounds + 3; step++) {
    let word = 0
    if (step < rounds - 1) {
      word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)
      at += 4
    } else if (step === rounds - 1) {
      word = (end - start) << 24
      for (let i = whole; i < end; i++) word |= (bytes[i] as number) << ((i - whole) * 8)
    } else if (step === rounds) v2 ^= 0xff
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
