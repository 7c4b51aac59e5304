import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineCutter } from './line-cutter.ts'
import { makeRecords } from './lines-split.ts'
import { linesWithin } from './lines-within.ts'
import { recordText } from './records.ts'

const texts = (bytes: Uint8Array, limit: number, tooLong = (_: number) => {}, position = 0): string[] => {
  const lines = linesWithin(bytes, { limit, tooLong, position }, makeRecords(1))
  return Array.from({ length: lines.count }, (_, i) => recordText(lines, i))
}

const HOLE = '\0'.repeat(9)

/** Lines of every kind around a limit of 5: empty, at it, over it, and often no line end at the last. */
const streams = fc
  .array(
    fc.constantFrom(
      '',
      'a',
      'abcde',
      'abcdef',
      'abcdefghijklm',
      '\r',
      'abcd\r',
      '\0ab',
      'a\0b',
      'ab\0\0',
      HOLE,
      `a${HOLE}bc`,
      `${HOLE}abcdefg`,
    ),
    { maxLength: 12 },
  )
  .chain((lines) => fc.constantFrom('', '\n').map((last) => Buffer.from(lines.join('\n') + last)))
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 })

test('however a stream is cut into chunks, its lines are the same, and too long ones are reported by their place', () => {
  fc.assert(
    fc.property(streams, cuts, fc.boolean(), (stream, sizes, apart) => {
      const longAtOnce: number[] = []
      const atOnce = texts(stream, 5, (position) => longAtOnce.push(position))
      const long: number[] = []
      const cutter = new LineCutter(5, (position) => long.push(position))
      const lines: string[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const chunk = stream.subarray(at, at + (sizes[i % sizes.length] as number))
        at += chunk.length
        const whole = apart ? Buffer.concat(cutter.addApart(chunk)) : cutter.add(chunk)
        lines.push(...texts(whole, 5, (position) => long.push(position), cutter.position - whole.length))
      }
      lines.push(...texts(cutter.rest(), 5))
      expect(lines).toEqual(atOnce)
      expect(long.sort((a, b) => a - b)).toEqual(longAtOnce)
    }),
    { numRuns: 2_000 },
  )
})

test('a reader that goes on at the position sees the lines that were not cut off yet', () => {
  fc.assert(
    fc.property(streams, fc.nat(60), (stream, at) => {
      const cutter = new LineCutter(5, () => {})
      const before = texts(cutter.add(stream.subarray(0, at)), 5)
      const again = new LineCutter(5, () => {}, cutter.position)
      const after = texts(again.add(stream.subarray(cutter.position)), 5)
      expect([...before, ...after, ...texts(again.rest(), 5)]).toEqual(texts(stream, 5))
    }),
    { numRuns: 2_000 },
  )
})

test('a line that never ends is not kept', () => {
  const long: number[] = []
  const cutter = new LineCutter(1000, (position) => long.push(position), 50)
  cutter.add(Buffer.from('first\n'))
  for (let chunk = 0; chunk < 100; chunk++) expect(cutter.add(Buffer.alloc(400, 'x'))).toHaveLength(0)
  expect(cutter.kept).toBe(0)
  expect(cutter.position).toBe(56)
  expect(texts(cutter.add(Buffer.from('x\nnext\n')), 1000)).toEqual(['next'])
  expect(long).toEqual([56])
})

// Promise: A byte order mark at the start of a file, stream or body is no part of the first column.
test('a byte order mark at the start is left out, and only there', () => {
  const bytes = Buffer.from('\ufeffone\n\ufefftwo\n')
  for (const size of [1, 2, 3, 4, 100]) {
    const cutter = new LineCutter(1000, () => {})
    const lines: string[] = []
    const add = (whole: Uint8Array) => {
      const found = cutter.lines(whole)
      lines.push(...Array.from({ length: found.count }, (_, i) => recordText(found, i)))
    }
    for (let at = 0; at < bytes.length; at += size) add(cutter.add(bytes.subarray(at, at + size)))
    add(cutter.rest())
    expect(lines).toEqual(['one', '\ufefftwo'])
  }
  const empty = new LineCutter(1000, () => {})
  empty.add(Buffer.from('\ufeff'))
  expect(empty.lines(empty.rest()).count).toBe(0)
})

test('a hole that is longer than a line may be is not kept, and the lines around it are cut', () => {
  const holes: [number, number][] = []
  const long: number[] = []
  const cutter = new LineCutter(100, { tooLong: (at) => long.push(at), hole: (at, bytes) => holes.push([at, bytes]) })
  const lines: string[] = []
  const add = (chunk: Uint8Array) => {
    const found = cutter.lines(cutter.add(chunk))
    lines.push(...Array.from({ length: found.count }, (_, i) => recordText(found, i)))
    expect(cutter.kept).toBeLessThanOrEqual(100)
  }
  add(Buffer.from('one\nhal'))
  for (let chunk = 0; chunk < 10; chunk++) add(Buffer.alloc(500))
  add(Buffer.from('two\n'))
  expect(lines).toEqual(['one', 'hal', 'two'])
  expect(long).toEqual([])
  expect(holes[0]?.[0]).toBe(7)
  expect(holes.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(5000)
})

test('a line that comes byte by byte is not copied for each byte', () => {
  const bytes = 1 << 20
  const cutter = new LineCutter(bytes, () => {})
  const drop = Buffer.from('x')
  // A copy of the half line for each byte would be half a terabyte: the test would not end.
  for (let i = 0; i < bytes; i++) cutter.addApart(drop)
  expect(cutter.kept).toBe(bytes)
  const [head, tail] = cutter.addApart(Buffer.from('\n'))
  expect([head.length, tail.length]).toEqual([bytes, 1])
})
