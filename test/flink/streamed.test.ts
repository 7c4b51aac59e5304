/**
 * Flink's answers to streams, through a whole run: from a file into a durable topic, through the query into its topic. A
 * pipeline gives the same answers as the engine alone (golden.test.ts), and leaves out the late rows that Flink leaves out.
 */
import { expect } from 'vitest'
import { SimulatedDisk } from '../../src/base/disk/simulated-disk.test-tool.ts'
import type { Field } from '../../src/record/type.ts'
import { cellOfValue } from '../../src/verify/cell.ts'
import { folderWith } from '../cli/tailrace.ts'
import { checkedText, readTopics, runInProcess } from '../run/in-process.ts'
import { type Answer, cases, type FlinkTable, type Json, parseExactly, sqlValue, testWithFlink } from './cases.ts'
import { sameRows } from './rows.ts'
import { runCase } from './run.ts'

const streams = cases.filter(
  (statement): statement is Answer =>
    statement.error === undefined && statement.mode === 'streaming' && statement.tables !== undefined,
)

/** The number of answers that the engine gives, to be raised as the language grows. */
const LEAST = 78

/** Statements that a pipeline refuses because of its topics. */
const refused: ReadonlyMap<string, string> = new Map([
  ['changelog-stream-08', '"sales" has no event time, and query "answer" reads 2 partitions'],
])

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

/** The rows that the query's topic comes to. */
async function streamed(answer: Answer): Promise<readonly (readonly Json[])[]> {
  using folder = folderWith()
  for (const [name, table] of Object.entries(answer.tables ?? {})) {
    folder.write(`${name}.ndjson`, table.rows.map((row) => lineOf(table, row)).join(''))
  }
  const pipeline = checkedText(pipelineText(answer), folder.path, Date.UTC(2026, 0, 1))
  const { disk } = new SimulatedDisk()
  await runInProcess(pipeline, { dataFolder: DATA, disk })
  const rows = (await readTopics(DATA, disk)).get('p.answer-0') ?? []
  const fields = pipeline.queries[0]?.query.plan.fields ?? []
  const { plan } = pipeline.queries[0]?.query ?? {}
  const left = plan?.kind === 'changes' ? leftOf(rows) : rows.map(({ value }) => value)
  return left.map((value) => rowOf(value, fields, pipeline.session.timezone))
}

/** Of changes by key: the last value of each, where that is not NULL. */
function leftOf(rows: readonly { readonly key: string | undefined; readonly value: string }[]): readonly string[] {
  const left = new Map<string | undefined, string>()
  for (const { key, value } of rows) {
    left.delete(key)
    if (value !== '') left.set(key, value)
  }
  return [...left.values()]
}

function rowOf(text: string, fields: readonly Field[], zone: string): readonly Json[] {
  const row = parseExactly(text) as { readonly [name: string]: Json }
  return fields.map(({ name, type }) => cellOfValue(sqlValue(row[name] ?? null, type), type, zone))
}

// Holds flink-rows.
testWithFlink(`what Flink answered to ${streams.length} streams, pipelines answer`, async () => {
  const wrong: string[] = []
  let right = 0
  for (const answer of streams.filter((statement) => runCase(statement, 1000).kind === 'rows')) {
    if (refused.has(answer.id)) {
      await expect(streamed(answer)).rejects.toThrow(refused.get(answer.id))
      continue
    }
    const rows = await streamed(answer)
    if (sameRows(rows, answer.rows, answer.ordered)) right++
    else
      wrong.push(`${answer.id}: ${answer.sql}: rows ${JSON.stringify(rows)} instead of ${JSON.stringify(answer.rows)}`)
  }
  expect(wrong).toEqual([])
  expect(right).toBeGreaterThanOrEqual(LEAST)
})
