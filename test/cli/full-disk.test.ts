/** Tests with a full disk: a small one in memory. Without the right to mount it they are skipped with a message. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { expect, type TestContext, test, vi } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { type SmallDisk, smallDisk } from './small-disk.ts'
import { type Folder, jsonOf, linesOf } from './tailrace.ts'

const LINES = Array.from({ length: 60_000 }, (_, i) => accessLine(DAY + i * 100, { path: `/${i}/${'x'.repeat(60)}` }))
const PIPELINE = `version: 1
name: demo
checkpoint: { interval: 50ms }
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  hits:
    count: { by: path, every: 60s, from: access }
sinks:
  hits: { from: hits, ndjson: small/out/hits.ndjson }
  archive: { from: access, files: small/archive }
`

/** A small disk with the log and this pipeline. */
const withSmallDisk = (pipeline: string, size: number, context: TestContext): SmallDisk =>
  smallDisk({ 'p.yaml': pipeline, 'access.log': LINES.join('') }, size, context)

const RUN = ['run', 'p.yaml', '--until-end', '--data', 'small/data']

// Promise full-disk: While the data folder has no room, everything waits, and goes on by itself when there is room.
test('on a full disk everything waits, and goes on by itself when there is room; nothing is lost or doubled', async (context) => {
  using folder = withSmallDisk(PIPELINE, 8, context)
  const running = folder.start(...RUN)
  await running.line(/disk full at .*small\/data: waiting for room/)
  folder.enlarge()
  const { code, stderr } = await running.ended
  expect(stderr).toMatch(/there is room again at .*small\/data: going on/)
  expect(stderr).toMatch(/^60000 lines in, 60000 rows out, 0 dead letters/m)
  expect(code).toBe(0)
  expectWhole(folder)
})

test('SIGTERM stops a run that waits for room; the next run goes on, and nothing is lost or doubled', async (context) => {
  using folder = withSmallDisk(PIPELINE, 8, context)
  const running = folder.start(...RUN)
  await running.line(/disk full/)
  const { code, stderr } = await running.stop()
  expect(stderr).toMatch(/stopped while the disk was full at/)
  expect(code).toBe(0)
  folder.enlarge()
  expect(await folder.tailrace(...RUN)).toMatchObject({ code: 0 })
  expectWhole(folder)
})

// Promise slow-sink: A sink that is slow, hangs or fails holds back nobody else.
test('a sink that cannot write does not hold back the others, and catches up later', async (context) => {
  const sinks = 'sinks: { free: { from: access, csv: free.csv }, held: { from: access, ndjson: small/held.ndjson } }\n'
  using folder = withSmallDisk(PIPELINE.slice(0, PIPELINE.indexOf('sinks:')) + sinks, 1, context)
  folder.write('small/filler', Buffer.alloc(1 << 20))
  const running = folder.start('run', 'p.yaml')
  await running.line(/sink held: cannot write .*held\.ndjson: no space is left/)
  await vi.waitUntil(() => folder.lines('free.csv').length === LINES.length + 1, { timeout: 20_000 })
  expect(folder.read('small/held.ndjson')).toBe('')
  await running.stop()
  rmSync(folder.at('small/filler'))
  folder.enlarge()
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(folder.lines('small/held.ndjson')).toHaveLength(LINES.length)
  expect(folder.lines('free.csv')).toHaveLength(LINES.length + 1)
})

function expectWhole(folder: Folder): void {
  const paths = jsonOf<{ path: string }>(folder.lines('small/out/hits.ndjson')).map(({ path }) => path.split('/')[1])
  expect(paths.map(Number).toSorted((a, b) => a - b)).toEqual(LINES.map((_, i) => i))
  const archived = spawnSync('sh', ['-c', 'cat small/archive/*'], { cwd: folder.path, maxBuffer: 1 << 30 }).stdout
  expect(linesOf(archived.toString()).toSorted()).toEqual(LINES.map((line) => line.trimEnd()).toSorted())
}
