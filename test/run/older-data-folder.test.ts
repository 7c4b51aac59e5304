/**
 * A data folder that tailrace 0.1.0 left: two queries with open windows, files of sinks, a dead letter, two partitions. The
 * present program goes on from it as 0.1.0 itself would have. Should a later one refuse it, its words belong here instead.
 */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../src/base/node-disk.ts'
import { readCheckpoint } from '../../src/run/checkpoint-file.ts'
import { folderWith, tailrace } from '../cli/tailrace.ts'
import { startQueries } from '../sim/running.ts'

const LEFT = 'test/fixtures/data-folder-0.1.0'
const RUN = ['run', 'p.yaml', '--data', 'data', '--until-end']
const text = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8')

test('a data folder of 0.1.0 goes on, and its rows are those of a run that was never stopped', async () => {
  using folder = folderWith({})
  cpSync(LEFT, folder.path, { recursive: true })
  expect((await tailrace(['fsck', 'data'], { folder: folder.path })).code).toBe(0)
  appendFileSync(join(folder.path, 'access.log'), text(LEFT, 'rest.log'))
  const { code, stderr } = await tailrace(RUN, { folder: folder.path })
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('60 lines in, 32 rows out, 0 late'),
  })

  using whole = folderWith({ 'p.yaml': text(LEFT, 'p.yaml') })
  writeFileSync(join(whole.path, 'access.log'), text(LEFT, 'access.log') + text(LEFT, 'rest.log'))
  expect(await tailrace(RUN, { folder: whole.path })).toMatchObject({ code: 0 })
  for (const file of ['hits.csv', 'slowest.csv']) expect(text(folder.path, file)).toBe(text(whole.path, file))
  const letters = async (path: string) =>
    (await tailrace(['dead', 'access', '--data', 'data', '--json'], { folder: path })).stdout
  expect(await letters(folder.path)).toBe(await letters(whole.path))
}, 120_000)

test('a query that is not in the pipeline at first goes on with the state of 0.1.0 when it comes back', async () => {
  using folder = folderWith({})
  cpSync(join(LEFT, 'data'), folder.path, { recursive: true })
  const all = text(LEFT, 'p.yaml').replace(/^sinks:.*/ms, '')
  const without = await startQueries({ folder: folder.path, text: all.replace(/^ {2}slowest:.*/ms, '') })
  await without.checkpoint()
  await without.stop()
  const { hits, slowest } = readCheckpoint(nodeDisk, folder.path).queries
  expect([typeof hits?.layout, typeof slowest?.layout]).toEqual(['object', 'string'])

  const running = await startQueries({ folder: folder.path, text: all })
  await running.checkpoint()
  expect(Object.keys(readCheckpoint(nodeDisk, folder.path).queries.slowest?.layout ?? {})).toEqual([
    'rank',
    'rank/scan',
  ])
  running.end()
  await running.settle()
  const [rows = []] = await running.records('p.slowest')
  expect(rows.map((row) => JSON.parse(row).place)).toEqual([1, 2, 1, 2, 1, 2, 1, 2])
  await running.stop()
})
