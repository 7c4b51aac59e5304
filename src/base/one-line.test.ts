import { expect, test } from 'vitest'
import { oneLine } from './one-line.ts'

test('line ends and control characters are single spaces, and only what is too long is cut', () => {
  expect(oneLine(' a\r\n\tb\0c ', 5)).toBe('a b c')
  expect(oneLine('a b cd', 5)).toBe('a b c…')
})

test('of bytes only the beginning is read', () => {
  expect(oneLine(Buffer.from('äöü'), 3)).toBe('äöü')
  expect(oneLine(Buffer.from('x'.repeat(1000)), 3)).toBe('xxx…')
})
