/** The files of examples/ip-logs fit each other, and on one machine the pipeline gives what was reckoned from the same records. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'
import { tailrace } from '../cli/tailrace.ts'
import { EXAMPLE, exampleFolder, inOrder, reckoned, rowsIn, type Summary } from '../services/ip-logs-example.ts'

/** Each run of the command line takes seconds on a busy machine. */
const LIMIT_MS = 120_000
const COUNT = 40_000
const PIPELINE = join(EXAMPLE, 'pipeline.yaml')
const MADE = ['--with', 'made.yaml', '--with', 'own.yaml', '--data', '.tailrace/made']
const page = readFileSync(join(EXAMPLE, 'README.md'), 'utf8')
const choices = [[], ['made.yaml'], ['cluster.yaml'], ['cluster.yaml', 'batches.yaml']].map((names) => [names] as const)

test.each(choices)('pipeline.yaml with %j is fine', async (names) => {
  const overlays = names.map((name) => join(EXAMPLE, name))
  const loaded = await loadPipeline(PIPELINE, { environment: {}, overlays })
  const { pipeline, warnings } = checkPipeline(loaded, 0)
  expect(warnings).toEqual([])
  expect(pipeline.queries.map(({ name }) => name)).toEqual(expect.arrayContaining(['access', 'statistics', 'traffic']))
})

test('its own tests pass', { timeout: LIMIT_MS }, async () => {
  const { code, stdout } = await tailrace(['test', PIPELINE])
  expect(code, stdout).toBe(0)
  expect(stdout).toContain('3 tests: all ok')
})

test('without the id, check says that two logs of one time would be one row, as the page quotes it', async () => {
  using folder = exampleFolder(1)
  folder.write('declared.yaml', 'sinks: { access_logs: { cassandra: { key: { clustering: { id: null } } } } }\n')
  const { code, stdout, stderr } = await folder.tailrace(
    ...['check', 'pipeline.yaml', '--with', 'cluster.yaml', '--with', 'declared.yaml'],
  )
  expect(code).toBe(78)
  const [, quoted = ''] = /```text\n(cluster.yaml:[\s\S]*?)```/.exec(page) ?? []
  expect(quoted).toContain('would overwrite each other in table access_logs')
  expect(stdout + stderr).toContain(quoted.trim())
})

test(
  'on one machine records with bad, late and repeated ones give the rows, alerts and dead letters that were reckoned from them',
  async () => {
    const expected = reckoned(COUNT)
    using folder = exampleFolder(COUNT)
    const run = await folder.tailrace('run', 'pipeline.yaml', ...MADE, '--until-end', '--json')
    expect(run.code, run.stderr).toBe(0)
    const { lines, dead, rules, late } = JSON.parse(run.stdout) as Summary
    expect(lines).toBe(COUNT)
    expect(dead.format + dead.rule).toBe(COUNT / 100)
    expect({ dead, rules, late }).toMatchObject({ dead: expected.dead, rules: expected.rules, late: expected.late })
    expect(Object.values(rules).reduce((sum, count) => sum + count)).toBe(dead.rule)
    for (const [table, rows] of Object.entries(expected.tables)) {
      const found = inOrder(rowsIn(folder, table))
      expect(found.length, table).toBe(rows.length)
      expect(found, table).toEqual(rows)
    }
    expect(expected.tables.alerts?.map(({ alert }) => alert)).toContain('port_scan')
  },
  LIMIT_MS,
)
