/** APPROX_COUNT_DISTINCT by its definition, with 64-bit integers, for few values. */

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n
const SEED = 42n

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const turn = (value: bigint, by: bigint): bigint => wrap((wrap(value) << by) | (wrap(value) >> (64n - by)))
const round = (sum: bigint, word: bigint): bigint => wrap(turn(sum + word * P2, 31n) * P1)

/** XXH64 as its specification says. */
export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let hash = wrap(SEED + P5)
  if (bytes.length >= 32) {
    const sums = [SEED + P1 + P2, SEED + P2, SEED, SEED - P1]
    for (; at + 32 <= bytes.length; at += 32) {
      for (const [index, sum] of sums.entries()) sums[index] = round(sum, view.getBigUint64(at + 8 * index, true))
    }
    const [a, b, c, d] = sums as [bigint, bigint, bigint, bigint]
    hash = wrap(turn(a, 1n) + turn(b, 7n) + turn(c, 12n) + turn(d, 18n))
    for (const sum of sums) hash = wrap((hash ^ round(0n, sum)) * P1 + P4)
  }
  hash = wrap(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8) {
    hash = wrap(turn(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4)
  }
  if (at + 4 <= bytes.length) {
    hash = wrap(turn(hash ^ wrap(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = wrap(turn(hash ^ wrap(BigInt(bytes[at] as number) * P5), 11n) * P1)
  hash = wrap((hash ^ (hash >> 33n)) * P2)
  hash = wrap((hash ^ (hash >> 29n)) * P3)
  return hash ^ (hash >> 32n)
}

function bytesOf(value: string | bigint | number): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  const bytes = new DataView(new ArrayBuffer(8))
  if (typeof value === 'bigint') bytes.setBigInt64(0, value, true)
  else bytes.setFloat64(0, value === 0 ? 0 : value, true)
  return new Uint8Array(bytes.buffer)
}

/** The estimate for no more values than leave most registers empty. */
export function approximateCount(values: readonly (string | bigint | number)[]): bigint {
  const registers = new Set(values.map((value) => xxh64(bytesOf(value)) >> 50n))
  return BigInt(Math.round(16384 * Math.log(16384 / (16384 - registers.size))))
}
