/** `null`, `true` and `false`. AssemblyScript. */

// Bytes as little-endian words.
export const NULL: u32 = 0x6c6c756e
export const TRUE: u32 = 0x65757274
const ALSE: u32 = 0x65736c61

export function isNull(at: i32): bool {
  return load<u32>(at) === NULL
}

export function isTrue(at: i32): bool {
  return load<u32>(at) === TRUE
}

export function isFalse(at: i32): bool {
  return load<u32>(at, 1) === ALSE && load<u8>(at) === 102
}
