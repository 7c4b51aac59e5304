/** The clauses of JSON_VALUE, JSON_QUERY and JSON_EXISTS, and paths by example. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BOOLEAN, DOUBLE, INT, STRING } from '../../../record/type.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const value1 = (path: string, written: string, ...keywords: string[]) =>
  call('JSON_VALUE', [rows(STRING, written), literal(path, STRING)], { keywords })[0]
const query1 = (path: string, written: string, ...keywords: string[]) =>
  call('JSON_QUERY', [rows(STRING, written), literal(path, STRING)], { keywords })[0]

test.each([
  ['1.50', '1.50'],
  ['1E5', '1E+5'],
  ['1e400', '1E+400'],
  ['-0', '0'],
  ['-0.0', '0.0'],
  ['0.000001', '0.000001'],
  ['0.0000001', '1E-7'],
  ['0.00000', '0.00000'],
  ['0.0000000', '0E-7'],
  ['-12.5e3', '-1.25E+4'],
  ['125e-2', '1.25'],
  ['0e3', '0E+3'],
  ['12345678901234567890', '12345678901234567890'],
])('the number %s is the text %s', (written, expected) => {
  expect(value1('$', written)).toBe(expected)
  expect(query1('$.x', `{"x":[${written}]}`)).toBe(`[${expected}]`)
})

describe('paths that lead to several values', () => {
  const store = '{"b":[{"p":8,"t":"x"},{"p":12},{"q":{"p":3}}],"a":{"p":1},"n":null}'
  test.each([
    ['$.b[*]', '[{"p":8,"t":"x"},{"p":12},{"q":{"p":3}}]'],
    ['$.b[*].p', '[8,12]'],
    ['$..p', '[8,12,3,1]'],
    ['$.b[0,2]', '[{"p":8,"t":"x"},{"q":{"p":3}}]'],
    ['$.b[1:]', '[{"p":12},{"q":{"p":3}}]'],
    ['$.b[:1]', '[{"p":8,"t":"x"}]'],
    ['$.b[0:2].p', '[8,12]'],
    ['$.b[-1:]', '[{"q":{"p":3}}]'],
    ['$.b[:-1]', '[{"p":8,"t":"x"},{"p":12}]'],
    ['$.b[-1]', '{"q":{"p":3}}'],
    ["$.b[0]['t','p','z']", '{"p":8,"t":"x"}'],
    ["$['a','b']", '{"a":{"p":1},"b":[{"p":8,"t":"x"},{"p":12},{"q":{"p":3}}]}'],
    ["$.b[*]['p','t']", '[{"p":8,"t":"x"},{"p":12},{}]'],
    ["$['a','z'].p", '[1]'],
    ['$.*.p', '[1]'],
    ['$..[0]', '[{"p":8,"t":"x"}]'],
    ['$..*', null],
    ['$.a.*', '[1]'],
    ['$.b[*].z', '[]'],
    ['$.z[*]', null],
    ['lax $.z[*]', '[]'],
    ['$.a[0]', null],
    ['b[0].t', null],
    ['b', '[{"p":8,"t":"x"},{"p":12},{"q":{"p":3}}]'],
    ['@.a', '{"p":1}'],
    ['$.a[', '{"p":1}'],
  ])('%s', (path, expected) => {
    if (expected === null && path === '$..*') expect(query1(path, store)).toContain('[[{"p":8,"t":"x"}')
    else expect(query1(path, store)).toBe(expected)
    expect(value1(path, store)).toBe(path === 'b[0].t' ? 'x' : null)
  })

  test('a list is something, even an empty one; null is nothing', () => {
    const exists = (path: string) => call('JSON_EXISTS', [rows(STRING, store), literal(path, STRING)])[0]
    expect(['$.b[*].z', '$.z[*]', 'lax $.z[*]', '$.n', '$.n[*]', '$..nowhere'].map(exists)).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
    ])
  })
})

describe('nothing there, and errors', () => {
  const cases: readonly (readonly [path: string, text: string, outcome: 'empty' | 'error'])[] = [
    ['$.z', '{}', 'error'],
    ['strict $.z', '{}', 'error'],
    ['lax $.z', '{}', 'empty'],
    ['  LAX  $.z', '{}', 'empty'],
    ['$.n', '{"n":null}', 'empty'],
    ['lax $.n', '{"n":null}', 'empty'],
    ['$', '{', 'error'],
    ['lax $', '{', 'empty'],
    ['$', 'null', 'error'],
    ['lax $', 'null', 'error'],
    ['$.', '{}', 'error'],
    ['lax $.', '{}', 'error'],
    ['lax $.', '{', 'empty'],
    ['$.a b', '{}', 'error'],
    [' $.z', '{"z":1}', 'error'],
    ['', '{}', 'error'],
    ['$.a.b', '{"a":{"b":1},"a":2}', 'error'],
    ['$[0]', '{}', 'error'],
    ['$.z', '[]', 'error'],
  ]
  test.each(cases)('%s in %s is %s', (path, written, outcome) => {
    const operands = [rows(STRING, written), literal(path, STRING)] as const
    const clauses = ['DEFAULT ON EMPTY', 'DEFAULT ON ERROR']
    const defaults = [literal('empty', STRING), literal('error', STRING)]
    expect(call('JSON_VALUE', [...operands, ...defaults], { keywords: clauses })).toEqual([outcome])
    expect(call('JSON_VALUE', operands)).toEqual([null])
    const inQuery = ['EMPTY ARRAY ON EMPTY', 'EMPTY OBJECT ON ERROR']
    expect(call('JSON_QUERY', operands, { keywords: inQuery })).toEqual([outcome === 'empty' ? '[]' : '{}'])
    const failing = outcome === 'empty' ? 'ERROR ON EMPTY' : 'ERROR ON ERROR'
    const other = outcome === 'empty' ? 'ERROR ON ERROR' : 'ERROR ON EMPTY'
    for (const name of ['JSON_VALUE', 'JSON_QUERY']) {
      expect(call(name, operands, { keywords: [failing] })).toEqual(['failed'])
      expect(call(name, operands, { keywords: [other] })).toEqual([null])
    }
    const exists = (keyword: string) => call('JSON_EXISTS', operands, { keywords: [`${keyword} ON ERROR`] })[0]
    const answers = ['TRUE', 'FALSE', 'UNKNOWN', 'ERROR'].map(exists)
    expect(answers).toEqual(outcome === 'empty' ? [false, false, false, false] : [true, false, null, 'failed'])
  })

  test('an object is no value: an error of a strict path, and nothing at a lax one; so is a value no object', () => {
    const clauses = ['DEFAULT ON EMPTY', 'DEFAULT ON ERROR']
    const ask = (path: string) =>
      call(
        'JSON_VALUE',
        [rows(STRING, '{"o":{}}'), literal(path, STRING), literal('empty', STRING), literal('error', STRING)],
        {
          keywords: clauses,
        },
      )[0]
    expect([ask('$.o'), ask('lax $.o')]).toEqual(['error', 'empty'])
    const inQuery = ['EMPTY ARRAY ON EMPTY', 'EMPTY OBJECT ON ERROR']
    expect([query1('$.s', '{"s":1}', ...inQuery), query1('lax $.s', '{"s":1}', ...inQuery)]).toEqual(['{}', '[]'])
  })
})

test('wrappers', () => {
  const written = '{"a":[1, 2],"o":{"y":1,"x":"\\u0041"},"s":"t","n":null}'
  const ask = (path: string) =>
    ['WITHOUT', 'WITH', 'WITH CONDITIONAL'].map((wrapper) => query1(path, written, `${wrapper} WRAPPER`))
  expect(ask('$.a')).toEqual(['[1,2]', '[[1,2]]', '[1,2]'])
  expect(ask('$.o')).toEqual(['{"x":"A","y":1}', '[{"x":"A","y":1}]', '[{"x":"A","y":1}]'])
  expect(ask('$.s')).toEqual([null, '["t"]', '["t"]'])
  expect(ask('$.n')).toEqual([null, null, null])
  expect(ask('$.a[*]')).toEqual(['[1,2]', '[[1,2]]', '[1,2]'])
})

test('RETURNING ARRAY<STRING> gives the elements', () => {
  const texts = rows(
    STRING,
    '{"l":["a","\\n",1.50,1e2,null,true,{"b":1,"a":[ ]}]}',
    '{"l":[]}',
    '{"l":{}}',
    '{"l":1}',
    '{',
    null,
  )
  const ask = (path: string, ...keywords: string[]) =>
    call('JSON_QUERY', [texts, literal(path, STRING)], { keywords: ['RETURNING ARRAY<STRING>', ...keywords] })
  const elements = ['a', '\n', '1.50', '1E+2', null, 'true', '{"a":[],"b":1}']
  expect(ask('$.l')).toEqual([elements, [], null, null, null, null])
  expect(ask('$.l', 'EMPTY ARRAY ON ERROR')).toEqual([elements, [], [], [], [], null])
  expect(ask('$.l', 'ERROR ON ERROR')).toEqual([elements, [], 'failed', 'failed', 'failed', null])
  expect(ask('$.l[0]', 'WITH WRAPPER')).toEqual([['a'], null, null, null, null, null])
  expect(ask('$.l[*]')).toEqual([elements, [], [], [], null, null])
})

test('RETURNING: the value has to be of the type; DEFAULT is cast', () => {
  const texts = rows(STRING, '{"v":1}', '{"v":"1"}', '{"v":1.5}', '{"v":true}', '{"v":2147483648}', '{}', null)
  const ask = (type: string, fallback: ReturnType<typeof literal>) =>
    call('JSON_VALUE', [texts, literal('$.v', STRING), fallback], {
      keywords: [`RETURNING ${type}`, 'DEFAULT ON ERROR'],
    })
  expect(ask('INT', literal(7, INT))).toEqual([1, 'failed', 'failed', 'failed', 'failed', 7, null])
  expect(ask('DOUBLE', literal(7, INT))).toEqual([1, 'failed', 1.5, 'failed', 2147483648, 7, null])
  expect(ask('BOOLEAN', literal(false, BOOLEAN))).toEqual(['failed', 'failed', 'failed', true, 'failed', false, null])
  expect(ask('STRING', literal(7, INT))).toEqual(['1', '1', '1.5', 'true', '2147483648', '7', null])
})

test('a path may be a column; one that cannot be followed fails its row', () => {
  const texts = rows(STRING, '{"a":1}', '{"a":{"b":2}}', '{"a":3}', null, '{"a":[1]}')
  const paths = rows(STRING, '$.a', '$.a.b', null, '$.a', '$.a.length()')
  expect(call('JSON_VALUE', [texts, paths])).toEqual(['1', '2', null, null, 'failed'])
})

test.each([
  [['JSON_VALUE', ['$.a[?(@.x)]'], []], 'filters in a path, such as [?(…)], are not supported yet'],
  [['JSON_QUERY', ['$.a.length()'], []], 'functions in a path, such as length(), are not supported yet'],
  [['JSON_VALUE', ['$.a'], ['RETURNING BIGINT']], 'RETURNING takes STRING, BOOLEAN, INT and DOUBLE, not BIGINT'],
  [['JSON_QUERY', ['$.a'], ['RETURNING ARRAY<INT>']], 'RETURNING takes STRING and ARRAY<STRING>, not ARRAY<INT>'],
  [['JSON_QUERY', ['$.a'], ['RETURNING ARRAY<STRING>', 'EMPTY OBJECT ON EMPTY']], 'EMPTY OBJECT is no ARRAY<STRING>'],
  [['JSON_VALUE', ['$.a', 'x'], ['RETURNING INT', 'DEFAULT ON EMPTY']], 'DEFAULT is STRING, and the result INT'],
] as const)('%j is refused', ([name, [path, fallback], keywords], message) => {
  const operands = [column(0, STRING), literal(path, STRING)]
  if (fallback !== undefined) operands.push(literal(fallback, STRING))
  expect(() => bind(name, operands, { keywords })).toThrow(message)
})

test('texts that must be made do not change the ranges before and after them', () => {
  const texts = rows(
    STRING,
    '{"v":"a"}',
    '{"v":"\\n"}',
    '{}',
    '{"v":"b"}',
    '{"v":1e2}',
    '{"v":"\\ud83d\\ude00x\\ud800"}',
  )
  expect(call('JSON_VALUE', [texts, literal('$.v', STRING)])).toEqual(['a', '\n', null, 'b', '1E+2', '😀x?'])
})

test('what JSON_VALUE returns as DOUBLE is what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const found = value1('$.v', `{"v":${JSON.stringify(number)}}`, 'RETURNING DOUBLE')
      expect(found).toBe(number + 0)
      const [text] = call('JSON_STRING', [rows(DOUBLE, number)])
      expect(Number(text)).toBe(number + 0)
    }),
  )
})
