import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlText, scriptJson } from './escape.ts'

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('</script>', '<!--', '<script', ']]>', '\u2028', '\u2029', '&', '"', "'", '\0', 'x', '\ud800'),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
)

test('JSON in a script is what it was, and cannot end or change the script', () => {
  fc.assert(
    fc.property(fc.dictionary(nasty, fc.oneof(nasty, fc.array(nasty))), (value) => {
      const text = scriptJson(value)
      expect(text).not.toMatch(/[<>&\u2028\u2029]/)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 1000 },
  )
})

test('a text in HTML is no markup', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(htmlText(text)).not.toMatch(/[<>"'\0]|&(?!(amp|lt|gt|quot|#39);)/)
    }),
  )
  expect(htmlText(`<b a="1">'&`)).toBe('&lt;b a=&quot;1&quot;&gt;&#39;&amp;')
})
