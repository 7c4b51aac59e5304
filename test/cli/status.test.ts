/** `status`, `topics` and `groups` of pipelines that run, were killed, and are stopped, by the real command line. */
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { printedStatus } from '../../src/run/status/schema.ts'
import type { PipelineStatus } from '../../src/run/status/status.ts'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { expectRefused } from './refused.ts'
import { type Folder, folderWith, linesOf, send } from './tailrace.ts'

async function askJson(folder: Folder, ...args: readonly string[]): Promise<PipelineStatus> {
  const { code, stdout, stderr } = await folder.tailrace(...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return printedStatus.parse(JSON.parse(stdout)) as PipelineStatus
}

/** Asks until the answer fits; what is asked for comes by itself. */
async function statusOnce(folder: Folder, fits: (status: PipelineStatus) => boolean): Promise<PipelineStatus> {
  for (;;) {
    const status = await askJson(folder, 'status', 'p.yaml')
    if (fits(status)) return status
  }
}

const TCP = demo('tcp: 127.0.0.1:0').replace('partitions: 2', 'partitions: 1')
const LINES = `${accessLines(130, DAY)}noise\n`

test('a process that runs tells how each part stands, and what is wrong', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const running = folder.start('run', 'p.yaml')
  await send(await running.port(/^demo runs:/), LINES)
  const status = await statusOnce(folder, ({ sinks }) => sinks[0]?.delivered === 2)
  expect(status).toMatchObject({
    state: 'running',
    pipeline: 'demo',
    process: { pid: running.process.pid },
    trouble: [],
    sources: [
      { name: 'log', reads: expect.stringContaining('tcp 127.0.0.1:'), to: 'access', lines: 131, waitsFor: null },
    ],
    queries: [{ name: 'paths', rows: 2, reads: [{ topic: 'access', lag: 0 }], state: { windows: 1 } }],
    sinks: [{ name: 'paths', kind: 'ndjson', delivered: 2, refused: 0, trouble: null, reads: { lag: 0 } }],
    checkpoint: { intervalMs: 10_000 },
  })
  expect(status.topics.find(({ name }) => name === 'access')).toMatchObject({
    kind: 'source',
    records: 131,
    bytes: expect.any(Number),
    partitions: [{ start: 0, end: 131, watermark: '1995-07-01T00:02:04.000Z' }],
    dead: { kept: 1, run: { format: 1, late: 0 } },
    readers: [{ name: 'query paths', lag: 0 }],
  })
  const { stdout } = await folder.tailrace('status')
  expect(stdout).toMatch(/^demo runs for .*: process \d+, tailrace /)
  expect(stdout).toMatch(/^all is well$/m)
  expect(stdout).toMatch(/^log +tcp \S+ +access +131 +0\/s/m)
  expect(await running.stop()).toMatchObject({ code: 0 })
  expect(existsSync(folder.at('.tailrace/demo/control.sock'))).toBe(false)
})

test('a killed process is stopped, and its socket is replaced by that of the next', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const first = folder.start('run', 'p.yaml')
  await first.line(/^demo runs:/)
  expect(statSync(folder.at('.tailrace/demo/control.sock')).mode & 0o777).toBe(0o600)
  await first.kill()
  expect(existsSync(folder.at('.tailrace/demo/control.sock'))).toBe(true)
  expect(await askJson(folder, 'status')).toMatchObject({ state: 'stopped', process: null, trouble: [] })
  const second = folder.start('run', 'p.yaml')
  await second.line(/^demo runs:/)
  expect(await askJson(folder, 'status')).toMatchObject({ state: 'running', process: { pid: second.process.pid } })
  await second.stop()
})

test('of a pipeline that is stopped, the checkpoint and the bus tell', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(130, DAY) })
  const never = await folder.tailrace('status')
  expect(never).toMatchObject({ code: 1, stderr: expect.stringContaining('The pipeline has not run yet') })
  expect(await folder.run()).toMatchObject({ code: 0 })
  const status = await askJson(folder, 'status')
  expect(status).toMatchObject({
    state: 'stopped',
    pipeline: 'demo',
    sources: [{ name: 'log', lines: null }],
    queries: [{ name: 'paths', rows: null, reads: [{ lag: 0 }] }],
    sinks: [{ name: 'paths', kind: 'ndjson', reads: { topic: 'demo.paths', lag: 0 } }],
    checkpoint: { tookMs: null },
  })
  expect((await folder.tailrace('status')).stdout).toMatch(/^demo is stopped\n.*\nWhat follows is what its checkpoint/)
  // Without the pipeline file the data folder still tells.
  const alone = await askJson(folder, 'status', '--data', '.tailrace/demo')
  expect(alone).toMatchObject({ pipeline: null, queries: [{ name: 'paths', group: 'demo.query.paths' }] })
})

test('topics and groups are parts of the same tree; a group whose part is gone is shown as such', async () => {
  const other = '  other: { count: { every: 60s, from: access } }\n'
  const both = DEMO.replace('sinks:', `${other}sinks:`)
  using folder = folderWith({ 'p.yaml': both, 'access.log': accessLines(130, DAY) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  folder.write('p.yaml', DEMO)
  const more = accessLines(5, DAY + 200_000)
  folder.append('access.log', more)
  expect(await folder.run()).toMatchObject({ code: 0 })
  const { topics } = await askJson(folder, 'topics')
  expect(topics.find(({ name }) => name === 'access')).toMatchObject({
    records: 135,
    partitions: [{ partition: 0, firstArrival: expect.any(String) }, { partition: 1 }],
    readers: [{ name: 'query paths', lag: 0 }],
  })
  const { groups } = await askJson(folder, 'groups')
  expect(groups).toMatchObject([
    { name: 'demo.query.other', part: null, isGone: true, lag: 5 },
    { name: 'demo.query.paths', part: 'query paths', isGone: false, lag: 0 },
    { name: 'demo.sink.paths', part: 'sink paths', lag: 0 },
  ])
  // Nothing is committed for a group that is read with: it has the same records before it afterwards.
  const tapped = await folder.tailrace('tap', 'access', '--group', 'query.other')
  const said = 'from where group demo.query.other goes on; nothing is committed for it\n'
  expect(tapped).toMatchObject({ code: 0, stderr: said })
  expect([...linesOf(tapped.stdout)].sort()).toEqual([...linesOf(more)].sort())
  const partitions = await folder.tailrace('groups', '--partitions')
  expect(partitions.stdout).toMatch(/^demo\.query\.other +gone: .* +access +0 +65 +68 +3$/m)
  expect(partitions.stdout).toMatch(/^demo\.query\.paths +query paths +access +1 +67 +67 +0$/m)
})

test('a path that is too long for a socket needs no other', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const data = join(folder.path, 'd'.repeat(60), 'e'.repeat(60))
  const running = folder.start('run', 'p.yaml', '--data', data)
  await running.line(/^demo runs:/)
  expect(await askJson(folder, 'status', '--data', data)).toMatchObject({ state: 'running' })
  expect((await running.stop()).stderr).not.toContain('warning')
})

test('--watch prints a picture each second until Ctrl-C', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const running = folder.start('run', 'p.yaml')
  await running.line(/^demo runs:/)
  const watching = folder.start('status', '--watch', '--json')
  let printed = ''
  const enough = new Promise<void>((resolve) => {
    watching.process.stdout?.on('data', (text: string) => {
      printed += text
      if (linesOf(printed).length >= 2) resolve()
    })
  })
  await enough
  watching.process.kill('SIGINT')
  const ended = await watching.ended
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const [first, second] = linesOf(ended.stdout).map((line) => printedStatus.parse(JSON.parse(line)) as PipelineStatus)
  expect(first?.sources[0]?.rate).toBeNull()
  expect(second?.sources[0]?.rate).toBe(0)
  await running.stop()
})

test('tap refuses a group and a partition that it cannot read', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(3, DAY) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  await expectRefused(folder, [
    ['tap', 'access', '--group', 'nobody'],
    1,
    'there is no group nobody\n  The groups are demo.query.paths, demo.sink.paths.',
  ])
  await expectRefused(folder, [
    ['tap', 'access', '--group', 'demo.sink.paths'],
    1,
    'group demo.sink.paths does not read topic access\n  It reads demo.paths.',
  ])
  await expectRefused(folder, [
    ['tap', 'access', '--partition', '2'],
    1,
    'topic access has no partition 2\n  Its partitions are 0 to 1.',
  ])
})

test('a pipeline without sources, and a bus without topics, leave no empty lists in what is said', async () => {
  const noSources = DEMO.replace(/^sources:\n.*\n/m, '')
  using folder = folderWith({ 'p.yaml': noSources })
  expect((await folder.run()).stderr).toMatch(/^demo runs\n/)
  mkdirSync(folder.at('bare/topics'), { recursive: true })
  mkdirSync(folder.at('bare/groups'))
  copyFileSync(folder.at('.tailrace/demo/format.json'), folder.at('bare/format.json'))
  await expectRefused(folder, [
    ['tap', 'access', '--data', 'bare'],
    1,
    'there is no topic access\n  There are no topics at all.\n',
  ])
})
