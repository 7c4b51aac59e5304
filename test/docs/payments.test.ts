/** The files of examples/payments fit each other, and on one machine the pipeline gives what the generator reckons. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import avsc from 'avsc'
import { expect, test } from 'vitest'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'
import { PAYMENT_FIELDS } from '../../src/source/made/payments/payments.ts'
import {
  deadIn,
  deadOf,
  EXAMPLE,
  exampleFolder,
  firingsIn,
  MADE,
  reckoned,
  rowsIn,
  type Summary,
} from '../services/payments-example.ts'

/** Each run of the command line takes seconds on a busy machine. */
const LIMIT_MS = 120_000
const inFolder = (name: string) => join(EXAMPLE, name)

test.each([[[]], [['made.yaml']], [['cluster.yaml']], [['made.yaml', 'cluster.yaml']]])(
  'pipeline.yaml with %j is fine, without a server',
  async (names) => {
    const overlays = names.map(inFolder)
    const loaded = await loadPipeline(inFolder('pipeline.yaml'), { environment: {}, overlays })
    const { pipeline, warnings } = checkPipeline(loaded, 0)
    expect(warnings).toEqual([])
    expect(pipeline.alerts.map(({ name }) => name)).toEqual(['method_fails', 'country_fails', 'unusual_activity'])
  },
)

test('payment.avsc is a schema of the columns that the generator makes, and another reader takes it', () => {
  const schema = JSON.parse(readFileSync(inFolder('payment.avsc'), 'utf8')) as avsc.Schema
  const type = avsc.Type.forSchema(schema, { wrapUnions: 'never' }) as avsc.types.RecordType
  expect(type.fields.map(({ name }) => name)).toEqual(PAYMENT_FIELDS.map(({ name }) => name))
})

test('the tests in the file pass', async () => {
  using folder = exampleFolder()
  const { code, stdout, stderr } = await folder.tailrace('test', 'pipeline.yaml')
  expect(code, stdout + stderr).toBe(0)
}, 60_000)

test(
  'rows, dead letters, late rows and alerts of three hours are what the generator reckons, and nothing else',
  async () => {
    using folder = exampleFolder()
    const run = await folder.tailrace('run', ...MADE, '--until-end', '--json')
    expect(run.code, run.stderr).toBe(0)
    const summary = JSON.parse(run.stdout) as Summary
    const expected = await reckoned()
    expect(summary.lines).toBe(expected.records)
    expect(rowsIn(folder, 'out/made/aggregated_logs.csv')).toEqual(expected.minutes)
    expect(rowsIn(folder, 'out/made/processed_logs_hourly.csv')).toEqual(expected.hours)
    expect(deadIn(summary)).toEqual(deadOf(expected))
    expect(summary.late).toMatchObject({
      by_minute: expected.answers.by_minute?.late,
      by_hour: expected.answers.by_hour?.late,
    })
    expect(firingsIn(folder, 'out/made')).toEqual(expected.incidents)
    expect(expected.incidents.map(({ what }) => what).toSorted()).toEqual([
      ...['burst', 'burst'],
      ...['outage', 'outage', 'outage', 'outage', 'outage', 'outage'],
    ])
  },
  LIMIT_MS,
)
