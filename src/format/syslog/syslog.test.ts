import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { decodeAll, expectAnyChoice, sampleOf } from '../decode.test-tool.ts'
import { mangledLines } from '../mangled.test-tool.ts'
import { syslog } from './syslog.ts'

const open = (options = {}) => syslog.open(options, undefined)
const ARRIVAL = { arrival: Date.parse('2026-11-29T12:00:00Z'), timestamps: [] }

/** What a line has, without what it has not; or the reject. */
function read(line: string, options = {}, arrivals = ARRIVAL): Readonly<Record<string, Value>> | string | undefined {
  const { rows, rejects } = decodeAll(open(options), line, undefined, undefined, arrivals)
  return rows[0] === undefined
    ? rejects[0]
    : Object.fromEntries(Object.entries(rows[0]).filter(([, value]) => value !== null))
}

describe('RFC 5424', () => {
  test('the examples of section 6.5', () => {
    const msg = "'su root' failed for lonvick on /dev/pts/8"
    expect(read(`<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff${msg}`)).toEqual({
      facility: 4,
      severity: 2,
      ts: Date.parse('2003-10-11T22:14:15.003Z'),
      host: 'mymachine.example.com',
      app: 'su',
      msg_id: 'ID47',
      message: msg,
    })
    const text = "%% It's time to make the do-nuts."
    expect(read(`<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - ${text}`)).toEqual({
      facility: 20,
      severity: 5,
      ts: Date.parse('2003-08-24T12:14:15Z'),
      host: '192.0.2.1',
      app: 'myproc',
      proc_id: '8710',
      message: text,
    })
    const data = '[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]'
    const head = '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47'
    const event = {
      facility: 20,
      severity: 5,
      ts: Date.parse('2003-10-11T22:14:15.003Z'),
      host: 'mymachine.example.com',
      app: 'evntslog',
      msg_id: 'ID47',
    }
    expect(read(`${head} ${data} \ufeffAn application event log entry...`)).toEqual({
      ...event,
      structured_data: data,
      message: 'An application event log entry...',
    })
    const two = `${data}[examplePriority@32473 class="high"]`
    expect(read(`${head} ${two}`)).toEqual({ ...event, structured_data: two })
  })

  test('structured data, and what is none', () => {
    const data = (text: string) => {
      const row = read(`<34>1 - - - - - ${text}`)
      return typeof row === 'string' ? row : [row?.structured_data, row?.message]
    }
    expect(data('[a b="\\"\\]\\\\"] m')).toEqual(['[a b="\\"\\]\\\\"]', 'm'])
    expect(data('[a][b c="d e"]')).toEqual(['[a][b c="d e"]', undefined])
    expect(data('- ')).toEqual([undefined, ''])
    expect(data('-')).toEqual([undefined, undefined])
    for (const text of [
      '',
      'a',
      '[',
      '[]',
      '[a b]',
      '[a b=c]',
      '[a b="c]',
      '[a b="c"',
      '[a b="c"] [',
      '[ a]',
      '-x',
      '[a]x',
    ]) {
      expect(data(text), text).toEqual(
        text === '[a b="c"] [' ? ['[a b="c"]', '['] : expect.stringMatching(/^0:\d+ expected/),
      )
    }
  })

  test('fields that are missing are no others', () => {
    expect(read('<34>1 2003-10-11T22:14:15.003Z host app - ID47')).toBe(
      '0:46 expected structured data, as [id name="value"], or -',
    )
    expect(read('<34>1 2003-10-11T22:14:15.003Z host app  ID47 - x')).toBe('0:40 expected proc_id')
    expect(read('<34>2 2003-10-11T22:14:15.003Z host app - ID47 - x')).toBe('0:4 expected version 1')
    expect(read('<34>1 Oct 11 22:14:15 host app: x')).toBe('0:6 expected a time, as 2026-11-29T08:00:01.5Z')
    expect(read('<192>1 - - - - - -')).toBe('0:0 expected a priority, as <34>')
    expect(read('<>1 - - - - - -')).toBe('0:0 expected a priority, as <34>')
    expect(read('52 <34>1 2003-10-11T22:14:15.003Z host app - ID47 - x')).toBe(
      '0:0 a length is in front of the message (octet counting): have the sender end messages with line ends instead',
    )
    expect(read('<34')).toBe('0:0 expected a priority, as <34>')
  })
})

describe('RFC 3164', () => {
  test('the examples of section 5.4', () => {
    expect(read("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8")).toEqual({
      facility: 4,
      severity: 2,
      ts: Date.parse('2026-10-11T22:14:15Z'),
      host: 'mymachine',
      app: 'su',
      message: "'su root' failed for lonvick on /dev/pts/8",
    })
    // As the first relay would send the second; without a time, it is none.
    expect(read('Use the BFG!')).toBe('0:0 expected a time, as Nov 29 08:00:01 or 2026-11-29T08:00:01Z')
    expect(read('<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!')).toEqual({
      facility: 1,
      severity: 5,
      ts: Date.parse('2026-02-05T17:32:18Z'),
      host: '10.0.0.99',
      message: 'Use the BFG!',
    })
    // The specification itself takes CST for the host.
    const text = "1987 mymachine myproc[10]: %% It's time to make the do-nuts.  %%  Ingredients: Mix=OK, Jelly=OK #"
    expect(read(`<165>Aug 24 05:34:00 CST ${text}`)).toMatchObject({ host: 'CST', message: text })
    const last = "1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!"
    expect(read(`<0>${last}`)).toBe('0:3 expected a time, as Nov 29 08:00:01 or 2026-11-29T08:00:01Z')
    expect(read(`<0>Oct 22 10:52:12 scapegoat ${last}`)).toMatchObject({
      facility: 0,
      host: 'scapegoat',
      message: last,
    })
  })

  test('lines as daemons write them into files', () => {
    const ts = Date.parse('2026-11-29T08:00:01Z')
    expect(read('Nov 29 08:00:01 web sshd[811]: Failed password for root\r')).toEqual({
      ts,
      host: 'web',
      app: 'sshd',
      proc_id: '811',
      message: 'Failed password for root',
    })
    expect(read('2026-11-29T09:00:01.123456+01:00 web postfix/smtpd[12]: connect')).toEqual({
      ts: ts + 123,
      host: 'web',
      app: 'postfix/smtpd',
      proc_id: '12',
      message: 'connect',
    })
    expect(read('Nov 29 08:00:01 web kernel: [12.5] eth0: up')).toMatchObject({
      app: 'kernel',
      message: '[12.5] eth0: up',
    })
    expect(read('Nov 29 08:00:01 web last message repeated 2 times')).toMatchObject({
      host: 'web',
      message: 'last message repeated 2 times',
    })
    expect(read('Nov 29 08:00:01 sshd[811]: x')).toEqual({ ts, app: 'sshd', proc_id: '811', message: 'x' })
    expect(read('Nov 29 08:00:01 cron: x')).toEqual({ ts, app: 'cron', message: 'x' })
    expect(read('Nov 29 08:00:01 web http://x:80/')).toEqual({ ts, host: 'web', message: 'http://x:80/' })
    expect(read('Nov 29 08:00:01 fe80::1 a:')).toEqual({ ts, host: 'fe80::1', app: 'a', message: '' })
    expect(read('Nov 29 08:00:01 web')).toEqual({ ts, host: 'web', message: '' })
    expect(read('<166>Oct 11 2015 22:14:15.25 fw : %ASA-6-1: x')).toMatchObject({
      ts: Date.parse('2015-10-11T22:14:15.250Z'),
      host: 'fw',
      message: ': %ASA-6-1: x',
    })
    expect(read('<166>Oct 11 2015 22:14:15: %ASA-6-302013: Built')).toMatchObject({
      ts: Date.parse('2015-10-11T22:14:15Z'),
      app: '%ASA-6-302013',
      message: 'Built',
    })
    expect(read('Oct 11 22:14:15 2015 mc authmgr[35]: x')).toEqual({
      ts: Date.parse('2015-10-11T22:14:15Z'),
      host: 'mc',
      app: 'authmgr',
      proc_id: '35',
      message: 'x',
    })
    expect(read('Nov 29 08:00:01 2015')).toEqual({ ts, host: '2015', message: '' })
    expect(read('Nov 29 08:00:01 1234 a: x')).toMatchObject({ host: '1234', app: 'a' })
    expect(read('Nov 29 08:00:01')).toBe('0:15 expected a blank and the host')
    expect(read('Nov 29 08:00:01 "GET / HTTP/1.1" 200')).toBe('0:16 expected a host')
  })

  // Promise syslog-year: The year of a syslog time that names none follows from the arrival that is kept with its record, never from the clock: a replay gives the same rows.
  test('the year follows from the arrival: the last one in which the time is at most a day after it', () => {
    const at = (time: string, arrival: string, options = {}) => {
      const row = read(`${time} web a: x`, options, { arrival: Date.parse(arrival), timestamps: [] })
      return typeof row === 'string' ? row : new Date(Number(row?.ts)).toISOString()
    }
    expect(at('Nov 29 08:00:01', '2026-11-29T08:00:02Z')).toBe('2026-11-29T08:00:01.000Z')
    expect(at('Dec 31 23:59:59', '2027-01-01T00:00:01Z')).toBe('2026-12-31T23:59:59.000Z')
    expect(at('Jan  1 00:00:01', '2026-12-31T23:59:59Z')).toBe('2027-01-01T00:00:01.000Z')
    expect(at('Jan  2 00:00:01', '2026-12-31T23:59:59Z')).toBe('2026-01-02T00:00:01.000Z')
    expect(at('Nov 30 08:00:00', '2026-11-29T08:00:00Z')).toBe('2026-11-30T08:00:00.000Z')
    expect(at('Nov 30 08:00:01', '2026-11-29T08:00:00Z')).toBe('2025-11-30T08:00:01.000Z')
    expect(at('Feb 29 08:00:00', '2026-11-29T08:00:00Z')).toBe('2024-02-29T08:00:00.000Z')
    expect(at('Nov 29 08:00:01', '2026-11-29T08:00:02Z', { year: 2015 })).toBe('2015-11-29T08:00:01.000Z')
    expect(at('Feb 29 08:00:01', '2026-11-29T08:00:02Z', { year: 2015 })).toContain('0:0 expected a time')
    expect(at('Nov 29 08:00:01', '2026-11-29T08:00:02Z', { zone: 'Europe/Berlin' })).toBe('2026-11-29T07:00:01.000Z')
    expect(at('Jan  1 00:30:00', '2026-12-31T23:30:01Z', { zone: 'Europe/Berlin' })).toBe('2026-12-31T23:30:00.000Z')
    expect(at('Nov 29 08:00:01', 'x')).toContain('the time names no year, and it is not known when the line arrived')
    const each = { timestamps: [Date.parse('2020-05-01T00:00:00Z'), Date.parse('2021-05-01T00:00:00Z')] }
    const { rows } = decodeAll(open(), 'May  1 00:00:00 a b: c\nMay  1 00:00:00 a b: c', ['ts'], undefined, each)
    expect(rows.map(({ ts }) => ts)).toEqual(each.timestamps)
    expect(() => open({ zone: 'Mars' })).toThrow("there is no time zone 'Mars'")
  })

  test('times that do not exist are none', () => {
    for (const time of [
      'Nov 31 08:00:01',
      'Nov 0 08:00:01',
      'Nov 29 24:00:01',
      'Nov 29 08:60:01',
      'Nov 29 08:00',
      'nov 29 08:00:01',
      'Nov 29 08:00:01.',
      '2026-13-29T08:00:01Z',
    ]) {
      expect(read(`${time} web a: x`), time).toContain('0:0 expected a time')
    }
  })
})

test('found by lines with an application, not by a time and a word', () => {
  expect(syslog.fit(sampleOf('Nov 29 08:00:01 web sshd[1]: a\nNov 29 08:00:01 web b: c\n'))).toBe(1)
  expect(syslog.fit(sampleOf('Nov 29 08:00:01 ERROR it broke\nNov 29 08:00:01 INFO fine\n'))).toBe(0)
  expect(
    syslog.fit(sampleOf('2026-11-29T08:00:01Z ERROR main: it broke\n2026-11-29T08:00:01Z INFO shop.Pay[7]: x\n')),
  ).toBe(0)
})

test('every line is a row or a reject, whatever its bytes', () => {
  const samples = [
    '<165>1 2003-10-11T22:14:15.003Z mymachine evntslog - ID47 [a@1 iut="3" b="\\"c"][d] \ufeffAn event',
    "<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed größer",
    'Nov 29 08:00:01 web sshd[811]: Failed password',
    '2026-11-29T09:00:01.123456+01:00 web postfix/smtpd[12]: connect',
  ]
  const names = ['facility', 'ts', 'host', 'app', 'proc_id', 'structured_data', 'message']
  fc.assert(
    fc.property(mangledLines(samples), fc.subarray(names), fc.integer({ min: 1, max: 90 }), (lines, wanted, chunk) => {
      const { rows } = expectAnyChoice(open({ year: 2026 }), lines, wanted, chunk)
      for (const row of rows)
        if (row.severity !== null) expect(Number(row.facility) * 8 + Number(row.severity)).toBeLessThan(192)
    }),
    { numRuns: 1500 },
  )
})
