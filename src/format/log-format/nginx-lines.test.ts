/**
 * Lines that nginx 1.22 wrote of the same requests in five formats: by curl with odd agents and users, by a pool whose first server
 * is down, and by sockets that send TLS bytes, half a request or a request without a path.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { decodeAll } from '../decode.test-tool.ts'
import { logFormat } from './log-format.ts'

const folder = resolve(import.meta.dirname, '../../../test/fixtures/nginx-1.22')
const read = (name: string) => readFileSync(join(folder, name))
/** The directives of the configuration, by the names of the formats. */
const formats = new Map(
  read('formats.conf')
    .toString()
    .split(/(?<=;\n)/)
    .map((directive) => [/log_format (\w+)/.exec(directive)?.[1], directive]),
)

function rowsOf(name: string) {
  const { rows, rejects } = decodeAll(logFormat.open({ text: formats.get(name) ?? '' }, undefined), read(`${name}.log`))
  // An agent `a" 200 5 "b` that is not escaped: no reader can know where it ends.
  expect(rejects).toEqual(name === 'plain' ? [`${FORGED}:89 expected the end of the line behind $msec`] : [])
  return rows
}

const FORGED = 13

/** Not there, empty, and the dash that only some of the ways to escape tell from a value. */
const loose = (value: Value | undefined): Value => (value === undefined || value === '' || value === '-' ? null : value)

test.each(['plain', 'json', 'ltsv'])('%s gives the values of main', (name) => {
  const names = 'host remote_user ts request http_method target path query protocol status body_bytes'
    .concat(' referer agent request_time upstream_addr upstream_status upstream_response_time')
    .split(' ')
  const pick = (row: Readonly<Record<string, Value>>) => names.map((each) => loose(row[each]))
  const expected = rowsOf('main').map(pick)
  expect(expected.length).toBe(18)
  expect(rowsOf(name).map(pick)).toEqual(name === 'plain' ? expected.toSpliced(FORGED, 1) : expected)
})

test('what was sent is what the columns have', () => {
  const rows = rowsOf('main')
  expect(rows.map(({ agent }) => agent)).toEqual([
    ...['curl/7.88.1', 'Mozilla/5.0 "quoted" \\ back', 'umlaut ä \ufffd', null, null, 'curl/7.88.1', 'curl/7.88.1'],
    ...['tab\ttab', 'curl/7.88.1', null, null, null, null, 'a" 200 5 "b', null, null, null, null],
  ])
  expect(rows.slice(3, 5).map(({ remote_user }) => remote_user)).toEqual(['joe [x]', '"'])
  expect(rows.slice(6, 8).map(({ upstream_addr, upstream_status }) => [upstream_addr, upstream_status])).toEqual([
    ['127.0.0.1:18091, 127.0.0.1:18092', '502, 200'],
    ['127.0.0.1:18092', '200'],
  ])
  // The time of the line is a second, that of `$msec` has its fraction.
  expect(rows.map(({ ts, time_local }) => Number(ts) - Number(time_local)).every((ms) => ms >= 0 && ms < 1000)).toBe(
    true,
  )
})

test('requests by their parts, and those that have none', () => {
  const rows = rowsOf('parts')
  const shown = rows.map(({ http_method, vhost, target, query, protocol, uri_args }) => [
    ...[http_method, vhost, target, query, protocol, uri_args],
  ])
  expect(shown.slice(0, 2)).toEqual([
    ['GET', '127.0.0.1', '/a', null, 'HTTP/1.1', '/a'],
    ['GET', '127.0.0.1', '/a?b=1&c=%20x', 'b=1&c=%20x', 'HTTP/1.1', '/a?b=1&c=%20x'],
  ])
  expect(shown.slice(9, 12)).toEqual([
    [null, 'a.example', null, null, null, null],
    ['GET', 'a.example', '/old', null, null, '/old'],
    [null, 'a.example', null, null, null, null],
  ])
  expect(rows.map(({ pipe }) => pipe).join('')).toBe('...............p..')
})
