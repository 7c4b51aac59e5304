import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, start, tailrace } from './tailrace.ts'

const PIPELINE = `version: 1
name: demo
sources:
  log: { SOURCE, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
sinks:
  paths: { from: paths, ndjson: out/paths.ndjson }
`
const LOG = Array.from({ length: 120 }, (_, second) => {
  const at = `${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`
  return `host - - [01/Jul/1995:00:${at} +0000] "GET /a HTTP/1.0" 200 10\n`
}).join('')
const SEGMENT = '.tailrace/demo/topics/access-0/00000000000000000000.log'

test('fsck confirms a sound folder, cuts a torn tail with --repair, and reports damage with exit code 1', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE.replace('SOURCE', 'file: access.log'), 'access.log': LOG })
  const fsck = (...args: string[]) => tailrace(['fsck', ...args], { folder: folder.path })
  expect(await fsck('p.yaml')).toMatchObject({ code: 1, stderr: expect.stringContaining('has not run yet') })
  expect((await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })).code).toBe(0)
  const clean = await fsck('p.yaml')
  expect(clean).toMatchObject({ code: 0, stderr: '' })
  expect(clean.stdout).toMatch(/demo: 4 topics, 6 partitions, 6 segments, 122 records, \d+ bytes, 2 groups\nNothing is/)

  const segment = join(folder.path, SEGMENT)
  const whole = readFileSync(segment)
  appendFileSync(segment, 'torn')
  const torn = await fsck('.tailrace/demo')
  expect(torn).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`log at byte ${whole.length}: an append that`),
  })
  expect((await fsck('.tailrace/demo', '--repair')).stdout).toContain('the 4 bytes behind it are in cut/')
  expect(readFileSync(segment).equals(whole)).toBe(true)
  expect(readdirSync(join(folder.path, '.tailrace/demo/cut'))).toHaveLength(1)

  whole[300] = (whole[300] as number) ^ 1
  writeFileSync(segment, whole)
  const damaged = await fsck('.tailrace/demo', '--repair', '--json')
  expect(damaged).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged in 1 place') })
  expect(JSON.parse(damaged.stdout)).toMatchObject({
    ok: false,
    repaired: [],
    findings: [{ kind: 'records', position: 0, affected: { topic: 'access', partition: 0, from: 0, to: 60 } }],
  })
  expect(await fsck('.')).toMatchObject({ code: 2, stderr: expect.stringContaining('not a data folder') })
})

test('in a mixture of two folders, fsck and run name each offset beyond the end, and nothing is skipped', async () => {
  const dotted = PIPELINE.replace('SOURCE', 'file: access.log').replace('name: demo', 'name: demo.eu')
  using folder = folderWith({ 'p.yaml': dotted, 'access.log': LOG })
  const run = () => tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  await run()
  const data = join(folder.path, '.tailrace/demo.eu')
  cpSync(data, join(folder.path, 'old'), { recursive: true })
  appendFileSync(join(folder.path, 'access.log'), LOG.replaceAll('1995:00:', '1995:01:'))
  await run()
  cpSync(join(folder.path, 'old/topics'), join(data, 'topics'), { recursive: true })
  const found = await tailrace(['fsck', 'p.yaml'], { folder: folder.path })
  expect(found.code).toBe(1)
  expect(found.stdout).toContain('checkpoint: query paths is at offset 120 of access, partition 0, beyond its end, 60')
  expect(found.stdout).toContain('checkpoint: query paths is at offset 4 of paths, partition 0, beyond its end, 2')
  const refused = await run()
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('query paths is at offset 120 of access, partition 0, beyond its end, 60')
})

test('while the pipeline runs, fsck says so and reads the durable records; --repair is refused', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE.replace('SOURCE', 'tcp: 127.0.0.1:0') })
  const running = start(['run', 'p.yaml'], { folder: folder.path })
  await running.line(/demo runs/)
  const found = await tailrace(['fsck', 'p.yaml'], { folder: folder.path })
  expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining(`in use by process ${running.process.pid}`) })
  expect(await tailrace(['fsck', 'p.yaml', '--repair'], { folder: folder.path })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`in use by process ${running.process.pid}`),
  })
  running.process.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
})

test('fsck checks the memory of reports too; if it is damaged, run says what to do', async () => {
  const report = 'reports: { daily: { query: paths, at: "0 20 * * *" } }\n'
  const pipeline = `${PIPELINE.replace('SOURCE', 'file: access.log')}${report}`
  using folder = folderWith({ 'p.yaml': pipeline, 'access.log': LOG })
  const run = () => tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  await run()
  await tailrace(['report', 'daily', '--for', '1995-07-01', '--deliver'], { folder: folder.path })
  const file = join(folder.path, '.tailrace/demo/reports.json')
  expect(await tailrace(['fsck', 'p.yaml'], { folder: folder.path })).toMatchObject({ code: 0 })
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"done":\d+/, '"done":7'))
  const found = await tailrace(['fsck', 'p.yaml'], { folder: folder.path })
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining('damage: reports.json: the checksum') })
  // A run that ends with its input makes no reports.
  const refused = await tailrace(['run', 'p.yaml'], { folder: folder.path })
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/which reports have run, is damaged.*\n.*move it away/),
  })
})

test('fsck of a pipeline names the files of sinks that are shorter than written', async () => {
  const archive = "  archive: { from: access, files: { path: 'raw', format: raw } }\n"
  using folder = folderWith({ 'p.yaml': PIPELINE.replace('SOURCE', 'file: access.log') + archive, 'access.log': LOG })
  const fsck = (...args: string[]) => tailrace(['fsck', ...args], { folder: folder.path })
  expect((await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })).code).toBe(0)
  expect((await fsck('p.yaml')).code).toBe(0)
  const path = join(folder.path, 'out/paths.ndjson')
  const { length } = readFileSync(path)
  writeFileSync(path, readFileSync(path).subarray(0, 10))
  const cut = await fsck('p.yaml')
  expect(cut).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged in 1 place') })
  expect(cut.stdout).toContain(`damage: ${path}: has 10 bytes, but ${length} were written to it by sink paths\n`)
  rmSync(path)
  expect((await fsck('p.yaml')).stdout).toContain(`is not there, but ${length} were written to it by sink paths\n`)
  // Without the pipeline their places are unknown.
  expect((await fsck('.tailrace/demo')).code).toBe(0)
})
