/** Which format is found by looking: for every file of real data, and for files that programs would write. */
import { expect, test } from 'vitest'
import { detectFormat } from '../../src/format/detect.ts'
import { linesOf, SAMPLE_BYTES } from '../../src/query/sample.ts'
import { generateAccessLog } from '../../src/source/made/lines/nasa-lines.ts'
import { readData, testWithData } from './shared-data.ts'

async function found(text: string | Uint8Array): Promise<string> {
  const { format, variant } = await detectFormat(linesOf(Buffer.from(text).subarray(0, SAMPLE_BYTES)))
  return variant === undefined ? format.name : `${format.name} (${variant})`
}

testWithData.each([
  ['access/nasa-aug95-first-20000.log.gz', 'common'],
  ['access/nginx-combined-28021.log.gz', 'combined'],
  ['access/apache-combined-10000.log.gz', 'combined'],
  ['access/mirror-combined-2019-11_2020-04.log.gz', 'combined'],
  ['events/mirror-2020-05-15-raw-order.ndjson.gz', 'json'],
  ['events/gharchive-2015-01-01-0.ndjson.gz', 'json'],
  ['events/nginxplus-status-500.ndjson.gz', 'json'],
  ['events/nasa-1995-08-01.tsv.gz', 'tsv'],
  ['syslog/auth-7121.log.gz', 'syslog (RFC 3164)'],
  // Two thirds of its lines are access logs of many kinds.
  ['nasty/nasty-lines.log', 'combined'],
  ['nasty/nasty-lines.index.tsv', 'tsv'],
  ['SHA256SUMS', 'lines'],
  ['README.md', 'lines'],
])('%s is %s', async (path, expected) => {
  expect(await found(readData(path))).toBe(expected)
})

const many = (line: (i: number) => string, count = 50) => Array.from({ length: count }, (_, i) => line(i)).join('\n')
const two = (n: number) => String(n % 60).padStart(2, '0')
const time = (i: number) => `2026-11-29T08:${two(i)}:${two(7 * i)}.123456789Z`
const clf = (i: number) => `192.0.2.${i} - - [29/Nov/2026:08:${two(i)}:00 +0000] "GET /p?a=${i} HTTP/1.1" 200 ${i}`
const cri = (text: (i: number) => string) => (i: number) =>
  `${time(i)} ${i % 3 === 0 ? 'stderr' : 'stdout'} ${i % 9 === 1 ? 'P' : 'F'} ${text(i)}`
const docker = (text: (i: number) => string) => (i: number) =>
  JSON.stringify({
    log: i % 9 === 1 ? text(i) : `${text(i)}\n`,
    stream: i % 3 === 0 ? 'stderr' : 'stdout',
    time: time(i),
  })
const bsd = (i: number) => `Nov ${i % 3 === 0 ? ' 9' : '29'} 08:${two(i)}:00 web`
const logfmt = (i: number) => `level=info ts=${time(i)} msg="request ${i}" path=/p?a=${i} took=${i}ms`

const GENERATED: readonly (readonly [what: string, expected: string, text: string])[] = [
  ['an access log', 'common', Buffer.concat([...generateAccessLog({ seed: 1, lines: 100 })]).toString()],
  ['an access log with agents', 'combined', many((i) => `${clf(i)} "-" "curl/8"`)],
  ['an access log with virtual hosts', 'vhost_combined', many((i) => `www.example.org:80 ${clf(i)} "-" "curl/8"`)],
  ['an access log with some foreign lines', 'common', many((i) => (i % 3 === 0 ? 'something else' : clf(i)))],
  ['lines of containers', 'cri', many(cri((i) => `line ${i}`))],
  ['lines of containers that are JSON', 'cri', many(cri((i) => `{"a":${i},"level":"info"}`))],
  ['lines of containers that are logfmt', 'cri', many(cri(logfmt))],
  ['lines of containers that are access logs', 'cri', many(cri(clf))],
  ['one line of a container', 'cri', cri(() => 'x')(0)],
  ['lines of Docker', 'docker', many(docker((i) => `line "${i}"`))],
  ['lines of Docker that are JSON', 'docker', many(docker((i) => `{"a":${i}}`))],
  ['objects that resemble those of Docker', 'json', many((i) => `{"log":"x ${i}","time":"${time(i)}","stream":1}`)],
  ['syslog of a file', 'syslog (RFC 3164)', many((i) => `${bsd(i)} sshd[${i}]: Failed password`)],
  [
    'syslog of rsyslog with exact times',
    'syslog (RFC 3164)',
    many((i) => `2026-11-29T08:${two(i)}:00.123456+01:00 web sshd[${i}]: x`),
  ],
  ['syslog with priorities', 'syslog (RFC 3164)', many((i) => `<34>${bsd(i)} su: failed`)],
  ['syslog of the protocol', 'syslog (RFC 5424)', many((i) => `<34>1 ${time(i)} web su ${i} ID47 [a b="c"] failed`)],
  ['access logs in syslog', 'syslog (RFC 3164)', many((i) => `${bsd(i)} nginx: ${clf(i)} "-" "curl/8"`)],
  [
    'kernel messages with pairs',
    'syslog (RFC 3164)',
    many((i) => `${bsd(i)} kernel: [UFW BLOCK] IN=eth0 OUT= SRC=192.0.2.${i} LEN=40`),
  ],
  ['a time and a level', 'lines', many((i) => `${bsd(i).replace(' web', '')} ERROR it broke ${i}`)],
  ['logfmt', 'logfmt', many(logfmt)],
  [
    'lines of a router of Heroku',
    'logfmt',
    many((i) => `at=info method=GET path="/${i}" dyno=web.1 connect=1ms status=200`),
  ],
  ['prose with a pair', 'lines', many((i) => `user ${i} logged in id=${i} name=x`)],
  ['a file of settings', 'lines', many((i) => `key${i} = value ${i}`)],
  ['objects', 'json', many((i) => `{"a":${i},"log":"x"}`)],
  ['comma-separated values', 'csv', `id,name,took\n${many((i) => `${i},"n, ${i}",0.${i}`)}`],
  ['tab-separated values', 'tsv', `id\tname\n${many((i) => `${i}\tn=${i}`)}`],
  ['a log of Java', 'lines', many((i) => `${time(i)} INFO  [main] a.B - request ${i}`)],
  [
    'a log of Java with traces',
    'lines',
    many((i) => (i % 3 === 0 ? `${time(i)} ERROR [main] a.B - x` : '\tat a.b.C(C.java:1)')),
  ],
  ['times and words', 'lines', many((i) => `${time(i)} stdout of the job ${i}`)],
  ['prose', 'lines', many((i) => `The quick brown fox jumps over the lazy dog, ${i} times.`)],
  ['nothing', 'lines', ''],
  ['empty lines', 'lines', '\n\n\n'],
]

test('there are enough generated files', () => {
  expect(GENERATED.length).toBeGreaterThanOrEqual(30)
})

test.each(GENERATED)('%s: %s', async (_, expected, text) => {
  expect(await found(text)).toBe(expected)
  expect(await found(text.replaceAll('\n', '\r\n'))).toBe(expected)
})
