import { expect, test } from 'vitest'
import { beginningOf, isLong } from './long-text.tsx'

test('of a long text the beginning is shown, with no character in halves', () => {
  expect(beginningOf('x'.repeat(240))).toBe('x'.repeat(240))
  expect(beginningOf('x'.repeat(241))).toBe(`${'x'.repeat(200)}…`)
  expect(beginningOf(`${'x'.repeat(199)}😀${'x'.repeat(100)}`)).toBe(`${'x'.repeat(199)}…`)
  expect([isLong(''), isLong('x'.repeat(5000))]).toEqual([false, true])
})
