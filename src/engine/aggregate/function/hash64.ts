/**
 * XXH64 with seed 42, by which Flink's APPROX_COUNT_DISTINCT spreads values. A 64-bit number is two words of 32 bits, as a bigint for
 * each value would take far longer; the result is left in `high` and `low`. Source: xxHash's specification,
 * github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
 */

const SEED = 42
const P1H = 0x9e3779b1 | 0
const P1L = 0x85ebca87 | 0
const P2H = 0xc2b2ae3d | 0
const P2L = 0x27d4eb4f | 0
const P3H = 0x165667b1 | 0
const P3L = 0x9e3779f9 | 0
const P4H = 0x85ebca77 | 0
const P4L = 0xc2b2ae63 | 0
const P5H = 0x27d4eb2f | 0
const P5L = 0x165667c5 | 0

/** The hash of the last call. */
export let high = 0
export let low = 0

/** (high, low) times a number. */
function times(h: number, l: number): void {
  const a0 = low & 0xffff
  const a1 = low >>> 16
  const b0 = l & 0xffff
  const b1 = l >>> 16
  const least = a0 * b0
  const middle = a0 * b1 + a1 * b0 + (least >>> 16)
  high = (a1 * b1 + Math.floor(middle / 65536) + Math.imul(low, h) + Math.imul(high, l)) | 0
  low = Math.imul(low, l)
}

function plus(h: number, l: number): void {
  const sum = (low >>> 0) + (l >>> 0)
  high = (high + h + (sum > 0xffffffff ? 1 : 0)) | 0
  low = sum | 0
}

/** Turns the bits left by `by`, 1 to 31. */
function turn(by: number): void {
  const h = high
  high = (h << by) | (low >>> (32 - by))
  low = (low << by) | (h >>> (32 - by))
}

function finish(): void {
  low ^= high >>> 1
  times(P2H, P2L)
  const h = high
  low ^= (h << 3) | (low >>> 29)
  high ^= h >>> 29
  times(P3H, P3L)
  low ^= high
}

/** The seed, a prime and the length: how the hash of less than 32 bytes begins. */
function begin(length: number): void {
  high = P5H
  low = P5L
  plus(0, SEED)
  plus(0, length)
}

function addInt(value: number): void {
  const [h, l] = [high, low]
  high = 0
  low = value
  times(P1H, P1L)
  high ^= h
  low ^= l
  turn(23)
  times(P2H, P2L)
  plus(P3H, P3L)
}

function addLong(h: number, l: number): void {
  const hashHigh = high
  const hashLow = low
  high = h
  low = l
  times(P2H, P2L)
  turn(31)
  times(P1H, P1L)
  high ^= hashHigh
  low ^= hashLow
  turn(27)
  times(P1H, P1L)
  plus(P4H, P4L)
}

/** Hashes 32 bits. */
export function hashInt(value: number): void {
  begin(4)
  addInt(value)
  finish()
}

/** Hashes 64 bits. */
export function hashLong(h: number, l: number): void {
  begin(8)
  addLong(h, l)
  finish()
}

/** Hashes bytes [start, end). */
export function hashText(view: DataView, start: number, end: number): void {
  let at = start
  if (end - start >= 32) at = addStripes(view, start, end)
  else begin(end - start)
  for (; at + 8 <= end; at += 8) addLong(view.getInt32(at + 4, true), view.getInt32(at, true))
  if (at + 4 <= end) {
    addInt(view.getInt32(at, true))
    at += 4
  }
  for (; at < end; at++) {
    const [h, l] = [high, low]
    high = 0
    low = view.getUint8(at)
    times(P5H, P5L)
    high ^= h
    low ^= l
    turn(11)
    times(P1H, P1L)
  }
  finish()
}

/** The four sums of long texts: their high words, then their low ones. */
const sums = new Int32Array(8)

/** Blocks of 32 bytes, and the length. Returns where the rest begins. */
function addStripes(view: DataView, start: number, end: number): number {
  const seeds = [
    [P1H, P1L, P2H, P2L],
    [P2H, P2L, 0, 0],
    [0, 0, 0, 0],
  ] as const
  for (const [sum, [ah, al, bh, bl]] of seeds.entries()) {
    high = ah
    low = al
    plus(bh, bl)
    plus(0, SEED)
    keep(sum)
  }
  high = ~P1H
  low = ~P1L
  plus(0, 1 + SEED)
  keep(3)
  let at = start
  for (; at + 32 <= end; at += 32) {
    for (let sum = 0; sum < 4; sum++) {
      high = view.getInt32(at + 8 * sum + 4, true)
      low = view.getInt32(at + 8 * sum, true)
      times(P2H, P2L)
      plus(sums[sum] as number, sums[sum + 4] as number)
      turn(31)
      times(P1H, P1L)
      keep(sum)
    }
  }
  mergeStripes()
  plus(0, end - start)
  return at
}

const TURNS = [1, 7, 12, 18]

function mergeStripes(): void {
  let h = 0
  let l = 0
  for (let sum = 0; sum < 4; sum++) {
    take(sum)
    turn(TURNS[sum] as number)
    plus(h, l)
    h = high
    l = low
  }
  for (let sum = 0; sum < 4; sum++) {
    take(sum)
    times(P2H, P2L)
    turn(31)
    times(P1H, P1L)
    high ^= h
    low ^= l
    times(P1H, P1L)
    plus(P4H, P4L)
    h = high
    l = low
  }
}

function keep(sum: number): void {
  sums[sum] = high
  sums[sum + 4] = low
}

function take(sum: number): void {
  high = sums[sum] as number
  low = sums[sum + 4] as number
}
