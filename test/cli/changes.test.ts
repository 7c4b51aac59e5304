import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { killedPipeline } from './killed.ts'
import { type Folder, folderWith, jsonOf } from './tailrace.ts'

const PIPELINE = `version: 1
name: p
sources:
  log: { file: { path: log.ndjson, poll: 20ms }, to: events }
topics:
  events:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING, v: INT } } }
    watermark: ts - INTERVAL '2' SECOND
queries:
  counts:
    sql: SELECT k, COUNT(*) AS n, SUM(v) AS s FROM events GROUP BY k HAVING MOD(COUNT(*), 4) <> 0
    changes: 1s
    state: { ttl: forever }
  top:
    sql: |
      SELECT place, k, s FROM (
        SELECT *, ROW_NUMBER() OVER (ORDER BY s DESC, k) AS place FROM (SELECT k, SUM(v) AS s FROM events GROUP BY k))
      WHERE place <= 3
    changes: 500ms
    state: { ttl: forever }
  keys: { sql: SELECT DISTINCT k FROM events, state: { ttl: forever } }
sinks:
  counts: { from: counts, sqlite: { path: out.db, table: counts } }
  top: { from: top, sqlite: { path: out.db, table: top } }
  keys: { from: keys, ndjson: keys.ndjson }
checkpoint: { interval: 30ms }
`

/** Operations of the disk before which the process is killed. */
const MOMENTS = [
  { at: 4, pattern: 'rename to .*checkpoint$' },
  { at: 2, pattern: 'write at .*p.counts-0' },
  { at: 1, pattern: 'write at .*p.top-0' },
]

const LINES = 600
const rowAt = (n: number) => ({ k: `k${(n * n + 3 * n) % 23}`, v: ((n * 31) % 17) - 7 })
const lineAt = (n: number): string =>
  `${JSON.stringify({ ts: new Date(Date.UTC(2026, 0, 1) + n * 100).toISOString().slice(0, -1), ...rowAt(n) })}\n`

function ask(folder: Folder, sql: string): readonly unknown[] {
  if (!existsSync(folder.at('out.db'))) return []
  using database = new DatabaseSync(folder.at('out.db'), { readOnly: true })
  return database.prepare(sql).all()
}

const countOf = (folder: Folder): number => {
  try {
    return Number((ask(folder, 'SELECT SUM(n) AS n FROM counts')[0] as { n: number } | undefined)?.n ?? 0)
  } catch {
    // The table is not there yet.
    return 0
  }
}

/** The answers over all lines, counted here. */
function wanted() {
  const counts = new Map<string, { k: string; n: number; s: number }>()
  for (let n = 0; n < LINES; n++) {
    const { k, v } = rowAt(n)
    const { n: count = 0, s = 0 } = counts.get(k) ?? {}
    counts.set(k, { k, n: count + 1, s: s + v })
  }
  const all = [...counts.values()].sort((a, b) => (a.k < b.k ? -1 : 1))
  const top = [...all].sort((a, b) => b.s - a.s || (a.k < b.k ? -1 : 1)).slice(0, 3)
  return {
    counts: all.filter(({ n }) => n % 4 !== 0),
    top: top.map(({ k, s }, index) => ({ place: index + 1, k, s })),
    keys: all.map(({ k }) => k),
  }
}

// Holds changes.
test('a store has the answer as it stands after a pipeline was killed again and again', {
  timeout: 120_000,
}, async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'log.ndjson': '' })
  const pipeline = killedPipeline(folder, lineAt)
  for (const moment of MOMENTS) await pipeline.killedBefore(moment, 90)
  for (let kill = 0; kill < 2; kill++) {
    const before = countOf(folder)
    await pipeline.killedWhen(() => countOf(folder) !== before, 90)
  }
  await pipeline.finished(LINES)
  const { counts, top, keys } = wanted()
  expect(ask(folder, 'SELECT * FROM counts ORDER BY k')).toEqual(counts)
  expect(ask(folder, 'SELECT * FROM top ORDER BY place')).toEqual(top)
  expect(
    jsonOf<{ k: string }>(folder.lines('keys.ndjson'))
      .map(({ k }) => k)
      .sort(),
  ).toEqual(keys)
  const { stdout } = await folder.tailrace('tap', 'counts')
  expect(stdout).toMatch(/^\{"k":"k0","n":1,"s":-7\}$/m)
  expect(stdout).toMatch(/^NULL \{"k":"k0"\}$/m)
  folder.write('p.yaml', PIPELINE.replace('MOD(COUNT(*), 4) <> 0', 'COUNT(*) > 4'))
  expect(await folder.tailrace('run', '--until-end', '--reset', 'counts=keep')).toMatchObject({
    stderr: expect.stringContaining('its rows that are out would not be those of the new query'),
  })
  expect(await folder.tailrace('backfill', 'counts', '--since', '2026-01-01T00:00:00Z')).toMatchObject({
    stderr: expect.stringContaining('rows of query "counts" are of all records there were, not of a span'),
  })
})

test('what cannot take rows that change is refused, with what to write instead', { timeout: 60_000 }, async () => {
  const refused = async (from: string, to: string) => {
    using folder = folderWith({ 'p.yaml': PIPELINE.replace(from, to) })
    return (await folder.tailrace('check', 'p.yaml')).stderr
  }
  const counts = 'counts: { from: counts, sqlite: { path: out.db, table: counts } }'
  expect(await refused(counts, 'counts: { from: counts, csv: out.csv }')).toMatch(
    /the rows of query "counts" change, and sink csv cannot replace or delete a row[\s\S]*write SELECT window_start, window_end, k, COUNT/,
  )
  expect(
    await refused(counts, 'counts: { from: counts, kafka: { brokers: "127.0.0.1:9", topic: counts, key: k } }'),
  ).toContain('Leave key out: the record key is the row key then')
  expect(await refused('SELECT place, k, s', 'SELECT k, s')).toMatch(
    /the rank is not selected[\s\S]*write SELECT[\s\S]*TUMBLE[\s\S]*; and over a TUMBLE or HOP, write PARTITION BY window_start, window_end/,
  )
  const rollup = await refused(
    'SELECT k, COUNT(*) AS n, SUM(v) AS s FROM events GROUP BY k HAVING MOD(COUNT(*), 4) <> 0',
    'SELECT k, v, COUNT(*) AS n FROM events GROUP BY ROLLUP(k, v)',
  )
  expect(rollup).toContain('select GROUPING_ID(k, v) too')
  expect(
    await refused(counts, 'counts: { from: counts, sqlite: { path: out.db, table: counts, key: [k, n] } }'),
  ).toContain('rows of counts change, and column n of the key of table counts changes with them')
  expect(await refused('sql: SELECT DISTINCT k FROM events', 'sql: SELECT DISTINCT k FROM counts')).toContain(
    '"counts" is a query whose rows change, and nothing can be computed of them',
  )
  expect(await refused("    watermark: ts - INTERVAL '2' SECOND\n", '').then((text) => text.split('\n')[0])).toContain(
    'changes are put out by event time, and events has none',
  )
  const untimed = PIPELINE.replace("    watermark: ts - INTERVAL '2' SECOND\n", '').replaceAll(/ +changes: \S+\n/g, '')
  using folder = folderWith({ 'p.yaml': untimed })
  expect((await folder.tailrace('check', 'p.yaml')).stderr).toContain(
    '"events" has no event time, and query "counts" reads 2 partitions, whose records have no order',
  )
})

test('a test of the file compares the rows that are left', { timeout: 60_000 }, async () => {
  const lines = Array.from({ length: 8 }, (_, n) => `            ${lineAt(n)}`).join('')
  const tests = (n: number) => `tests:
  left:
    steps:
      - send:
          events: |
${lines}    expect:
      top: |
        place, k,  s
        1,     k8, ${n}
        2,     k4, 7
        3,     k1, 6
`
  using folder = folderWith({ 'p.yaml': PIPELINE + tests(9), 'log.ndjson': '' })
  expect(await folder.tailrace('test', 'p.yaml')).toMatchObject({ code: 0 })
  folder.write('p.yaml', PIPELINE + tests(8))
  expect(await folder.tailrace('test', 'p.yaml')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('- 1      k8  8'),
  })
  folder.write('p.yaml', (PIPELINE + tests(9)).replace('2,     k4, 7', '2,   NULL, 7'))
  expect((await folder.tailrace('test', 'p.yaml')).stdout).toContain('- 2      "NULL"  7')
})
