/** Records of several lines by a pattern, in a pipeline and in queries over files. */
import { expect, test } from 'vitest'
import { folderWith, jsonOf } from '../cli/tailrace.ts'

const LOG = `\tat the end of a trace whose start is gone
2026-11-29T08:00:01.5Z INFO [main] a.B started
2026-11-29T08:00:02.5Z ERROR [main] a.B it broke
java.lang.IllegalStateException: x
\tat a.b.C(C.java:1)

Caused by: y
2026-11-29T08:00:03.5Z INFO [main] a.B fine\r
2026-11-29T08:00:04.5Z ERROR [main] a.B at last
\tat a.b.D(D.java:2)
`
const TRACE = 'it broke\njava.lang.IllegalStateException: x\n\tat a.b.C(C.java:1)\n\nCaused by: y'
const ROWS = [
  { ts: '2026-11-29T08:00:01.500Z', level: 'INFO', message: 'started' },
  { ts: '2026-11-29T08:00:02.500Z', level: 'ERROR', message: TRACE },
  { ts: '2026-11-29T08:00:03.500Z', level: 'INFO', message: 'fine' },
  { ts: '2026-11-29T08:00:04.500Z', level: 'ERROR', message: 'at last\n\tat a.b.D(D.java:2)' },
]
const FORMAT = String.raw`{ regex: {
      pattern: '(?<ts>\S+) (?<level>[A-Z]+) \[(?<thread>[^\]]*)\] (?<logger>\S+) (?<message>.*)',
      columns: { ts: TIMESTAMP_LTZ(3) }, begins: '^\d{4}-' } }`

// Promise multi-line: A record that goes on in the next lines, as a stack trace does, is one row with all of its lines, in run as in query.
test('a stack trace is part of the row of its message', async () => {
  const pipeline = `version: 1
name: app
sources:
  log: { file: app.log, to: app }
topics:
  app:
    partitions: 2
    watermark: ts - INTERVAL '5' SECOND
    format: ${FORMAT}
queries:
  q: SELECT ts, level, message FROM app
sinks:
  out: { from: q, ndjson: out.json }
`
  using folder = folderWith({ 'p.yaml': pipeline, 'app.log': LOG })
  expect((await folder.run()).stderr).toContain('5 lines in, 4 rows out, 1 dead letter')
  expect(jsonOf<{ ts: string }>(folder.lines('out.json')).sort((a, b) => (a.ts < b.ts ? -1 : 1))).toEqual(ROWS)
  const { stdout, stderr } = await folder.tailrace(
    ...['query', '-o', 'ndjson', '--format', FORMAT, 'SELECT ts, level, message FROM log', 'app.log'],
  )
  expect(jsonOf(stdout.trimEnd().split('\n'))).toEqual(ROWS)
  expect(stderr).toContain('byte 0: the pattern does not match')
})

test('a large file is read in one piece, whatever it is read with', async () => {
  const record = (i: number) => `${i} ${'x'.repeat(50)}\n${'\tat y\n'.repeat(i % 7)}`
  const count = 60_000
  using folder = folderWith({ 'a.log': Array.from({ length: count }, (_, i) => record(i)).join('') })
  const { stdout } = await folder.tailrace(
    ...['query', '-q', '--no-header', '-o', 'csv', '--format', String.raw`{ lines: { begins: '^\d' } }`],
    ...["SELECT COUNT(*), SUM(CHAR_LENGTH(line) - CHAR_LENGTH(REPLACE(line, 'y', ''))) FROM log", 'a.log'],
  )
  const lines = Array.from({ length: count }, (_, i) => i % 7).reduce((sum, n) => sum + n)
  expect(stdout).toBe(`${count},${lines}\n`)
})
