import { expect, test } from 'vitest'
import { pathMistakes, pathOption } from './written-path.ts'

const hintOf = (path: string | readonly string[]) => {
  const [mistake] = pathMistakes({ a: { type: 'STRING', path } })
  return mistake && `${mistake.message}: ${mistake.hint}`
}

// Promise: A path that no record can have, as JSONPath's, is refused with the path to write, and not NULL in every row.
test.each([
  ['$.ts', 'Write path: ts'],
  ['$.user.id', 'Write path: user.id'],
  ['.user.id', 'Write path: user.id'],
  ['$', 'Leave it out'],
  ["$['a.b'].c", 'Write path: ["a.b","c"]'],
  ['a["b"]', 'Write path: a.b'],
  ['a..b', 'Write path: a.b'],
  ['a.', 'Write path: a'],
  ['', 'Leave it out'],
  ['$.items[0].name', 'Declare path: items as ARRAY'],
  ['tags[]', 'Declare path: tags as ARRAY'],
  ['list[x', 'Write path: ["list[x"]'],
  ['[*].name', 'Declare the array as ARRAY'],
])('%s: %s', (path, hint) => {
  expect(hintOf(path)).toContain(hint)
})

test.each([
  ['a.b'],
  ['$ref'],
  ['a.$date'],
  ['@timestamp'],
  ['a-b/c'],
  [['$', 'ts']],
  [['a.b']],
  ['list[x'],
  ['tags[]'],
])('%s is a path, or a name', (path) => {
  const [mistake] = pathMistakes({ a: { type: 'STRING', path } })
  const isOfBrackets = typeof path === 'string' && path.includes('[')
  expect(mistake === undefined).toBe(!isOfBrackets)
})

test.each([
  [['a', 'b'], 'a.b'],
  [['a.b'], ['a.b']],
  [
    ['$', 'x'],
    ['$', 'x'],
  ],
  [
    ['', 'y'],
    ['', 'y'],
  ],
  [['tags[]'], ['tags[]']],
])('the path of %j is written %j, and read so', (names, option) => {
  expect(pathOption(names)).toEqual(option)
  expect(pathMistakes({ a: { type: 'STRING', path: option } })).toEqual([])
})
