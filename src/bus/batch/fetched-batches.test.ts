import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { appendOf, flipped, linesOf, type Read, readOf } from '../appends.test-tool.ts'
import { makeChunkPool } from './chunk.ts'
import { CODECS } from './compression/codec.ts'
import { type Compressor, openCompressor } from './compression/compressor.ts'
import { makeFetchPool } from './fetch-room.ts'
import { type RecordSet, RecordSetReader } from './fetched-batches.ts'
import { type ForeignRecord, foreignBatch } from './foreign-batch.test-tool.ts'
import { produceBatch } from './produced-batch.ts'
import type { Aborted } from './transactions.ts'

let compressor: Compressor
beforeAll(async () => {
  compressor = await openCompressor()
})

const pool = makeFetchPool()
const LINE = '10.0.0.1 - - [01/Jul/1995:00:00:00 -0400] "GET /shuttle/countdown/ HTTP/1.0" 200 3985'

/** A record as plain values: a key or a value that is not there is null. */
type Plain = readonly [offset: number, time: number, key: string | null, value: string | null]
type Outcome = {
  readonly records: Plain[]
  readonly next: number
  readonly failure: string | undefined
  pieces: number
}

/** All that a record set gives, up to a Failure. The memory of each piece is given back before the next one is read. */
function readAllOf({ bytes, from = 0, aborted = [] }: Partial<RecordSet> & Pick<RecordSet, 'bytes'>): Outcome {
  const reader = new RecordSetReader({ bytes, from, aborted, where: 'topic t, partition 1' }, compressor, pool)
  const outcome = { records: [] as Plain[], pieces: 0 }
  let due = from
  try {
    for (let piece = reader.take(); piece !== undefined; piece = reader.take()) {
      expect(piece.baseOffset).toBeGreaterThanOrEqual(due)
      expect(piece.next).toBeGreaterThan(due)
      expect(reader.next).toBe(piece.next)
      due = piece.next
      expect(piece.next).toBeGreaterThanOrEqual(piece.baseOffset + piece.values.count)
      const { nulls } = piece
      const plain = readOf(piece).map(({ offset, time, key, value }, row): Plain => {
        return [offset, time, key ?? null, nulls?.[row] === 1 ? null : value]
      })
      expect(piece.lastTimestamp).toBe(plain.at(-1)?.[1] ?? Number.NaN)
      outcome.records.push(...plain)
      outcome.pieces++
      piece.values.lease?.release()
    }
    return { ...outcome, next: reader.next, failure: undefined }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { ...outcome, next: reader.next, failure: error.message }
  }
}

/** Readers do not tell an absent key from an empty one; texts of foreign records are read as single bytes. */
const comparable = (records: readonly Plain[]) =>
  records.map(([offset, time, key, value]) => [offset, time, key ?? '', value])

const fixture = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/kafka/${name}`, import.meta.url))

type Captured = { end: number; aborted: [number, number][]; records: Plain[] }

function captured(name: string) {
  const { end, aborted, records } = JSON.parse(fixture(`${name}.json`).toString()) as Captured
  const bytewise = (text: string | null) => text && Buffer.from(text).toString('latin1')
  return {
    end,
    aborted: aborted.map(([producerId, firstOffset]): Aborted => ({ producerId: BigInt(producerId), firstOffset })),
    records: records.map(([offset, time, key, value]): Plain => [offset, time, bytewise(key), bytewise(value)]),
  }
}

const CAPTURED = [...CODECS, 'append-time', 'transactions'].map((name) => `java-${name}`)

test.for(CAPTURED)('%s: the records are those that Java reads, from any offset on', (name) => {
  const bytes = fixture(`${name}.bin`)
  const { end, aborted, records } = captured(name)
  expect(records.length).toBeGreaterThan(15)
  for (let from = 0; from < end; from++) {
    const outcome = readAllOf({ bytes, from, aborted })
    expect(comparable(outcome.records)).toEqual(comparable(records.filter(([offset]) => offset >= from)))
    expect([outcome.next, outcome.failure]).toEqual([end, undefined])
  }
})

// kcat 1.7.1 (librdkafka 2.0.2), `kcat -P -z snappy` and `-z lz4`, wrote 40 lines: "line N of kcat, line N of kcat".
test.for(['kcat-snappy', 'kcat-lz4'])('%s: what librdkafka wrote is read', (name) => {
  const { records } = readAllOf({ bytes: fixture(`${name}.bin`) })
  expect(records.map(([, , , value]) => value)).toEqual(
    Array.from({ length: 40 }, (_, i) => `line ${i + 1} of kcat, line ${i + 1} of kcat`),
  )
})

test('without a list of aborted transactions their records are read, but never those that end transactions', () => {
  const { records } = readAllOf({ bytes: fixture('java-transactions.bin') })
  const { records: committed } = captured('java-transactions')
  expect(records.length).toBe(committed.length + 12)
  expect(records.every(([, , , value]) => value === null || value === '' || value.startsWith('10.0.0.'))).toBe(true)
})

const record = fc.record({
  gap: fc.constantFrom(0, 0, 0, 1, 5),
  key: fc.constantFrom(undefined, null, '', 'k', 'a longer key'),
  value: fc.oneof(
    fc.constantFrom(null, '', 'v', LINE, LINE.repeat(3)),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  ),
  time: fc.constantFrom(0, 0, 3, -7, 2 ** 33),
})
const batches = fc.array(
  fc.record({
    codec: fc.constantFrom(...CODECS),
    gap: fc.constantFrom(0, 0, 2),
    lost: fc.constantFrom(0, 0, 3),
    kind: fc.constantFrom('plain', 'plain', 'plain', 'control', 'stamped', 'aborted'),
    records: fc.array(record, { minLength: 1, maxLength: 12 }),
  }),
  { maxLength: 12 },
)
type Batches = typeof batches extends fc.Arbitrary<infer Value> ? Value : never

/** The bytes of the batches, and the records that a reader gets. */
function written(all: Batches): { bytes: Buffer; expected: Plain[]; aborted: Aborted[]; end: number } {
  const expected: Plain[] = []
  const aborted: Aborted[] = []
  let end = 0
  const parts = all.flatMap(({ codec, gap, lost, kind, records }, index) => {
    const baseOffset = end + gap
    let delta = -1
    const foreign = records.map(({ gap: between, key, value, time }): ForeignRecord => {
      delta += 1 + between
      return { delta, value, time, ...(key === undefined ? {} : { key }) }
    })
    end = baseOffset + delta + 1 + lost
    const producerId = BigInt(index)
    const attributes = CODECS.indexOf(codec) | { plain: 0, control: 32, stamped: 8, aborted: 16 }[kind]
    const compress = (bytes: Uint8Array) => compressor.compress(codec, bytes)
    const form = { baseOffset, attributes, lastDelta: delta + lost, maxTime: 99, producerId, compress }
    const batch = foreignBatch(foreign, form)
    if (kind === 'control') return [batch]
    if (kind === 'aborted') {
      aborted.push({ producerId, firstOffset: baseOffset })
      const marker = foreignBatch([{ delta: 0, key: '\0\0\0\0', value: null }], {
        baseOffset: end++,
        attributes: 48,
        producerId,
      })
      // After the end of its transaction the producer's records are read again.
      const again = foreignBatch([{ delta: 0, value: 'again' }], { baseOffset: end, attributes: 16, producerId })
      expected.push([end++, 0, null, 'again'])
      return [batch, marker, again]
    }
    for (const { delta, key = null, value, time = 0 } of foreign) {
      expected.push([baseOffset + delta, kind === 'stamped' ? 99 : time, key, value])
    }
    return [batch]
  })
  return { bytes: Buffer.concat(parts), expected, aborted, end }
}

test('any batches give their records, from any offset on, and in however much of them', () => {
  fc.assert(
    fc.property(batches, fc.nat(60), fc.nat(200), (all, start, cut) => {
      const { bytes, expected, aborted, end } = written(all)
      const from = Math.min(start, end)
      const wanted = comparable(expected.filter(([offset]) => offset >= from))
      const whole = readAllOf({ bytes, from, aborted })
      expect(comparable(whole.records)).toEqual(wanted)
      expect([whole.next, whole.failure]).toEqual([end, undefined])
      const part = readAllOf({ bytes: bytes.subarray(0, Math.max(0, bytes.length - cut)), from, aborted })
      expect(comparable(part.records)).toEqual(wanted.slice(0, part.records.length))
      // What the response cut off is read by the next one.
      if (part.failure === undefined && part.next < end) {
        const rest = expected.filter(([offset]) => offset >= part.next)
        expect([...comparable(part.records), ...comparable(rest)]).toEqual(wanted)
      }
    }),
    { numRuns: 400 },
  )
})

test('any bits that are not as they were written give a Failure or fewer records, never other records', () => {
  fc.assert(
    fc.property(batches, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, place, mask) => {
      const { bytes, expected, aborted } = written(all)
      if (bytes.length === 0) return
      let at = place % bytes.length
      // The base offset is covered by no checksum: where it moves on, the broker might have left a gap.
      for (let batch = 0; batch <= at; batch += bytes.readInt32BE(batch + 8) + 12) if (at - batch < 8) at = batch + 8
      const { records } = readAllOf({ bytes: flipped(bytes, at, mask), aborted })
      expect(comparable(records)).toEqual(comparable(expected.slice(0, records.length)))
    }),
    { numRuns: 1000 },
  )
})

test('whatever the bytes are, reading them ends', () => {
  const whole = foreignBatch([{ delta: 0, value: 'v' }])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(whole.length), fc.nat(100), (noise, kept, from) => {
      const { records } = readAllOf({ bytes: Buffer.concat([whole.subarray(0, kept), noise]), from })
      expect(records.length).toBeLessThan(3)
    }),
    { numRuns: 1000 },
  )
})

test('what a broker cannot have sent is named, after the records before it', () => {
  const good = foreignBatch([{ delta: 0, value: 'v' }], { baseOffset: 5 })
  const failureAfter = (bytes: Buffer, from = 5): string | undefined => {
    const outcome = readAllOf({ bytes: Buffer.concat([good, bytes]), from })
    expect(outcome.records.map(([offset]) => offset)).toEqual([5])
    return outcome.failure
  }
  const next = (form: Parameters<typeof foreignBatch>[1]) =>
    foreignBatch([{ delta: 0, value: 'w' }], { baseOffset: 6, ...form })
  const where = 'topic t, partition 1, offset 6: '
  expect(failureAfter(flipped(next({}), 70))).toBe(`${where}the checksum (CRC32C) does not match the content`)
  expect(failureAfter(next({ baseOffset: 4 }))).toBe(`${where}the base offset is 4 where 6 or a later one is due`)
  expect(failureAfter(next({ attributes: 6 }))).toBe(
    `${where}the batch is compressed in a way that Kafka does not have`,
  )
  expect(failureAfter(next({ attributes: 3 }))).toBe(`${where}the lz4 data is damaged at byte 6`)
  expect(failureAfter(next({ compress: (bytes) => bytes.subarray(1) }))).toBe(
    `${where}the records do not fill their batch`,
  )
  const old = next({})
  old[16] = 1
  expect(failureAfter(old)).toContain(`${where}the records have the format of Kafka before 0.11 (magic number 1)`)
  const many = next({})
  many.writeInt32BE(1_000_000, 57)
  expect(failureAfter(many)).toContain('checksum')
  expect(readAllOf({ bytes: good.subarray(0, 40) }).failure).toBe(
    'topic t, partition 1, offset 0: the batch is cut short',
  )
})

test('a batch that compaction has left empty is a gap', () => {
  const empty = foreignBatch([], { baseOffset: 3, lastDelta: 4, attributes: 3 })
  const { records, next, failure } = readAllOf({ bytes: Buffer.concat([empty, empty.subarray(0, 20)]), from: 2 })
  expect([records, next, failure]).toEqual([[], 8, undefined])
})

test('a batch that grows beyond the limit is a Failure', () => {
  const compress = () => compressor.compress('lz4', Buffer.alloc(70 << 20))
  const { failure } = readAllOf({ bytes: foreignBatch([{ delta: 0, value: 'v' }], { attributes: 3, compress }) })
  expect(failure).toContain('offset 0: decompressed, the lz4 data has more than 67108864 bytes')
})

test('small batches are put together, and large ones come piece by piece', () => {
  const chunks = makeChunkPool()
  const lines = (count: number) => appendOf(linesOf(...Array.from({ length: count }, (_, i) => `${LINE} ${i}`)), 5)
  for (const codec of CODECS) {
    const setOf = (batches: number, count: number) => {
      const parts = Array.from({ length: batches }, (_, index) => {
        const { parts } = produceBatch([lines(count)], undefined, { pool: chunks, compressor, codec })
        const bytes = Buffer.concat(parts)
        bytes.writeBigInt64BE(BigInt(index * count))
        return bytes
      })
      return readAllOf({ bytes: Buffer.concat(parts), from: 1 })
    }
    const small = setOf(300, 3)
    expect([small.pieces, small.records.length, small.next]).toEqual([1, 899, 900])
    const large = setOf(5, 6000)
    expect([large.records.length, large.next]).toEqual([29_999, 30_000])
    expect([3, 4, 5], codec).toContain(large.pieces)
  }
})

test('memory is used again only when every reader has released it', () => {
  const own = makeFetchPool()
  const { parts } = produceBatch(
    [appendOf(linesOf(...Array.from({ length: 9000 }, (_, i) => `${LINE} ${i}`)))],
    undefined,
    { pool: makeChunkPool(), compressor, codec: 'lz4' },
  )
  const bytes = Buffer.concat(parts)
  const take = () => {
    const piece = new RecordSetReader({ bytes, from: 0, aborted: [], where: 't' }, compressor, own).take()
    expect(piece?.values.count).toBe(9000)
    return piece as NonNullable<typeof piece>
  }
  const first = take()
  const second = take()
  expect(second.values.bytes.buffer).not.toBe(first.values.bytes.buffer)
  first.values.lease?.hold()
  first.values.lease?.release()
  expect(take().values.bytes.buffer).not.toBe(first.values.bytes.buffer)
  const before: readonly Read[] = readOf(first)
  first.values.lease?.release()
  const again = take()
  expect(again.values.bytes.buffer).toBe(first.values.bytes.buffer)
  expect(readOf(again)).toEqual(before)
})
