/**
 * Decompresses LZ4 blocks and raw Snappy streams. AssemblyScript: runs as WebAssembly. The input comes from another program:
 * nothing is read before it is known to be there, and nothing is written beyond a limit.
 *
 * Both give the address behind what they wrote, `TOO_LONG`, or minus the address at which the input cannot be as it was
 * written. Up to 16 bytes beyond that end may be overwritten, and up to 16 bytes beyond the input are read.
 *
 *   LZ4     token (4 bits of literals, 4 bits of match length - 4; 15: bytes that add to it follow, up to one below 255),
 *           the literals, the distance of the match (2 bytes). The last sequence ends with its literals.
 *   Snappy  tag, whose low 2 bits say what follows: 0 literals; 1, 2, 4 bytes of distance for 1, 2, 3
 */

const TOO_LONG: i32 = 0

/** Decompresses the LZ4 block [from, to) to `out`. Matches reach back to `base`, as blocks may depend on those before. */
export function lz4(from: i32, to: i32, base: i32, out: i32, limit: i32): i32 {
  let at = from
  let put = out
  while (at < to) {
    const token: i32 = load<u8>(at++)
    let literals = token >> 4
    if (literals === 15) {
      for (let more: i32 = 255; more === 255; literals += more) {
        if (at >= to || literals > to - at) return -at
        more = load<u8>(at++)
      }
    }
    if (literals > to - at) return -at
    if (literals > limit - put) return TOO_LONG
    copyLiterals(put, at, literals)
    put += literals
    at += literals
    if (at === to) return put
    if (to - at < 2) return -at
    const distance: i32 = load<u16>(at)
    if (distance === 0 || distance > put - base) return -at
    at += 2
    let length = token & 15
    if (length === 15) {
      for (let more: i32 = 255; more === 255; length += more) {
        if (at >= to) return -at
        if (length > limit - put) return TOO_LONG
        more = load<u8>(at++)
      }
    }
    length += 4
    if (length > limit - put) return TOO_LONG
    copyMatch(put, distance, length)
    put += length
  }
  return -at
}

/** Decompresses the Snappy stream [from, to), behind its length, to `out`. */
export function snappy(from: i32, to: i32, out: i32, limit: i32): i32 {
  let at = from
  let put = out
  while (at < to) {
    const tag: i32 = load<u8>(at++)
    const kind = tag & 3
    let length = tag >> 2
    if (kind === 0) {
      if (length >= 60) {
        const more = length - 59
        if (more > to - at) return -at
        length = load<i32>(at) & (-1 >>> (32 - (more << 3)))
        at += more
      }
      if (<u32>length >= <u32>(to - at)) return -at
      length++
      if (length > limit - put) return TOO_LONG
      copyLiterals(put, at, length)
      at += length
    } else {
      const more = kind === 3 ? 4 : kind
      if (more > to - at) return -at
      let distance: i32 = load<u8>(at)
      if (kind === 1) {
        distance |= (length >> 3) << 8
        length = (length & 7) + 3
      } else distance = kind === 2 ? <i32>load<u16>(at) : load<i32>(at)
      if (distance <= 0 || distance > put - out) return -at
      at += more
      length++
      if (length > limit - put) return TOO_LONG
      copyMatch(put, distance, length)
    }
    put += length
  }
  return put
}

function copyLiterals(to: i32, from: i32, length: i32): void {
  for (let done: i32 = 0; done < length; done += 16) v128.store(to + done, v128.load(from + done))
}

/** Copies what was written `distance` before, byte after byte where the two overlap. */
function copyMatch(to: i32, distance: i32, length: i32): void {
  const from = to - distance
  if (distance >= 16) {
    for (let done: i32 = 0; done < length; done += 16) v128.store(to + done, v128.load(from + done))
  } else if (distance >= 8) {
    for (let done: i32 = 0; done < length; done += 8) store<u64>(to + done, load<u64>(from + done))
  } else {
    for (let done: i32 = 0; done < length; done++) store<u8>(to + done, load<u8>(from + done))
  }
}
