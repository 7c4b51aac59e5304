import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INT, STRING } from '../../../record/type.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const mask = (text: string, first: number, last: number) =>
  call('MASK', [rows(STRING, text), rows(INT, first), rows(INT, last)])[0]

test('a mask keeps the length, shows the ends and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 5 }), fc.nat({ max: 5 }), (text, first, last) => {
      const characters = Array.from(text)
      const hidden = first + last >= characters.length
      const isShown = (place: number) => !hidden && (place < first || place >= characters.length - last)
      expect(mask(text, first, last)).toBe(characters.map((each, place) => (isShown(place) ? each : '*')).join(''))
    }),
  )
})

test('a mask of no numbers shows nothing, and one below 0 fails', () => {
  expect(call('MASK', [rows(STRING, '4111', null)])).toEqual(['****', null])
  expect(mask('4111', -1, 0)).toBe('failed')
})

test('HMAC_SHA256 gives the hash of test case 2 of RFC 4231', () => {
  expect(call('HMAC_SHA256', [rows(STRING, 'what do ya want for nothing?'), literal('Jefe', STRING)])).toEqual([
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ])
})

test('an empty key is refused, and fails its row', () => {
  expect(() => bind('HMAC_SHA256', [column(0, STRING), literal('', STRING)])).toThrow('wants a key')
  expect(call('HMAC_SHA256', [rows(STRING, 'a'), rows(STRING, '')])).toEqual(['failed'])
})
