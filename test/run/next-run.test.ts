/** The next run, after a file has grown since its end, and after a query was changed. */
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { DEMO } from '../cli/demo.ts'
import { type Folder, folderWith, jsonOf } from '../cli/tailrace.ts'

const linesAt = (...seconds: number[]) => seconds.map((second) => accessLine(DAY + 1000 * second)).join('')
const time = (minute: number) => `1995-07-01T00:0${minute}:00.000`
const row = (from: number, to: number, hits: number) => ({
  window_start: time(from),
  window_end: time(to),
  path: '/a',
  hits,
})
const rows = (folder: Folder) => jsonOf(folder.lines('out/paths.ndjson'))
const PIPELINE = DEMO.replace('partitions: 2', 'partitions: 1')

test('lines that a file got after its end are counted, and are late for a window that the end has closed', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': linesAt(10, 70) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(rows(folder)).toEqual([row(0, 1, 1), row(1, 2, 1)])
  folder.append('access.log', linesAt(110, 130, 131))
  expect((await folder.run()).stderr).toMatch(/^3 lines in, 1 rows out, 1 late .paths 1., 0 dead letters/m)
  expect(rows(folder)).toEqual([row(0, 1, 1), row(1, 2, 1), row(2, 3, 2)])
  expect((await folder.run()).stderr).toMatch(/^0 lines in, 0 rows out, 0 late, 0 dead letters/m)
})

test.each([
  ['earliest', [row(0, 2, 2)]],
  ['latest', []],
])('a changed query is refused until --reset; at %s it begins behind its old rows', async (from, again) => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': linesAt(10, 40) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  folder.write('p.yaml', PIPELINE.replace('60s', '2m'))
  folder.append('access.log', linesAt(180))
  expect(await folder.run()).toMatchObject({ code: 78, stderr: expect.stringContaining('--reset paths=earliest') })
  expect(await folder.run('--reset', `paths=${from}`)).toMatchObject({ code: 0 })
  expect(rows(folder)).toEqual([row(0, 1, 2), ...again, row(2, 4, 1)])
})
