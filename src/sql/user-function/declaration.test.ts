import { expect, test } from 'vitest'
import { defineFunction } from './declaration.ts'

test('TypeScript knows the types of values by their types in SQL', () => {
  const { call } = defineFunction({
    takes: ['STRING', 'BIGINT', 'DECIMAL(5, 2)', 'BOOLEAN', 'DATE'],
    gives: 'DOUBLE',
    call: (text, big, decimal, flag, day) => {
      const seen: readonly [string, bigint, string, boolean, number] = [text, big, decimal, flag, day]
      return seen.length
    },
  })
  expect(call('a', 1n, '1.00', true, 0)).toBe(5)
  const seeing = defineFunction({ takes: ['INT'], gives: 'INT', nulls: true, call: (value) => value ?? 7 })
  expect(seeing.call(null)).toBe(7)
  // @ts-expect-error A value that may be NULL is no number.
  defineFunction({ takes: ['INT'], gives: 'INT', nulls: true, call: (value) => value + 1 })
  // @ts-expect-error A text is no INT.
  defineFunction({ takes: ['INT'], gives: 'INT', call: (value) => String(value) })
  // @ts-expect-error There is no type TEXT.
  defineFunction({ takes: ['TEXT'], gives: 'INT', call: () => 1 })
})
