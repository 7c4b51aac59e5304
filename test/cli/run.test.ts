import { existsSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { type Folder, folderWith, jsonOf, send } from './tailrace.ts'

/** A request for /a in each second from `from` to `to`, counted from midnight. */
const lines = (from: number, to: number) => accessLines(to - from, DAY + 1000 * from)

const row = (minute: number, hits: number, end = minute + 1) => ({
  window_start: `1995-07-01T00:0${minute}:00.000`,
  window_end: `1995-07-01T00:0${end}:00.000`,
  path: '/a',
  hits,
})
const rowsOf = (folder: Folder): readonly unknown[] =>
  existsSync(folder.at('out/paths.ndjson')) ? jsonOf(folder.lines('out/paths.ndjson')) : []

// Promise until-end: The end of a bounded input closes every window.
test('--until-end reads everything, closes every window and ends; a second run adds nothing', async () => {
  const archive = '  archive: { from: access, files: archive/%y-%m-%d }\n'
  using folder = folderWith({ 'p.yaml': demo('file: access.log', archive), 'access.log': lines(0, 130) })
  const first = await folder.run()
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr).toMatch(/^130 lines in, 3 rows out, 0 dead letters, [\d.]+ s, [\d,]+ lines\/s$/m)
  expect(rowsOf(folder)).toEqual([row(0, 60), row(1, 60), row(2, 10)])
  expect(existsSync(folder.at('.tailrace/demo'))).toBe(true)
  const second = await folder.run()
  expect(second).toMatchObject({ code: 0 })
  expect(second.stderr).toMatch(/^0 lines in, 0 rows out/m)
  expect(rowsOf(folder)).toHaveLength(3)
})

// Promise dead-letter: A record that cannot be used is a dead letter, once, with its reason and place, and the run goes on.
test('a broken line is a dead letter, and the run goes on', async () => {
  const log = `${lines(0, 1)}\x16\x03 not a request\n${lines(1, 2)}`
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': log })
  const { code, stderr } = await folder.run()
  expect(code).toBe(0)
  expect(stderr).toMatch(/^3 lines in, 1 row out, 1 dead letter \(1 not readable\), /m)
  expect(rowsOf(folder)).toEqual([row(0, 2)])
})

// Promise clean-stop: A clean stop leaves open windows open, and the next run goes on with them.
test('SIGTERM stops cleanly, and the next run goes on where it was', async () => {
  using folder = folderWith({ 'p.yaml': demo('tcp: 127.0.0.1:0') })
  const takeIn = async (from: number, to: number) => {
    const running = folder.start('run', 'p.yaml')
    await send(await running.port(/^demo runs:/), lines(from, to))
    return running.stop()
  }
  expect(await takeIn(0, 50)).toMatchObject({ code: 0 })
  expect(await takeIn(50, 100)).toMatchObject({ code: 0 })
  const last = await takeIn(100, 130)
  expect(last).toMatchObject({ code: 0 })
  expect(last.stderr).toMatch(/^30 lines in/m)
  // The third minute is still open: 2:10 has come, and more may follow.
  expect(rowsOf(folder)).toEqual([row(0, 60), row(1, 60)])
})

test('a growing file is followed', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': lines(0, 70) })
  const running = folder.start('run', 'p.yaml')
  await running.line(/^demo runs:/)
  folder.append('access.log', lines(70, 140))
  await vi.waitUntil(() => rowsOf(folder).length >= 2, { timeout: 20_000 })
  running.process.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(rowsOf(folder)).toEqual([row(0, 60), row(1, 60)])
})

const ONE_PARTITION = DEMO.replace('partitions: 2', 'partitions: 1')
const linesAt = (...seconds: number[]) => seconds.map((second) => lines(second, second + 1)).join('')

// Promise late-after-end: What comes after the end counts in new windows, and is late for those that are closed.
test('lines that a file got after its end are counted, and are late for a window that the end has closed', async () => {
  using folder = folderWith({ 'p.yaml': ONE_PARTITION, 'access.log': linesAt(10, 70) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(rowsOf(folder)).toEqual([row(0, 1), row(1, 1)])
  folder.append('access.log', linesAt(110, 130, 131))
  expect((await folder.run()).stderr).toMatch(/^3 lines in, 1 row out, 1 dead letter \(1 late: paths 1\), /m)
  expect(rowsOf(folder)).toEqual([row(0, 1), row(1, 1), row(2, 2)])
  expect((await folder.run()).stderr).toMatch(/^0 lines in, 0 rows out, 0 dead letters/m)
})

test.each([
  ['earliest', [row(0, 2, 2)]],
  ['latest', []],
])('a changed query is refused until --reset says %s; its rows come behind the old ones', async (from, again) => {
  using folder = folderWith({ 'p.yaml': ONE_PARTITION, 'access.log': linesAt(10, 40) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  folder.write('p.yaml', ONE_PARTITION.replace('60s', '2m'))
  folder.append('access.log', linesAt(180))
  expect(await folder.run()).toMatchObject({ code: 78, stderr: expect.stringContaining('--reset paths=earliest') })
  expect(await folder.run('--reset', `paths=${from}`)).toMatchObject({ code: 0 })
  expect(rowsOf(folder)).toEqual([row(0, 2), ...again, row(2, 1, 4)])
})
