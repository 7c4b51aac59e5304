/** Lines of which none could be used are no success: of a query, of a run to the end, and of a run that goes on. */
import { expect, test } from 'vitest'
import { accessLine, accessLines, DAY } from '../access-line.ts'
import { folderWith } from './tailrace.ts'

const pipeline = (sql: string) => `version: 1
name: p
sources: { s: { file: '*.log', to: t } }
topics: { t: { format: common, watermark: "ts - INTERVAL '5' SECOND" } }
queries: { q: "${sql}" }
sinks: { o: { from: q, ndjson: out.ndjson } }
`
const ALL = 'SELECT host FROM t'
const FAILS = 'SELECT CAST(host AS INT) AS n FROM t'

// Promise: a run to the end of its input that could use none of its lines says so with the first reason, and exits with 1.
test('a run to the end that could read none of its lines fails, after its summary', async () => {
  using folder = folderWith({ 'p.yaml': pipeline(ALL), 'a.log': 'junk\nmore\n' })
  const { code, stderr, stdout } = await folder.run('--json')
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ lines: 2, dead: { format: 2 } })
  expect(stderr).toContain(
    'tailrace: topic t: none of the 2 lines could be used: each is a dead letter; the first: expected a user',
  )
  expect(stderr).toContain(
    'tailrace describe FILE shows what the format is; tailrace dead t -p p.yaml shows the lines.',
  )
  // Nothing new was read, and nothing failed.
  expect(await folder.run()).toMatchObject({ code: 0 })
})

test('a run to the end whose lines are all from the future fails', async () => {
  using folder = folderWith({
    'p.yaml': pipeline(ALL),
    'a.log': accessLine(Date.UTC(2099)) + accessLine(Date.UTC(2098)),
  })
  const { code, stderr } = await folder.run()
  expect(code).toBe(1)
  expect(stderr).toMatch(/none of the 2 lines could be used: .*; the first: its time, 2099-01-01T00:00:00.000Z, is/)
  expect(stderr).toContain('  max_ahead of the topic says')
})

test('a run to the end with one readable line, or rows that a filter leaves out, is done', async () => {
  using folder = folderWith({ 'p.yaml': pipeline(ALL), 'a.log': `junk\n${accessLine(DAY)}` })
  expect(await folder.run()).toMatchObject({ code: 0 })
  folder.write('p.yaml', pipeline(`${ALL} WHERE status > 900`))
  expect(await folder.run('--fresh', '--yes')).toMatchObject({ code: 0 })
})

test('a run to the end whose topic only a sink reads fails by what the sink could read', async () => {
  const archive = pipeline(ALL).replace(/queries:.*\nsinks:.*/, 'sinks: { archive: { from: t, files: archive } }')
  using folder = folderWith({ 'p.yaml': archive, 'a.log': `junk\n${accessLines(2)}` })
  expect(await folder.run('--json')).toMatchObject({ code: 0, stdout: expect.stringContaining('"format":1') })
  folder.write('a.log', 'junk\nmore\n')
  const { code, stderr } = await folder.run('--fresh', '--yes')
  expect(code).toBe(1)
  expect(stderr).toContain('topic t: none of the 2 lines could be used')
})

test('a run to the end whose expression fails for each row names the expression, not the format', async () => {
  using folder = folderWith({ 'p.yaml': pipeline(FAILS), 'a.log': accessLines(3) })
  const { code, stderr } = await folder.run()
  expect(code).toBe(1)
  expect(stderr).toContain(
    'query q: none of the 3 rows could be used: an expression of the query failed for each; the first: CAST of',
  )
  expect(stderr).not.toContain('tailrace describe')
})

// Promise: a run that goes on warns once where it could read none of its first 1,000 lines.
test('a run that goes on warns once of a format that does not fit', async () => {
  using folder = folderWith({ 'p.yaml': pipeline(ALL), 'a.log': 'junk\n'.repeat(1000) })
  const running = folder.start('run', 'p.yaml')
  await running.line(/^warning: topic t: none of the 1,000 lines could be used: .*; the first: expected a user/)
  folder.append('a.log', 'junk\n')
  const { code, stderr } = await running.stop()
  expect(code).toBe(0)
  expect(stderr.split('could be used').length).toBe(2)
})

// Promise: where an expression of `query` fails for every line, the last word is about the expression.
test.concurrent.each(['SELECT * FROM log WHERE host > 5', 'SELECT CAST(host AS INT) AS n FROM log'])(
  '%s',
  async (sql) => {
    using folder = folderWith({ 'a.log': accessLines(2) })
    const { code, stderr } = await folder.tailrace('query', sql, 'a.log')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /none of the 2 lines could be used: an expression of the statement failed for each\n {2}The first: CAST of 'host'.*TRY_CAST.*\n$/,
    )
  },
)

test('where some lines cannot be read and for the others an expression fails, both are said', async () => {
  using folder = folderWith({ 'a.log': `junk\n${accessLine(DAY)}` })
  const { code, stderr } = await folder.tailrace(
    'query',
    'SELECT CAST(host AS INT) AS n FROM log',
    'a.log',
    '--format',
    'common',
  )
  expect(code).toBe(1)
  expect(stderr).toContain('none of the 2 lines could be used: each is a dead letter; of 1 an expression failed\n')
})
