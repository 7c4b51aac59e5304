import { constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import { lz4Decompress } from '@platformatic/wasm-utils'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { Failure } from '../../../base/failure.ts'
import { seededRandom } from '../../../base/random.ts'
import { flipped } from '../../appends.test-tool.ts'
import { CODECS, type Codec } from './codec.ts'
import { type Compressor, openCompressor } from './compressor.ts'

const PACKED = CODECS.filter((codec) => codec !== 'none')
const LIMIT = 1 << 20

let compressor: Compressor
beforeAll(async () => {
  compressor = await openCompressor()
})

const decompress = (codec: Codec, bytes: Uint8Array): Buffer => Buffer.from(compressor.decompress(codec, bytes, LIMIT))

/** The content, or the code of the Failure. Nothing else is thrown. */
function outcomeOf(codec: Codec, bytes: Uint8Array): Buffer | string {
  try {
    return decompress(codec, bytes)
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

/** Bytes with matches near and far, long literals, and runs of one byte. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
      fc
        .constantFrom('GET /shuttle/countdown/ HTTP/1.0', 'ab', '10.0.0.1 - - [')
        .map((text) => Buffer.from(text.repeat(40))),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat([...parts, Buffer.from('.')]))

test.for(PACKED)('%s: what was compressed is read again', (codec) => {
  fc.assert(
    fc.property(content, (bytes) => {
      expect(decompress(codec, compressor.compress(codec, bytes)).equals(bytes)).toBe(true)
    }),
    { numRuns: 150 },
  )
  const random = seededRandom(3)
  const long = Buffer.from(Array.from({ length: LIMIT }, (_, i) => (i % 70_000 < 30_000 ? random.below(256) : i % 251)))
  expect(decompress(codec, compressor.compress(codec, long)).equals(long)).toBe(true)
})

test.for(PACKED)('%s: what is longer than the limit is a Failure, whatever it says of its length', (codec) => {
  for (const more of [1, 40 * LIMIT]) {
    const bomb = compressor.compress(codec, Buffer.alloc(LIMIT + more))
    expect(() => decompress(codec, bomb)).toThrow(/more than 1048576 bytes/)
    expect(outcomeOf(codec, bomb)).toBe('limit')
  }
  expect(decompress(codec, compressor.compress(codec, Buffer.alloc(LIMIT))).length).toBe(LIMIT)
})

test.for(PACKED)('%s: damage is a Failure or other bytes, and hinders nothing that comes after it', (codec) => {
  const seed = 5
  const random = seededRandom(seed)
  const bytes = Buffer.from('10.0.0.1 - - "GET /shuttle/countdown/ HTTP/1.0" 200 '.repeat(20) + 'x'.repeat(90))
  const whole = compressor.compress(codec, bytes)
  const failed = new Set<string>()
  for (let round = 0; round < 6000; round++) {
    const cut = round % 2 === 0 ? whole : whole.subarray(0, random.below(whole.length))
    const damaged = cut.length === 0 ? cut : flipped(cut, random.below(cut.length), 1 << random.below(8))
    const outcome = outcomeOf(codec, damaged)
    if (typeof outcome === 'string') failed.add(outcome)
    else expect(outcome.length).toBeLessThanOrEqual(LIMIT)
  }
  expect(failed.has('corrupt'), `seed ${seed}`).toBe(true)
  expect(decompress(codec, whole).equals(bytes)).toBe(true)
  for (let end = 0; end < whole.length; end++) {
    expect(outcomeOf(codec, whole.subarray(0, end)), `cut at ${end}`).toBe('corrupt')
  }
})

test.for(PACKED)('%s: noise is a Failure or bytes', (codec) => {
  const head = compressor.compress(codec, Buffer.from('line'))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(head.length), (noise, kept) => {
      outcomeOf(codec, Buffer.concat([head.subarray(0, kept), noise]))
    }),
    { numRuns: 2000 },
  )
})

/** Nothing, as gzip, zstd and lz4. */
const EMPTY = {
  gzip: gzipSync('').toString('hex'),
  zstd: zstdCompressSync('').toString('hex'),
  lz4: '04224d18604082' + '00000000',
}

test('several members of gzip and frames of zstd and lz4 are one content', () => {
  const parts = ['one ', 'two two two two two two ', 'three']
  const whole = Buffer.from(parts.join(''))
  for (const codec of ['gzip', 'zstd', 'lz4'] as const) {
    const frames = parts.map((part) => compressor.compress(codec, Buffer.from(part)))
    expect(decompress(codec, Buffer.concat(frames)).toString()).toBe(whole.toString())
    const empty = Buffer.from(EMPTY[codec], 'hex')
    expect(decompress(codec, empty).length).toBe(0)
    expect(decompress(codec, Buffer.concat([empty, ...frames, empty])).toString()).toBe(whole.toString())
    const cut = Buffer.concat(frames).subarray(0, -2)
    expect(outcomeOf(codec, cut)).toBe('corrupt')
  }
  const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  for (const codec of ['zstd', 'lz4'] as const) {
    const frame = compressor.compress(codec, whole)
    expect(decompress(codec, Buffer.concat([frame, skipped, frame])).toString()).toBe(`${whole}${whole}`)
  }
})

test('zstd frames without a size, with a checksum, and with a size of any width are told apart', async () => {
  const stream = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  const written = stream.toArray()
  stream.write('first ')
  stream.end('first')
  const streamed = Buffer.concat(await written)
  for (const length of [0, 1, 255, 256, 300, 65_791, 65_792, 70_000]) {
    const sized = zstdCompressSync(Buffer.alloc(length, 'ab'), {
      params: { [constants.ZSTD_c_checksumFlag]: length % 2 },
    })
    const both = decompress('zstd', Buffer.concat([streamed, sized, streamed]))
    expect(both.toString('latin1')).toBe(`first first${Buffer.alloc(length, 'ab')}first first`)
  }
})

test('lz4 frames with every flag, plain blocks, and blocks that depend on those before', () => {
  const word = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value >>> 0)
    return bytes
  }
  const block = (bytes: number[], isPlain = false) => [
    word(bytes.length + (isPlain ? 0x80000000 : 0)),
    Buffer.from(bytes),
  ]
  const magic = word(0x184d2204)
  const text = [...Buffer.from('abcdefgh')]
  // The second block: a match of 8 that begins in the block before it, then the literal "!".
  const match = [4, 8, 0, 0x10, 33]
  const linked = Buffer.concat([magic, Buffer.from([0x40, 0x40, 0]), ...block(text, true), ...block(match), word(0)])
  expect(decompress('lz4', linked).toString()).toBe('abcdefghabcdefgh!')
  const flags = Buffer.from([0x7c, 0x40, ...word(9), 0, 0, 0, 0, 0])
  const checked = Buffer.concat([magic, flags, ...block([0x80, ...text]), word(1), word(0), word(2)])
  expect(decompress('lz4', checked).toString()).toBe('abcdefgh')
  // In a frame of its own, the match would begin before the content.
  const alone = Buffer.concat([magic, Buffer.from([0x60, 0x40, 0]), ...block(match), word(0)])
  expect(outcomeOf('lz4', Buffer.concat([checked, alone]))).toBe('corrupt')
  const dictionary = Buffer.concat([magic, Buffer.from([0x61, 0x40, 0]), ...block(text, true), word(0)])
  expect(outcomeOf('lz4', dictionary)).toBe('corrupt')
})

test('lz4 is read as another reader reads it', () => {
  fc.assert(
    fc.property(content, (bytes) => {
      const frame = Buffer.from(compressor.compress('lz4', bytes))
      expect(decompress('lz4', frame).equals(lz4Decompress(frame))).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('Snappy in blocks, as Java writes it, where its head may come again', () => {
  const head = Buffer.from('82534e41505059000000000100000001', 'hex')
  const blockOf = (text: string) => {
    const raw = compressor.compress('snappy', Buffer.from(text))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(raw.length)
    return Buffer.concat([length, raw])
  }
  const empty = Buffer.from([0, 0, 0, 1, 0])
  const blocks = [head, blockOf('one one one one one '), empty, head, blockOf('two')]
  expect(decompress('snappy', Buffer.concat(blocks)).toString()).toBe('one one one one one two')
  expect(outcomeOf('snappy', Buffer.concat(blocks).subarray(0, -1))).toBe('corrupt')
  expect(outcomeOf('snappy', Buffer.concat([...blocks, Buffer.from([0, 0])]))).toBe('corrupt')
  // It says of itself that it has 4 GiB.
  expect(outcomeOf('snappy', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 65]))).toBe('limit')
})

test('a place of damage is named', () => {
  // One literal, then a match that begins two bytes before.
  const frame = Buffer.from('04224d18604000' + '05000000' + '1061020000' + '00000000', 'hex')
  expect(() => decompress('lz4', frame)).toThrow('the lz4 data is damaged at byte 13')
  expect(() => decompress('gzip', gzipSync('line').subarray(0, 12))).toThrow('the gzip data is damaged at byte 0')
})
