import { describe, expect, test } from 'vitest'
import { BIGINT, typeName } from '../../record/type.ts'
import { decodeAll, sampleOf } from '../decode.test-tool.ts'
import { json, openJson } from './json.ts'

describe('columns that were not declared', () => {
  const found = (...lines: string[]) =>
    json.open({}, sampleOf(lines.join('\n'))).fields.map(({ name, type }) => `${name} ${typeName(type)}`)

  test('are found in the sample', () => {
    expect(
      found(
        '{"n":1,"x":1,"b":true,"s":"a","at":"2024-01-01T00:00:00Z","wall":"2024-01-01 00:00","d":"2024-01-01"}',
        'not JSON',
        '{"n":9007199254740993,"x":1.5,"b":null,"s":5,"nothing":null,"list":[1],"mixed":{"a":1}}',
        '{"mixed":1,"user":{"id":1,"geo":{"lat":1.0}},"user_id":"twice","empty":{},"big":18446744073709551616}',
      ),
    ).toEqual([
      'n BIGINT',
      'x DOUBLE',
      'b BOOLEAN',
      's STRING',
      'at TIMESTAMP_LTZ(3)',
      'wall TIMESTAMP(3)',
      'd DATE',
      'nothing STRING',
      'list ARRAY<BIGINT>',
      'mixed STRING',
      'user_id BIGINT',
      'user_geo_lat DOUBLE',
      'user_id_2 STRING',
      'empty STRING',
      'big DECIMAL(38, 0)',
    ])
    expect(found()).toEqual([])
    expect(() => json.open({}, undefined)).toThrow('no columns are declared')
  })

  test('arrays have a type, with that of their elements; a mix of kinds is text', () => {
    const column = (...values: string[]) => found(...values.map((value) => `{"x":${value}}`))
    expect(column('[1]', '[]', 'null', '[null, 2.5]')).toEqual(['x ARRAY<DOUBLE>'])
    expect(column('[]')).toEqual(['x ARRAY<STRING>'])
    expect(column('[1.0,2]')).toEqual(['x ARRAY<DOUBLE>'])
    expect(column('[[1],["a"]]')).toEqual(['x ARRAY<ARRAY<STRING>>'])
    expect(column('[{"a b":1},{"c":{"d":true},"a b":null}]', '[{"c":{"e":[9223372036854775808]}}]')).toEqual([
      'x ARRAY<ROW<`a b` BIGINT, c ROW<d BOOLEAN, e ARRAY<DECIMAL(38, 0)>>>>',
    ])
    expect(column('[1]', '1')).toEqual(['x STRING'])
    expect(column('[1,{}]')).toEqual(['x ARRAY<STRING>'])
    expect(column('{"a":1}', '[1]')).toEqual(['x STRING'])
    const names = Array.from({ length: 201 }, (_, i) => [`k${i}`, i])
    expect(column(JSON.stringify([Object.fromEntries(names)]))).toEqual(['x ARRAY<MAP<STRING, BIGINT>>'])
    expect(column('['.repeat(60) + ']'.repeat(60))[0]).toMatch(/^x (ARRAY<){33}STRING>{33}$/)
  })

  test('a number is whole if it is written as one', () => {
    const whole = ['0', '-0', '12345', ' 9007199254740993', '-9223372036854775808']
    const others = ['1.0', '-1.00 ', '1e3', '1.5E2', '123456789012345.001', '1.0000000000000000000001', '1e20']
    expect(whole.flatMap((text) => found(`{"a":{"x" :${text}},"y":"z"}`))).toEqual(
      whole.flatMap(() => ['a_x BIGINT', 'y STRING']),
    )
    expect(others.flatMap((text) => found(`{"x":${text}}`))).toEqual(others.map(() => 'x DOUBLE'))
    expect(found('{"x":":1.0,"}')).toEqual(['x STRING'])
  })

  // Promise: Whole numbers of a file keep all of their digits: where they do not fit BIGINT, the column is found as DECIMAL(38, 0) or STRING.
  test('whole numbers keep their digits, beyond BIGINT too', () => {
    const column = (...values: string[]) => found(...values.map((value) => `{"x":${value}}`))
    const u64 = '18446744073709551615'
    const long = '9007199254740993'
    const digits39 = '1'.repeat(39)
    expect(column('1', u64)).toEqual(['x DECIMAL(38, 0)'])
    expect(column(`-${u64}`, long, 'null')).toEqual(['x DECIMAL(38, 0)'])
    expect(column('-9223372036854775808', '9223372036854775807')).toEqual(['x BIGINT'])
    expect(column('9'.repeat(38))).toEqual(['x DECIMAL(38, 0)'])
    expect(column(u64, digits39)).toEqual(['x STRING'])
    // A double would make one number of two.
    expect(column(u64, '1.5')).toEqual(['x STRING'])
    expect(column(long, '1e20')).toEqual(['x STRING'])
    expect(column('1', '1e20', '1.5')).toEqual(['x DOUBLE'])
    expect(column(u64, '"a"')).toEqual(['x STRING'])
    const text = [u64, long, '9007199254740992', '1e20'].map((value) => `{"x":${value}}`).join('\n')
    const sample = sampleOf(text.slice(0, text.lastIndexOf('\n')))
    expect(decodeAll(json.open({}, sample), text).rows.map(({ x }) => String(x))).toEqual([
      u64,
      long,
      '9007199254740992',
    ])
    expect(decodeAll(json.open({}, sample), '{"x":1e20}').rejects).toEqual([
      "0:5 column x: '1e20' is not of type DECIMAL(38, 0) of the first lines, which would change it (declare the column as STRING to keep it)",
    ])
    expect(decodeAll(json.open({}, sample), `{"x":${digits39}}`).rejects).toEqual([
      `0:5 column x: '${digits39}' is not of type DECIMAL(38, 0)`,
    ])
  })

  // Promise: A type that was found in the first lines changes no later number: what it would change is a dead letter, with what to declare.
  test('a later number that the type would change is refused', () => {
    const later = (first: string, ...values: readonly string[]) => {
      const sample = sampleOf(`{"k":${first}}`)
      const { rows, rejects } = decodeAll(json.open({}, sample), values.map((value) => `{"k":${value}}`).join('\n'))
      return [rows.map(({ k }) => String(k)), rejects.length]
    }
    expect(later('5', '"0123"', '"00"', '1e3', '5.0', '"+5"', '"12"', '-3', '"-04"')).toEqual([['12', '-3'], 6])
    const long = '9007199254740993'
    expect(later('0.5', long, `"${long}"`, '"01.5"', '1e400', '7', '1e3', '9007199254740992', '"NaN"')).toEqual([
      ['7', '1000', '9007199254740992', 'NaN'],
      4,
    ])
    const declared = openJson([{ field: { name: 'k', type: BIGINT } }])
    expect(decodeAll(declared, '{"k":"0123"}').rows).toEqual([{ k: 123n }])
  })

  test('a text is a date or a time only if there is such a day and hour', () => {
    const texts = ['2024-02-30', '2024-13-01', '2024-01-01T25:00:00Z', '2024-01-01 00:60', '2024-01-01T00:00:00+19:00']
    expect(texts.flatMap((text) => found(`{"x":"${text}"}`))).toEqual(texts.map(() => 'x STRING'))
    expect(found('{"x":"2024-02-29"}', '{"x":"2024-02-30"}')).toEqual(['x STRING'])
  })

  test('read the records that they were found in', () => {
    const text = '{"user":{"id":1},"user_id":"x"}\n{"user":null}\n'
    expect(decodeAll(json.open({}, sampleOf(text)), text).rows).toEqual([
      { user_id: 1n, user_id_2: 'x' },
      { user_id: null, user_id_2: null },
    ])
  })

  test('an object with very many names, or an empty one in an array, is a MAP if its values are of one kind', () => {
    const many = (value: (at: number) => unknown) =>
      JSON.stringify({ x: Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`k${at}`, value(at)])) })
    expect(found(many((at) => at / 2))).toEqual(['x MAP<STRING, DOUBLE>'])
    const version = (at: number) => (at % 2 === 0 ? { version: '1' } : { size: at, tags: at % 3 === 0 ? [] : [at] })
    expect(found(many(version))).toEqual(['x MAP<STRING, ROW<version STRING, size BIGINT, tags ARRAY<BIGINT>>>'])
    expect(found(many((at) => (at % 2 === 0 ? at : 'a')))).toHaveLength(201)
    expect(found(many((at) => (at % 2 === 0 ? at : { y: at })))).toHaveLength(201)
    expect(found(JSON.stringify({ a: [JSON.parse(many((at) => at))] }))).toEqual([
      'a ARRAY<ROW<x MAP<STRING, BIGINT>>>',
    ])
    expect(found('{"a":[{"":1,"b":2}]}')).toEqual(['a ARRAY<MAP<STRING, BIGINT>>'])
    expect(found('{"a":[{"":1,"b":"x"}]}')).toEqual(['a ARRAY<STRING>'])
    const text = many(version)
    const [row] = decodeAll(json.open({}, sampleOf(text)), text).rows
    expect((row as { x: unknown[] }).x.slice(0, 2)).toEqual([
      ['k0', ['1', null, null]],
      ['k1', [null, 1n, [1n]]],
    ])
  })

  test('a record that is too deep is left out, however deep it is', () => {
    const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect(found('{"b":1}', deep(100_000), `{"a":${'{"x":'.repeat(5000)}1${'}'.repeat(5000)}}`)).toEqual(['b BIGINT'])
    expect(found('{"b":1}', deep(255))).toHaveLength(2)
    expect(found('{"b":1}', deep(256))).toEqual(['b BIGINT'])
  })

  test('a member without a name is a column that can be named', () => {
    expect(found('{"":1,"a":{"":2}}')).toEqual(['_ BIGINT', 'a_ BIGINT'])
  })
})
