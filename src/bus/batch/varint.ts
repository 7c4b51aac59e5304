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

/** Writes a whole number of at most 53 bits as zigzag varint. Returns where it ends. */
export function writeVarlong(bytes: Uint8Array, from: number, value: number): number {
  let at = from
  let left = zigzagOf(value)
  while (left > 127) {
    bytes[at++] = (left % 128) | 128
    left = Math.floor(left / 128)
  }
  bytes[at++] = left
  return at
}

/** The length of a whole number as zigzag varint, in bytes. */
export function varlongBytes(value: number): number {
  let bytes = 1
  for (let left = zigzagOf(value); left > 127; left = Math.floor(left / 128)) bytes++
  return bytes
}

const zigzagOf = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
