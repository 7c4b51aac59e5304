import { expect, test } from 'vitest'
import { parseWithDigits } from './exact-json.ts'
import { placesInText, placesText } from './places.ts'
import { shownBytes } from './shown-bytes.ts'

test('bytes are text where they are UTF-8, else base64; no character is cut in two', () => {
  expect(shownBytes(Buffer.from('aéb'), 10)).toEqual({ text: 'aéb', encoding: 'utf8', start: 0, bytes: 4 })
  expect(shownBytes(Buffer.from('aéb'), 2)).toEqual({ text: 'a', encoding: 'utf8', start: 0, bytes: 4 })
  expect(shownBytes(Buffer.from('aéb'), 2, 2)).toEqual({ text: 'é', encoding: 'utf8', start: 1, bytes: 4 })
  expect(shownBytes(Buffer.from([255, 1]), 10)).toEqual({ text: '/wE=', encoding: 'base64', start: 0, bytes: 2 })
  expect(shownBytes(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80]), 2, 4)).toMatchObject({ start: 4, bytes: 6 })
  expect(shownBytes(Buffer.from('ab'), 0)).toEqual({ text: '', encoding: 'utf8', start: 0, bytes: 2 })
})

test('a number that a double cannot hold is a text with its digits', () => {
  const text = '{"a":12345678901234567890,"b":0.1,"c":1.50,"d":123456789012345678.5,"e":[9007199254740993],"f":1e300}'
  expect(parseWithDigits(text)).toEqual({
    a: '12345678901234567890',
    b: 0.1,
    c: 1.5,
    d: '123456789012345678.5',
    e: ['9007199254740993'],
    f: 1e300,
  })
})

test('places are read as they are written, and anything else is refused', () => {
  const places = { 0: 12, 7: 0, 63: 123_456_789_012_345 }
  expect(placesInText(placesText(places))).toEqual(places)
  for (const text of ['', '0', '0:', ':1', '0:1,', '0:-1', '0:1;1:2', 'a:1', '0:1e9']) {
    expect(placesInText(text)).toBeUndefined()
  }
})
