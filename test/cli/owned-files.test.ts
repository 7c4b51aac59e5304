/** Files that only one may write to: those of sinks, and those of a data folder. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { folderWith } from './tailrace.ts'

const ROWS = 'out/paths.ndjson'
const HOUR = 3_600_000

// Promise: Two data folders never write to one csv or ndjson file: the second one is refused, whether the first runs or not.
test('a second data folder does not get the file of a sink, and nothing is cut off', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(120) })
  const run = (data: string) => folder.run('--data', data)
  expect((await run('one')).code).toBe(0)
  const rows = folder.read(ROWS)
  const refused = await run('two')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(
    /paths\.ndjson is written by sink paths of the data folder .*\/one: each would cut off/,
  )
  expect(refused.stderr).toContain('.paths.ndjson.owner')
  folder.append('access.log', accessLines(120, DAY + HOUR))
  expect((await run('one')).code).toBe(0)
  const more = folder.read(ROWS)
  expect(more.startsWith(rows) && more.length > rows.length).toBe(true)
  // A folder that was moved is the same one; one that is gone owns nothing.
  renameSync(folder.at('one'), folder.at('moved'))
  expect((await run('moved')).code).toBe(0)
  expect(folder.read(ROWS)).toBe(more)
  rmSync(folder.at('moved'), { recursive: true })
  rmSync(folder.at('two'), { recursive: true })
  expect((await run('new')).code).toBe(0)
  expect(folder.read(ROWS).startsWith(more)).toBe(true)
}, 120_000)

test('a data folder owns its files through a link to it as well', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(120) })
  mkdirSync(folder.at('one'))
  symlinkSync(folder.at('one'), folder.at('link'))
  for (const data of ['one', 'link', 'one']) expect((await folder.run('--data', data)).code).toBe(0)
  expect(JSON.parse(folder.read('out/.paths.ndjson.owner'))).toMatchObject({ data: folder.at('one'), sink: 'paths' })
}, 120_000)

// Promise: What somebody else appends to a sink's file is not written over: the sink says so and waits.
test('rows of somebody else in the file of a sink stop the sink until they are gone', async () => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log'), 'access.log': accessLines(120) })
  const running = folder.start('run', 'p.yaml')
  await vi.waitUntil(() => existsSync(folder.at(ROWS)) && folder.read(ROWS) !== '', { timeout: 20_000 })
  const rows = folder.read(ROWS)
  folder.append(ROWS, 'mine\n')
  folder.append('access.log', accessLines(120, DAY + HOUR))
  await running.line(
    /sink paths: .*paths\.ndjson has \d+ bytes, but \d+ were written to it.*somebody else writes to it/,
  )
  expect(folder.read(ROWS)).toBe(`${rows}mine\n`)
  folder.write(ROWS, rows)
  await running.line(/sink paths: .*(works|again)/)
  await vi.waitUntil(() => folder.read(ROWS).length > rows.length, { timeout: 30_000 })
  expect(folder.read(ROWS).startsWith(rows)).toBe(true)
  expect((await running.stop()).code).toBe(0)
})

// Promise: A process whose lock was removed by hand notices it at the next checkpoint, and ends with a message.
test('a lock that is removed under a running process ends the run', async () => {
  using folder = folderWith({ 'p.yaml': `${demo('tcp: 127.0.0.1:0')}checkpoint: { interval: 100ms }\n` })
  const running = folder.start('run', 'p.yaml')
  await running.line(/demo runs/)
  rmSync(folder.at('.tailrace/demo/lock'))
  const { code, stderr } = await running.ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/demo\/lock was removed or replaced while this process owned the folder/)
})
