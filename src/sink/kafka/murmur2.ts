/**
 * The hash by which Kafka's own clients choose the partition of a key: so all records of a key are in one partition, whichever program
 * writes them. Source: `Utils.murmur2` and `Utils.toPositive` of Kafka.
 */

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** The hash of bytes [from, to), as a signed number of 32 bits. */
export function murmur2(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  let hash = SEED ^ length
  let at = from
  for (; to - at >= 4; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    let mixed = Math.imul(word, M)
    mixed ^= mixed >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(mixed, M)
  }
  if (at < to) {
    for (let shift = 0; at < to; shift += 8) hash ^= (bytes[at++] as number) << shift
    hash = Math.imul(hash, M)
  }
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, the bytes [from, to), among this number. */
export const partitionOf = (bytes: Uint8Array, from: number, to: number, partitions: number): number =>
  (murmur2(bytes, from, to) & 0x7fffffff) % partitions
