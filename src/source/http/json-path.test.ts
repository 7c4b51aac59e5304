import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findInJson, type JsonPath, parseJsonPath, textInJson } from './json-path.ts'

const pathOf = (text: string): JsonPath => {
  const path = parseJsonPath(text)
  if (path === undefined) throw new Error(`${text} is no path`)
  return path
}

function found(json: string, path: string): { texts: string[]; missing: number } {
  const bytes = Buffer.from(json)
  const { ranges, missing } = findInJson(bytes, pathOf(path))
  const texts: string[] = []
  for (let i = 0; i < ranges.length; i += 2) texts.push(bytes.subarray(ranges[i], ranges[i + 1]).toString())
  return { texts, missing }
}

test.each([
  ['$', [1, 2], ['[1,2]']],
  ['$[*]', [1, { a: 2 }], ['1', '{"a":2}']],
  ['$.data[*]', { data: [{ a: 1 }, 'x', null] }, ['{"a":1}', '"x"', 'null']],
  ["$['a name'].b[1]", { 'a name': { b: [1, 2] } }, ['2']],
  ['$.a name', { 'a name': 1 }, ['1']],
  ['$["it\\"s"]', { 'it"s': 1 }, ['1']],
  ['$.data[-1].id', { data: [{ id: 1 }, { id: 2 }] }, ['2']],
  ['$[*].b[*]', [{ b: [1] }, { b: [] }, { b: [2, 3] }], ['1', '2', '3']],
  ['$.data[*]', { data: null }, []],
])('%s of %j', (path, value, texts) => {
  expect(found(JSON.stringify(value), path)).toEqual({ texts, missing: 0 })
})

test('bytes are given as they stand, with blanks, line ends, escapes and digits', () => {
  const json = ' {\n "a\\u0062" : [ {"x": "]}\\"",\n "n": 1.10}\t, 12345678901234567890 ] , "z":1 }\n'
  expect(found(json, '$.ab[*]').texts).toEqual(['{"x": "]}\\"",\n "n": 1.10}', '12345678901234567890'])
  expect(found(`\ufeff${json}`, '$.z').texts).toEqual(['1'])
  expect(found('{"a":1,"a":2}', '$.a').texts).toEqual(['2'])
})

test('a step that leads nowhere is counted', () => {
  expect(found('{"a":1}', '$.b[*]')).toEqual({ texts: [], missing: 1 })
  expect(found('[{"b":1},{},3]', '$[*].b')).toEqual({ texts: ['1'], missing: 2 })
  expect(found('{"a":{}}', '$.a[*]')).toEqual({ texts: [], missing: 1 })
  expect(found('[1]', '$[1]')).toEqual({ texts: [], missing: 1 })
})

test('the text at a path is a string, or a number with all its digits', () => {
  const textAt = (json: string, path: string) => textInJson(Buffer.from(json), pathOf(path))
  expect(textAt('{"a":{"b":"x\\n"}}', '$.a.b')).toBe('x\n')
  expect(textAt('{"next":12345678901234567890}', '$.next')).toBe('12345678901234567890')
  expect(textAt('[-1.50e2]', '$[0]')).toBe('-1.50e2')
  for (const none of ['null', 'true', '{}', '[1]']) expect(textAt(`[${none}]`, '$[0]')).toBeUndefined()
  expect(textAt('{"a":[1,2]}', '$.a[*]')).toBeUndefined()
})

test.each(['', 'data', '$.', '$..a', '$[', '$[a]', '$.a[*', '$.*', "$['a", '$ .a[0]x]'])('%j is no path', (text) => {
  expect(parseJsonPath(text)).toBeUndefined()
})

test('each element and member of any JSON is found, as JSON.parse finds it', () => {
  const inMembers = fc.dictionary(fc.string(), fc.jsonValue())
  fc.assert(
    fc.property(fc.array(inMembers), fc.constantFrom(0, 1, 2), (list, indent) => {
      const bytes = Buffer.from(JSON.stringify({ before: '[{"', list, after: [list] }, null, indent))
      const { ranges } = findInJson(bytes, pathOf('$.list[*]'))
      const values = list.map((_, i) => JSON.parse(bytes.subarray(ranges[2 * i], ranges[2 * i + 1]).toString()))
      expect(ranges).toHaveLength(2 * list.length)
      const plain = JSON.parse(JSON.stringify(list)) as typeof list
      expect(values).toEqual(plain)
      for (const [i, members] of plain.entries()) {
        for (const [name, value] of Object.entries(members)) {
          const path: JsonPath = {
            text: '',
            steps: [
              { kind: 'name', name: 'list' },
              { kind: 'place', place: i },
              { kind: 'name', name },
            ],
          }
          const [start, end] = findInJson(bytes, path).ranges
          expect(JSON.parse(bytes.subarray(start, end).toString())).toEqual(value)
        }
      }
    }),
  )
})
