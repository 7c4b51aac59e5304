import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, tailrace } from './tailrace.ts'

const LINES = 400_000

const pipeline = (limit: string) => `version: 1
name: demo
sources:
  log: { generator: { lines: ${LINES} }, to: access }
topics:
  access: { partitions: 1, format: common, watermark: ts - INTERVAL '5' SECOND, retention: { size: 8MiB, ${limit} } }
queries:
  hits:
    count: { every: 60s, from: access }
sinks:
  hits: { from: hits, ndjson: hits.ndjson }
`
const kept = (folder: string) =>
  Number(spawnSync('du', ['-sb', '.tailrace/demo/topics/access-0'], { cwd: folder }).stdout.toString().split('\t')[0])

const total = (folder: string) =>
  readFileSync(join(folder, 'hits.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .reduce((sum, row) => sum + Number(JSON.parse(row).hits), 0)

test('a topic stays under its limit while sources wait, and no unread record is lost; a restart goes on', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('limit: 9MiB') })
  const first = await tailrace(['run', 'p.yaml', '--until-end', '--json'], { folder: folder.path })
  expect(first).toMatchObject({ code: 0 })
  expect(JSON.parse(first.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ lines: LINES, dropped: 0 })
  expect(total(folder.path)).toBe(LINES)
  // Appends in flight when the limit is reached come on top.
  expect(kept(folder.path)).toBeLessThan(18 * 2 ** 20)
  const again = await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  expect(again.stderr).toMatch(/^0 lines in, 0 rows out/m)
  expect(again).toMatchObject({ code: 0 })
  expect(total(folder.path)).toBe(LINES)
})
