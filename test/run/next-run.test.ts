/** The next run, after a file has grown since its end, and after a query was changed. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, tailrace } from '../cli/tailrace.ts'

const PIPELINE = `version: 1
name: demo
sources: { log: { file: access.log, to: access } }
topics: { access: { format: common, watermark: ts - INTERVAL '5' SECOND } }
queries: { paths: { count: { by: path, every: 60s, from: access } } }
sinks: { paths: { from: paths, csv: paths.csv } }
`
const line = (time: string) => `host - - [01/Jul/1995:${time} +0000] "GET /a HTTP/1.0" 200 10\n`
const row = (minute: string, next: string, hits: number) =>
  `1995-07-01T00:${minute}:00.000,1995-07-01T00:${next}:00.000,/a,${hits}`
const run = (folder: string, ...more: string[]) => tailrace(['run', 'p.yaml', '--until-end', ...more], { folder })
const rows = (folder: string) => readFileSync(join(folder, 'paths.csv'), 'utf8').trimEnd().split('\n').slice(1)

test('lines that a file got after its end are counted, and are late for a window that the end has closed', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': line('00:00:10') + line('00:01:10') })
  expect(await run(folder.path)).toMatchObject({ code: 0 })
  expect(rows(folder.path)).toEqual([row('00', '01', 1), row('01', '02', 1)])
  appendFileSync(join(folder.path, 'access.log'), line('00:01:50') + line('00:02:10') + line('00:02:11'))
  const second = await run(folder.path)
  expect(second.stderr).toMatch(/^3 lines in, 1 rows out, 1 late .paths 1., 0 dead letters/m)
  expect(rows(folder.path)).toEqual([row('00', '01', 1), row('01', '02', 1), row('02', '03', 2)])
  expect((await run(folder.path)).stderr).toMatch(/^0 lines in, 0 rows out, 0 late, 0 dead letters/m)
})

test('a changed query counts all again behind its old rows at earliest, and only new lines at latest', async () => {
  for (const from of ['earliest', 'latest']) {
    using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': line('00:00:10') + line('00:00:40') })
    expect(await run(folder.path)).toMatchObject({ code: 0 })
    writeFileSync(join(folder.path, 'p.yaml'), PIPELINE.replace('60s', '2m'))
    appendFileSync(join(folder.path, 'access.log'), line('00:03:00'))
    expect(await run(folder.path)).toMatchObject({ code: 78 })
    expect(await run(folder.path, '--reset', `paths=${from}`)).toMatchObject({ code: 0 })
    const again = from === 'earliest' ? [row('00', '02', 2)] : []
    expect(rows(folder.path)).toEqual([row('00', '01', 2), ...again, row('02', '04', 1)])
  }
})
