/**
 * A data folder that tailrace 0.1.0 left: two queries with open windows, files of sinks, a dead letter, two partitions. The
 * present program goes on from it as 0.1.0 itself would have. Should a later one refuse it, its words belong here instead.
 */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, tailrace } from '../cli/tailrace.ts'

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
})
