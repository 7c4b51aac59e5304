import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, send, start, tailrace } from './tailrace.ts'

/** One request a second from 00:00:00 on. */
const line = (second: number, path = '/a') =>
  `host - - [01/Jul/1995:00:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')} +0000] "GET ${path} HTTP/1.0" 200 10\n`
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i)).join('')

const pipeline = (source: string) => `version: 1
name: demo
sources:
  log: { ${source}, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths:
    count: { by: path, every: 60s, from: access }
sinks:
  paths: { from: paths, ndjson: out/paths.ndjson }
  archive: { from: access, files: archive/%y-%m-%d }
`
const FILE = pipeline('file: access.log')
const TCP = pipeline('tcp: 127.0.0.1:0')

const row = (minute: number, hits: number) => ({
  window_start: `1995-07-01T00:0${minute}:00.000`,
  window_end: `1995-07-01T00:0${minute + 1}:00.000`,
  path: '/a',
  hits,
})
function rowsOf(folder: string): readonly unknown[] {
  const path = join(folder, 'out/paths.ndjson')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text))
}

test('--until-end reads everything, closes every window and ends; a second run adds nothing', async () => {
  using folder = folderWith({ 'p.yaml': FILE, 'access.log': lines(0, 130) })
  const first = await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr).toMatch(/^130 lines in, 3 rows out, 0 late, 0 dead letters, [\d.]+ s, \d+ lines\/s$/m)
  expect(rowsOf(folder.path)).toEqual([row(0, 60), row(1, 60), row(2, 10)])
  expect(existsSync(join(folder.path, '.tailrace/demo'))).toBe(true)
  const second = await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  expect(second).toMatchObject({ code: 0 })
  expect(second.stderr).toMatch(/^0 lines in, 0 rows out/m)
  expect(rowsOf(folder.path)).toHaveLength(3)
})

test('a broken line is a dead letter, and the run goes on', async () => {
  using folder = folderWith({ 'p.yaml': FILE, 'access.log': `${line(0)}\x16\x03 not a request\n${line(1)}` })
  const { code, stderr } = await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  expect(code).toBe(0)
  expect(stderr).toMatch(/^3 lines in, 1 rows out, 0 late, 1 dead letters/m)
  expect(rowsOf(folder.path)).toEqual([row(0, 2)])
})

test('SIGTERM stops cleanly, and the next run goes on where it was', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const takeIn = async (from: number, to: number) => {
    const running = start(['run', 'p.yaml'], { folder: folder.path })
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(await running.line(/^demo runs:/))?.[1])
    await send(port, lines(from, to))
    running.process.kill('SIGTERM')
    return running.ended
  }
  expect(await takeIn(0, 50)).toMatchObject({ code: 0 })
  expect(await takeIn(50, 100)).toMatchObject({ code: 0 })
  const last = await takeIn(100, 130)
  expect(last).toMatchObject({ code: 0 })
  expect(last.stderr).toMatch(/^30 lines in/m)
  // The third minute is still open: 2:10 has come, and more may follow.
  expect(rowsOf(folder.path)).toEqual([row(0, 60), row(1, 60)])
})

test('a growing file is followed', async () => {
  using folder = folderWith({ 'p.yaml': FILE, 'access.log': lines(0, 70) })
  const running = start(['run', 'p.yaml'], { folder: folder.path })
  await running.line(/^demo runs:/)
  appendFileSync(join(folder.path, 'access.log'), lines(70, 140))
  while (rowsOf(folder.path).length < 2 && running.process.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20))
  running.process.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(rowsOf(folder.path)).toEqual([row(0, 60), row(1, 60)])
})

test('a changed query is refused until --reset says where it begins', async () => {
  using folder = folderWith({ 'p.yaml': FILE, 'access.log': lines(0, 70) })
  expect(await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })).toMatchObject({ code: 0 })
  writeFileSync(join(folder.path, 'p.yaml'), FILE.replace('60s', '30s'))
  const refused = await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('--reset paths=earliest')
  const anew = await tailrace(['run', 'p.yaml', '--until-end', '--reset', 'paths=earliest'], { folder: folder.path })
  expect(anew).toMatchObject({ code: 0 })
  const unknown = await tailrace(['run', 'p.yaml', '--reset', 'path=earliest'], { folder: folder.path })
  expect(unknown).toMatchObject({ code: 2, stderr: 'tailrace: --reset path: the pipeline has no query of this name\n' })
})

test('a refusal of the outside world is one message without a stack', async () => {
  using folder = folderWith({ 'p.yaml': FILE, 'access.log': lines(0, 1), 'a-file': '' })
  const onFile = await tailrace(['run', 'p.yaml', '--data', 'a-file'], { folder: folder.path })
  expect(onFile.code).toBe(1)
  expect(onFile.stderr).toContain('a-file')
  expect(onFile.stderr).not.toContain('This is a bug')

  const running = start(['run', 'p.yaml'], { folder: folder.path })
  await running.line(/^demo runs:/)
  const second = await tailrace(['run', 'p.yaml'], { folder: folder.path })
  running.process.kill('SIGTERM')
  expect(second.code).toBe(1)
  expect(second.stderr).toMatch(/another|in use/)
  expect(second.stderr).not.toContain('This is a bug')
  expect(await running.ended).toMatchObject({ code: 0 })

  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  writeFileSync(join(folder.path, 'p.yaml'), TCP.replace('127.0.0.1:0', `127.0.0.1:${port}`))
  const refused = await tailrace(['run', 'p.yaml'], { folder: folder.path })
  taken.close()
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain(String(port))
  expect(refused.stderr).not.toContain('This is a bug')
})
