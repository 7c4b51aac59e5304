import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeAll, expectAnyChoice, sampleOf } from '../decode.test-tool.ts'
import { combined, common } from './access-log.ts'
import { FRAME_BLOCK_BYTES } from './frame.ts'

const open = combined.open({}, undefined)
const decode = (text: string | Uint8Array, names?: readonly string[]) => decodeAll(open, text, names)
const row = (text: string) => decode(text).rows[0]

const LINE =
  '10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=1&c HTTP/1.0" 200 2326 "http://x/" "Mozilla/4.08 [en]" 0.5 -'

test('all columns of a line', () => {
  expect(row(LINE)).toEqual({
    host: '10.0.0.1',
    ident: null,
    remote_user: 'frank',
    ts: Date.UTC(2000, 9, 10, 20, 55, 36),
    request: 'GET /a?b=1&c HTTP/1.0',
    http_method: 'GET',
    target: '/a?b=1&c',
    path: '/a',
    query: 'b=1&c',
    protocol: 'HTTP/1.0',
    status: 200,
    body_bytes: 2326n,
    referer: 'http://x/',
    agent: 'Mozilla/4.08 [en]',
    rest: '0.5 -',
  })
})

test('common reads the beginning of a combined line, and combined a common line', () => {
  const short = LINE.slice(0, LINE.indexOf(' "http:'))
  expect(decodeAll(common.open({}, undefined), LINE).rows[0]).toEqual(
    decodeAll(common.open({}, undefined), short).rows[0],
  )
  expect(row(short)).toMatchObject({ body_bytes: 2326n, referer: null, agent: null, rest: null })
})

describe('requests', () => {
  const request = (text: string) => {
    const { http_method, target, protocol, ...all } = row(`h - - [10/Oct/2000:13:55:36 -0700] "${text}" 200 -`) ?? {}
    return [all.request, http_method, target, protocol]
  }
  test.each<[string, (string | null)[]]>([
    ['GET /x HTTP/1.1', ['GET /x HTTP/1.1', 'GET', '/x', 'HTTP/1.1']],
    ['M-SEARCH * HTTP/2', ['M-SEARCH * HTTP/2', 'M-SEARCH', '*', 'HTTP/2']],
    ['GET /x', ['GET /x', 'GET', '/x', null]],
    ['GET /x   HTTP/1.0', ['GET /x   HTTP/1.0', 'GET', '/x', null]],
    ['GET  /x HTTP/1.0', ['GET  /x HTTP/1.0', 'GET', '/x', null]],
    ['GET /x HTTP/1.0 ', ['GET /x HTTP/1.0 ', 'GET', '/x', null]],
    ['GET / HTTP/V1.0', ['GET / HTTP/V1.0', 'GET', '/', null]],
    ['GET /a b HTTP/1.1', ['GET /a b HTTP/1.1', 'GET', '/a b', null]],
    ['GET /a b', ['GET /a b', 'GET', '/a b', null]],
    ['GET HTTP/1.0', ['GET HTTP/1.0', 'GET', null, null]],
    ['GET  HTTP/1.1', ['GET  HTTP/1.1', 'GET', null, null]],
    ['GET HTTP/', ['GET HTTP/', 'GET', null, null]],
    ['GET HTTP/1.1 ', ['GET HTTP/1.1 ', 'GET', null, null]],
    ['GET HTTP/1.1 HTTP/1.1', ['GET HTTP/1.1 HTTP/1.1', 'GET', 'HTTP/1.1', 'HTTP/1.1']],
    ['GET /\\"\\" HTTP/1.1', ['GET /"" HTTP/1.1', 'GET', '/""', 'HTTP/1.1']],
    ['GET \\"\\"', ['GET ""', 'GET', '""', null]],
    ['GET', ['GET', null, null, null]],
    ['HELP', ['HELP', null, null, null]],
    ['GET ', ['GET ', null, null, null]],
    ['get /x HTTP/1.1', ['get /x HTTP/1.1', null, null, null]],
    ['\\x16\\x03\\x01\\x01 \\x02', ['\\x16\\x03\\x01\\x01 \\x02', null, null, null]],
    ['-', [null, null, null, null]],
    ['', ['', null, null, null]],
    ['GET /\\"q\\" HTTP/1.1', ['GET /"q" HTTP/1.1', 'GET', '/"q"', 'HTTP/1.1']],
    ['GET /\\"q\\"? HTTP/1.1 x', ['GET /"q"? HTTP/1.1 x', 'GET', '/"q"? HTTP/1.1 x', null]],
    ['GET /\\\\ HTTP/1.1', ['GET /\\\\ HTTP/1.1', 'GET', '/\\\\', 'HTTP/1.1']],
    ['GET /\\x22 HTTP/1.1', ['GET /\\x22 HTTP/1.1', 'GET', '/\\x22', 'HTTP/1.1']],
  ])('%s', (text, parts) => expect(request(text)).toEqual(parts))

  test('the path of a target with an empty query', () => {
    expect(row('h - - [10/Oct/2000:13:55:36 -0700] "GET /x? HTTP/1.1" 200 -')).toMatchObject({ path: '/x', query: '' })
  })
})

test('an escaped quote moves no other column', () => {
  const line = `h i u s [10/Oct/2000:13:55:36 -0700] "GET /\\"?a HTTP/1.1" 404 77 "\\"r\\\\" "a\\"" \\"`
  expect(decode(`${LINE}\n${line}\n${LINE}`).rows).toEqual([
    row(LINE),
    {
      ...row(LINE),
      ...{ host: 'h', ident: 'i', remote_user: 'u s', request: 'GET /"?a HTTP/1.1', target: '/"?a', path: '/"' },
      ...{
        query: 'a',
        protocol: 'HTTP/1.1',
        status: 404,
        body_bytes: 77n,
        referer: '"r\\\\',
        agent: 'a"',
        rest: '\\"',
      },
    },
    row(LINE),
  ])
})

describe('users, hosts and line ends', () => {
  const head = (text: string) => {
    const { host, ident, remote_user, status } =
      row(`${text} [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5`) ?? {}
    return [host, ident, remote_user, status]
  }
  test.each([
    ['h - -', ['h', null, null, 200]],
    ['h -', ['h', null, null, 200]],
    ['h i u', ['h', 'i', 'u', 200]],
    ['h - john q. public', ['h', null, 'john q. public', 200]],
    ['h - [a] b', ['h', null, '[a] b', 200]],
    ['2001:db8::1 - ""', ['2001:db8::1', null, '""', 200]],
    ['[2001:db8::1]:4711 - a', ['[2001:db8::1]:4711', null, 'a', 200]],
    ['***.example.com - - ', [undefined, undefined, undefined, undefined]],
    ['***.example.com - -', ['***.example.com', null, null, 200]],
    ['fe80::1%eth0 - -', ['fe80::1%eth0', null, null, 200]],
    ['unix: - -', ['unix:', null, null, 200]],
    ['- - -', [null, null, null, 200]],
    ['h - o-neill@example.com', ['h', null, 'o-neill@example.com', 200]],
    ['h - CORP\\\\ann lee', ['h', null, 'CORP\\\\ann lee', 200]],
  ])('%s', (text, parts) => expect(head(text)).toEqual(parts))

  test('CRLF, NUL, bad UTF-8, a long target', () => {
    expect(row(`${LINE}\r\n`)).toEqual(row(LINE))
    expect(row(LINE.replace('frank', 'fr\0nk'))).toMatchObject({ remote_user: 'fr\0nk' })
    expect(decode(Buffer.from(LINE.replace('frank', '\xff'), 'latin1')).rows[0]).toMatchObject({
      remote_user: '\ufffd',
    })
    const long = `/${'x'.repeat(65_536)}`
    expect(row(LINE.replace('/a?b=1&c', long))).toMatchObject({ target: long, protocol: 'HTTP/1.0' })
  })
})

describe('times', () => {
  const time = (text: string) => row(`h - - [${text}] "GET / HTTP/1.1" 200 5`)?.ts
  test.each<[string, number | undefined]>([
    ['29/Feb/2000:00:00:00 +0000', Date.UTC(2000, 1, 29)],
    ['01/Jan/2015:00:00:00 +0530', Date.UTC(2014, 11, 31, 18, 30)],
    ['31/Dec/1969:23:59:59 -0100', Date.UTC(1970, 0, 1, 0, 59, 59)],
    ['01/Jan/0070:00:00:00 +0000', -59958144000000],
    ['30/Feb/2000:00:00:00 +0000', undefined],
    ['29/Feb/1900:00:00:00 +0000', undefined],
    ['00/Jan/2000:00:00:00 +0000', undefined],
    ['01/JAN/2000:00:00:00 +0000', undefined],
    ['01/Jan/2000:24:00:00 +0000', undefined],
    ['01/Jan/2000:23:60:00 +0000', undefined],
    ['01/Jan/2000:23:00:60 +0000', undefined],
    ['01/Jan/2000:23:0a:00 +0000', undefined],
    ['01/Jan/2000:23:00:00 0000 ', undefined],
    ['01/Jan/2000:23:00:00 +0060', undefined],
    ['01-Jan-2000:23:00:00 +0000', undefined],
  ])('%s', (text, ms) => expect(time(text)).toBe(ms))

  test('a bad time between good ones of the same hour changes neither', () => {
    const lines = ['00:00:01', '00:00:61', '00:00:02', '25:00:00', '00:00:03'].map((clock) =>
      LINE.replace('13:55:36', clock),
    )
    expect(decode(lines.join('\n'), ['ts']).rows.map(({ ts }) => Number(ts) % 3_600_000)).toEqual([1000, 2000, 3000])
  })
})

test('sizes beyond 2^53 are exact, and so are their neighbours', () => {
  const sizes = ['9007199254740993', '5', '-', '999999999999999999']
  const text = sizes.map((size) => LINE.replace('2326', size)).join('\n')
  expect(decode(text, ['body_bytes']).rows.map((each) => each.body_bytes)).toEqual([
    9007199254740993n,
    5n,
    null,
    999999999999999999n,
  ])
})

describe('rejects say where and why', () => {
  const START = 'h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1"'
  test.each([
    ['', '0:0 the line is empty'],
    [' - - [', '0:0 expected a host, found a space'],
    ['h  - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5', '0:2 expected an ident, found a space'],
    ['h', '0:1 expected a user and a [time], found no ['],
    ['h [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5', '0:2 expected host, ident and user before the [time]'],
    [
      'h - -x[10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5',
      '0:6 expected [time] and the quoted request behind it',
    ],
    [
      'h - -"[10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5',
      '0:6 expected [time] and the quoted request behind it',
    ],
    [
      'h - -?[10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5',
      '0:6 expected [time] and the quoted request behind it',
    ],
    ['h - - [10/Oct/2000] "GET / HTTP/1.1" 200 5', '0:6 expected [time] and the quoted request behind it'],
    ['h - - [10/Oct/2000:13:55:36 -0700] GET / HTTP/1.1 200 5', '0:6 expected [time] and the quoted request behind it'],
    ['h - - [10/Okt/2000:13:55:36 -0700] "GET /" 200 5', '0:6 expected a time such as [10/Oct/2000:13:55:36 -0700]'],
    ['h - - [10/Oct/2000:13:55:36 -0700] "GET / 200 5', '0:47 the quoted request does not end'],
    ['h - - [10/Oct/2000:13:55:36 -0700] "GET /\\', '0:42 the quoted request does not end'],
    [START, '0:51 expected a space and the status after the request'],
    [`${START} 20`, '0:54 expected a status of three digits'],
    [`${START} - 5`, '0:52 expected a status of three digits'],
    [`${START} 2000 5`, '0:55 expected a space and the size after the status'],
    [`${START} 200`, '0:55 expected a space and the size after the status'],
    [`${START} 200 `, '0:56 expected the size: digits or -'],
    [`${START} 200 x`, '0:56 expected the size: digits or -'],
    [`${START} 200 5x`, '0:57 expected a space or the end after the size'],
    [`${START} 200 -5`, '0:57 expected a space or the end after the size'],
    [`${START} 200 1234567890123456789`, '0:56 the size has more than 18 digits'],
  ])('%s', (line, reject) => expect(decode(`${line}\n`).rejects).toEqual([reject]))
})

test('text after the size is never a reason to reject: what does not fit the format is in `rest`', () => {
  const tail = (text: string) => {
    const { referer, agent, rest } = row(`h - - [10/Oct/2000:13:55:36 -0700] "-" 408 0${text}`) ?? {}
    return [referer, agent, rest]
  }
  expect(tail(' "-" "-"')).toEqual([null, null, null])
  expect(tail(' "" "a" "x" 1')).toEqual(['', 'a', '"x" 1'])
  expect(tail(' "r" "half')).toEqual(['r', null, '"half'])
  expect(tail(' "r" "half\\"')).toEqual(['r', null, '"half\\"'])
  expect(tail(' r "a"')).toEqual([null, null, 'r "a"'])
  expect(tail(' ')).toEqual([null, null, null])
})

const piece = fc.constantFrom(' ', '"', '\\', '\\"', '[', ']', '-', '\0', '\r', 'HTTP/', '?', '\xff', '9', 'Z', '')
const mangled = fc
  .array(fc.tuple(fc.nat(LINE.length), fc.nat(3), piece), { maxLength: 4 })
  .map((edits) => edits.reduce((line, [at, gone, put]) => line.slice(0, at) + put + line.slice(at + gone), LINE))

test('every line is a row or a reject, whichever columns are wanted and however the bytes were cut', () => {
  const names = open.fields.map((field) => field.name)
  fc.assert(
    fc.property(
      fc.array(mangled, { minLength: 1, maxLength: 8 }),
      fc.subarray(names),
      fc.integer({ min: 1, max: 400 }),
      (lines, wanted, chunk) => {
        expectAnyChoice(open, lines, wanted, chunk)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a line that is longer than a block is read as a short one', () => {
  const before = 'x'.repeat(FRAME_BLOCK_BYTES)
  fc.assert(
    fc.property(
      fc.oneof(
        mangled,
        mangled.map((line) => line.replace(' - frank ', ' - - ')),
      ),
      (line) => {
        fc.pre(/^[\w.:/*-]/.test(line))
        const [short, long] = [line, before + line].map((each) => decode(Buffer.from(`${each}\n`, 'latin1')))
        expect(long?.rejects).toEqual(
          short?.rejects.map((each) => each.replace(/(?<=^0:)\d+/, (at) => `${+at + FRAME_BLOCK_BYTES}`)),
        )
        expect(long?.rows).toEqual(short?.rows.map((each) => ({ ...each, host: before + String(each.host) })))
      },
    ),
    { numRuns: 500 },
  )
})

test('combined wins over common where lines have an agent', () => {
  const short = LINE.slice(0, LINE.indexOf(' "http:'))
  expect(combined.fit(sampleOf(`${LINE}\n${LINE}\n`))).toBe(1)
  expect(common.fit(sampleOf(`${LINE}\n`))).toBeLessThan(1)
  expect(combined.fit(sampleOf(`${short}\n`))).toBe(0)
  expect(common.fit(sampleOf(`${short}\n`))).toBeGreaterThan(0.9)
  expect(common.fit(sampleOf('{"a":1}\n'))).toBe(0)
})
