/** Tests with a full disk: a small one in memory. Without the right to mount it they are skipped with a message. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { folderWith, start, tailrace } from './tailrace.ts'

const LINES = 60_000

const line = (i: number): string => {
  const time = new Date(Date.UTC(1995, 6, 1) + i * 100).toISOString()
  return `host - - [01/Jul/1995:${time.slice(11, 19)} +0000] "GET /${i}/${'x'.repeat(60)} HTTP/1.0" 200 10\n`
}
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

/** Mounts a disk of this size in MiB; undefined if that is not allowed. */
function smallDisk(path: string, size: number): Disposable | undefined {
  mkdirSync(path)
  const { status, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', path])
  if (error !== undefined || status !== 0) return undefined
  return { [Symbol.dispose]: () => void spawnSync('umount', ['-l', path]) }
}

const log = () => Array.from({ length: LINES }, (_, i) => line(i)).join('')

test('on a full disk everything waits, and goes on by itself when there is room; nothing is lost or doubled', async (context) => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': log() })
  using disk = smallDisk(join(folder.path, 'small'), 8)
  if (disk === undefined) return context.skip('NOT TESTED: a small disk cannot be mounted here')
  const running = start(['run', 'p.yaml', '--until-end', '--data', 'small/data'], { folder: folder.path })
  await running.line(/disk full at .*small\/data: waiting for room/)
  spawnSync('mount', ['-o', 'remount,size=64m', join(folder.path, 'small')])
  const { code, stderr } = await running.ended
  expect(stderr).toMatch(/there is room again at .*small\/data: going on/)
  expect(stderr).toMatch(/^60000 lines in, 60000 rows out, 0 late, 0 dead letters/m)
  expect(code).toBe(0)
  expectWhole(folder.path)
})

test('SIGTERM stops a run that waits for room; the next run goes on, and nothing is lost or doubled', async (context) => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': log() })
  using disk = smallDisk(join(folder.path, 'small'), 8)
  if (disk === undefined) return context.skip('NOT TESTED: a small disk cannot be mounted here')
  const args = ['run', 'p.yaml', '--until-end', '--data', 'small/data']
  const running = start(args, { folder: folder.path })
  await running.line(/disk full/)
  running.process.kill('SIGTERM')
  const { code, stderr } = await running.ended
  expect(stderr).toMatch(/stopped while the disk was full at/)
  expect(code).toBe(0)
  spawnSync('mount', ['-o', 'remount,size=64m', join(folder.path, 'small')])
  expect(await tailrace(args, { folder: folder.path })).toMatchObject({ code: 0 })
  expectWhole(folder.path)
})

test('a sink that cannot write does not hold back the others, and catches up later', async (context) => {
  const sinks = 'sinks: { free: { from: access, csv: free.csv }, held: { from: access, ndjson: small/held.ndjson } }\n'
  const text = PIPELINE.slice(0, PIPELINE.indexOf('sinks:')) + sinks
  using folder = folderWith({ 'p.yaml': text, 'access.log': log() })
  using disk = smallDisk(join(folder.path, 'small'), 1)
  if (disk === undefined) return context.skip('NOT TESTED: a small disk cannot be mounted here')
  const filler = join(folder.path, 'small/filler')
  writeFileSync(filler, Buffer.alloc(1 << 20))
  const written = (name: string) => readFileSync(join(folder.path, name), 'utf8').trimEnd().split('\n')
  const running = start(['run', 'p.yaml'], { folder: folder.path })
  await running.line(/sink held: cannot write .*held\.ndjson: no space is left/)
  await vi.waitUntil(() => written('free.csv').length === LINES + 1, { timeout: 20_000 })
  expect(readFileSync(join(folder.path, 'small/held.ndjson'), 'utf8')).toBe('')
  running.process.kill('SIGTERM')
  await running.ended
  rmSync(filler)
  spawnSync('mount', ['-o', 'remount,size=64m', join(folder.path, 'small')])
  expect(await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })).toMatchObject({ code: 0 })
  expect(written('small/held.ndjson')).toHaveLength(LINES)
  expect(written('free.csv')).toHaveLength(LINES + 1)
})

function expectWhole(folder: string): void {
  const rows = readFileSync(join(folder, 'small/out/hits.ndjson'), 'utf8').trimEnd().split('\n')
  const paths = rows.map((row) => Number(/"path":"\/(\d+)\//.exec(row)?.[1]))
  expect(paths.toSorted((a, b) => a - b)).toEqual(Array.from({ length: LINES }, (_, i) => i))
  const archived = spawnSync('sh', ['-c', 'cat small/archive/*'], { cwd: folder, maxBuffer: 1 << 30 }).stdout
  const lines = archived.toString().split(/(?<=\n)/)
  expect(lines.toSorted()).toEqual(Array.from({ length: LINES }, (_, i) => line(i)).toSorted())
}
