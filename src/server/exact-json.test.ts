import { expect, test } from 'vitest'
import { exactJson } from './exact-json.ts'

test('every digit of a number comes through', () => {
  const texts = [
    '{"n":9223372036854775807,"d":-12345678901234567890.1200,"s":"9223372036854775807","list":[1,null,1.5]}',
    '{"plain":1,"text":"a"}',
    '[0.1000000000000000000,1e400]',
  ]
  for (const text of texts) expect(JSON.stringify(exactJson(text))).toBe(text)
})
