/** The formats that nginx and Apache document, with lines that they write, and what the columns are. */
import { expect, test } from 'vitest'
import { typeName } from '../../record/type.ts'
import { decodeAll } from '../decode.test-tool.ts'
import { logFormat } from './log-format.ts'

const open = (text: string) => logFormat.open({ text }, undefined)

/** The columns of a format: `name TYPE`. */
const columns = (text: string) => open(text).fields.map(({ name, type }) => `${name} ${typeName(type)}`)

/** The only row of a line. */
function row(text: string, line: string) {
  const { rows, rejects } = decodeAll(open(text), line)
  expect(rejects).toEqual([])
  expect(rows.length).toBe(1)
  return rows[0]
}

const reject = (text: string, line: string) => decodeAll(open(text), line).rejects[0]

const REQUEST = ['request', 'http_method', 'target', 'path', 'query', 'protocol'].map((name) => `${name} STRING`)
const MAIN = `
    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';
`
const MAIN_LINE =
  '192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "curl/8" "198.51.100.1, 10.0.0.2"'

test('main, as the nginx package brings it, also as the comment that it is there', () => {
  const expected = {
    ...{ host: '192.0.2.7', remote_user: null, ts: Date.UTC(2000, 9, 10, 20, 55, 36) },
    ...{ request: 'GET /a?b=1 HTTP/1.1', http_method: 'GET', target: '/a?b=1', path: '/a', query: 'b=1' },
    ...{ protocol: 'HTTP/1.1', status: 200, body_bytes: 2326n, referer: null, agent: 'curl/8' },
    http_x_forwarded_for: '198.51.100.1, 10.0.0.2',
  }
  expect(row(MAIN, MAIN_LINE)).toEqual(expected)
  expect(row(MAIN.replaceAll(/^ +/gm, '    #'), MAIN_LINE)).toEqual(expected)
  expect(columns(MAIN)).toEqual([
    ...['host STRING', 'remote_user STRING', 'ts TIMESTAMP_LTZ(3)', ...REQUEST, 'status INT', 'body_bytes BIGINT'],
    ...['referer STRING', 'agent STRING', 'http_x_forwarded_for STRING'],
  ])
  expect(open(MAIN).rowtime).toBe(2)
})

test("the example of nginx's documentation, and that of its stream module", () => {
  const compression = `log_format compression '$remote_addr - $remote_user [$time_local] '
                       '"$request" $status $bytes_sent '
                       '"$http_referer" "$http_user_agent" "$gzip_ratio"';`
  const line = '192.0.2.7 - a b [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 512 "-" "x" '
  expect(row(compression, `${line}"3.14"`)).toMatchObject({ remote_user: 'a b', bytes_sent: 512n, gzip_ratio: 3.14 })
  expect(row(compression, `${line}"-"`)).toMatchObject({ gzip_ratio: null })
  const proxy = `log_format proxy '$remote_addr [$time_local] '
                 '$protocol $status $bytes_sent $bytes_received '
                 '$session_time "$upstream_addr" '
                 '"$upstream_bytes_sent" "$upstream_bytes_received" "$upstream_connect_time"';`
  const stream =
    '192.0.2.7 [10/Oct/2000:13:55:36 -0700] TCP 200 7 9 0.004 "10.0.0.1:80, 10.0.0.2:80" "1, 2" "3, 4" "-, 0.001"'
  expect(row(proxy, stream)).toMatchObject({
    ...{ protocol: 'TCP', status: 200, bytes_sent: 7n, bytes_received: 9n, session_time: 0.004 },
    ...{ upstream_addr: '10.0.0.1:80, 10.0.0.2:80', upstream_connect_time: '-, 0.001' },
  })
})

test('lists of upstreams without quotes around them are split', () => {
  const text = '$status $upstream_response_time $upstream_addr $upstream_status $request_time'
  expect(row(text, '502 0.001, 0.002 : 0.003 10.0.0.1:80, unix:/a : b:1 502, 502 : 200 0.006')).toEqual({
    status: 502,
    upstream_response_time: '0.001, 0.002 : 0.003',
    upstream_addr: '10.0.0.1:80, unix:/a : b:1',
    upstream_status: '502, 502 : 200',
    request_time: 0.006,
  })
  expect(row(text, '200 - - - 0.000')).toMatchObject({ upstream_response_time: null, upstream_status: null })
  expect(row('$upstream_addr,$upstream_status', 'a:1, b:2,502')).toEqual({
    upstream_addr: 'a:1, b:2',
    upstream_status: '502',
  })
})

test('a line that is JSON, with escapes of JSON, numbers with and without quotes, and values that are missing', () => {
  const text = `log_format j escape=json '{"time":"$time_iso8601","request":"$request","status":$status,'
    '"rt":"$request_time","up":$upstream_response_time,"ua":"$http_user_agent","mine":"$my"}';`
  const line = String.raw`{"time":"2024-02-29T12:00:00+01:00","request":"GET /\"\u0001 HTTP/1.1","status":200,"rt":"0.250","up":,"ua":"\\\ta\/","mine":""}`
  expect(row(text, line)).toMatchObject({
    ...{ ts: Date.UTC(2024, 1, 29, 11), request: 'GET /"\x01 HTTP/1.1', path: '/"\x01', status: 200 },
    ...{ request_time: 0.25, upstream_response_time: null, agent: '\\\ta/', my: null },
  })
  // The text alone: such a line is JSON, so its escapes are.
  expect(row('{"ua":"$http_user_agent"}', '{"ua":""}')).toEqual({ agent: null })
  const given = logFormat.open({ text: '{"ua":"$http_user_agent"}', escape: 'default' }, undefined)
  expect(decodeAll(given, '{"ua":""}').rows).toEqual([{ agent: '' }])
})

test('escape=none: a quote belongs to the value where the fields behind it do not fit', () => {
  const text = `log_format n escape=none '"$http_user_agent" $status "$request_body"';`
  expect(row(text, '"a" b" 200 "x"y"')).toEqual({ agent: 'a" b', status: 200, request_body: 'x"y' })
  expect(row(text, String.raw`"\x22" 200 ""`)).toEqual({ agent: String.raw`\x22`, status: 200, request_body: null })
})

test('the parts of a request have the usual names where the request itself is not there', () => {
  const alone = '$request_method $scheme://$host$request_uri $server_protocol'
  expect(row(alone, 'GET https://example.com/a?b=1 HTTP/2.0')).toEqual({
    ...{ http_method: 'GET', scheme: 'https', vhost: 'example.com', target: '/a?b=1', path: '/a', query: 'b=1' },
    protocol: 'HTTP/2.0',
  })
  expect(columns(`"$request" ${alone}`)).toEqual([
    ...[...REQUEST, 'request_method STRING', 'scheme STRING', 'vhost STRING', 'request_uri STRING'],
    'server_protocol STRING',
  ])
  expect(row('$uri$is_args$args', '/a?b')).toEqual({ target: '/a?b', path: '/a', query: 'b' })
  expect(row('$uri$is_args$query_string', '/a')).toEqual({ target: '/a', path: '/a', query: null })
})

test('the event time is the most exact one; the others have their own names', () => {
  const text = '[$time_local] $msec $time_iso8601'
  const line = '[29/Feb/2024:12:00:00 +0100] 1709204400.123 2024-02-29T12:00:00+01:00'
  const ts = Date.UTC(2024, 1, 29, 11)
  expect(row(text, line)).toEqual({ time_local: ts, ts: ts + 123, time_iso8601: ts })
  expect(open(text).rowtime).toBe(1)
  expect(open('$status').rowtime).toBeUndefined()
  expect(reject(text, line.replace('29/Feb', '30/Feb'))).toMatch(/^0:1 expected a time such as 10\/Oct\/2000/)
})

test("Apache's formats: common, with a virtual host, combined, combinedio, referer and agent", () => {
  const common = String.raw`LogFormat "%h %l %u %t \"%r\" %>s %b" common`
  const line = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326'
  const expected = {
    ...{ host: '127.0.0.1', ident: null, remote_user: 'frank', ts: Date.UTC(2000, 9, 10, 20, 55, 36) },
    ...{ request: 'GET /apache_pb.gif HTTP/1.0', http_method: 'GET', target: '/apache_pb.gif' },
    ...{ path: '/apache_pb.gif', query: null, protocol: 'HTTP/1.0', status: 200, body_bytes: 2326n },
  }
  expect(row(common, line)).toEqual(expected)
  expect(row('%h %l %u %t "%r" %>s %b', line)).toEqual(expected)
  expect(row(String.raw`"%h %l %u %t \"%r\" %>s %b"`, line)).toEqual(expected)
  expect(row(String.raw`CustomLog "logs/access log" "%h %l %u %t \"%r\" %>s %b" env=!x`, line)).toEqual(expected)
  const vhost = String.raw`LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined`
  expect(row(vhost, `[::1]:443 ${line} "-" "x"`)).toMatchObject({ vhost: '[::1]', vhost_port: 443, bytes_sent: 2326n })
  const combinedio = String.raw`LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %I %O" combinedio`
  expect(row(combinedio, `${line} "http://a/" "b" 1 2`)).toMatchObject({
    ...{ referer: 'http://a/', agent: 'b', bytes_received: 1n, bytes_sent: 2n },
  })
  expect(row('LogFormat "%{Referer}i -> %U" referer', '- -> /a b')).toEqual({ referer: null, path: '/a b' })
  expect(row('LogFormat "%{User-agent}i" agent', 'Mozilla/5.0 (X11)')).toEqual({ agent: 'Mozilla/5.0 (X11)' })
})

test('what Apache writes in its own way', () => {
  const text = `%a %h %{c}a %u "%r" %s %>s %X %D %{ms}T %{X-Forwarded-For}i %{My-Header}o %{SSL_PROTOCOL}x %%`
  const line = String.raw`::1 a ::2 "" "GET /\"\\\t\x1b HTTP/1.1" 302 - - 5 6 1.1.1.1, 2.2.2.2 - TLSv1.3 %`
  expect(row(text, line)).toMatchObject({
    ...{ remote_addr: '::1', host: 'a', peer_addr: '::2', remote_user: '', target: '/"\\\t\x1b', original_status: 302 },
    ...{ status: null, connection_status: '-', request_time_us: 5n, request_time_ms: 6n },
    ...{ http_x_forwarded_for: '1.1.1.1, 2.2.2.2', sent_http_my_header: null, ssl_protocol: 'TLSv1.3' },
  })
  expect(row('%m %U%q %H', 'GET /a?b HTTP/1.1')).toEqual({
    ...{ http_method: 'GET', target: '/a?b', path: '/a', query: 'b', protocol: 'HTTP/1.1' },
  })
  expect(row('%m|%q|', 'GET|?b|')).toEqual({ http_method: 'GET', query: 'b' })
  expect(row('%m|%q|', 'GET||')).toEqual({ http_method: 'GET', query: null })
  expect(row('"%q" "%m"', '"?b" "GET"')).toEqual({ query: 'b', http_method: 'GET' })
  expect(row('"$request_uri" $status', '"/a?b" 200')).toEqual({ target: '/a?b', path: '/a', query: 'b', status: 200 })
  expect(reject('%m|%q|', 'GET|b|')).toBe('0:4 expected nothing or a query that begins with ? (%q)')
  expect(row('%!200,304{Referer}i', '-')).toEqual({ referer: null })
})

test('times by patterns of Apache', () => {
  const ts = Date.UTC(2000, 9, 10, 20, 55, 36)
  expect(row('[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t]', '[10/Oct/2000 13:55:36.123 -0700]')).toEqual({ ts: ts + 123 })
  expect(row('%{%d/%b/%Y:%T %z}t', '10/Oct/2000:13:55:36 -0700')).toEqual({ ts })
  expect(row('%{sec}t.%{usec_frac}t', '0971211336.123456')).toEqual({ ts: ts + 123 })
  expect(row('%{usec}t', '971211336123456')).toEqual({ ts: ts + 123 })
  expect(row('%{msec}t', '971211336123')).toEqual({ ts: ts + 123 })
  expect(row('%{end:sec}t', '971211336')).toEqual({ ts })
  expect(columns('%{%Y-%m-%d %H:%M:%S}t')).toEqual(['ts TIMESTAMP(3)'])
  expect(row('%{%Y-%m-%d %H:%M:%S}t', '2000-10-10 13:55:36')).toEqual({ ts: Date.UTC(2000, 9, 10, 13, 55, 36) })
  expect(row('%{%e %b %y %R}t|%{%y-%j %R}t', ' 1 Jan 70 00:01|72-366 23:59')).toEqual({
    ts: 60_000,
    ts_2: Date.UTC(1972, 11, 31, 23, 59),
  })
  expect(row('%{%j-%y %R}t', '366-72 23:59')).toEqual({ ts: Date.UTC(1972, 11, 31, 23, 59) })
  expect(reject('%{%j-%y %R}t', '366-73 23:59')).toMatch(/expected a time/)
  expect(columns('%{%A}t "%r"')).toEqual(['time_text STRING', ...REQUEST])
  expect(reject('%{%Y-%m-%d %H:%M}t', '2000-02-30 13:55')).toBe(
    "0:0 expected a time (%{%Y-%m-%d %H:%M}t), found '2000-02-30 13:55'",
  )
})

test('what clients send has spaces: in quotes, no value ends at one', () => {
  expect(row(MAIN, MAIN_LINE.replace(/"[^"]*"$/, '"${jndi:ldap://x} or 1=1"'))).toMatchObject({
    http_x_forwarded_for: '${jndi:ldap://x} or 1=1',
  })
  expect(
    row('"$http_x_forwarded_for" "$host" "$upstream_addr" $status', '"a b, c" "d e" "f, g : h i" 200'),
  ).toMatchObject({
    http_x_forwarded_for: 'a b, c',
    vhost: 'd e',
    upstream_addr: 'f, g : h i',
    status: 200,
  })
  expect(row('LogFormat "\\"%{X-Forwarded-For}i\\" %s"', '"a b" 200')).toMatchObject({ http_x_forwarded_for: 'a b' })
  expect(reject('$host $status', 'd e 200')).toBe("0:2 expected a status of three digits ($status), found 'e 200'")
})

test('where and why a line is none', () => {
  expect(reject(MAIN, MAIN_LINE.replace(' 200 ', ' 2x0 '))).toMatch(
    /^0:65 expected a status of three digits \(\$status\), found '2x0/,
  )
  expect(reject(MAIN, '')).toBe(undefined)
  expect(reject(MAIN, '\n')).toBe('0:0 the line is empty')
  expect(reject(MAIN, 'a b - - [')).toBe("0:2 expected ' - ' behind $remote_addr")
  expect(reject(MAIN, `${MAIN_LINE} x`)).toBe(`0:${MAIN_LINE.length} expected the end of the line behind '"'`)
  expect(reject(MAIN, MAIN_LINE.slice(0, -1))).toBe(
    `0:${MAIN_LINE.length - 1} expected '"' behind $http_x_forwarded_for, found the end of the line`,
  )
  expect(reject(MAIN, MAIN_LINE.replace('curl', 'cu"rl'))).toBe(`0:82 expected '" "' behind $http_user_agent`)
  expect(reject(MAIN, MAIN_LINE.replace('- - [', '- a"b ['))).toBe(
    '0:13 $remote_user contains a quote, which the server would have escaped',
  )
  expect(reject(MAIN, MAIN_LINE.replace(/\[.*?\]/, '[31/Nov/2026:23:59:59 +0000]'))).toMatch(
    /^0:\d+ expected a time such as 10\/Oct\/2000:13:55:36 -0700 \(\$time_local\), found '31\/Nov\/2026/,
  )
  expect(reject('at $status', 'at  200')).toBe("0:3 expected a status of three digits ($status), found ' 200'")
  expect(reject('at $status', 'on 200')).toBe("0:0 expected 'at ' at the beginning")
  expect(reject('$bytes_sent $pid', '5x 1')).toBe("0:1 expected ' ' behind $bytes_sent")
  expect(reject('$bytes_sent', '99999999999999999999')).toMatch(/is not of type BIGINT/)
})

test('numbers of any length that a column holds are exact', () => {
  expect(row('$bytes_sent $request_time', '9007199254740993 0.1')).toEqual({
    bytes_sent: 9007199254740993n,
    request_time: 0.1,
  })
  expect(row('$bytes_sent', '-5')).toEqual({ bytes_sent: -5n })
})
