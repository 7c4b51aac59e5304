/**
 * The registers and ranks of texts in a sketch of 2^14 registers: XXH64 with seed 42, whose first bits name the register, and whose
 * first 1 behind them gives the rank. Source: github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
 */

const P1: u64 = 0x9e3779b185ebca87
const P2: u64 = 0xc2b2ae3d27d4eb4f
const P3: u64 = 0x165667b19e3779f9
const P4: u64 = 0x85ebca77c2b2ae63
const P5: u64 = 0x27d4eb2f165667c5
const SEED: u64 = 42
const REGISTER_BITS: u64 = 14
const RANK_BITS: u64 = 6

/**
 * For texts [0, count): text i is the bytes from `bytes` + the i-th of `starts` to that of `ends`, arrays of 4 bytes each. Puts
 * register << 6 | rank of each into `out`, 4 bytes each.
 */
export function sketchTexts(count: u32, starts: usize, ends: usize, out: usize, bytes: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at: usize = 4 * i
    const hash = xxh64(bytes + load<u32>(starts + at), bytes + load<u32>(ends + at))
    const rank = clz<u64>((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))) + 1
    store<u32>(out + at, <u32>(((hash >> (64 - REGISTER_BITS)) << RANK_BITS) | rank))
  }
}

function round(sum: u64, word: u64): u64 {
  return rotl<u64>(sum + word * P2, 31) * P1
}

function xxh64(start: usize, end: usize): u64 {
  let at = start
  let hash: u64 = SEED + P5
  if (end - start >= 32) {
    let a: u64 = SEED + P1 + P2
    let b: u64 = SEED + P2
    let c: u64 = SEED
    let d: u64 = SEED - P1
    for (; at + 32 <= end; at += 32) {
      a = round(a, load<u64>(at))
      b = round(b, load<u64>(at, 8))
      c = round(c, load<u64>(at, 16))
      d = round(d, load<u64>(at, 24))
    }
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18)
    hash = (hash ^ round(0, a)) * P1 + P4
    hash = (hash ^ round(0, b)) * P1 + P4
    hash = (hash ^ round(0, c)) * P1 + P4
    hash = (hash ^ round(0, d)) * P1 + P4
  }
  hash += <u64>(end - start)
  for (; at + 8 <= end; at += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * P1 + P4
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * P1), 23) * P2 + P3
    at += 4
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * P5), 11) * P1
  hash = (hash ^ (hash >> 33)) * P2
  hash = (hash ^ (hash >> 29)) * P3
  return hash ^ (hash >> 32)
}
