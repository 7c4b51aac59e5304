import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { takeForLines } from '../../kernel/line-memory.ts'
import type { Records } from '../../record/column.ts'
import { appendOf, flipped, linesOf, readOf } from '../appends.test-tool.ts'
import type { Append, Fetched } from '../bus.ts'
import { checkOwnBatch } from '../embedded/own-batch.ts'
import { BATCH_BYTES, makeChunkPool } from './chunk.ts'
import { BatchWriter } from './record-batch.ts'
import type { MarkedRecords } from './record-writer.ts'
import { batchBytes, batchCount, batchSize, CUT_SHORT, fetchedOf, makeWalked, readTail, walkBatch } from './walker.ts'

/** To the writer a mark is any bytes. */
const marked = (append: Append): MarkedRecords => ({
  ...append,
  mark: append.position && Buffer.from(String(append.position.at.mark)),
})

function encode(appends: readonly Append[], baseOffset = 0): Buffer {
  const writer = new BatchWriter(makeChunkPool())
  let offset = baseOffset
  for (const append of appends) {
    writer.add(marked(append), offset)
    offset += append.values.count
  }
  const { parts, bytes } = writer.take()
  expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(bytes)
  return Buffer.concat(parts)
}

/** The content of each batch, up to the first one with a fault, which is given in words. */
function decode(bytes: Uint8Array, baseOffset = 0): readonly (Fetched | string)[] {
  const batch = batchBytes(bytes)
  const found: (Fetched | string)[] = []
  let offset = baseOffset
  for (let at = 0; at < bytes.length; at += batchSize(batch.view, at)) {
    const nature = checkOwnBatch(batch, at, offset)
    if (nature !== undefined) return [...found, nature]
    const walked = makeWalked(bytes, batchCount(batch.view, at))
    expect(walkBatch(batch, at, 0, walked)).toBe(true)
    offset += batchCount(batch.view, at)
    found.push(fetchedOf(walked, offset))
  }
  return found
}

const isFetched = (found: Fetched | string): found is Fetched => typeof found !== 'string'

test('a batch has the bytes that Kafka writes', () => {
  const append = appendOf(
    [
      { key: Buffer.from('k'), value: Buffer.from('one') },
      { key: Buffer.from(''), value: Buffer.from('') },
    ],
    1_700_000_000_000,
    'm',
  )
  const expected = [
    '0000000000000007', // base offset
    '00000053', // bytes that follow
    'ffffffff', // leader epoch
    '02', // magic
    'CRC_____',
    '0000', // attributes
    '00000001', // last offset delta
    '0000018bcfe56800', // first timestamp
    '0000018bcfe56800', // greatest timestamp
    'ffffffffffffffffffffffffffff', // producer id, epoch, sequence
    '00000002', // records
    // length 10, attributes, time +0, offset +0, key of 1, value of 3, no header
    '14 00 00 00 02 6b 06 6f6e65 00',
    // length 22, attributes, time +0, offset +1, key of 0, value of 0, one header: name of 13, value of 1
    '2c 00 00 02 00 00 02 1a 7461696c726163652e6d61726b 02 6d',
  ]
  const hex = expected.join('').replaceAll(' ', '')
  const covered = Buffer.from(hex.slice(hex.indexOf('CRC_____') + 8), 'hex')
  const whole = hex.replace('CRC_____', slowCrc32c(covered).toString(16).padStart(8, '0'))
  expect(encode([append], 7).toString('hex')).toBe(whole)
})

/** CRC-32C as its definition reads, a bit at a time. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

test('an append as long as it may be is cut into bounded batches, and only the last is its end', () => {
  const sizes = [90, 200_000, 1, 0, 600_000, 90, 5000]
  const values = Array.from({ length: 20_000 }, (_, row) =>
    Buffer.alloc(row < 7 ? (sizes[row] as number) : row % 120, row),
  )
  const append = appendOf(
    values.map((value) => ({ value })),
    5,
    'the mark',
  )
  const bytes = encode([append], 3)
  const found = decode(bytes, 3).filter(isFetched)
  const all = found.flatMap((fetched) => readOf(fetched))
  expect(all).toEqual(readOf({ ...append, baseOffset: 3, timestamps: new Float64Array(values.length).fill(5) }))
  const batch = batchBytes(bytes)
  const tails: unknown[] = []
  for (let at = 0; at < bytes.length; at += batchSize(batch.view, at)) {
    tails.push(readTail(batch, at))
    const isLarge = readOf(found[tails.length - 1] as Fetched).length === 1
    expect(batchSize(batch.view, at)).toBeLessThanOrEqual(isLarge ? 700_000 : BATCH_BYTES)
  }
  expect(tails.length).toBeGreaterThan(5)
  expect(tails.slice(0, -1)).toEqual(tails.slice(0, -1).map(() => ({ mark: undefined, more: true })))
  expect(tails.at(-1)).toEqual({ mark: new Uint8Array(Buffer.from('the mark')), more: false })
})

test('lines among those of other partitions give the same bytes as records anywhere in memory', () => {
  const seed = 7
  const random = seededRandom(seed)
  const odd = [0, 1, 15, 16, 17, 63, 64, 127, 128, 70_000, 131_071, 131_072, 131_073, 300_000]
  const sizes = Array.from({ length: 9000 }, (_, line) => (line % 500 === 7 ? odd[(line / 500) | 0] : undefined))
  const lines = sizes.map((size) => Buffer.alloc(size ?? random.below(300), random.below(256)))
  const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
  let end = -1
  const ends = lines.map((line) => (end += 1 + line.length))
  const shared = takeForLines(bytes.length) as Uint8Array
  shared.set(bytes)
  for (const partition of [0, 1, 2]) {
    const mine = ends.flatMap((end, line) => (line % 3 === partition ? [{ end, line: lines[line] as Buffer }] : []))
    const values: Records = {
      bytes,
      start: Int32Array.from(mine, ({ end, line }) => end - line.length),
      end: Int32Array.from(mine, ({ end }) => end),
      count: mine.length,
    }
    const anywhere = appendOf(
      mine.map(({ line }) => ({ value: line })),
      9,
      'mark',
    )
    const expected = encode([anywhere], 3)
    expect(encode([{ ...anywhere, values }], 3).equals(expected), `seed ${seed}`).toBe(true)
    const there = { ...values, bytes: shared }
    expect(encode([{ ...anywhere, values: there }], 3).equals(expected), `seed ${seed}, shared`).toBe(true)
  }
})

test('records with keys give the same bytes wherever they are in memory', () => {
  const seed = 11
  const random = seededRandom(seed)
  const odd = [0, 1, 15, 16, 63, 64, 127, 128, 40_000, 70_000, 131_072, 300_000]
  const sizeOf = (row: number) => (row % 400 === 9 ? (odd[(row / 400) | 0] as number) : random.below(300))
  const bytesFor = (size: number) => Buffer.alloc(size, random.below(256))
  const rows = Array.from({ length: 4800 }, (_, row) => ({
    key: bytesFor(row % 7 === 3 ? sizeOf(row) : random.below(90)),
    value: bytesFor(sizeOf(row)),
  }))
  const append = appendOf(rows, 9, 'mark')
  const expected = encode([append], 3)
  const inOrder = { values: sideBySide(rows.map(({ value }) => value)), keys: sideBySide(rows.map(({ key }) => key)) }
  expect(encode([{ ...append, ...inOrder }], 3).equals(expected), `seed ${seed}`).toBe(true)
  const read = decode(expected, 3).filter(isFetched).flatMap(readOf)
  expect(read.length, `seed ${seed}`).toBe(rows.length)
})

/** Records side by side, as the rows of a query are. */
function sideBySide(parts: readonly Uint8Array[]): Records {
  let end = -1
  const ends = Int32Array.from(parts, (part) => (end += 1 + part.length))
  const starts = ends.map((end, row) => end - (parts[row] as Uint8Array).length)
  const bytes = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]))
  return { bytes, start: starts, end: ends, count: parts.length }
}

test('any one byte that is not as it was written is found', () => {
  const bytes = encode([appendOf(linesOf('GET /', 'POST /x'), 1, 'm'), appendOf(linesOf('last'), 2)], 5)
  const [first, second] = decode(bytes, 5).filter(isFetched) as [Fetched, Fetched]
  const wanted = JSON.stringify([readOf(first), readOf(second)])
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const found = decode(flipped(bytes, at, 1 << bit), 5)
      const read = found.filter(isFetched).map(readOf)
      expect(
        found.some((part) => !isFetched(part)),
        `bit ${bit} of byte ${at}`,
      ).toBe(true)
      expect(wanted.startsWith(JSON.stringify(read).slice(0, -1)), `bit ${bit} of byte ${at}`).toBe(true)
    }
  }
})

test('whatever the bytes are, reading them ends with records or words', () => {
  const whole = encode([appendOf(linesOf('a', 'bb'), 1, 'm')])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), (noise, cut) => {
      expect(decode(Buffer.concat([whole.subarray(0, cut), noise])).length).toBeLessThanOrEqual(3)
    }),
    { numRuns: 300 },
  )
  expect(decode(whole.subarray(0, -1))).toEqual([CUT_SHORT])
  expect(decode(whole.subarray(0, 60))).toEqual([CUT_SHORT])
})
