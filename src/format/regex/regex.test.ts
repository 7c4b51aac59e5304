import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INT, STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import { decodeAll, decodeApart, expectAnyChoice } from '../decode.test-tool.ts'
import { openRegex } from './open-regex.ts'
import { Utf8Text } from './utf8-text.ts'

const TOMCAT = String.raw`(?<at>\S+) (?<level>[A-Z]+) +\[(?<thread>[^\]]*)\] (?<logger>\S+) (?:took (?<ms>\S*) ms )?(?<message>.*)`
const tomcat = openRegex({
  pattern: TOMCAT,
  columns: [{ field: { name: 'ts', type: TIMESTAMP_LTZ }, path: ['at'] }, { field: { name: 'ms', type: INT } }],
  null: '-',
})

test('a column for each named group, of the type that was declared', () => {
  expect(tomcat.fields.map(({ name, type }) => `${name} ${type.kind}`)).toEqual([
    'ts TIMESTAMP_LTZ',
    'level STRING',
    'thread STRING',
    'logger STRING',
    'ms INT',
    'message STRING',
  ])
  const { rows, rejects } = decodeAll(
    tomcat,
    '2026-11-29T08:00:01.5Z INFO  [main] a.B took 12 ms started\r\n' +
      '2026-11-29T08:00:02Z WARN [-] a.B took  ms \n' +
      '2026-11-29T08:00:02Z WARN [-] - größer als 😀 \n' +
      '2026-11-29T08:00:02 WARN [x] a.B local\n' +
      '2026-11-29T08:00:02Z WARN [ö] a.B took x ms now\n' +
      'Exception in thread "main"\n',
  )
  const ts = Date.parse('2026-11-29T08:00:02Z')
  expect(rows).toEqual([
    { ts: ts - 500, level: 'INFO', thread: 'main', logger: 'a.B', ms: 12, message: 'started' },
    { ts, level: 'WARN', thread: null, logger: 'a.B', ms: null, message: '' },
    { ts, level: 'WARN', thread: null, logger: null, ms: null, message: 'größer als 😀 ' },
  ])
  expect(rejects).toEqual([
    "3:0 column ts: '2026-11-29T08:00:02' is not of type TIMESTAMP_LTZ(3) (it needs a zone, or Z)",
    "4:40 column ms: 'x' is not of type INT",
    '5:0 the pattern does not match',
  ])
})

test('the whole record has to match: nothing before or behind it is taken for something else', () => {
  const { rows, rejects } = decodeAll(
    openRegex({ pattern: String.raw`(?<a>\d+) (?<b>\w+)`, columns: [] }),
    '1 x\n-1 x\n1 x \n',
  )
  expect(rows).toEqual([{ a: '1', b: 'x' }])
  expect(rejects).toHaveLength(2)
})

test('a dot is any character, in records of several lines too', () => {
  const { rows } = decodeApart(openRegex({ pattern: '(?<a>[^ ]+) (?<b>.*)', columns: [] }), ['1 x\n\tat y\u0085'], '\n')
  expect(rows).toEqual([{ a: '1', b: 'x\n\tat y\ufffd' }])
})

test('options that do not fit are refused, and what to do is said', () => {
  const open = (pattern: string, ...columns: string[]) =>
    openRegex({ pattern, columns: columns.map((name) => ({ field: { name, type: STRING } })) })
  expect(() => open('(?<a>x')).toThrow('pattern: this is not a regular expression: it ends too early')
  expect(() => open('(a)')).toThrow('it has no named group')
  expect(() => open('(?<host>a)', 'hots')).toThrow('column hots: the pattern has no group hots')
  const lines = (options: object) => openRegex({ pattern: '(?<a>.*)', columns: [], ...options })
  expect(() => lines({ begins: '[' })).toThrow('begins: this is not a regular expression')
  expect(() => lines({ most_lines: 3 })).toThrow('most_lines is about records of several lines, and needs begins')
  expect(lines({ begins: String.raw`^\d` }).spanning).toMatchObject({ isSeen: true, waitMs: 5000 })
})

const sane = '2026-11-29T08:00:01.5Z INFO  [main] a.B took 12 ms größer als 😀'
const mangled = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(sane) }, fc.string({ unit: 'binary', maxLength: 30 })), {
    minLength: 1,
    maxLength: 12,
  })
  .chain((lines) =>
    fc.tuple(
      fc.constant(lines.map((line) => Buffer.from(line.replaceAll('\n', '')).toString('latin1'))),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    ),
  )
  .map(([lines, changes]) =>
    lines.map((line, i) => {
      const [at, byte] = changes[i] ?? [line.length, 0]
      const place = at % (line.length + 1)
      return byte === 10 ? line : line.slice(0, place) + String.fromCharCode(byte) + line.slice(place + 1)
    }),
  )

test('every line is a row or a reject, whatever its bytes and whichever columns are asked for', () => {
  fc.assert(
    fc.property(
      mangled,
      fc.subarray(['ts', 'level', 'ms', 'message']),
      fc.integer({ min: 1, max: 90 }),
      (lines, names, chunk) => {
        expectAnyChoice(tomcat, lines, names, chunk)
      },
    ),
    { numRuns: 1000 },
  )
})

test('a text has the places of its bytes, and reads as Node reads it', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 9 }).map((s) => Buffer.from(s)),
  )
  const text = new Utf8Text()
  fc.assert(
    fc.property(bytes, (all) => {
      text.begin(all)
      const found = text.text(0, all.length)
      // Node makes one U+FFFD of several bytes that begin a character.
      expect(found.replace(/\ufffd+/g, '\ufffd')).toBe(
        Buffer.from(all)
          .toString()
          .replace(/\ufffd+/g, '\ufffd'),
      )
      for (let i = 0; i < found.length; i++) {
        const from = text.byteOf(i)
        const end = text.byteOf(i + ((found.codePointAt(i) as number) > 0xffff ? 2 : 1))
        if (found[i] !== '\ufffd' && !/[\udc00-\udfff]/.test(found[i] as string)) {
          expect(Buffer.from(all.subarray(from, end)).toString()).toBe(
            String.fromCodePoint(found.codePointAt(i) as number),
          )
        }
      }
      expect(text.byteOf(found.length)).toBe(all.length)
    }),
  )
})
