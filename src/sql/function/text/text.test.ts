import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, DOUBLE, INT, STRING } from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'
import { TextOutput } from './output.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '/', 'ß', 'é', '😀', 'İ'), maxLength: 10 })
const place = fc.integer({ min: -12, max: 12 })

/** The definition of SUBSTRING, over the list of characters. */
function part(characters: readonly string[], start: number, length: number): string | null {
  if (length < 0) return null
  const from = start > 0 ? start - 1 : start < 0 ? characters.length + start : 0
  return from < 0 ? '' : characters.slice(from, from + length).join('')
}

test('SUBSTRING, LEFT and RIGHT count characters', () => {
  fc.assert(
    fc.property(text, place, place, (of, start, length) => {
      const characters = Array.from(of)
      const column = rows(STRING, of)
      expect(call('SUBSTRING', [column, rows(INT, start), rows(INT, length)])).toEqual([
        part(characters, start, length),
      ])
      expect(call('SUBSTRING', [column, rows(INT, start)])).toEqual([part(characters, start, 99)])
      const count = Math.max(0, length)
      expect(call('LEFT', [column, rows(INT, length)])).toEqual([characters.slice(0, count).join('')])
      expect(call('RIGHT', [column, rows(INT, length)])).toEqual([count === 0 ? '' : characters.slice(-count).join('')])
      expect(call('CHAR_LENGTH', [column])).toEqual([characters.length])
    }),
  )
})

test('letters, joins and searches are those of JavaScript', () => {
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const columns = [rows(STRING, a), rows(STRING, b)] as const
      expect(call('UPPER', [columns[0]])).toEqual([a.toUpperCase()])
      expect(call('LOWER', [columns[0]])).toEqual([a.toLowerCase()])
      expect(call('||', columns)).toEqual([a + b])
      expect(call('STARTSWITH', columns)).toEqual([a.startsWith(b)])
      expect(call('ENDSWITH', columns)).toEqual([a.endsWith(b)])
      const before = Array.from(a.slice(0, Math.max(0, a.indexOf(b))))
      expect(call('POSITION', [columns[1], columns[0]])).toEqual([a.includes(b) ? before.length + 1 : 0])
      if (b !== '') {
        expect(call('REPLACE', [columns[0], literal(b, STRING), literal(c, STRING)])).toEqual([a.split(b).join(c)])
        for (let index = 0; index < 4; index++) {
          const wanted = a === '' ? null : (a.split(b)[index] ?? null)
          expect(call('SPLIT_INDEX', [columns[0], literal(b, STRING), literal(index, INT)])).toEqual([wanted])
        }
      }
    }),
  )
})

test('CONCAT gives NULL for NULL, and CONCAT_WS leaves it out', () => {
  const columns = [rows(STRING, '-', null, '+'), rows(STRING, 'a', 'b', null), rows(STRING, null, 'b', 'c')]
  expect(call('CONCAT', columns)).toEqual([null, null, null])
  expect(call('CONCAT_WS', columns)).toEqual(['a', null, 'c'])
})

test('each half of a character that was cut in two is written as ?', () => {
  expect(call('OVERLAY', [rows(STRING, 'a😀b'), literal('', STRING), literal(1, INT), literal(2, INT)])).toEqual(['?b'])
  expect(call('REPLACE', [rows(STRING, 'a😀'), literal('', STRING), literal('x', STRING)])).toEqual(['xax?x?x'])
})

test('TRIM takes spaces, or any of the characters given', () => {
  const trim = (of: string, side: string, characters?: string) => {
    const operands = characters === undefined ? [] : [literal(characters, STRING)]
    return call('TRIM', [...operands, rows(STRING, of)], { keywords: [side] })[0]
  }
  expect(trim(' \ta ', 'BOTH')).toBe('\ta')
  expect(trim('xyaxb', 'LEADING', 'yx')).toBe('axb')
  expect(trim('a😀é😀', 'TRAILING', '😀é')).toBe('a')
  expect(call('RTRIM', [rows(STRING, 'abb'), rows(STRING, 'b')])).toEqual(['a'])
})

test('padding has limits', () => {
  const pad = (length: number, filling: string) =>
    call('LPAD', [rows(STRING, 'hi'), rows(INT, length), rows(STRING, filling)])[0]
  expect([pad(5, 'xy'), pad(1, 'x'), pad(0, 'x'), pad(-1, 'x'), pad(5, ''), pad(2_000_000_000, 'x')]).toEqual([
    'xyxhi',
    'h',
    '',
    null,
    null,
    'failed',
  ])
  expect(call('REPEAT', [rows(STRING, 'ab', 'ab'), rows(INT, 2, -1)])).toEqual(['abab', ''])
  expect(call('CAST AS CHAR', [rows(STRING, '😀😀😀😀', 'a'), literal(3, INT)])).toEqual(['😀😀😀', 'a  '])
  expect(call('CAST AS CHAR', [rows(STRING, 'a'), literal(2_147_483_647, INT)])).toEqual(['failed'])
})

// Promise made-text-limit: A row in which a function would make a text beyond 16 MiB fails, and its neighbours are rows.
test('a text that would be longer than the limit fails its row, and the others stay', () => {
  const long = 'x'.repeat(8192)
  const texts = rows(STRING, 'a', long, 'b')
  for (const part of [literal('x', STRING), rows(STRING, 'x', 'x', 'x')] as const) {
    expect(call('REPLACE', [texts, part, texts])).toEqual(['a', 'failed', 'b'])
  }
  expect(call('REPLACE', [texts, literal('', STRING), literal(long, STRING)]).at(1)).toBe('failed')
  expect(call('REGEXP_REPLACE', [texts, literal('x', STRING), texts])).toEqual(['a', 'failed', 'b'])
  const third = literal('x'.repeat(6 << 20), STRING)
  expect(call('CONCAT', [rows(STRING, 'a', null), third, third, third])).toEqual(['failed', null])
})

// Holds made-text-limit.
test('a batch whose texts are too long is a Failure', () => {
  const output = new TextOutput()
  output.begin(100)
  output.reserve(700 << 20)
  output.size = 700 << 20
  expect(() => output.reserve(400 << 20)).toThrow('its texts of one batch of 100 rows have more than 1GiB')
})

test('ASCII, CHR, INITCAP, TRANSLATE, ELT, INSTR and LOCATE', () => {
  expect(call('ASCII', [rows(STRING, 'é', '')])).toEqual([-61, 0])
  expect(call('CHR', [rows(BIGINT, 321n, -1n, 256n)])).toEqual(['A', '', '\0'])
  expect(call('INITCAP', [rows(STRING, 'heLLo wörld')])).toEqual(['Hello WöRld'])
  expect(call('TRANSLATE', [rows(STRING, 'aéb'), literal('ab', STRING), literal('x', STRING)])).toEqual(['xé'])
  expect(call('ELT', [rows(INT, 2, 3, null), literal('a', STRING), rows(STRING, 'b', 'b', 'b')])).toEqual([
    'b',
    null,
    null,
  ])
  expect(call('INSTR', [rows(STRING, 'hello'), literal('l', STRING), literal(-1, INT)])).toEqual([4])
  expect(call('LOCATE', [literal('l', STRING), rows(STRING, 'hello'), rows(INT, 4)])).toEqual([4])
})

test('what an encoding writes its decoding reads back', () => {
  fc.assert(
    fc.property(text, (of) => {
      const back = (there: string, home: string) => call(home, [[STRING, call(there, [rows(STRING, of)])]])
      expect(back('TO_BASE64', 'FROM_BASE64')).toEqual([of])
      expect(back('URL_ENCODE', 'URL_DECODE')).toEqual([of])
    }),
  )
  expect(call('URL_DECODE', [rows(STRING, '%zz', 'a+b')])).toEqual([null, 'a b'])
  expect(call('FROM_BASE64', [rows(STRING, 'hello')])).toEqual(['failed'])
  expect(call('HEX', [rows(INT, -5)])).toEqual(['FFFFFFFFFFFFFFFB'])
  expect(call('SHA2', [rows(STRING, 'a'), rows(INT, 1)])).toEqual(['failed'])
})

test('PARSE_URL reads as java.net.URL', () => {
  const url = 'http://user:pw@host.com:8080/p/./a/../b.php?k1=v1&k2=v2#frag'
  const parts = ['HOST', 'PATH', 'QUERY', 'REF', 'PROTOCOL', 'AUTHORITY', 'FILE', 'USERINFO', 'host']
  expect(parts.map((part) => call('PARSE_URL', [rows(STRING, url), literal(part, STRING)])[0])).toEqual([
    'host.com',
    '/p/b.php',
    'k1=v1&k2=v2',
    'frag',
    'http',
    'user:pw@host.com:8080',
    '/p/b.php?k1=v1&k2=v2',
    'user:pw',
    null,
  ])
  expect(call('PARSE_URL', [rows(STRING, url, '/a?k2=1'), literal('QUERY', STRING), literal('k2', STRING)])).toEqual([
    'v2',
    null,
  ])
})

test('wrong arguments are refused in words', () => {
  expect(() => bind('UPPER', [])).toThrow(new TypeProblem('it takes 1 argument', 'UPPER(text)'))
  expect(() => bind('||', [column(0, STRING), column(1, INT)])).toThrow('it wants a text, not INT')
  expect(() => bind('CHAR_LENGTH', [column(0, DOUBLE)])).toThrow(TypeProblem)
})
