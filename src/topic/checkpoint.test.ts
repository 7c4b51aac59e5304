import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  NO_CHECKPOINT,
  type QueryCheckpoint,
} from './checkpoint.ts'

const FILE = 'data/checkpoint'
const QUERY: QueryCheckpoint = {
  fingerprint: 'f0',
  layout: { 'aggregate/scan': { version: 1, form: 'watermarks', meaning: 'm0' } },
  began: {},
  offsets: { access: { 0: 1000, 1: 998 } },
  emitted: { 0: 17 },
  ending: false,
  state: { counts: Int32Array.of(1, 2, 3), sums: Float64Array.of(0.5), big: 12n },
}
const CHECKPOINT: Checkpoint = { ...NO_CHECKPOINT, queries: { q: QUERY } }

const encoded = (checkpoint: Checkpoint) => Buffer.concat([...encodeCheckpoint(checkpoint)])

test('state comes back as it was, whatever is in it', () => {
  const leaf = fc.oneof(
    fc.double(),
    fc.bigInt(),
    fc.string(),
    fc.constant(null),
    fc.boolean(),
    fc.int32Array(),
    fc.float64Array(),
    fc.uint8Array(),
    fc.bigInt64Array(),
    fc.uniqueArray(fc.integer()).map((keys) => new Map(keys.map((key) => [key, String(key)]))),
  )
  const state = fc.dictionary(
    fc.string().filter((key) => key !== '$' && key !== '__proto__'),
    fc.oneof(leaf, fc.array(fc.oneof(leaf, fc.constant(undefined)))),
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(state, (value) => {
      const checkpoint = { ...CHECKPOINT, queries: { q: { ...QUERY, state: value } } }
      expect(decodeCheckpoint(encoded(checkpoint), FILE)).toEqual(checkpoint)
    }),
  )
})

// Promise checkpoint-checked: A checkpoint that is damaged or cut short is refused by name.
test('every flipped bit, and every end that is missing, is refused, and the file is named', () => {
  const bytes = encoded(CHECKPOINT)
  expect(decodeCheckpoint(bytes, FILE)).toEqual(CHECKPOINT)
  const failure = { name: 'Failure', code: 'corrupt', message: expect.stringContaining(FILE) }
  const refused = (content: Uint8Array, which: string) =>
    expect(() => decodeCheckpoint(content, FILE), which).toThrow(expect.objectContaining(failure))
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    refused(flipped, `bit ${bit}`)
  }
  for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length), `the first ${length} bytes`)
})

test('damage and other versions are named', () => {
  expect(() => decodeCheckpoint(Buffer.from('{"version":3'), FILE)).toThrow(
    'data/checkpoint is not a checkpoint: it is damaged',
  )
  for (const version of [1, 4]) {
    expect(() => decodeCheckpoint(Buffer.from(`{"version":${version}}`), FILE)).toThrow(`form ${version}`)
  }
})
