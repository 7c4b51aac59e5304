import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'

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
    fc.oneof(leaf, fc.array(leaf)),
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(state, (value) => {
      const query = { fingerprint: 'f', ending: false, offsets: {}, emitted: {}, state: value }
      const checkpoint = { queries: { q: query }, sinks: {}, dead: {} }
      expect(decodeCheckpoint(encodeCheckpoint(checkpoint), 'x').queries.q?.state).toEqual(value)
    }),
  )
})

test('damage and other versions are named', () => {
  expect(() => decodeCheckpoint(Buffer.from('{"version":1'), 'data/checkpoint.json')).toThrow(
    'data/checkpoint.json is not a checkpoint: it is damaged',
  )
  expect(() => decodeCheckpoint(Buffer.from('{"version":7}'), 'data/checkpoint.json')).toThrow('form 7')
})
