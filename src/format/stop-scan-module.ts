/**
 * The WebAssembly module of `stop-scan.ts`, written down instruction by instruction: 64 bytes at a time become a mask of
 * 64 bits, one for each byte that is a stop, and the mask a list of positions. In words:
 *
 *   function scan(at, end, out, base, stop0 … stop4) {
 *     for (; at < end; at += 64) {
 *       mask = the bytes [at, at + 64), bit i set where byte i is one of the stops
 *       next = out + 4 * popcount(mask)
 *       for (; mask != 0; mask &= mask - 1, out += 4) store32(out, at + base + ctz(mask))
 *       out = next
 *     }
 *     return out
 *   }
 *
 * The first eight positions are stored without asking whether there are so many, as a branch that is guessed wrong costs
 * more than eight stores: what was too many is overwritten by the next.
 */

export const MOST_STOPS = 5
export const BLOCK_BYTES = 64
/** Positions that may be written behind the last one. */
export const OVERSHOOT = 8
/** Of 64 KiB each, as WebAssembly counts memory. */
const MEMORY_PAGES = 6

type Code = readonly number[]

const TYPE = { i32: 0x7f, i64: 0x7e, v128: 0x7b, none: 0x40 }

/** LEB128, of numbers that are not negative; a signed constant needs its top bit free. */
function leb(value: number, signed = false): Code {
  const low = value & 0x7f
  const rest = value >>> 7
  if (rest === 0 && !(signed && (low & 0x40) !== 0)) return [low]
  return [low | 0x80, ...leb(rest, signed)]
}

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const i32Constant = (value: number): Code => [0x41, ...leb(value, true)]
const i64Constant = (value: number): Code => [0x42, ...leb(value, true)]
const i32Store = (offset: number): Code => [0x36, 2, ...leb(offset)]
const vector = (instruction: number): Code => [0xfd, ...leb(instruction)]
const v128Load = (offset: number): Code => [...vector(0x00), 0, ...leb(offset)]
const loop = (...body: Code): Code => [0x03, TYPE.none, ...body, 0x0b]
const block = (...body: Code): Code => [0x02, TYPE.none, ...body, 0x0b]
/** Goes on at the head of the `depth`th loop around, or behind the block, where the number on the stack is not 0. */
const branchIf = (depth: number): Code => [0x0d, depth]
const branch = (depth: number): Code => [0x0c, depth]

const I32 = { lessUnsigned: [0x49], add: [0x6a], shiftLeft: [0x74], wrap64: [0xa7] }
const I64 = {
  isZero: [0x50],
  countTrailingZeros: [0x7a],
  countOnes: [0x7b],
  subtract: [0x7d],
  and: [0x83],
  or: [0x84],
  shiftLeft: [0x86],
  extend32: [0xad],
}
const I8X16 = { splat: vector(0x0f), equal: vector(0x23), bitmask: vector(0x64) }
const V128_OR = vector(0x50)

const times = (count: number, code: (index: number) => Code): Code =>
  Array.from({ length: count }, (_, index) => code(index)).flat()

// Parameters, then locals.
const [AT, END, OUT, BASE, STOP] = [0, 1, 2, 3, 4]
const PATTERN = STOP + MOST_STOPS
const BYTES = PATTERN + MOST_STOPS
const [MASK, PLACE, NEXT] = [BYTES + 1, BYTES + 2, BYTES + 3]
const LOCALS: Code = [3, MOST_STOPS + 1, TYPE.v128, 1, TYPE.i64, 2, TYPE.i32]

/** The 16 bits of bytes [at + offset, at + offset + 16), at their place in the mask. */
const sixteen = (offset: number): Code => [
  ...get(AT),
  ...v128Load(offset),
  ...set(BYTES),
  ...times(MOST_STOPS, (i) => [...get(BYTES), ...get(PATTERN + i), ...I8X16.equal, ...(i > 0 ? V128_OR : [])]),
  ...I8X16.bitmask,
  ...I64.extend32,
  ...i64Constant(offset),
  ...I64.shiftLeft,
]

/** Stores the position of the mask's lowest bit and clears the bit. */
const storeLowest = (offset: number): Code => [
  ...get(OUT),
  ...[...get(MASK), ...I64.countTrailingZeros, ...I32.wrap64, ...get(PLACE), ...I32.add],
  ...i32Store(offset),
  ...[...get(MASK), ...get(MASK), ...i64Constant(1), ...I64.subtract, ...I64.and, ...set(MASK)],
]

const moveOn = (local: number, bytes: number): Code => [...get(local), ...i32Constant(bytes), ...I32.add, ...set(local)]

const SCAN: Code = [
  ...LOCALS,
  ...times(MOST_STOPS, (i) => [...get(STOP + i), ...I8X16.splat, ...set(PATTERN + i)]),
  ...loop(
    ...sixteen(0),
    ...times(3, (i) => [...sixteen(16 * (i + 1)), ...I64.or]),
    ...set(MASK),
    ...[...get(AT), ...get(BASE), ...I32.add, ...set(PLACE)],
    ...[...get(MASK), ...I64.countOnes, ...I32.wrap64, ...i32Constant(2), ...I32.shiftLeft],
    ...[...get(OUT), ...I32.add, ...set(NEXT)],
    ...times(OVERSHOOT, (i) => storeLowest(4 * i)),
    ...moveOn(OUT, 4 * OVERSHOOT),
    ...block(...loop(...get(MASK), ...I64.isZero, ...branchIf(1), ...storeLowest(0), ...moveOn(OUT, 4), ...branch(0))),
    ...[...get(NEXT), ...set(OUT)],
    ...moveOn(AT, BLOCK_BYTES),
    ...[...get(AT), ...get(END), ...I32.lessUnsigned, ...branchIf(0)],
  ),
  ...get(OUT),
  0x0b,
]

const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content]
const name = (text: string): Code => [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))]
const PARAMETERS = STOP + MOST_STOPS

export const STOP_SCAN_MODULE: Uint8Array<ArrayBuffer> = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
  ...section(1, [1, 0x60, PARAMETERS, ...times(PARAMETERS, () => [TYPE.i32]), 1, TYPE.i32]), // one function type
  ...section(3, [1, 0]), // one function, of that type
  ...section(5, [1, 0, MEMORY_PAGES]), // one memory
  ...section(7, [2, ...name('memory'), 2, 0, ...name('scan'), 0, 0]), // exports
  ...section(10, [1, ...leb(SCAN.length), ...SCAN]), // code
)
