import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineReader } from './line-reader.ts'
import { readByteRange } from './read-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-lines-'))

function collect() {
  const found: string[] = []
  const taker = {
    lines(lines: { bytes: Uint8Array; start: Int32Array; end: Int32Array; count: number }) {
      for (let i = 0; i < lines.count; i++) {
        found.push(Buffer.from(lines.bytes.subarray(lines.start[i], lines.end[i])).toString('latin1'))
      }
      return true
    },
    tooLong: () => undefined,
    hole: () => undefined,
  }
  return { found, taker }
}

/** NULs at the beginning or end of a line do not belong to it; a hole, eight of them or more, ends it as a line end does. */
function expected(text: string): string[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    const parts = line.split(/\0{8,}/).map((part) => part.replace(/^\0+|\0+$/g, ''))
    const hasEnd = index < lines.length - 1
    return parts.filter((part, at) => part !== '' || (hasEnd && at === parts.length - 1))
  })
}
const texts = fc
  .array(fc.string({ maxLength: 9, unit: fc.constantFrom('a', 'b', '\r', '\0', '\0'.repeat(7), '\0'.repeat(9)) }), {
    minLength: 1,
    maxLength: 12,
  })
  .chain((lines) => fc.boolean().map((newline) => lines.join('\n') + (newline ? '\n' : '')))
  .filter((text) => text !== '')

// Promise: NULs that are not text never become a part of a line, wherever the bytes are cut.
test('ranges that cover a file hand over each line once and in order, wherever they are cut', () => {
  const path = join(folder, 'ranges.log')
  fc.assert(
    fc.property(texts, fc.array(fc.nat(120), { maxLength: 6 }), (text, cuts) => {
      writeFileSync(path, text)
      const places = [0, ...cuts.filter((cut) => cut < text.length), text.length].sort((a, b) => a - b)
      const { found, taker } = collect()
      const reader = new LineReader()
      for (let i = 1; i < places.length; i++)
        readByteRange(path, { from: places[i - 1] as number, to: places[i] as number }, reader, taker)
      expect(found).toEqual(expected(text))
    }),
  )
})

test('a stream hands over the same lines however it arrives', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 5 }), (text, step) => {
      const { found, taker } = collect()
      const reader = new LineReader()
      reader.begin(taker, 0, { from: 0, to: Number.POSITIVE_INFINITY })
      for (let from = 0; from < text.length; from += step) {
        const part = Buffer.from(text.slice(from, from + step), 'latin1')
        part.copy(reader.space())
        reader.advance(part.length)
      }
      reader.end()
      expect(found).toEqual(expected(text))
    }),
  )
})

// Promise long-line-query: A line of `query` beyond 16 MiB is reported, and its neighbours are read.
test('a line of 20 MB is reported and skipped, and its neighbours are read, one of 1 MB among them', () => {
  const path = join(folder, 'long.log')
  writeFileSync(path, `one\n${'x'.repeat(20_000_000)}\n${'y'.repeat(1_000_000)}\nlast`)
  const { found, taker } = collect()
  const places: number[] = []
  readByteRange(path, { from: 0, to: 30_000_000 }, new LineReader(), {
    ...taker,
    tooLong: (place) => places.push(place),
  })
  expect(found).toEqual(['one', 'y'.repeat(1_000_000), 'last'])
  expect(places).toEqual([4])
})

test('a range within a long line wants no bytes beyond its end', () => {
  const { found, taker } = collect()
  const reader = new LineReader()
  reader.begin(taker, 99, { from: 100, to: 200 })
  reader.space().fill('x'.charCodeAt(0))
  expect(reader.advance(100)).toBe(true)
  expect(reader.advance(100)).toBe(false)
  expect(found).toEqual([])
})

test('a missing file fails with its name', () => {
  const { taker } = collect()
  expect(() => readByteRange(join(folder, 'none.log'), { from: 0, to: 1 }, new LineReader(), taker)).toThrow(
    `no such file: ${join(folder, 'none.log')}`,
  )
})
