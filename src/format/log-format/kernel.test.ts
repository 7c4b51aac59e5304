/** Usual lines are read by the kernel alone: else nobody would notice that it leaves all of them to the reader. */
import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { END, LEFT } from '../../kernel/assembly/value/kinds.ts'
import { PADDING } from '../../kernel/open.ts'
import { ParsedColumn } from '../scan/parsed-column.ts'
import { BLOCK_BYTES } from '../scan/parsed-kernel.ts'
import { apacheParts } from './apache.ts'
import { openLineKernel } from './kernel.ts'
import { nginxParts } from './nginx.ts'
import { readPasted } from './pasted.ts'
import { shapeOf } from './step.ts'

/** What the kernel says of a line: END, LEFT, or the number of its late values. */
function outcomeOf(text: string, line: string, isWanted = true): number {
  const pasted = readPasted(text, undefined)
  const parts = pasted.server === 'nginx' ? nginxParts(text, pasted) : apacheParts(text, pasted)
  const shape = shapeOf(text, pasted, parts)
  const columns = shape.columns.map((column) => new ParsedColumn(column, isWanted))
  for (const column of columns) column.begin(8)
  const { memory, starts, ends, notes, functions } = openLineKernel(shape, columns, {
    rows: 8,
    kept: 0,
    block: BLOCK_BYTES,
  })
  const bytes = Buffer.from(line)
  memory.set(bytes, PADDING)
  starts[0] = 0
  ends[0] = bytes.length
  functions.take(PADDING, PADDING + bytes.length, PADDING)
  functions.scan(0, 1, 0)
  return notes[1] as number
}

const USUAL: readonly (readonly [string, string])[] = [
  [
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_addr',
    '192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b HTTP/1.1" 200 2326 "-" "curl/8 (a b)" 0.123 a:1, b:2 : c:3',
  ],
  [
    'log_format j escape=json \'{"t":"$time_iso8601","m":$msec,"s":$status,"rt":"$request_time","up":"$upstream_addr"}\';',
    '{"t":"2024-02-29T12:00:00+01:00","m":1709204400.123,"s":200,"rt":"","up":""}',
  ],
  [
    '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" %D %X',
    'a:443 ::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 0 "-" 12 -',
  ],
  ['$request_method $scheme://$host$request_uri $server_protocol', 'GET https://a.example/b?c HTTP/2.0'],
  ['%m %U%q %H %{usec}t', 'GET /a?b HTTP/1.1 971211336123456'],
  ['[%{%a %e %b %Y %T}t.%{msec_frac}t %{%z}t] %m', '[Tue 10 Oct 2000 13:55:36.123 -0700] GET'],
  ['%{%j/%y %R}t %m', '065/72 23:59 GET'],
  ['%{%s}t.%{usec_frac}t %m', '0971211336.123456 GET'],
]

test.each(USUAL)('%s', (text, line) => {
  expect(outcomeOf(text, line)).toBe(END)
  expect(outcomeOf(text, line, false)).toBe(END)
})

test('escapes are late values, those of a request are left, and so is what is no row', () => {
  expect(outcomeOf('$status "$http_referer"', '200 "a\\x22"')).toBe(1)
  expect(outcomeOf('$status "$http_referer"', '200 "a\\x22"', false)).toBe(END)
  expect(outcomeOf('$status "$request"', '200 "a\\x22"')).toBe(LEFT)
  expect(outcomeOf('$status "$request"', '200 "a\\x22"', false)).toBe(END)
  expect(outcomeOf('$status', '20')).toBe(LEFT)
})
