import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { takeForLines } from '../../kernel/line-memory.ts'
import { appendOf, linesOf, readOf, textsOf } from '../appends.test-tool.ts'
import { makeChunkPool, recordsIn } from './chunk.ts'
import { CODECS, type Codec } from './compression/codec.ts'
import { type Compressor, openCompressor } from './compression/compressor.ts'
import { makeFetchPool } from './fetch-room.ts'
import { RecordSetReader } from './fetched-batches.ts'
import {
  besidesBound,
  type ProducedRecords,
  produceBatch,
  producedBound,
  sequenceAfter,
  stampBatch,
} from './produced-batch.ts'
import { batchBytes, checkBatch, readTail } from './walker.ts'

let compressor: Compressor
beforeAll(async () => {
  compressor = await openCompressor()
})

const pool = makeChunkPool(1 << 20)
const LINE = '10.0.0.1 - - [01/Jul/1995:00:00:00 -0400] "GET /shuttle/countdown/ HTTP/1.0" 200 '

function produce(appends: readonly ProducedRecords[], codec: Codec, mark?: Uint8Array) {
  const batch = produceBatch(appends, mark, { pool, compressor, codec })
  const bytes = Buffer.concat(batch.parts)
  expect(batch.bytes).toBe(bytes.length)
  expect(checkBatch(batchBytes(bytes), 0)).toBeUndefined()
  return { batch, bytes }
}

function readBack(bytes: Buffer) {
  const reader = new RecordSetReader({ bytes, from: 0, aborted: [], where: 't' }, compressor, makeFetchPool())
  const records = []
  for (let piece = reader.take(); piece !== undefined; piece = reader.take()) records.push(...readOf(piece))
  return records
}

const append = fc
  .record({
    rows: fc.array(
      fc.record({
        key: fc.uint8Array({ maxLength: 70 }),
        value: fc.oneof(
          fc.uint8Array({ maxLength: 140 }),
          fc.nat(999).map((n) => Buffer.from(`${LINE}${n}`)),
        ),
      }),
      { minLength: 1, maxLength: 40 },
    ),
    hasKeys: fc.boolean(),
    timestamp: fc.constantFrom(0, 1_700_000_000_000, 1_700_000_000_001, 1_699_999_999_900, 9_700_000_000_000),
  })
  .map(({ rows, hasKeys, timestamp }) => {
    return { rows: hasKeys ? rows : rows.map(({ value }) => ({ value, key: undefined })), hasKeys, timestamp }
  })

test('appends are one batch, and read as they were, in every codec', () => {
  fc.assert(
    fc.property(
      fc.array(append, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...CODECS),
      fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
      (all, codec, mark) => {
        const appends = all.map(({ rows, hasKeys, timestamp }) => {
          return appendOf(hasKeys ? rows : rows.map(({ value }) => ({ value })), timestamp)
        })
        const { batch, bytes } = produce(appends, codec, mark)
        const expected = appends.flatMap(({ values, keys, timestamp }) => {
          const keyTexts = keys && textsOf(keys)
          return textsOf(values).map((value, row) => ({ key: keyTexts?.[row] ?? '', value, time: timestamp }))
        })
        expect(readBack(bytes).map(({ key = '', value, time }) => ({ key, value, time }))).toEqual(expected)
        expect(batch.count).toBe(expected.length)
        const inPlace = batch.pieces.flatMap((piece) => textsOf(recordsIn(piece).values))
        expect(inPlace).toEqual(expected.map(({ value }) => value))
        const bound = appends.reduce((sum, one) => sum + producedBound(one), besidesBound(mark))
        expect(batch.bytes).toBeLessThanOrEqual(bound)
        if (codec === 'none') expect(readTail(batchBytes(bytes), 0)).toEqual({ mark, more: false })
        batch.release()
      },
    ),
    { numRuns: 300 },
  )
})

test('lines of a source, and those of a slow one, give the same bytes wherever they are in memory', () => {
  const texts = Array.from({ length: 6000 }, (_, i) => `${LINE}${i * i}`)
  const block = Buffer.from(texts.join('\n'))
  const shared = takeForLines(block.length) as Uint8Array
  shared.set(block)
  let end = -1
  const ends = Int32Array.from(texts, (text) => (end += 1 + text.length))
  const start = ends.map((at, row) => at - (texts[row] as string).length)
  for (const time of [0, 7, -3000, 2 ** 30, 2 ** 35]) {
    const first = appendOf(linesOf('first'), 1_700_000_000_000)
    const timestamp = 1_700_000_000_000 + time
    const anywhere = produce([first, appendOf(linesOf(...texts), timestamp)], 'none', Buffer.from('m'))
    for (const bytes of [block, shared]) {
      const values = { bytes, start, end: ends, count: texts.length }
      const lines = produce([first, { values, keys: undefined, timestamp }], 'none', Buffer.from('m'))
      expect(lines.bytes.equals(anywhere.bytes)).toBe(true)
      lines.batch.release()
    }
    expect(readBack(anywhere.bytes).at(-1)?.time).toBe(timestamp)
    anywhere.batch.release()
  }
})

test('the numbers of a producer are in the header, and the batch is whole with others, too', () => {
  for (const codec of ['none', 'lz4'] as const) {
    const { batch } = produce([appendOf(linesOf(LINE.repeat(5)), 5)], codec)
    for (const stamp of [
      { producerId: 2n ** 40n + 3n, producerEpoch: 7, sequence: 2 ** 31 - 1 },
      { producerId: 9n, producerEpoch: 0, sequence: 0 },
    ]) {
      stampBatch(batch, stamp)
      const bytes = Buffer.concat(batch.parts)
      expect(checkBatch(batchBytes(bytes), 0)).toBeUndefined()
      expect([bytes.readBigInt64BE(43), bytes.readInt16BE(51), bytes.readInt32BE(53)]).toEqual(Object.values(stamp))
    }
  }
})

test('sequence numbers begin again behind the greatest', () => {
  expect(sequenceAfter(0, 5)).toBe(5)
  expect(sequenceAfter(2 ** 31 - 1, 1)).toBe(0)
  expect(sequenceAfter(2 ** 31 - 3, 10)).toBe(7)
})

test('what compression would make longer is sent as it is', () => {
  const { bytes } = produce([appendOf(linesOf('a'))], 'gzip')
  expect(bytes.readInt16BE(21)).toBe(0)
  expect(readBack(bytes).map(({ value }) => value)).toEqual(['a'])
})
