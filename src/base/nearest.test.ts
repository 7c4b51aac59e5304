import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const keywords = ['SELECT', 'FROM', 'WHERE', 'GROUP', 'ORDER', 'LIMIT']

test.each([
  ['SELCT', 'SELECT'],
  ['slect', 'SELECT'],
  ['GRUOP', 'GROUP'],
  ['FORM', 'FROM'],
  ['wehre', 'WHERE'],
  ['LIMITS', 'LIMIT'],
  ['ORDER', 'ORDER'],
])('%s is near %s', (word, expected) => {
  expect(nearest(word, keywords)).toBe(expected)
})

test.each(['path', 'x', '', 'grandiose', 'SELECTION_OF'])('%s is near nothing', (word) => {
  expect(nearest(word, keywords)).toBeUndefined()
})

test('the nearest candidate wins; among equally near ones the first', () => {
  expect(nearest('status', ['states', 'status'])).toBe('status')
  expect(nearest('hosp', ['host', 'hosts', 'hop'])).toBe('host')
})

test('a word of one or two letters is not near every other one', () => {
  expect(nearest('a', ['b', 'c'])).toBeUndefined()
  expect(nearest('ts', ['ip', 'st'])).toBe('st')
})
