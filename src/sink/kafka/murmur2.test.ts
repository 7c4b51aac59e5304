import { murmur2 as other } from '@platformatic/kafka'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { murmur2, partitionOf } from './murmur2.ts'

test('the hashes of Kafka’s own test', () => {
  const of = (text: string) => murmur2(Buffer.from(text), 0, text.length)
  expect(of('21')).toBe(-973932308)
  expect(of('foobar')).toBe(-790332482)
  expect(of('a-little-bit-long-string')).toBe(-985981536)
  expect(of('a-little-bit-longer-string')).toBe(-1486304829)
  expect(of('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8')).toBe(-58897971)
  expect(of('abc')).toBe(479470107)
})

test('any bytes have the hash that another client gives them, wherever they are', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 50 }),
      fc.nat(5),
      fc.integer({ min: 1, max: 100 }),
      (bytes, before, partitions) => {
        const moved = new Uint8Array(before + bytes.length)
        moved.set(bytes, before)
        const hash = other(Buffer.from(bytes))
        expect(murmur2(moved, before, moved.length)).toBe(hash)
        expect(partitionOf(moved, before, moved.length, partitions)).toBe((hash & 0x7fffffff) % partitions)
      },
    ),
  )
})
