/** `tailrace check`: all mistakes in a pipeline file or a statement, before it runs. */
import type { Command } from 'commander'
import { describeFailure, Failure, throwAll } from '../base/failure.ts'
import { counted } from '../base/units.ts'
import { typeName } from '../record/type.ts'
import type { Connection } from '../run/ahead/connect.ts'
import type { Query } from '../sql/plan/plan.ts'
import { warningsOf } from '../sql/plan-query.ts'
import { dataFolderOf } from './option/pipeline.ts'
import { type Given, type GivenOptions, givenCommand, readGiven } from './option/pipeline-or-sql.ts'
import { say } from './say.ts'

type CheckOptions = GivenOptions & { readonly json?: boolean; readonly connect?: boolean }

/** The command `check`. */
export function checkCommand(): Command {
  return givenCommand('check')
    .description('Tells what is wrong with a pipeline file or an SQL statement, all of it at once, and runs nothing.')
    .option('--connect', 'also try the bus and the stores: whether they can be reached, and their tables fit')
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  tailrace check pipeline.yaml
  tailrace check pipeline.yaml --set topics.access.partitions=4 --json
  tailrace check pipeline.yaml --connect
  tailrace check "SELECT host, COUNT(*) AS hits FROM log GROUP BY host"

The exit code is 0 where it may run, also with warnings: they say what would keep it from running here and now, such as a
missing file or a port that is taken. It is 78 where the pipeline file is wrong, and 1 where the statement is. With --connect
it is also 1 where the bus or a store cannot be reached, or a table does not fit; nothing is changed there.
`,
    )
    .action(check)
}

async function check(given: string | undefined, options: CheckOptions): Promise<void> {
  let found: Given
  try {
    found = await forFlink(await readGiven(given, options, true))
  } catch (error) {
    if (options.json === true && error instanceof Failure) {
      const problems = [error, ...error.also].map(problemJson)
      process.stdout.write(`${JSON.stringify({ ok: false, problems })}\n`)
    }
    throw error
  }
  const warnings = found.kind === 'pipeline' ? await allWarnings(found) : warningsOf(found.query)
  for (const warning of warnings) say(`warning: ${describeFailure(warning)}`)
  const connections = options.connect === true ? await connectionsOf(found, options) : []
  const broken = connections.filter(({ failures }) => failures.length > 0).map(({ part }) => part)
  if (broken.length > 0) process.exitCode = 1
  if (options.json === true) {
    const tried = options.connect === true ? { connections: connections.map(connectionJson) } : {}
    const summary = { ...summaryJson(found, warnings), ok: broken.length === 0, ...tried }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
    return
  }
  const counts = warnings.length === 0 ? '' : `; ${counted(warnings.length, 'warning')}`
  process.stdout.write(`${summary(found)}${counts}\n`)
  if (broken.length > 0) say(`it cannot work here with ${broken.join(', ')}`)
}

/** A pipeline whose queries are for Flink, with what is otherwise there among its warnings. Throws what Flink cannot do. */
async function forFlink(found: Given): Promise<Given> {
  if (found.kind === 'sql' || found.pipeline.engine.kind === 'embedded') return found
  const [{ flinkRefusals }, { flinkNotes }] = await Promise.all([
    import('../flink/refusals.ts'),
    import('../flink/notes.ts'),
  ])
  throwAll(flinkRefusals(found.pipeline))
  return { ...found, warnings: [...found.warnings, ...flinkNotes(found.pipeline).map(({ note }) => note)] }
}

/** Those that the bus and the stores of a pipeline gave; none of a statement. */
async function connectionsOf(found: Given, { json }: CheckOptions): Promise<readonly Connection[]> {
  if (found.kind === 'sql') return []
  const { sayConnections } = await import('./look/connections.ts')
  const { pipeline, loaded } = found
  const of = { pipeline, text: loaded.text, dataFolder: dataFolderOf(pipeline, {}) }
  return await sayConnections(of, json !== true)
}

const connectionJson = ({ part, kind, found, failures, warnings }: Connection) => ({
  part,
  kind,
  ok: failures.length === 0,
  ...(found !== undefined && { found }),
  problems: failures.map(problemJson),
  warnings: warnings.map(problemJson),
})

/** Those of the file, and what stands in the way of a run at this moment. */
async function allWarnings({
  warnings,
  pipeline,
  loaded: { text },
}: Given & { kind: 'pipeline' }): Promise<readonly Failure[]> {
  const dataFolder = dataFolderOf(pipeline, {})
  // Loaded here, as a statement needs neither.
  const { lookAhead } = await import('../run/ahead/look-ahead.ts')
  const { nodeDisk } = await import('../base/disk/node-disk.ts')
  return [...warnings, ...(await lookAhead({ pipeline, text, dataFolder, disk: nodeDisk }))]
}

function summary(found: Given): string {
  if (found.kind === 'sql') return `the statement is fine: ${columnsOf(found.query)}`
  const { name, sources, topics, alerts, tables, lookups, reports } = found.pipeline
  // An alert is a query over one, and its notifiers are sinks.
  const queries = found.pipeline.queries.filter(({ query }) => query.alert === undefined)
  const sinks = found.pipeline.sinks.filter(({ telling }) => telling === undefined)
  const counts = [
    counted(sources.length, 'source'),
    counted(topics.length - queries.length - alerts.length, 'topic'),
    counted(queries.length, 'query', 'queries'),
    ...(alerts.length === 0 ? [] : [counted(alerts.length, 'alert')]),
    ...(tables.size + lookups.size === 0 ? [] : [counted(tables.size + lookups.size, 'table')]),
    ...(reports.length === 0 ? [] : [counted(reports.length, 'report')]),
    counted(sinks.length, 'sink'),
  ]
  return `pipeline ${name} is fine: ${counts.join(', ')}`
}

function summaryJson(found: Given, warnings: readonly Failure[]) {
  const shared = { ok: true, warnings: warnings.map(problemJson) }
  if (found.kind === 'sql') return { ...shared, columns: columnsJson(found.query) }
  const { name, sources, topics, queries, alerts, reports, sinks } = found.pipeline
  return {
    ...shared,
    name,
    sources: sources.map(({ name, type, to }) => ({ name, kind: type.name, to })),
    topics: topics.map(({ name, topic, partitions, fields }) => ({
      name,
      topic,
      partitions,
      columns: fields.map(columnJson),
    })),
    queries: queries.map(({ name, query, reads }) => ({ name, reads, columns: columnsJson(query) })),
    alerts: alerts.map(({ name, from, key, severity }) => ({ name, from, key, severity })),
    reports: reports.map(({ name, query, reads, tables }) => ({
      name,
      reads: [...reads, ...tables],
      columns: columnsJson(query),
    })),
    sinks: sinks.map(({ name, type, from }) => ({ name, kind: type.name, from })),
  }
}

const columnJson = ({ name, type }: Query['plan']['fields'][number]) => ({ name, type: typeName(type) })
const columnsJson = ({ plan }: Query) => plan.fields.map(columnJson)
const columnsOf = ({ plan }: Query): string =>
  plan.fields.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ')

function problemJson({ code, message, hint, place }: Failure) {
  const { file, line, column } = place ?? {}
  return { code, message, ...(place !== undefined && { file, line, column }), ...(hint !== undefined && { hint }) }
}
