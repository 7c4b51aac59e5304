import fc from 'fast-check'
import { expect, test } from 'vitest'
import { typeName } from '../../record/type.ts'
import { decodeAll, expectAnyChoice, sampleOf } from '../decode.test-tool.ts'
import { mangledLines } from '../mangled.test-tool.ts'
import { logfmt } from './logfmt.ts'

const HEROKU =
  'at=info method=GET path="/?a=b" host=example.herokuapp.com request_id=8601b555 fwd="204.204.204.204" dyno=web.1 connect=1ms service=18ms status=200 bytes=13'
const GO_KIT =
  'ts=2026-11-29T08:00:01.5Z caller=main.go:12 level=warn msg="it \\"broke\\"\\n" took=0.25 err=null id=007 n=5 big=9007199254740993 ok=true'
const READ = {
  columns: {
    level: { type: 'STRING' },
    msg: { type: 'STRING' },
    n: { type: 'INT' },
    code: { type: 'INT', path: 'http.status' },
    ok: { type: 'BOOLEAN' },
  },
}
const read = (...lines: string[]) => decodeAll(logfmt.open(READ, undefined), lines.join('\n'))

test('the lines of Heroku and go-kit, with columns that are found', () => {
  const heroku = logfmt.open({}, sampleOf(HEROKU))
  expect(heroku.fields.map(({ name, type }) => `${name} ${typeName(type)}`).slice(-3)).toEqual([
    'service STRING',
    'status BIGINT',
    'bytes BIGINT',
  ])
  expect(decodeAll(heroku, HEROKU).rows).toEqual([
    {
      at: 'info',
      method: 'GET',
      path: '/?a=b',
      host: 'example.herokuapp.com',
      request_id: '8601b555',
      fwd: '204.204.204.204',
      dyno: 'web.1',
      connect: '1ms',
      service: '18ms',
      status: 200n,
      bytes: 13n,
    },
  ])
  const kit = logfmt.open({}, sampleOf(`${GO_KIT}\nlevel=info user.id=7 n= debug`))
  expect(kit.fields.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
    'ts TIMESTAMP_LTZ(3)',
    'caller STRING',
    'level STRING',
    'msg STRING',
    'took DOUBLE',
    'err STRING',
    'id STRING',
    'n BIGINT',
    'big BIGINT',
    'ok BOOLEAN',
    'user.id BIGINT',
  ])
  expect(decodeAll(kit, `${GO_KIT}\r\nlevel=info user.id=7 n= debug`).rows).toEqual([
    {
      ts: Date.parse('2026-11-29T08:00:01.5Z'),
      caller: 'main.go:12',
      level: 'warn',
      msg: 'it "broke"\n',
      took: 0.25,
      err: null,
      id: '007',
      n: 5n,
      big: 9007199254740993n,
      ok: true,
      'user.id': null,
    },
    {
      ts: null,
      caller: null,
      level: 'info',
      msg: null,
      took: null,
      err: null,
      id: null,
      n: null,
      big: null,
      ok: null,
      'user.id': 7n,
    },
  ])
})

test('keys alone, empty values, repeated keys and escapes', () => {
  const { rows, rejects } = read(
    'msg="" n="" code= ok http.status=404',
    'msg=null level="null" msg=a=b  level',
    'msg="\\u00e9\\ud83d\\ude00\\t\\\\ \\\'" other="\\n" n="12"',
    '\tn=1 n=2 ok=false ',
  )
  expect(rejects).toEqual([])
  expect(rows).toEqual([
    { level: null, msg: '', n: null, code: 404, ok: true },
    { level: 'true', msg: 'a=b', n: null, code: null, ok: null },
    { level: null, msg: "é😀\t\\ '", n: 12, code: null, ok: null },
    { level: null, msg: null, n: 2, code: null, ok: false },
  ])
})

test('what is no logfmt is refused where it stops being it', () => {
  const { rows, rejects } = read(
    'just some words',
    '',
    '=x',
    'a=b "c"=d',
    'a=b"c',
    'a="b',
    'a="b"c=d',
    'a="\\x"',
    'a="\\u12"',
    'n=five',
    'a=b n',
  )
  expect(rows).toEqual([])
  expect(rejects).toEqual([
    '0:0 expected a pair, as level=info',
    '1:0 expected a pair, as level=info',
    '2:0 expected a key',
    '3:4 expected a key',
    '4:3 a quote within a value without quotes',
    '5:4 the value does not end',
    '6:5 expected a blank',
    '7:3 expected an escape, as \\n or \\u00e9',
    '8:3 expected an escape, as \\n or \\u00e9',
    "9:2 column n: 'five' is not of type INT",
    "10:4 column n: 'true' is not of type INT",
  ])
})

test('found by lines that are pairs and nothing else', () => {
  expect(logfmt.fit(sampleOf(`${HEROKU}\n${GO_KIT}`))).toBe(1)
  expect(logfmt.fit(sampleOf('user logged in id=5 name=x\nid=5\nhello\n'))).toBe(0)
  expect(logfmt.fit(sampleOf(`${HEROKU}\na=b c="\n`))).toBe(0.5)
})

test('every line is a row or a reject, whatever its bytes', () => {
  const samples = [HEROKU, GO_KIT, 'level=info msg="größer \\"x\\"" n=5 ok http.status=200']
  fc.assert(
    fc.property(
      mangledLines(samples),
      fc.subarray(['level', 'msg', 'n', 'ok']),
      fc.integer({ min: 1, max: 90 }),
      (lines, names, chunk) => {
        expectAnyChoice(logfmt.open(READ, undefined), lines, names, chunk)
      },
    ),
    { numRuns: 1500 },
  )
})
