/**
 * A data folder that tailrace 0.1.0 left: two queries with open windows, files of sinks, a dead letter, two partitions. The
 * present program goes on from it as 0.1.0 itself would have. Should a later one refuse it, its words belong here instead.
 */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { readCheckpoint } from '../../src/run/checkpoint-file.ts'
import { type Folder, folderWith } from '../cli/tailrace.ts'
import { startQueries } from '../sim/running.ts'

const LEFT = 'test/fixtures/data-folder-0.1.0'
const left = (file: string) => readFileSync(join(LEFT, file), 'utf8')

// Promise older-folder: A data folder of an earlier version goes on.
test('a data folder of 0.1.0 goes on, and its rows are those of a run that was never stopped', async () => {
  const run = (folder: Folder) => folder.run('--data', 'data')
  using folder = folderWith()
  cpSync(LEFT, folder.path, { recursive: true })
  expect((await folder.tailrace('fsck', 'data')).code).toBe(0)
  folder.append('access.log', left('rest.log'))
  expect(await run(folder)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('60 lines in, 32 rows out, 0 dead letters'),
  })

  using whole = folderWith({ 'p.yaml': left('p.yaml'), 'access.log': left('access.log') + left('rest.log') })
  expect(await run(whole)).toMatchObject({ code: 0 })
  for (const file of ['hits.csv', 'slowest.csv']) expect(folder.read(file)).toBe(whole.read(file))
  // When each letter was written is a matter of its own run.
  const times = /"(first|last)At":"[^"]*"/g
  const letters = async (of: Folder) =>
    (await of.tailrace('dead', 'access', '--data', 'data', '--json')).stdout.replaceAll(times, '')
  expect(await letters(folder)).toBe(await letters(whole))
}, 120_000)

test('a query that is not in the pipeline at first goes on with the state of 0.1.0 when it comes back', async () => {
  using folder = folderWith()
  cpSync(join(LEFT, 'data'), folder.path, { recursive: true })
  const all = left('p.yaml').replace(/^sinks:.*/ms, '')
  const without = await startQueries({ folder: folder.path, text: all.replace(/^ {2}slowest:.*/ms, '') })
  await without.checkpoint()
  await without.stop()
  const { hits, slowest } = readCheckpoint(nodeDisk, folder.path).queries
  expect([typeof hits?.layout, typeof slowest?.layout]).toEqual(['object', 'string'])

  const running = await startQueries({ folder: folder.path, text: all })
  await running.checkpoint()
  const { layout = {} } = readCheckpoint(nodeDisk, folder.path).queries.slowest ?? {}
  expect(Object.keys(layout)).toEqual(['rank', 'rank/scan'])
  running.end()
  await running.settle()
  const [rows = []] = await running.records('p.slowest')
  expect(rows.map((row) => JSON.parse(row).place)).toEqual([1, 2, 1, 2, 1, 2, 1, 2])
  await running.stop()
})
