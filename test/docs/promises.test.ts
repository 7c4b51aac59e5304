/** Each promise of README and docs has a test, and each rule of the contracts is a promise. */
import { expect, test } from 'vitest'
import { currentPage, promisesOf } from '../../tools/promises-page.ts'
import { partOf, readDocument } from './markdown.ts'

test('docs/promises.md is what `node tools/promises-page.ts` writes', () => {
  expect(readDocument('docs/promises.md')).toBe(currentPage())
})

/** Bullets and rows of tables, each as one text. */
const rulesOf = (text: string): readonly string[] =>
  text
    .split(/^(?=- |\| (?!---))/m)
    .filter((rule) => /^(- |\| )/.test(rule))
    .map((rule) => rule.split(/\n\n/)[0] as string)
    .filter((rule) => !/^\|.*\n\| *---/.test(rule))

test.each([
  ['README.md', '## What it promises'],
  ['docs/contracts.md', '## Rules of time'],
  ['docs/contracts.md', '## Rules of delivery'],
])('%s: each rule of "%s" is a promise that a test holds', (page, heading) => {
  const rules = rulesOf(partOf(readDocument(page), heading))
  expect(rules.length).toBeGreaterThan(2)
  expect(rules.filter((rule) => !rule.includes('promises.md#'))).toEqual([])
})

test('a promise without a test below it, made twice, or held and not made, is an error', () => {
  const of = (source: string) => () => promisesOf(new Map([['a.test.ts', source]]))
  expect(
    of("// Promise a-b: It is\n// kept.\ntest.each([1])('holds %i', () => {})\n// Holds a-b.\ntest(\n  'too',\n")(),
  ).toEqual([
    {
      id: 'a-b',
      sentence: 'It is kept.',
      tests: [
        { path: 'a.test.ts', title: 'holds %i' },
        { path: 'a.test.ts', title: 'too' },
      ],
    },
  ])
  expect(of('// Promise a: It is kept.\nconst x = 1\n')).toThrow('no test stands below the promise a')
  expect(of("// Promise a: One.\ntest('x')\n// Promise a: Two.\ntest('y')\n")).toThrow('made twice')
  expect(of("// Holds a.\ntest('x')\n")).toThrow('there is no promise a')
})
