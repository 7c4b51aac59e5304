import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openEventReader } from './event-reader.ts'

const TEXT =
  ': tailrace\n\nevent: status\ndata: {"a":1}\n\nid: 7\r\ndata: one\r\ndata:two\r\n\r\nid: 8\n\nevent: x\n\n:\n\ndata: last\n\n'
const EVENTS = [
  { id: '', event: 'status', data: '{"a":1}' },
  { id: '7', event: 'message', data: 'one\ntwo' },
  { id: '8', event: 'message', data: 'last' },
]

test('events are read wherever the text is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(TEXT.length), { maxLength: 8 }), (cuts) => {
      const reader = openEventReader()
      const places = [0, ...cuts.sort((a, b) => a - b), TEXT.length]
      const events = places.slice(1).flatMap((end, index) => reader.read(TEXT.slice(places[index], end)))
      expect(events).toEqual(EVENTS)
      expect(reader.lastId()).toBe('8')
    }),
  )
})

test('a stream that goes on keeps the id from before, and what has not ended is no event', () => {
  const reader = openEventReader('41')
  expect(reader.read('data: a\n\ndata: b\n')).toEqual([{ id: '41', event: 'message', data: 'a' }])
  expect(reader.lastId()).toBe('41')
})
