/** BYTES: character sets, casts and comparisons. A value here is a string whose characters are the bytes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BYTES, INT, STRING } from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, cast, column, literal, rows } from '../run.test-tool.ts'

const raw = (...bytes: number[]) => Buffer.from(bytes).toString('latin1')
const encoded = (text: string, charset: string) => call('ENCODE', [rows(STRING, text), literal(charset, STRING)])[0]
const decoded = (bytes: string, charset: string) => call('DECODE', [rows(BYTES, bytes), literal(charset, STRING)])[0]

test.each([
  ['é😀', 'US-ASCII', raw(0x3f, 0x3f)],
  ['é😀', 'iso-8859-1', raw(0xe9, 0x3f)],
  ['é', 'UTF-8', raw(0xc3, 0xa9)],
  ['é', 'utf8', raw(0xc3, 0xa9)],
  ['a', 'UTF-16', raw(0xfe, 0xff, 0, 0x61)],
  ['', 'UTF-16', ''],
  ['😀', 'UTF-16BE', raw(0xd8, 0x3d, 0xde, 0)],
  ['a', 'UTF-16LE', raw(0x61, 0)],
])('ENCODE(%s, %s)', (text, charset, bytes) => expect(encoded(text, charset)).toBe(bytes))

test.each([
  [raw(0xc3, 0xa9), 'ISO-8859-1', 'Ã©'],
  [raw(0x41, 0x80), 'ASCII', 'A\ufffd'],
  [raw(0xff, 0x41), 'UTF-8', '\ufffdA'],
  [raw(0xff, 0xfe, 0x61, 0), 'UTF-16', 'a'],
  [raw(0xfe, 0xff, 0, 0x61), 'UTF-16', 'a'],
  [raw(0, 0x61), 'UTF-16', 'a'],
])('DECODE of %j as %s', (bytes, charset, text) => expect(decoded(bytes, charset)).toBe(text))

test('a text comes back from every character set that has its characters', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('UTF-8', 'UTF-16', 'UTF-16BE', 'UTF-16LE'),
      (text, charset) => {
        expect(decoded(String(encoded(text, charset)), charset)).toBe(text)
      },
    ),
  )
})

test('an unknown character set is refused, or fails its row', () => {
  expect(() => bind('ENCODE', [column(0, STRING), literal('nope', STRING)])).toThrow('there is no character set nope')
  expect(call('ENCODE', [rows(STRING, 'a'), rows(STRING, 'nope')])).toEqual(['failed'])
  expect(() => bind('DECODE', [column(0, STRING), literal('UTF-8', STRING)])).toThrow(TypeProblem)
})

test('UNHEX; the first of an odd number of digits is dropped', () => {
  expect(call('UNHEX', [rows(STRING, '4142', '', 'f', '1ff', 'zz', null)])).toEqual([
    'AB',
    '',
    raw(0),
    raw(0, 0xff),
    null,
    null,
  ])
})

test('casts keep the bytes, and cut or fill them to a length', () => {
  expect(cast(STRING, ['é', null], BYTES)).toEqual([raw(0xc3, 0xa9), null])
  expect(cast(BYTES, [raw(0xc3, 0xa9)], STRING)).toEqual(['é'])
  expect(() => cast(INT, [1], BYTES)).toThrow('INT does not cast to BYTES')
  expect(call('CAST AS BINARY', [rows(BYTES, 'abc', 'a'), literal(2, INT)])).toEqual(['ab', 'a\0'])
  expect(call('CAST AS VARBINARY', [rows(BYTES, 'abc', 'a'), literal(2, INT)])).toEqual(['ab', 'a'])
})

test('BYTES are compared byte by byte, those from 128 on after the others', () => {
  const bytes = fc.uint8Array({ maxLength: 4 }).map((some) => Buffer.from(some).toString('latin1'))
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const order = Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'))
      expect(call('=', [rows(BYTES, a), rows(BYTES, b)])).toEqual([order === 0])
      expect(call('=', [rows(BYTES, a), literal(b, BYTES)])).toEqual([order === 0])
      expect(call('<', [rows(BYTES, a), rows(BYTES, b)])).toEqual([order < 0])
      expect(call('>=', [rows(BYTES, a), rows(BYTES, b)])).toEqual([order >= 0])
      expect(call('IN', [rows(BYTES, a), literal(b, BYTES)])).toEqual([order === 0])
    }),
  )
  expect(() => bind('=', [column(0, BYTES), column(1, STRING)])).toThrow(TypeProblem)
})

test('digests and base 64 of BYTES are those of the bytes', () => {
  expect(call('TO_BASE64', [rows(BYTES, raw(0xff, 0xfe))])).toEqual(['//4='])
  expect(call('MD5', [rows(BYTES, 'abc')])).toEqual(call('MD5', [rows(STRING, 'abc')]))
})
