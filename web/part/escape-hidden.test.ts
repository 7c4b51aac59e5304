import { expect, test } from 'vitest'
import { escapeHidden } from './escape-hidden.ts'

test('what turns a text, has no width or is a control is an escape', () => {
  expect(escapeHidden('s\t\u0000\u001b[31m\u202e0994')).toBe('s\\t\\x00\\x1b[31m\\u{202e}0994')
  expect(escapeHidden('a\u200bb\u2066c\u2028d\ufeff\u00ad')).toBe('a\\u{200b}b\\u{2066}c\\u{2028}d\\u{feff}\\xad')
  expect(escapeHidden('{\n  "a": 1\r\n}', true)).toBe('{\n  "a": 1\\r\n}')
})

test('letters of all languages and emoji stay as they are', () => {
  const text = 'GET /ä€𝄞 日本 e\u0301 שלום नमस्ते 👨\u200d👩\u200d👧 می\u200cخواهم'
  expect(escapeHidden(text)).toBe(text)
})
