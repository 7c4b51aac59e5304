/** Writes numbers as Kafka does in a record: see `record-batch.ts`. `walker.ts` reads them. */

/** Writes a 32-bit number as zigzag varint: seven bits a byte, the lowest first. Returns where it ends. */
export function writeVarint(bytes: Uint8Array, from: number, value: number): number {
  let at = from
  let left = ((value << 1) ^ (value >> 31)) >>> 0
  while (left > 127) {
    bytes[at++] = (left & 127) | 128
    left >>>= 7
  }
  bytes[at++] = left
  return at
}

/** The length of a 32-bit number as zigzag varint, in bytes. */
export function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x200000) return 3
  return zigzag < 0x10000000 ? 4 : 5
}
