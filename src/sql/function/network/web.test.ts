import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STRING } from '../../../record/type.ts'
import { call, literal, rows } from '../run.test-tool.ts'

test.each([
  ['/shop?page=2', '/shop'],
  ['https://example.com/a/b?c#d', '/a/b'],
  ['//example.com/a', '/a'],
  ['https://example.com', ''],
  ['/a#b?c', '/a'],
  ['*', '*'],
])('the path of %j is %j', (url, wanted) => {
  expect(call('URL_PATH', [rows(STRING, url)])).toEqual([wanted])
})

test.each([
  ['/a?x=1&y=2', 'y', '2'],
  ['/a?x=1&x=2', 'x', '1'],
  ['/a?q=caf%C3%A9+au+lait', 'q', 'café au lait'],
  ['/a?q', 'q', ''],
  ['/a?q=1#f?z=2', 'z', null],
  ['/a', 'q', null],
  ['/a?q=%zz', 'q', '%zz'],
])('a parameter of %j: %s is %j', (url, name, wanted) => {
  expect(call('URL_PARAMETER', [rows(STRING, url), literal(name, STRING)])).toEqual([wanted])
})

test('a parameter that was encoded is found again', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 10 })
  fc.assert(
    fc.property(text, text, text, (host, name, value) => {
      const url = `https://${encodeURIComponent(host)}/x?${encodeURIComponent(name)}=${encodeURIComponent(value)}#end`
      expect(call('URL_PARAMETER', [rows(STRING, url), rows(STRING, name)])).toEqual([value])
      expect(call('URL_PATH', [rows(STRING, url)])).toEqual(['/x'])
    }),
  )
})
