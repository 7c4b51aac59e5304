/** `tailrace describe`: what it prints is what a pipeline file takes. */
import { Buffer } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { folderWith, linesOf, MAIN } from './tailrace.ts'

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
    watermark: "\`at\` - INTERVAL '60' SECOND"
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

test('standard input is read as far as needed', () => {
  const input = Buffer.from(accessLine(DAY).repeat(200_000))
  const { status, stdout } = spawnSync(process.execPath, [MAIN, 'describe', '-'], { input, encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toContain('format common')
  expect(stdout).toContain('topics:\n  log:\n')
})
