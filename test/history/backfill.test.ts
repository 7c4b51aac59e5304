import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, tailrace } from '../cli/tailrace.ts'

const PIPELINE = `version: 1
name: shop
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  methods:
    count: { by: http_method, every: 1m, from: access }
  lines: SELECT path FROM access
sinks:
  store: { from: methods, ndjson: out.ndjson }
`

const line = (second: number, method: string) => {
  const time = new Date(Date.UTC(2020, 4, 15, 10) + 1000 * second).toISOString()
  return `host - - [15/May/2020:${time.slice(11, 19)} +0000] "${method} /a HTTP/1.0" 200 10\n`
}
/** Ten minutes of a line a second; after each minute come two late lines of the minute before. */
const log = (minutes: number) =>
  Array.from({ length: 60 * minutes }, (_, second) =>
    second % 60 === 30 && second > 60
      ? line(second, 'GET') + line(second - 60, 'POST') + line(second - 60, 'GET')
      : line(second, 'GET'),
  ).join('')

/** The content of a store that upserts: the last row of each key. */
function stored(folder: string): Map<string, number> {
  const rows = readFileSync(join(folder, 'out.ndjson'), 'utf8').trimEnd().split('\n')
  return new Map(
    rows.map((text) => {
      const { window_start, http_method, hits } = JSON.parse(text) as { [name: string]: string | number }
      return [`${String(window_start).slice(11, 16)} ${http_method}`, Number(hits)]
    }),
  )
}

test('late records are repaired once; the query goes on where it was, through any restart', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': log(10) })
  const { path } = folder
  const run = () => tailrace(['run', 'p.yaml', '--until-end', '--json'], { folder: path })
  const first = await run()
  expect(first.stderr).toContain('"late":{"methods":18,"lines":0}')
  const asked = ['backfill', 'methods', '--for', '2020-05-15']

  const dry = await tailrace([...asked, '--dry-run'], { folder: path })
  expect(dry.stderr).toContain('1 rows are right, 18 to be repaired')
  const again = await tailrace([...asked, '--dry-run'], { folder: path })
  expect(again.stdout).toBe(dry.stdout)
  expect(dry.stdout.trimEnd().split('\n')).toHaveLength(18)

  const repaired = await tailrace(asked, { folder: path })
  expect(repaired.stderr).toContain('1 rows are right, 18 repaired: 9 were missing, 9 were others')
  const twice = await tailrace(asked, { folder: path })
  expect(twice.stderr).toContain('19 rows are right, 0 repaired')

  // New lines after the repair give new rows.
  writeFileSync(join(path, 'access.log'), log(20))
  expect((await run()).code).toBe(0)
  const expected = new Map<string, number>()
  for (const row of log(20).trimEnd().split('\n')) {
    const [, time, method] = /2020:(\d\d:\d\d).*"(\w+)/.exec(row) ?? []
    const key = `${time} ${method}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  const afterwards = await tailrace(asked, { folder: path })
  expect(afterwards.stderr).toMatch(/^\d+ rows are right, \d+ repaired/m)
  expect((await run()).code).toBe(0)
  expect(stored(path)).toEqual(expected)
})

test.each([
  [['backfill', 'method', '--for', '2020'], 'the pipeline has no query "method"'],
  [['backfill', 'lines', '--for', '2020'], 'do not say which window they are of'],
  [['backfill', 'methods'], 'which span of time?'],
])('%j is refused', async (args, message) => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': '' })
  const ended = await tailrace(args, { folder: folder.path })
  expect(ended.stderr).toContain(message)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
})
