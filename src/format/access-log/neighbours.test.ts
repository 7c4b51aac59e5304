/** Lines of formats that resemble `combined`: they are read under a name of their own, or refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { formats } from '../all.ts'
import { decodeAll, expectAnyChoice, sampleOf } from '../decode.test-tool.ts'
import { detectFormat } from '../detect.ts'
import type { Format } from '../format.ts'
import { combined, common, forwardedCombined, forwardedCommon, vhostCombined, vhostCommon } from './access-log.ts'

const BEHIND = '[14/Mar/2025:09:00:01 +0000] "GET /x HTTP/1.1" 200 5'
const TAIL = ' "-" "probe/1.0"'

const line = (head: string) => `${head} ${BEHIND}${TAIL}\n`
const read = (format: Format, text: string) => decodeAll(format.open({}, undefined), text)
const found = async (text: string) => (await detectFormat(sampleOf(text))).format.name
const pick = (names: readonly string[], row: Readonly<Record<string, Value>> | undefined) =>
  names.map((name) => row?.[name])

// Promise: A line of a neighbouring format is read under a format of its own, or is a dead letter: never a row with shifted columns.
describe('in common and combined, a line with something in front of its host is a dead letter', () => {
  test.each([
    ['shop.example.org:443 192.0.2.7 - -', 21, /an address: vhost_combined/],
    ['shop.example.org 192.0.2.7 - ann', 17, /an address/],
    ['shop.example.org 192.0.2.7 -', 17, /an address/],
    ['shop.example.org:80 client.example.net - -', 39, /the user contains the word -/],
    ['localhost:443 178.20.184.42 1j0vhgd jsmith', 14, /an address/],
    ['192.0.2.188, 10.0.0.139 - -', 11, /a comma: forwarded_combined/],
    ['192.0.2.188,10.0.0.139 - -', 11, /a comma/],
    ['unknown, 10.0.0.139 - ann', 7, /a comma/],
    ['[0.010] 1.2.3.4 - -', 0, /expected a host/],
    ['0.010 1.2.3.4 - -', 6, /an address/],
    ['2025-03-14T09:00:01.123456789Z stdout F 192.0.2.7 - -', 0, /expected a host.* nothing with a colon/],
    ['access.log:192.0.2.7 - -', 0, /expected a host.* nothing with a colon/],
    ['17:192.0.2.7 - ann', 0, /expected a host/],
    ['access.log:17:192.0.2.7 - -', 0, /expected a host/],
    ['access.log:client.example.net - -', 0, /expected a host/],
    ['access.log:::1 - -', 0, /expected a host/],
    ['192.0.2.7 - alice [10/Oct/2020:13:55:10 -0700]', 18, /the user contains a number in a bracket/],
    ['192.0.2.7 - [10/Oct/2020:13:55:10 -0700]', 12, /a number in a bracket/],
    ['192.0.2.7 [10/Oct/2020:13:55:10 -0700] alice', 10, /a number in a bracket/],
    ['192.0.2.7 - ann [0.010]', 16, /a number in a bracket/],
    ['Nov 29 10:00:00 web1 nginx: 192.0.2.7 - ann', 28, /an address/],
    ['Nov 29 10:00:00 web1 nginx: client.example.net - ann', 47, /the word -/],
    ['<190>Nov 29 10:00:00 web1 nginx: 192.0.2.7 - -', 0, /expected a host/],
    ['<134>192.0.2.7 - -', 0, /expected a host/],
    ['web-1 | 192.0.2.7 - -', 8, /an address/],
    ['[pod/web/nginx] 192.0.2.7 - -', 0, /expected a host/],
    ['{"log":"192.0.2.7 - -', 1, /expected a host/],
    ['\ufeff192.0.2.7 - -', 0, /expected a host/],
    ['\0\0\x0192.0.2.7 - -', 0, /expected a host/],
    ['"192.0.2.7" - -', 0, /expected a host/],
  ])('%j', (head, at, reason) => {
    for (const format of [combined, common]) {
      const { rows, rejects } = read(format, line(head))
      expect(rows).toEqual([])
      const [, byte, why] = /^0:(\d+) (.*)$/.exec(rejects[0] ?? '') ?? []
      // Bytes beyond ASCII come before none of these places.
      expect([Number(byte), why]).toEqual([at, expect.stringMatching(reason)])
    }
  })
})

test('a colon is part of an address, before a port, or behind unix', () => {
  const hosts = ['::1', '2001:db8::17', 'fe80::1%eth0', '192.0.2.7:8080', 'web.example.org:80', 'unix:', '[::1]:80']
  for (const host of hosts) expect(read(combined, line(`${host} - -`)).rows.map((row) => row.host)).toEqual([host])
})

// Promise: A port of a virtual host above 65535 is no port: the line is a dead letter.
test('the port of a virtual host is at most 65535', () => {
  const vhost = (name: string) => read(vhostCombined, line(`${name} 192.0.2.7 - -`))
  for (const name of ['www.x.org:99999', '192.0.2.1:65536', '[::1]:70000', 'x:99999999999999999999']) {
    expect(vhost(name)).toMatchObject({ rows: [], rejects: ['0:0 the port of the virtual host is above 65535'] })
  }
  expect(['www.x.org:65535', '[::1]:443', 'web1', '2001:db8::99999'].map((name) => vhost(name).rows.length)).toEqual([
    1, 1, 1, 1,
  ])
})

// Promise: An access log whose lines end with CR or NUL alone is never one row: the line is a dead letter that says how to make lines of it.
test('a CR or a NUL within a line is a dead letter, in its place among the others', () => {
  const row = (host: string) => line(`${host} - -`).trimEnd()
  const text = [`${row('a')}\r`, `${row('b')}\r${row('c')}`, 'no line', `${row('d')}\0${row('e')}`, row('f')]
  expect(read(combined, text.join('\n')).rows.map(({ host }) => host)).toEqual(['a', 'f'])
  expect(read(common, text.join('\n')).rejects.map((reject) => reject.slice(0, 24))).toEqual([
    '1:74 a CR within the lin',
    '2:7 expected a user and ',
    '3:74 a NUL within the li',
  ])
})

describe('blanks too many and fields too few move no column', () => {
  test.each([
    '192.0.2.7  - -',
    '192.0.2.7 -  -',
    '192.0.2.7 -  - ',
    '192.0.2.7 - - ',
    '192.0.2.7 - ann ',
    ' 192.0.2.7 - -',
    '192.0.2.7\t-\t-',
    '192.0.2.7\t- -',
    '192.0.2.7 -\t-',
    '192.0.2.7 - -\t',
    '192.0.2.7 - -\t-',
    '192.0.2.7 ann',
    '192.0.2.7',
    '192.0.2.7 - - -',
    '192.0.2.7 - ann 0.5 -',
    '192.0.2.7 - 10.0.0.1',
  ])('%j is a dead letter', (head) => {
    const { rows, rejects } = read(combined, line(head))
    expect([rows, rejects.length]).toEqual([[], 1])
  })

  test('before and between referer and agent, any number of spaces', () => {
    const text = `192.0.2.7 - - ${BEHIND}   "http://r/"  "probe/1.0"  0.5\n`
    expect(read(combined, text).rows[0]).toMatchObject({ referer: 'http://r/', agent: 'probe/1.0', rest: ' 0.5' })
  })

  test('a quote within a referer or an agent: the text has no certain end, so it is in rest', () => {
    const tail = (text: string) =>
      pick(['referer', 'agent', 'rest'], read(combined, `h - - ${BEHIND} ${text}\n`).rows[0])
    expect(tail('"http://r/?q="a"" "b"')).toEqual([null, null, '"http://r/?q="a"" "b"'])
    expect(tail('"r" "a"b"')).toEqual(['r', null, '"a"b"'])
    expect(tail('"r""a"')).toEqual([null, null, '"r""a"'])
  })
})

describe('vhost_combined and vhost_common', () => {
  const names = ['vhost', 'vhost_port', 'host', 'ident', 'remote_user', 'path']
  test.each<[string, Value[]]>([
    ['shop.example.org:443 192.0.2.7 - -', ['shop.example.org', 443, '192.0.2.7', null, null, '/x']],
    ['shop.example.org 192.0.2.8 - ann', ['shop.example.org', null, '192.0.2.8', null, 'ann', '/x']],
    ['localhost:443 178.20.184.42 1j0v jsm', ['localhost', 443, '178.20.184.42', '1j0v', 'jsm', '/x']],
    ['192.0.2.1:80 client.example.net - a b', ['192.0.2.1', 80, 'client.example.net', null, 'a b', '/x']],
    ['[2001:db8::1]:443 2001:db8::2 - -', ['[2001:db8::1]', 443, '2001:db8::2', null, null, '/x']],
    ['2001:db8::1 192.0.2.7 - -', ['2001:db8::1', null, '192.0.2.7', null, null, '/x']],
    ['- 192.0.2.7 - -', [null, null, '192.0.2.7', null, null, '/x']],
    ['wiki 192.0.2.7 - -', ['wiki', null, '192.0.2.7', null, null, '/x']],
  ])('%s', (head, values) => {
    expect(pick(names, read(vhostCombined, line(head)).rows[0])).toEqual(values)
    expect(pick(names, read(vhostCommon, line(head)).rows[0])).toEqual(values)
  })

  test.each([
    '192.0.2.7 - -',
    '192.0.2.7 - john smith',
    '[0.010] 1.2.3.4 - -',
    '0.010 1.2.3.4 - -',
    '2025-03-14T09:00:01Z 1.2.3.4 - -',
    'nginx: 192.0.2.7 - -',
    'web-1 | 192.0.2.7 - -',
    'shop.example.org:443 192.0.2.188, 10.0.0.1 - -',
    'Nov 29 10:00:00 web1 nginx: 192.0.2.7 - -',
    'shop.example.org:443 192.0.2.7 -',
    'shop.example.org:x 192.0.2.7 - -',
  ])('%s has none in front of its host', (head) => {
    const { rows, rejects } = read(vhostCombined, line(head))
    expect([rows, rejects.length]).toEqual([[], 1])
  })
})

describe('forwarded_combined and forwarded_common', () => {
  const names = ['forwarded', 'host', 'ident', 'remote_user', 'path']
  test.each<[string, Value[]]>([
    ['192.0.2.188, 10.0.0.139 - -', ['192.0.2.188, 10.0.0.139', '192.0.2.188', null, null, '/x']],
    ['2001:db8::5,192.0.2.9,  10.0.0.1 - a b', ['2001:db8::5,192.0.2.9,  10.0.0.1', '2001:db8::5', null, 'a b', '/x']],
    ['192.0.2.178 - -', ['192.0.2.178', '192.0.2.178', null, null, '/x']],
  ])('%s', (head, values) => {
    expect(pick(names, read(forwardedCombined, line(head)).rows[0])).toEqual(values)
    expect(pick(names, read(forwardedCommon, line(head)).rows[0])).toEqual(values)
  })

  test.each([
    '192.0.2.188, 10.0.0.1 10.0.0.2 - -',
    '192.0.2.188, - -',
    ', 192.0.2.1 - -',
    'shop.example.org:443 192.0.2.188, 10.0.0.1 - -',
  ])('%s is no list before an ident and a user', (head) => {
    expect(read(forwardedCombined, line(head)).rows).toEqual([])
  })
})

describe('the format is found', () => {
  test.each([
    ['192.0.2.7 - -', 'combined'],
    ['192.0.2.7 - john q. public', 'combined'],
    ['shop.example.org:443 192.0.2.7 - -', 'vhost_combined'],
    ['shop.example.org 192.0.2.7 - ann', 'vhost_combined'],
    ['192.0.2.188, 10.0.0.139 - -', 'forwarded_combined'],
    // What stands in front may be anything, so nothing is guessed.
    ['wiki 192.0.2.7 - -', 'lines'],
    ['192.0.2.188 10.0.0.1 - -', 'lines'],
    ['INFO 192.0.2.7 - -', 'lines'],
    ['0.010 1.2.3.4 - -', 'lines'],
  ])('%s: %s', async (head, format) => {
    expect(await found(line(head))).toBe(format)
    if (format !== 'lines') expect(await found(`${head} ${BEHIND}\n`)).toBe(format.replace('combined', 'common'))
  })

  test('it is said why lines that look like combined are not', async () => {
    const whyNot = async (text: string) => (await detectFormat(sampleOf(text))).whyNot
    expect(await whyNot(line('[0.010] 1.2.3.4 - -').repeat(3))).toBe(
      'not combined: byte 0: expected a host: a name or an address',
    )
    expect(await whyNot(line('192.0.2.7 - -'))).toBe(undefined)
    expect(await whyNot('Dear all,\nhere we go\n')).toBe(undefined)
  })

  test('one list among single addresses is enough', async () => {
    const text = `${line('192.0.2.1 - -').repeat(9)}${line('192.0.2.1, 192.0.2.2 - -')}`
    expect([await found(text), read(forwardedCombined, text).rows.length]).toEqual(['forwarded_combined', 10])
  })
})

await formats.loadAll()

const word = fc.constantFrom(
  ...['-', '192.0.2.7', '::1', '10.0.0.1:80', 'shop.example.org', 'shop.example.org:443', 'ann', 'o-neill', ''],
  ...['"x"', '[0.1]', '<1>', 'a,', '192.0.2.1,', '\t', '\xff', '\0', 'nginx:', '29', '|', '_', '[::1]:443'],
)
const heads = fc.array(word, { maxLength: 7 }).map((words) => words.join(' '))

test('whatever stands in front: a row or a reject, with a host of one word and a user that has no lone -', () => {
  const names = [...formats.names].filter((name) => /com(?:mon|bined)$/.test(name))
  expect(names.length).toBe(6)
  fc.assert(
    fc.property(fc.array(heads, { minLength: 1, maxLength: 6 }), fc.constantFrom(...names), (texts, name) => {
      const open = (formats.get(name) as Format).open({}, undefined)
      const { rows } = expectAnyChoice(
        open,
        texts.map((text) => line(text).trimEnd()),
        ['host', 'remote_user'],
      )
      for (const { host, ident, remote_user } of rows) {
        expect(String(host)).not.toMatch(/[,\s\0"]/)
        expect(String(ident)).not.toMatch(/^\d+\.\d+\.\d+\.\d+|[\s\0]/)
        expect(String(remote_user)).not.toMatch(/(^|\s)-(\s|$)/)
      }
    }),
    { numRuns: 3_000 },
  )
})

test('this side finds the reason for every reject of the kernel', () => {
  fc.assert(
    fc.property(heads, (head) => {
      for (const format of [combined, vhostCombined, forwardedCombined]) {
        const { rejects } = read(format, line(head))
        expect(rejects.filter((reject) => reject.endsWith('expected host, ident and user'))).toEqual([])
      }
    }),
    { numRuns: 3_000 },
  )
})
