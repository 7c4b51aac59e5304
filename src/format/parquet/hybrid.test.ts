import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { readHybrid } from './hybrid.ts'

const numbersOf = (width: number) => {
  const one = fc.nat(2 ** width - 1)
  const run = fc
    .tuple(one, fc.integer({ min: 1, max: 40 }))
    .map(([value, count]) => new Array<number>(count).fill(value))
  return fc
    .array(
      fc.oneof(
        one.map((value) => [value]),
        run,
      ),
      { minLength: 1, maxLength: 30 },
    )
    .map((parts) => parts.flat())
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])

/** Runs where a number comes at least nine times, else groups of eight. */
function written(numbers: readonly number[], width: number): Uint8Array {
  const bytes: number[] = []
  for (let at = 0; at < numbers.length; ) {
    const value = numbers[at] as number
    const run = numbers.slice(at).findIndex((other) => other !== value)
    const length = run < 0 ? numbers.length - at : run
    if (length > 8) {
      bytes.push(...varint(length * 2))
      for (let bits = 0; bits < width; bits += 8) bytes.push(Math.floor(value / 2 ** bits) % 256)
      at += length
      continue
    }
    let packed = 0n
    for (let i = 0; i < 8; i++) packed |= BigInt(numbers[at + i] ?? 0) << BigInt(i * width)
    bytes.push(3)
    for (let byte = 0; byte < width; byte++) bytes.push(Number((packed >> BigInt(8 * byte)) & 255n))
    at += 8
  }
  return Uint8Array.from(bytes)
}

test('runs and groups of numbers of any width are read', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 31 }).chain((width) => fc.tuple(fc.constant(width), numbersOf(width))),
      ([width, numbers]) => {
        const bytes = written(numbers, width)
        const read = new Int32Array(numbers.length)
        readHybrid(bytes, { from: 0, to: bytes.length, width }, read, numbers.length)
        expect([...read]).toEqual(numbers)
      },
    ),
    { numRuns: 500 },
  )
})

test('numbers of 32 bits', () => {
  const bytes = Uint8Array.of(3, ...new Array<number>(32).fill(0xff), 4, 1, 0, 0, 0x80)
  const read = new Int32Array(10)
  readHybrid(bytes, { from: 0, to: bytes.length, width: 32 }, read, 10)
  expect([...read]).toEqual([-1, -1, -1, -1, -1, -1, -1, -1, 0x80000001 | 0, 0x80000001 | 0])
})

test('any bytes are numbers or a Failure, and nothing is written beyond what was asked for', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(50), (bytes, width, count) => {
      const out = new Int32Array(count + 1).fill(7)
      try {
        readHybrid(bytes, { from: 0, to: bytes.length, width }, out, count)
      } catch (error) {
        expect(error).toBeInstanceOf(Failure)
      }
      expect(out[count]).toBe(7)
    }),
    { numRuns: 2000 },
  )
})
