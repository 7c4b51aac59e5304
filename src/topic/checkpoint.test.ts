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
    fc.oneof(leaf, fc.array(fc.oneof(leaf, fc.constant(undefined)))),
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(state, (value) => {
      const query = { fingerprint: 'f', ending: false, offsets: {}, emitted: {}, state: value }
      const checkpoint = { queries: { q: query }, sinks: {}, dead: {} }
      expect(decodeCheckpoint(Buffer.concat([...encodeCheckpoint(checkpoint)]), 'x').queries.q?.state).toEqual(value)
    }),
  )
})

test('damage and other versions are named', () => {
  const file = 'data/checkpoint'
  expect(() => decodeCheckpoint(Buffer.from('{"version":1'), file)).toThrow(
    'data/checkpoint is not a checkpoint: it is damaged',
  )
  expect(() => decodeCheckpoint(Buffer.from('{"version":7}'), file)).toThrow('form 7')
  const state = { ids: Int32Array.of(1, 2, 3), text: 'x' }
  const queries = { q: { fingerprint: 'f', ending: false, offsets: {}, emitted: {}, state } }
  const whole = Buffer.concat([...encodeCheckpoint({ queries, sinks: {}, dead: {} })])
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole)
    flipped[bit >> 3] = (whole[bit >> 3] as number) ^ (1 << (bit & 7))
    expect(() => decodeCheckpoint(flipped, file)).toThrow(file)
  }
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeCheckpoint(whole.subarray(0, length), file)).toThrow(file)
  }
})

test('a checkpoint of version 1 is read', () => {
  const state = '{"ids":{"$":"Int32Array","base64":"AQAAAAIAAAA="},"big":{"$":"bigint","value":"12"}}'
  const query = `{"fingerprint":"f","ending":false,"offsets":{"t":{"0":5}},"emitted":{},"state":${state}}`
  const old = Buffer.from(`{"version":1,"queries":{"q":${query}},"sinks":{},"dead":{}}`)
  expect(decodeCheckpoint(old, 'x').queries.q).toEqual({
    fingerprint: 'f',
    ending: false,
    offsets: { t: { 0: 5 } },
    emitted: {},
    state: { ids: Int32Array.of(1, 2), big: 12n },
  })
})
