/** The first `byte` in [from, end), or `end`. Unlike `indexOf`, it never looks beyond the record. */
export function findByte(bytes: Uint8Array, byte: number, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== byte) at++
  return at
}
