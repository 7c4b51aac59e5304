/**
 * Finds the ids of byte strings, and gives ids to new ones: see `record/key-memory.ts`. AssemblyScript: runs as WebAssembly.
 *
 * A table of slots, each a pair (hash, id + 1) of 32-bit integers; a free one is 0, as all memory is at first. The bytes of id i
 * are at the addresses arena + [offset i, offset i + 1). Addresses may be beyond 2 GiB: they are compared as unsigned.
 */

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15
const FINISHER: u64 = 0xd6e8feb86659fd93

let table: i32 = 0
let mask: i32 = 0
let offsets: i32 = 0
let arena: i32 = 0
/** No more keys than `mostKeys`, and no more bytes than `mostBytes`, have room. */
let mostKeys: i32 = 0
let mostBytes: u32 = 0
let size: i32 = 0
/** The key of the keyed hash; the fast hash is used as long as it is not keyed. */
let isKeyed: bool = false
let key0: u64 = 0
let key1: u64 = 0
/** The most slots that a new key had to pass. */
let longest: i32 = 0
/** What was read only so that it is in the cache. */
let last: u64 = 0

/** Says where everything is. */
export function place(tableAt: i32, slots: i32, offsetsAt: i32, keys: i32, arenaAt: i32, bytes: u32): void {
  table = tableAt
  mask = slots - 1
  offsets = offsetsAt
  mostKeys = keys
  arena = arenaAt
  mostBytes = bytes
}

export function setSize(keys: i32): void {
  size = keys
}

export function getSize(): i32 {
  return size
}

export function lastRead(): u64 {
  return last
}

export function longestProbe(): i32 {
  return longest
}

export function harden(a: u64, b: u64): void {
  isKeyed = true
  key0 = a
  key1 = b
}

/** The eight bytes at an address of which only `length` count; those behind are read and put to 0. */
function head(at: i32, length: i32): u64 {
  return length === 0 ? 0 : load<u64>(at) & (<u64>-1 >> <u64>(64 - (length << 3)))
}

/** Fast, not secret: eight bytes a step, of which the last overlap those before. */
function fastHash(at: i32, length: i32): u64 {
  let hash: u64 = <u64>length * FINISHER
  if (length <= 8) hash = (hash ^ head(at, length)) * MULTIPLIER
  else {
    const last = at + length - 8
    for (; <u32>at < <u32>last; at += 8) hash = rotl(hash ^ load<u64>(at), 29) * MULTIPLIER
    hash = rotl(hash ^ load<u64>(last), 29) * MULTIPLIER
  }
  hash = (hash ^ (hash >> 32)) * FINISHER
  return hash ^ (hash >> 29)
}

/** SipHash-1-3 (Aumasson, Bernstein): nobody can make keys collide without the key. */
function keyedHash(at: i32, length: i32): u64 {
  let v0 = key0 ^ 0x736f6d6570736575
  let v1 = key1 ^ 0x646f72616e646f6d
  let v2 = key0 ^ 0x6c7967656e657261
  let v3 = key1 ^ 0x7465646279746573
  const whole = length & ~7
  for (let step = 0; step <= whole + 24; step += 8) {
    let word: u64 = 0
    if (step < whole) word = load<u64>(at + step)
    else if (step === whole) word = head(at + step, length - whole) | ((<u64>length) << 56)
    else if (step === whole + 8) v2 ^= 0xff
    v3 ^= word
    v0 += v1
    v1 = rotl(v1, 13) ^ v0
    v0 = rotl(v0, 32)
    v2 += v3
    v3 = rotl(v3, 16) ^ v2
    v0 += v3
    v3 = rotl(v3, 21) ^ v0
    v2 += v1
    v1 = rotl(v1, 17) ^ v2
    v2 = rotl(v2, 32)
    v0 ^= word
  }
  return v0 ^ v1 ^ v2 ^ v3
}

function hashOf(at: i32, length: i32): i32 {
  return <i32>(isKeyed ? keyedHash(at, length) : fastHash(at, length))
}

function isKey(id: i32, at: i32, length: i32): bool {
  const offset = load<u32>(offsets + (id << 2))
  if (load<u32>(offsets + (id << 2), 4) - offset !== <u32>length) return false
  let other = arena + offset
  if (length <= 8) return head(at, length) === head(other, length)
  const last = at + length - 8
  for (; <u32>at < <u32>last; at += 8, other += 8) if (load<u64>(at) !== load<u64>(other)) return false
  return load<u64>(last) === load<u64>(other + (last - at))
}

/**
 * Puts the ids of `count` byte strings, whose starts and ends are at the addresses `starts` and `ends` as positions (an address
 * is a position and `shift`), at the address `ids`; `hashes` has room for as many. A start below 0 is that of a NULL, which gets
 * no id. Returns the number of strings done: fewer where a new key has no room.
 *
 * In passes, so that each loop is short: a large table is not in the processor's cache, and only in a short loop does the
 * processor load the slots, or the keys, of many strings at once.
 */
export function lookup(shift: i32, count: i32, starts: i32, ends: i32, ids: i32, hashes: i32): i32 {
  for (let i = 0; i < count; i++) {
    const start = load<i32>(starts + (i << 2))
    // The range of a NULL is arbitrary.
    if (start >= 0) store<i32>(hashes + (i << 2), hashOf(start + shift, load<i32>(ends + (i << 2)) - start))
  }
  for (let i = 0; i < count; i++) {
    const hash = load<i32>(hashes + (i << 2))
    const slot = table + ((hash & mask) << 3)
    store<i32>(ids + (i << 2), load<i32>(slot) === hash ? load<i32>(slot, 4) - 1 : -1)
  }
  let touched: u64 = 0
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + (i << 2))
    if (id >= 0) touched ^= load<u64>(arena + load<u32>(offsets + (id << 2)))
  }
  last = touched
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + (i << 2))
    const start = load<i32>(starts + (i << 2))
    if (start < 0) continue
    const length = load<i32>(ends + (i << 2)) - start
    if (id >= 0 && isKey(id, start + shift, length)) continue
    const found = find(load<i32>(hashes + (i << 2)), start + shift, length)
    if (found < 0) return i
    store<i32>(ids + (i << 2), found)
  }
  return count
}

/** The id of a key, added if it is new; -1 where it has no room. */
function find(hash: i32, at: i32, length: i32): i32 {
  let place = hash & mask
  let passed = 0
  for (; ; place = (place + 1) & mask, passed++) {
    const slot = table + (place << 3)
    const id = load<i32>(slot, 4) - 1
    if (id < 0) break
    if (load<i32>(slot) === hash && isKey(id, at, length)) return id
  }
  const offset = load<u32>(offsets + (size << 2))
  if (size >= mostKeys || offset + <u32>length > mostBytes) return -1
  if (passed > longest) longest = passed
  memory.copy(arena + offset, at, length)
  const slot = table + (place << 3)
  store<i32>(slot, hash)
  size++
  store<i32>(slot, size, 4)
  store<u32>(offsets + (size << 2), offset + <u32>length)
  return size - 1
}

/** Puts keys [from, size) into the table, in which they are not; `skipped` is one that is never looked up. */
export function index(from: i32, skipped: i32): void {
  for (let id = from; id < size; id++) {
    if (id === skipped) continue
    const offset = load<u32>(offsets + (id << 2))
    put(hashOf(arena + offset, load<u32>(offsets + (id << 2), 4) - offset), id)
  }
}

/** Puts the pairs of a table with `slots` slots at another address into this one. */
export function move(other: i32, slots: i32): void {
  for (let at = other, end = other + (slots << 3); at !== end; at += 8) {
    const id = load<i32>(at, 4) - 1
    if (id >= 0) put(load<i32>(at), id)
  }
}

function put(hash: i32, id: i32): void {
  let place = hash & mask
  let passed = 0
  while (load<i32>(table + (place << 3), 4) > 0) {
    place = (place + 1) & mask
    passed++
  }
  if (passed > longest) longest = passed
  store<i32>(table + (place << 3), hash)
  store<i32>(table + (place << 3), id + 1, 4)
}
