/**
 * Flink's answers to streams, through a whole run: from a file into a durable topic, through the query into its topic. A
 * pipeline gives the same answers as the engine alone (golden.test.ts), and leaves out the late rows that Flink leaves out.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/base/random.ts'
import { SimulatedDisk } from '../../src/base/simulated-disk.test-tool.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { readPipeline } from '../../src/pipeline/file/load.ts'
import type { Field } from '../../src/record/type.ts'
import { runPipeline } from '../../src/run/run.ts'
import { SharedOutput } from '../../src/terminal/output.ts'
import { temporaryFolder } from '../sim/running.ts'
import { type Answer, type FlinkTable, type Json, loadCases, parseExactly, sqlValue } from './cases.ts'
import { flinkValue, sameRows } from './rows.ts'
import { runCase } from './run.ts'

const cases = loadCases()
const run = cases.length === 0 ? test.skip : test

const streams = cases.filter(
  (statement): statement is Answer =>
    statement.error === undefined && statement.mode === 'streaming' && statement.tables !== undefined,
)

/** The number of answers that the engine gives, to be raised as the language grows. */
const LEAST = 69

const DATA = '/data'

/** A table as a topic of one partition, filled from a file of JSON lines. */
const topicText = (name: string, { columns, watermark }: FlinkTable): string => `
  ${name}:
    format: { json: { columns: { ${columns.map(([column, type]) => `${column}: "${type}"`).join(', ')} } } }
    ${watermark === undefined ? '' : `watermark: ${JSON.stringify(watermark)}`}`

function pipelineText({ sql, tables = {}, zone = 'UTC' }: Answer): string {
  const names = Object.keys(tables)
  return `version: 1
name: p
timezone: ${zone}
sources:
${names.map((name) => `  of_${name}: { file: ${name}.ndjson, to: ${name} }`).join('\n')}
topics:${names.map((name) => topicText(name, tables[name] as FlinkTable)).join('')}
queries:
  answer: ${JSON.stringify(sql)}
`
}

const lineOf = ({ columns }: FlinkTable, row: readonly Json[]): string =>
  `{${columns.map(([name, type], i) => `${JSON.stringify(name)}:${cellOf(type, row[i] ?? null)}`).join()}}\n`

function cellOf(type: string, value: Json): string {
  if (typeof value === 'bigint') return String(value)
  return JSON.stringify(type.startsWith('TIMESTAMP_LTZ') && typeof value === 'string' ? zoned(value) : value)
}

const zoned = (text: string) => `${text.replace(' ', 'T').replace(/Z$/, '')}Z`

/** The rows of the query's topic. */
async function streamed(answer: Answer): Promise<readonly (readonly Json[])[]> {
  using folder = await temporaryFolder()
  for (const [name, table] of Object.entries(answer.tables ?? {})) {
    writeFileSync(join(folder.path, `${name}.ndjson`), table.rows.map((row) => lineOf(table, row)).join(''))
  }
  const file = join(folder.path, 'p.yaml')
  const text = pipelineText(answer)
  const { pipeline } = checkPipeline(readPipeline(file, text, { environment: {} }), Date.UTC(2026, 0, 1))
  const { disk } = new SimulatedDisk()
  await runPipeline(pipeline, {
    dataFolder: DATA,
    untilEnd: true,
    reset: new Map(),
    clock: systemClock,
    random: seededRandom(1),
    disk,
    stop: new AbortController().signal,
    output: new SharedOutput(process.stdout),
    started() {},
    warn() {},
  })
  await using bus = await ownEmbedded(DATA, { disk, clock: systemClock })
  const fields = pipeline.queries[0]?.query.plan.fields ?? []
  const rows = await readAll(await bus.topic('p.answer', 1), 0)
  return rows.map(({ value }) => rowOf(value, fields, pipeline.session.timezone))
}

function rowOf(text: string, fields: readonly Field[], zone: string): readonly Json[] {
  const row = parseExactly(text) as { readonly [name: string]: Json }
  return fields.map(({ name, type }) => flinkValue(sqlValue(row[name] ?? null, type), type, zone))
}

run(`what Flink answered to ${streams.length} streams, pipelines answer`, async () => {
  const wrong: string[] = []
  let right = 0
  for (const answer of streams.filter((statement) => runCase(statement, 1000).kind === 'rows')) {
    const rows = await streamed(answer)
    if (sameRows(rows, answer.rows, answer.ordered)) right++
    else
      wrong.push(`${answer.id}: ${answer.sql}: rows ${JSON.stringify(rows)} instead of ${JSON.stringify(answer.rows)}`)
  }
  expect(wrong).toEqual([])
  expect(right).toBeGreaterThanOrEqual(LEAST)
})
