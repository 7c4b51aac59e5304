import { expect, test } from 'vitest'
import { INT, STRING } from '../../../record/type.ts'
import { bind, call, column, rows } from '../run.test-tool.ts'

// Each result is that of StringUtils.isAlpha and isNumeric, and of Long.parseLong and Double.parseDouble of Java.
test.each<readonly [string | null, boolean, boolean, boolean]>([
  ['abc', true, false, false],
  ['Grüße', true, false, false],
  ['例', true, false, false],
  ['a b', false, false, false],
  ['a1', false, false, false],
  ['404', false, true, true],
  ['٤٠٤', false, true, true],
  ['-404', false, false, true],
  ['99999999999999999999', false, true, true],
  ['1.5', false, false, true],
  ['.5e-3', false, false, true],
  ['5.', false, false, true],
  ['.', false, false, false],
  ['1.5f', false, false, true],
  ['0x1.8p3', false, false, true],
  ['0x1.8', false, false, false],
  ['NaN', true, false, true],
  ['-Infinity', false, false, true],
  ['infinity', true, false, false],
  [' 1 ', false, false, true],
  ['1 000', false, false, false],
  ['1,5', false, false, false],
  ['𝐀', false, false, false],
  ['𝟙', false, false, false],
  ['', false, false, false],
  [null, false, false, false],
])('of %j: alpha %j, digit %j, decimal %j', (text, alpha, digit, decimal) => {
  const asked = ['IS_ALPHA', 'IS_DIGIT', 'IS_DECIMAL'].map((name) => call(name, [rows(STRING, text)])[0])
  expect(asked).toEqual([alpha, digit, decimal])
})

test('numbers are cast first', () => {
  expect(() => bind('IS_DIGIT', [column(0, INT)])).toThrow('it wants a text, not INT')
})
