import { expect, test } from 'vitest'
import { appendOf, linesOf, readOf } from '../appends.test-tool.ts'
import { makeChunkPool } from './chunk.ts'
import { openCompressor } from './compression/compressor.ts'
import { makeFetchPool } from './fetch-room.ts'
import { RecordSetReader } from './fetched-batches.ts'
import { foreignBatch } from './foreign-batch.test-tool.ts'
import { produceBatch } from './produced-batch.ts'

const compressor = await openCompressor()
const RESPONSE_BYTES = 8 << 20

/** A response that has the batch at a place far inside it, as that of another partition comes before. */
function inResponse(batch: Uint8Array): Uint8Array {
  const response = Buffer.alloc(RESPONSE_BYTES)
  response.set(batch, RESPONSE_BYTES / 2)
  return response.subarray(RESPONSE_BYTES / 2, RESPONSE_BYTES / 2 + batch.length)
}

const read = (bytes: Uint8Array) => {
  const reader = new RecordSetReader({ bytes, from: 0, aborted: [], where: 't' }, compressor, makeFetchPool())
  return reader.take() ?? expect.unreachable()
}

const batchOf = (count: number): Buffer => {
  const lines = appendOf(linesOf(...Array.from({ length: count }, (_, i) => `line ${i} ${'x'.repeat(100)}`)), 5)
  return Buffer.concat(produceBatch([lines], undefined, { pool: makeChunkPool(), compressor, codec: 'none' }).parts)
}

test('records that are little of a response do not keep it in memory, and are as they were', () => {
  const batch = batchOf(100)
  const piece = read(inResponse(batch))
  expect(piece.values.bytes.buffer.byteLength).toBeLessThanOrEqual(batch.length)
  expect(readOf(piece)).toEqual(readOf(read(batch)))
})

test('records that fill a response stay in it', () => {
  const batch = batchOf(10_000)
  const alone = Buffer.from(new Uint8Array(batch).buffer)
  expect(read(alone).values.bytes.buffer).toBe(alone.buffer)
})

test('keys, and values that are NULL, are moved out of a response as well', () => {
  const records = [
    { delta: 0, key: 'k', value: 'v' },
    { delta: 1, key: null, value: 'without a key' },
    { delta: 2, key: 'null', value: null },
  ]
  const batch = foreignBatch(records)
  const piece = read(inResponse(batch))
  expect(piece.values.bytes.buffer.byteLength).toBeLessThan(RESPONSE_BYTES)
  expect(readOf(piece).map(({ key, value }) => [key, value])).toEqual([
    ['k', 'v'],
    ['', 'without a key'],
    ['null', ''],
  ])
  expect([...(piece.nulls ?? [])]).toEqual([0, 0, 1])
})
