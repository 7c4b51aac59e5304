/** `tailrace describe`: what it prints is what a pipeline file takes. */
import { Buffer } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { folderWith, linesOf, PROGRAM } from './tailrace.ts'

const EVENTS = [
  {
    id: 7,
    user: { id: 1, 'first.name': 'Ann' },
    at: '2024-02-29T12:00:00Z',
    method: 'GET',
    'a b': 1.5,
    ok: true,
    1: 'x',
  },
  {
    id: 8,
    user: { id: 2, 'first.name': null },
    at: '2024-02-29T11:59:20Z',
    method: 'PUT',
    'a b': 2,
    ok: false,
    1: 'y',
  },
]
const FILES = {
  'events.json': EVENTS.map((event) => `${JSON.stringify(event)}\n`).join(''),
  'access.log': accessLine(DAY) + accessLine(DAY),
  'packed.log.gz': gzipSync(accessLine(DAY)),
  'shop.csv':
    'id,2,time,${HOME},"a ""b""",true,null\n1,2,2024-02-29 12:00:00,x,y,1.5,\n2,3,2024-02-29 12:00:01,x,y,2.5,\n',
  'shop.tsv': 'name\tprice\nx\t1\ny\t2\n',
  'any.txt': 'one\ntwo\n',
  '2024.x.log': accessLine(DAY),
  'empty.log': '',
}

test('it shows the format, the columns with types and a first row, and a topic', async () => {
  using folder = folderWith(FILES)
  const { code, stdout, stderr } = await folder.tailrace('describe', 'events.json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe(`events.json: format json, found by looking; all of the first 2 lines fit

column           type              first row
───────────────  ────────────────  ────────────────────────
1                STRING            x
id               BIGINT            7
user_id          BIGINT            1
user_first.name  STRING            Ann
\`at\`             TIMESTAMP_LTZ(3)  2024-02-29T12:00:00.000Z
\`method\`         STRING            GET
a b              DOUBLE            1.5
ok               BOOLEAN           true

Reserved words need backquotes in SQL.

For a pipeline file: (event time is at; the first 2 rows are up to 40 s behind an earlier one)

topics:
  events:
    format:
      json:
        columns:
          _1: { type: STRING, path: "1" }
          id: BIGINT
          user_id: { type: BIGINT, path: user.id }
          user_first.name: { type: STRING, path: [ user, first.name ] }
          at: TIMESTAMP_LTZ(3)
          method: STRING
          a b: DOUBLE
          ok: BOOLEAN
    watermark: "\`at\` - INTERVAL '1' MINUTE"
`)
})

// Promise: the topic that `describe` prints is valid in a pipeline file, whatever the names in the file are.
test.concurrent.each(Object.keys(FILES))('the topic for %s passes check', async (name) => {
  using folder = folderWith(FILES)
  const { stdout } = await folder.tailrace('describe', name, '-o', 'yaml')
  const [, topic] = /^ {2}([A-Za-z_]\w*):$/m.exec(stdout) ?? []
  folder.write(
    'p.yaml',
    `version: 1
name: p
sources: { s: { file: '${name}', to: ${topic} } }
${stdout}queries: { q: "SELECT * FROM ${topic}" }
sinks: { o: { from: q, ndjson: out.ndjson } }
`,
  )
  expect(await folder.tailrace('check', 'p.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^pipeline p is fine: 1 source, 1 topic, 1 query, 1 sink/),
  })
})

test('a pipeline with that topic gives the rows of query', async () => {
  using folder = folderWith(FILES)
  const { stdout } = await folder.tailrace('describe', 'events.json', '-o', 'yaml')
  folder.write(
    'p.yaml',
    `version: 1
name: p
sources: { s: { file: events.json, to: events } }
${stdout}queries: { q: "SELECT _1 AS \`1\`, id, user_id, \`user_first.name\`, \`at\`, \`method\`, \`a b\`, ok FROM events" }
sinks: { o: { from: q, ndjson: out.ndjson } }
`,
  )
  expect(await folder.run()).toMatchObject({ code: 0 })
  const asked = await folder.tailrace('query', 'SELECT * FROM log', 'events.json', '-q', '-o', 'ndjson')
  expect(folder.lines('out.ndjson')).toEqual(linesOf(asked.stdout))
})

test('several files are shown one below the other; -o json has one object for each', async () => {
  using folder = folderWith(FILES)
  const { stdout } = await folder.tailrace('describe', 'access.log', '2024.x.log', 'empty.log', '-o', 'json')
  expect(linesOf(stdout).map((line) => JSON.parse(line))).toMatchObject([
    {
      pattern: 'access.log',
      format: 'common',
      isFound: true,
      lines: 2,
      rows: 2,
      columns: expect.arrayContaining([{ name: 'status', type: 'INT', isReserved: false, first: '200' }]),
      eventTime: { column: 'ts', disorderMs: 0 },
      topic: "topics:\n  access:\n    format: common\n    watermark: ts - INTERVAL '5' SECOND\n",
    },
    { topic: expect.stringContaining('  log2024:') },
    { format: 'lines', lines: 0, columns: [{ name: 'line', type: 'STRING', isReserved: false }] },
  ])
  const text = await folder.tailrace('describe', 'any.txt', 'access.log', '--format', 'common')
  expect(text.stdout).toContain(
    'any.txt: format common, as given; 0 of the first 2 lines fit\nthe first that does not: line 1, byte ',
  )
  expect(text.stdout).toContain('\n\naccess.log: format common, as given; all of the first 2 lines fit\n')
})

test('where records have several lines, records are counted', async () => {
  const parts = ['Z stdout P one ', 'Z stdout F two', 'Z stdin F x'].map((rest) => `2026-11-29T08:00:01${rest}\n`)
  using folder = folderWith({ 'parts.log': parts.join('') })
  const { stdout } = await folder.tailrace('describe', 'parts.log', '--format', 'cri')
  expect(stdout).toContain(
    '1 of the first 2 records fit\nthe first that does not: record 2, byte 21: expected stdout or stderr\n',
  )
})

test('standard input is read as far as needed', () => {
  const input = Buffer.from(accessLine(DAY).repeat(200_000))
  const { status, stdout } = spawnSync(process.execPath, [PROGRAM, 'describe', '-'], { input, encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toContain('format common')
  expect(stdout).toContain('topics:\n  log:\n')
})

/** A pipeline of what `describe` prints; `select` reads the topic `x`. */
async function pasted(file: string, text: string, select: string) {
  const folder = folderWith({ [file]: text })
  const { stdout } = await folder.tailrace('describe', file, '-o', 'yaml')
  folder.write(
    'p.yaml',
    `version: 1
name: p
sources: { s: { file: ${file}, to: x } }
${stdout}queries: { q: "${select}" }
sinks: { o: { from: q, ndjson: out.ndjson } }
`,
  )
  return { folder, stdout }
}

const timesOf = (seconds: readonly number[]) =>
  seconds.map((one) => `{"at_time":"${new Date(one * 1000).toISOString()}"}\n`).join('')

// Promise: the watermark that `describe` prints is one that `check` takes, however far rows are behind each other.
test.concurrent.each([
  [3, "'5' SECOND"],
  [55, "'1' MINUTE"],
  [61, "'5' MINUTE"],
  [3599, "'1' HOUR"],
  [7201, "'3' HOUR"],
  [86_399, "'1' DAY"],
  [86_401, "'2' DAY"],
  [99 * 86_400, "'99' DAY"],
])('a row that is %d s behind gives the delay %s', async (behind, interval) => {
  const { folder, stdout } = await pasted('x.json', timesOf([2e9 - 4e8, 2e9 - 4e8 - behind]), 'SELECT * FROM x')
  using _ = folder
  expect(stdout).toContain(`watermark: at_time - INTERVAL ${interval}\n`)
  expect(stdout).not.toContain('#')
  expect(await folder.tailrace('check', 'p.yaml')).toMatchObject({ code: 0 })
})

test('where no INTERVAL is long enough, a comment says that rows will be late', async () => {
  const { folder, stdout } = await pasted('x.json', timesOf([1.6e9, 1.6e9 - 100 * 86_400]), 'SELECT * FROM x')
  using _ = folder
  expect(stdout).toContain(`    # Some rows are 100 d behind: the longest INTERVAL is 99 days, so they will be late.
    watermark: at_time - INTERVAL '99' DAY
`)
  expect(await folder.tailrace('check', 'p.yaml')).toMatchObject({ code: 0 })
})

// Promise: a pipeline with the topic that `describe` prints reads the lines that `query` reads, also where rows have fewer fields than the head.
test.concurrent.each([
  ['x.csv', 'a,b,c\n1,x\n2,y\n3,z,last\n4\n5,u,v,w\n'],
  ['x.tsv', 'host\turl\tbytes\treferer\nh1\t/a\t1\nh2\t/b\t2\nh3\t/c\n'],
])('ragged %s gives the rows of query', async (file, text) => {
  const { folder } = await pasted(file, text, 'SELECT * FROM x')
  using _ = folder
  expect(await folder.run()).toMatchObject({ code: 0 })
  const asked = await folder.tailrace('query', 'SELECT * FROM log', file, '-q', '-o', 'ndjson')
  expect(folder.lines('out.ndjson')).toEqual(linesOf(asked.stdout))
  expect(folder.lines('out.ndjson').length).toBeGreaterThan(1)
})

// Promise: `describe` takes numbers since 1970 in a column of times for event time, in the unit that they count.
test.concurrent.each([
  ['s', '1709208000', '2024-02-29T12:00:00.000Z'],
  ['s', '1709208000.25', '2024-02-29T12:00:00.250Z'],
  ['ms', '1709208000250', '2024-02-29T12:00:00.250Z'],
  ['us', '1709208000250999', '2024-02-29T12:00:00.250Z'],
  ['ns', '1709208000250999999', '2024-02-29T12:00:00.250Z'],
])('event time is read in %s from %s', async (unit, number, time) => {
  const { folder, stdout } = await pasted('x.json', `{"id":1700000000,"ts":${number}}\n`, 'SELECT id, ts FROM x')
  using _ = folder
  expect(stdout).toContain(`          id: BIGINT
          ts: { type: TIMESTAMP_LTZ(3), unit: ${unit} }
    watermark: ts - INTERVAL '5' SECOND
`)
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(folder.lines('out.ndjson')).toEqual([`{"id":1700000000,"ts":"${time}"}`])
})

test('numbers that are no times of logs, and times beside a column of times, stay numbers', async () => {
  using folder = folderWith({
    'a.json': '{"response_time":1700,"id":1709208000}\n{"response_time":1709208000,"id":1}\n',
    'b.json': '{"created":1709208000,"when":"2024-02-29T12:00:00Z"}\n',
  })
  const numbers = await folder.tailrace('describe', 'a.json', '-o', 'yaml')
  expect(numbers.stdout).toContain('response_time: BIGINT\n          id: BIGINT\n')
  expect(numbers.stdout).not.toContain('watermark')
  const times = await folder.tailrace('describe', 'b.json', '-o', 'yaml')
  expect(times.stdout).toContain('created: BIGINT\n')
  expect(times.stdout).toContain('watermark: "`when` - INTERVAL \'5\' SECOND"')
})

test('a topic with more fewest_fields than columns is refused', async () => {
  using folder = folderWith({
    'p.yaml': `version: 1
name: p
sources: { s: { file: x.csv, to: x } }
topics: { x: { format: { csv: { columns: { a: INT }, fewest_fields: 2 } } } }
queries: { q: "SELECT * FROM x" }
sinks: { o: { from: q, console: {} } }
`,
  })
  const { code, stderr } = await folder.tailrace('check', 'p.yaml')
  expect(code).not.toBe(0)
  expect(stderr).toContain('format csv: fewest_fields is 2, and there are only 1 columns')
})

test('a format inside another is described, and its topic gives the rows of query', async () => {
  const format = '{ json: { inside: { message: common } } }'
  const shipped = (message: string, n: number) =>
    `${JSON.stringify({ message, n, host: { name: 'web1' }, status: 'up' })}\n`
  const line = shipped(accessLine(DAY).trimEnd(), 1)
  using folder = folderWith({ 'x.ndjson': line + shipped('no line', 2), 'y.ndjson': line })
  const { stdout } = await folder.tailrace('describe', 'x.ndjson', '--format', format, '-o', 'yaml')
  const found = await folder.tailrace('describe', 'y.ndjson')
  expect(found.stdout).toContain(`\nits column message holds common: --format '${format}' reads it, too\n`)
  expect(stdout).toBe(`topics:
  x:
    format:
      json:
        columns:
          message: STRING
          n: BIGINT
          host_name: { type: STRING, path: host.name }
          json_status: { type: STRING, path: status }
        inside:
          message: common
    watermark: ts - INTERVAL '5' SECOND
`)
  folder.write(
    'p.yaml',
    `version: 1
name: p
sources: { s: { file: x.ndjson, to: x } }
${stdout}queries: { q: "SELECT n, host_name, json_status, host, path, status FROM x" }
sinks: { o: { from: q, ndjson: out.ndjson } }
`,
  )
  expect(await folder.run()).toMatchObject({ code: 0 })
  const sql = 'SELECT n, host_name, json_status, host, path, status FROM log'
  const asked = await folder.tailrace('query', sql, 'x.ndjson', '--format', format, '-q', '-o', 'ndjson')
  expect(folder.lines('out.ndjson')).toEqual(linesOf(asked.stdout))
  expect(folder.lines('out.ndjson').length).toBe(1)
  expect((await folder.tailrace('dead', 'x', 'p.yaml')).stdout).toMatch(/1 × format: message: expected/)
})

const ANSWERS = [
  { data: [{ 'ID: Nation': '1', n: 1.5 }, { 'ID: Nation': '2' }], source: { 'a #b': [{ x: '}`{' }], '${HOME}': [1] } },
  { data: [{ 'ID: Nation': 'é "', n: null }], source: { 'a #b': [] } },
]

// Holds json-document.
test('nested JSON: the columns that are shown give the rows of query, and a document says how a pipeline reads it', async () => {
  const lines = ANSWERS.map((answer) => `${JSON.stringify(answer)}\n`).join('')
  const { folder } = await pasted('x.json', lines, 'SELECT * FROM x')
  using _ = folder
  expect(await folder.run()).toMatchObject({ code: 0 })
  const asked = await folder.tailrace('query', 'SELECT * FROM log', 'x.json', '-q', '-o', 'ndjson')
  expect(folder.lines('out.ndjson')).toEqual(linesOf(asked.stdout))
  expect(linesOf(asked.stdout).map((line) => JSON.parse(line))).toMatchObject([{ data: [{ n: 1.5 }, {}] }, {}])
  const unnested = await folder.tailrace(
    'query',
    'SELECT id, n FROM log CROSS JOIN UNNEST(data) AS d (id, n)',
    'x.json',
    '-q',
    '-o',
    'csv',
  )
  expect(linesOf(unnested.stdout)).toEqual(['id,n', '1,1.5', '2,', '"é """,'])

  folder.write('answers.json', JSON.stringify(ANSWERS, null, 2))
  const { stdout } = await folder.tailrace('describe', 'answers.json')
  expect(stdout).toContain(
    'answers.json: format json, found by looking; all of the first 2 lines fit\nit is one JSON document',
  )
  const again = await folder.tailrace('query', 'SELECT * FROM log', 'answers.json', '-q', '-o', 'ndjson')
  expect(again.stdout).toBe(asked.stdout)
})
