/** Which records rows were decoded from. */

/** The record of each row, where all of `count` records are rows but the rejected ones, which are in order. */
export function originsWithout(rejected: readonly number[], count: number): Int32Array {
  const origins = new Int32Array(count - rejected.length)
  let row = 0
  let next = 0
  for (let record = 0; record < count; record++) {
    if (record === rejected[next]) next++
    else origins[row++] = record
  }
  return origins
}
