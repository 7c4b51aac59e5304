import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { killedPipeline } from './killed.ts'
import { type Folder, folderWith, jsonOf } from './tailrace.ts'

const SESSIONS = (table: string) => `SELECT window_start, window_end, id, COUNT(*) AS hits, SUM(n) AS total
  FROM TABLE(SESSION(TABLE ${table} PARTITION BY id, DESCRIPTOR(ts), INTERVAL '5' SECOND))
  GROUP BY window_start, window_end, id`

const PIPELINE = `version: 1
name: p
sources:
  log: { file: { path: log.ndjson, poll: 20ms }, to: events }
topics:
  events:
    partitions: 3
    format: { json: { columns: { ts: TIMESTAMP(3), id: INT, n: INT } } }
    watermark: ts - INTERVAL '2' SECOND
queries:
  sessions: |
${SESSIONS('events').replace(/^/gm, '    ')}
sinks:
  sessions: { from: sessions, ndjson: sessions.ndjson }
checkpoint: { interval: 30ms }
`

/** Operations of the disk before which the process is killed. */
const MOMENTS = [
  { at: 4, pattern: 'rename to .*checkpoint$' },
  { at: 3, pattern: 'write at .*p.sessions-0' },
  { at: 2, pattern: 'write at .*sessions.ndjson' },
]

const LINES = 600
/** Lines of ten ids, up to a second out of order; each id rests now and then for longer than the gap. */
const lineAt = (n: number): string => {
  const at = Date.UTC(2026, 0, 1) + n * 300 - (n % 4) * 250
  const id = (n % 10) + (Math.floor(n / 40) % 3) * 10
  return `${JSON.stringify({ ts: new Date(at).toISOString().slice(0, -1), id, n })}\n`
}

const rowsOf = (folder: Folder): readonly unknown[] =>
  existsSync(folder.at('sessions.ndjson')) ? jsonOf(folder.lines('sessions.ndjson')) : []

test('a pipeline that is killed again and again has the sessions of a query', { timeout: 120_000 }, async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'log.ndjson': '' })
  const pipeline = killedPipeline(folder, lineAt)
  for (const moment of MOMENTS) await pipeline.killedBefore(moment, 90)
  const before = rowsOf(folder).length
  await pipeline.killedWhen(() => rowsOf(folder).length > before, 120)
  await pipeline.finished(LINES)
  const asked = await folder.tailrace('query', SESSIONS('log'), 'log.ndjson', '-q', '-o', 'ndjson')
  const rows = jsonOf(asked.stdout.trimEnd().split('\n'))
  expect(rows.length).toBeGreaterThan(30)
  expect(rowsOf(folder)).toEqual(rows)
  const repaired = await folder.tailrace(
    'backfill',
    'sessions',
    '--since',
    '2026-01-01',
    '--until',
    '2026-01-02',
    'p.yaml',
  )
  expect(repaired.code).not.toBe(0)
  expect(repaired.stderr).toContain('a span sees only a part of one that crosses its edges')
  const { stdout } = await folder.tailrace('explain', 'p.yaml')
  expect(stdout).toContain("session  of (id), with a gap of INTERVAL '5' SECOND on ts")
  expect(stdout).toContain('state    one entry for each open session')
})
