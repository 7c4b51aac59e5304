import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { folderWith, jsonOf } from './tailrace.ts'

const LINES = 400_000

const PIPELINE = `version: 1
name: demo
sources:
  log: { generator: { lines: ${LINES} }, to: access }
topics:
  access: { partitions: 1, format: common, watermark: ts - INTERVAL '5' SECOND, retention: { size: 8MiB, limit: 9MiB } }
queries:
  hits: { count: { every: 60s, from: access } }
sinks:
  hits: { from: hits, ndjson: hits.ndjson }
`

// Holds retention.
test('a topic stays under its limit while sources wait, and no unread record is lost; a restart goes on', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const total = () => jsonOf<{ hits: number }>(folder.lines('hits.ndjson')).reduce((sum, { hits }) => sum + hits, 0)
  const first = await folder.run('--json')
  expect(first).toMatchObject({ code: 0 })
  expect(JSON.parse(first.stdout)).toMatchObject({ lines: LINES, dropped: 0 })
  expect(total()).toBe(LINES)
  // Appends in flight when the limit is reached come on top.
  const kept = spawnSync('du', ['-sb', folder.at('.tailrace/demo/topics/access-0')]).stdout.toString()
  expect(Number(kept.split('\t')[0])).toBeLessThan(18 * 2 ** 20)
  const again = await folder.run()
  expect(again.stderr).toMatch(/^0 lines in, 0 rows out/m)
  expect(again).toMatchObject({ code: 0 })
  expect(total()).toBe(LINES)
})
