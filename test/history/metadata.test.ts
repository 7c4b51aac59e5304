/** Columns of METADATA through the command line: what is asked again of kept records has the same arrival, place and file. */
import { mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accessLine, accessLines, DAY } from '../access-line.ts'
import { testRefusals } from '../cli/refused.ts'
import { folderWith, jsonOf, linesOf } from '../cli/tailrace.ts'

const counted = `SELECT window_start, window_end, file, part, COUNT(*) AS hits, MIN(place) AS first_place, MAX(arrived) AS latest
FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(arrived), INTERVAL '60' SECOND))
GROUP BY window_start, window_end, file, part
`

const TOPIC = `  access:
    partitions: 2
    format: common
    columns:
      arrived: TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'
      part: INT METADATA FROM 'partition'
      place: BIGINT METADATA FROM 'offset'
      file: STRING METADATA FROM 'file.name'
      kilobytes: body_bytes / 1024.0
    watermark: arrived - INTERVAL '1' SECOND
`

const PIPELINE = `version: 1
name: shop
sources:
  log: { file: 'logs/*.log', to: access }
topics:
${TOPIC}queries:
  counts: |
${counted.replace(/^/gm, '    ')}
sinks:
  rows: { from: counts, ndjson: rows.ndjson }
  table: { from: access, csv: table.csv }
`

/** Two files, one of 40 lines and one of 21; line n of a file goes to partition n modulo 2. */
const folderOfLogs = () => {
  const folder = folderWith({ 'p.yaml': PIPELINE, 'same.sql': counted })
  mkdirSync(folder.at('logs'))
  folder.write('logs/a.log', accessLines(40))
  folder.write('logs/b.log', accessLine(DAY, { host: 'other', bytes: 1536 }) + accessLines(20, DAY + 1000))
  return folder
}

type Row = { readonly file: string; readonly part: number; readonly hits: number; readonly latest: string }

// Holds arrival.
test('report, backfill and replay give the rows of the stream, as arrival and file are kept with each record', async () => {
  using folder = folderOfLogs()
  const before = new Date().toISOString()
  expect((await folder.run()).stderr).toContain(' 0 dead letters')
  const after = new Date().toISOString()
  const rows = jsonOf<Row>(folder.lines('rows.ndjson'))
  const hits = new Map<string, number>()
  for (const { file, part, hits: more, latest } of rows) {
    hits.set(`${file} ${part}`, (hits.get(`${file} ${part}`) ?? 0) + more)
    expect(latest >= before && latest <= after, `${before} ${latest} ${after}`).toBe(true)
  }
  expect(Object.fromEntries(hits)).toEqual({ 'a.log 0': 20, 'a.log 1': 20, 'b.log 0': 11, 'b.log 1': 10 })

  const span = ['--since', '2020-01-01', '--until', '2100-01-01']
  const all = `${rows.length} rows`
  const replayed = await folder.tailrace('replay', 'counts', '--query', 'same.sql', '--compare')
  expect(replayed.stderr).toContain(`${all} equal, 0 differ`)
  expect((await folder.tailrace('backfill', 'counts', '--dry-run', ...span)).stderr).toContain(`${all} are right, 0 to`)
  const report = await folder.tailrace('report', 'counts', ...span, '-o', 'ndjson')
  const asked = jsonOf<Row & { span_start?: string; span_end?: string }>(linesOf(report.stdout))
  expect(asked.map(({ span_start: _, span_end: __, ...row }) => row)).toEqual(rows)

  const [head, ...lines] = folder.lines('table.csv')
  expect(head).toMatch(/,body_bytes,arrived,part,place,file,kilobytes$/)
  expect(lines).toHaveLength(61)
  expect(lines.find((line) => line.startsWith('other'))).toMatch(/,1536,[^,]+Z,0,\d+,b\.log,1\.5\d*$/)
})

test('explain and check show where the columns come from', async () => {
  using folder = folderOfLogs()
  const { stdout } = await folder.tailrace('explain', 'p.yaml')
  expect(stdout).toContain('watermark: arrived - 1s, kept per partition')
  expect(stdout).toContain("file STRING METADATA FROM 'file.name', kilobytes")
  expect(stdout).toContain('AS body_bytes / 1024.0')
  expect(stdout).toContain('scan     access: decodes arrived, part, place, file; watermark arrived')
  const { topics } = JSON.parse((await folder.tailrace('explain', 'p.yaml', '--json')).stdout)
  expect(topics[0].columns.slice(-2)).toEqual([
    { name: 'file', type: 'STRING', made: "METADATA FROM 'file.name'" },
    { name: 'kilobytes', type: expect.stringContaining('DECIMAL'), made: 'AS body_bytes / 1024.0' },
  ])
})

const wrong = (from: string, to: string) => PIPELINE.replace(from, to)
testRefusals(
  () =>
    folderWith({
      'key.yaml': wrong("FROM 'timestamp'", "FROM 'timestmp'"),
      'type.yaml': wrong('part: INT', 'part: BIGINT'),
      'taken.yaml': wrong('place: BIGINT', 'status: BIGINT'),
      'map.yaml': wrong("file: STRING METADATA FROM 'file.name'", 'headers: MAP<STRING, BYTES> METADATA'),
      'nofile.yaml': wrong("file: 'logs/*.log'", 'tcp: 9999'),
      'expression.yaml': wrong('body_bytes / 1024.0', 'body_byte / 1024.0'),
      'nested.yaml': wrong('body_bytes / 1024.0', 'place / 2\n      more: kilobytes + 1'),
      'clock.yaml': wrong('body_bytes / 1024.0', 'CURRENT_TIMESTAMP'),
    }),
  [
    [['check', 'key.yaml'], 78, "key.yaml:10:47: there is no metadata 'timestmp'", "did you mean 'timestamp'?"],
    [['check', 'type.yaml'], 78, "type.yaml:11:13: metadata 'partition' is INT", "write INT METADATA FROM 'partition'"],
    [['check', 'taken.yaml'], 78, 'taken.yaml:12:7: the format of topic "access" already has a column status'],
    [['check', 'map.yaml'], 78, "map.yaml:13:35: metadata 'headers' is not supported: there is no type MAP yet"],
    [['check', 'nofile.yaml'], 78, 'nofile.yaml:13:13: no source of files fills topic "access"'],
    [['check', 'expression.yaml'], 78, 'expression.yaml:14:18: there is no column body_byte'],
    [['check', 'nested.yaml'], 78, 'nested.yaml:15:13: there is no column kilobytes'],
    [['check', 'clock.yaml'], 78, 'clock.yaml:14:18: a column of a topic cannot use the clock'],
  ],
)
