import { existsSync } from 'node:fs'
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
    format: { json: { columns: { ts: TIMESTAMP(3), items: "ARRAY<ROW<id INT, n INT>>" } } }
    watermark: ts - INTERVAL '2' SECOND
queries:
  firsts:
    sql: |
      SELECT ts, id, n FROM (
        SELECT ts, id, n, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts) AS nth
        FROM events CROSS JOIN UNNEST(items) AS i (id, n)
      ) WHERE nth = 1
    state: { ttl: 1h }
sinks:
  firsts: { from: firsts, ndjson: firsts.ndjson }
checkpoint: { interval: 30ms }
`

/** Operations of the disk before which the process is killed. */
const MOMENTS = [
  { at: 4, pattern: 'rename to .*checkpoint$' },
  { at: 3, pattern: 'write at .*p.firsts-0' },
  { at: 2, pattern: 'write at .*firsts.ndjson' },
]

const LINES = 400
/** Each line has three of 90 ids, so each id comes some thirteen times. */
const lineAt = (n: number): string => {
  const items = [0, 31, 62].map((step) => ({ id: (n * 7 + step) % 90, n }))
  return `${JSON.stringify({ ts: new Date(Date.UTC(2026, 0, 1) + n * 100).toISOString().slice(0, -1), items })}\n`
}

type First = { readonly ts: string; readonly id: number; readonly n: number }

const rowsOf = (folder: Folder): readonly First[] =>
  existsSync(folder.at('firsts.ndjson')) ? jsonOf<First>(folder.lines('firsts.ndjson')) : []

/** The first line of each id. */
function wanted(): readonly First[] {
  const rows = new Map<number, First>()
  for (let n = 0; n < LINES; n++) {
    const { ts, items } = JSON.parse(lineAt(n)) as { ts: string; items: readonly { id: number; n: number }[] }
    for (const item of items) if (!rows.has(item.id)) rows.set(item.id, { ts, ...item })
  }
  return [...rows.values()].sort((a, b) => a.n - b.n || a.id - b.id)
}

// Holds first-rows.
test('each key comes once out of a pipeline that is killed again and again', { timeout: 120_000 }, async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'log.ndjson': '' })
  const pipeline = killedPipeline(folder, lineAt)
  for (const moment of MOMENTS) await pipeline.killedBefore(moment, 40)
  for (const rows of [30, 60, 80]) await pipeline.killedWhen(() => rowsOf(folder).length >= rows, 60)
  await pipeline.finished(LINES)
  expect(rowsOf(folder)).toEqual(wanted())
})

test('a late row is a dead letter; another ttl is another query, which can keep what is known; explain shows it', {
  timeout: 60_000,
}, async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'log.ndjson': '' })
  for (let n = 0; n < LINES; n++) folder.append('log.ndjson', lineAt(n))
  folder.append('log.ndjson', lineAt(0).replaceAll(/"id":\d+/g, '"id":1000'))
  expect(await folder.run()).toMatchObject({ code: 0 })
  const dead = await folder.tailrace('dead', 'events')
  expect(dead.stdout).toContain('1 × late in query firsts: ')
  expect(dead.stdout).toContain('and what is put out of its time was decided')
  expect(dead.stdout).not.toContain('to count them')
  folder.write('p.yaml', PIPELINE.replace('ttl: 1h', 'ttl: 2h'))
  expect(await folder.run()).toMatchObject({ code: 78, stderr: expect.stringContaining('--reset firsts=') })
  folder.append('log.ndjson', lineAt(LINES))
  expect(await folder.run('--reset', 'firsts=keep')).toMatchObject({ code: 0 })
  expect(rowsOf(folder)).toEqual(wanted())
  const { stdout } = await folder.tailrace('explain', 'p.yaml')
  expect(stdout).toContain('first    row of each id, by ts, anew after 2 h')
  expect(stdout).toMatch(/row key +ts, id/)
})
