/**
 * `tailrace page`: what a pipeline has found, as one page: the last rows of its queries and reports, its alerts, and its dead
 * letters by reason. It only reads, whether the pipeline runs or not.
 */
import { Command } from 'commander'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import type { BusReader } from '../../bus/bus.ts'
import { groupLetters } from '../../history/dead-groups.ts'
import { sentBefore } from '../../history/send-again.ts'
import { loadPageAssets } from '../../page/page-assets.ts'
import type { PageAlert, PageDead, PageResult } from '../../page/page-data.ts'
import { MOST_ROWS, pageColumns } from '../../page/rows.ts'
import { allTopics, type CheckedPipeline, deadOf } from '../../pipeline/checked.ts'
import type { Field } from '../../record/type.ts'
import { cutText, printable } from '../../terminal/text.ts'
import { readLetters } from '../../topic/letter.ts'
import { standingAlerts } from '../alerts.ts'
import { readBus } from '../option/bus.ts'
import { PIPELINE_ARGUMENT, readWhich, type WhichOptions, whichOptions, withPipeline } from '../option/pipeline.ts'
import { readLastRows } from './kept-rows.ts'
import { refuseTerminal, writePage } from './page-out.ts'

type PageOptions = WhichOptions & { readonly rows: string; readonly title?: string }

const USUAL_ROWS = 2000
/** Cells of an example of a dead letter. */
const SHOWN = 200

/** The command `page`. */
export function pageCommand(): Command {
  return whichOptions(new Command('page'))
    .description(
      'Writes what a pipeline has found as one HTML page: the rows of its queries and reports with charts, alerts, dead letters.',
    )
    .argument('[PIPELINE]', PIPELINE_ARGUMENT)
    .option('--rows <n>', `rows of each query and report, the last ones; at most ${MOST_ROWS}`, `${USUAL_ROWS}`)
    .option('--title <text>', 'the title of the page; the name of the pipeline, if not said')
    .addHelpText(
      'after',
      `
Examples:
  tailrace page > report.html
  tailrace page pipeline.yaml --rows 20000 --title 'Our shop' > report.html
  0 6 * * *  tailrace page /srv/log/pipeline.yaml > /srv/www/log.html      in a crontab

The page is one file that loads nothing from anywhere. For one query of files, or one report: -o html of query and report.
`,
    )
    .action((pipeline: string | undefined, options: PageOptions, command: Command) =>
      page(withPipeline(pipeline, options), command),
    )
}

async function page(options: PageOptions, command: Command): Promise<void> {
  refuseTerminal()
  loadPageAssets()
  const most = rowsOf(options.rows)
  const { pipeline, dataFolder } = await readWhich(options)
  await using bus = await readBus(dataFolder, pipeline)
  const results = await resultsOf(pipeline, bus, most)
  const alerts = pipeline.alerts.length === 0 ? [] : await alertsOf(options)
  const dead = await deadLetters(pipeline, bus, dataFolder)
  const letters = dead.reduce((sum, { count }) => sum + count, 0)
  const firing = alerts.reduce((sum, alert) => sum + alert.firing, 0)
  await writePage(command, {
    title: options.title || pipeline.name,
    timezone: pipeline.timezone,
    facts: [
      ['pipeline', pipeline.name],
      ...(alerts.length === 0 ? [] : [['alerts', firing === 0 ? 'none firing' : `${firing} firing`] as const]),
      ['dead letters', letters === 0 ? 'none' : letters.toLocaleString('en-US')],
    ],
    results,
    alerts,
    dead,
  })
}

function rowsOf(text: string): number {
  const rows = Number(text)
  if (Number.isInteger(rows) && rows >= 1 && rows <= MOST_ROWS) return rows
  throw new Failure('usage', `--rows ${text}: expected a whole number from 1 to ${MOST_ROWS}`)
}

type Kept = {
  readonly name: string
  readonly kind: string
  readonly sql: string
  readonly topic: string
  readonly fields: readonly Field[]
  readonly rowKey: readonly number[] | undefined
}

/** Queries in the order of the file, then reports. Alerts have tables of their own. */
function* keptIn({ topics, queries, alerts, reports }: CheckedPipeline): Iterable<Kept> {
  for (const checked of queries) {
    const { name, query } = checked
    const topic = topics.find((one) => one.name === name)
    if (topic === undefined || alerts.some((alert) => alert.query === checked)) continue
    yield { name, kind: 'query', sql: query.sql, topic: topic.kept, fields: query.plan.fields, rowKey: query.rowKey }
  }
  for (const { name, query, topic, rowKey } of reports) {
    yield { name, kind: 'report', sql: query.sql, topic: topic.kept, fields: topic.fields, rowKey }
  }
}

async function resultsOf(pipeline: CheckedPipeline, bus: BusReader, most: number): Promise<readonly PageResult[]> {
  const there = await topicsOf(bus)
  const results: PageResult[] = []
  for (const { name, kind, sql, topic, fields, rowKey } of keptIn(pipeline)) {
    const columns = pageColumns(fields, rowKey)
    const isThere = there.has(topic)
    const { rows, total } = isThere
      ? await readLastRows(await bus.reader(topic), columns, most)
      : { rows: [], total: 0 }
    const note = isThere ? {} : { note: 'It has not run yet.' }
    results.push({ name, kind, sql: pipeline.mask(sql), columns, rows, total, kept: 'last', ...note })
  }
  return results
}

const topicsOf = async (bus: BusReader): Promise<ReadonlySet<string>> =>
  new Set((await bus.topics()).map(({ name }) => name))

async function alertsOf(options: WhichOptions): Promise<readonly PageAlert[]> {
  const { alerts } = await standingAlerts(options)
  return alerts.map(({ name, severity, firing, pending, keys }) => ({
    name,
    severity,
    firing,
    pending,
    keys: keys.map(({ key, state, since, row }) => ({ key: pairsText(key), state, since, row: pairsText(row) })),
  }))
}

const pairsText = (values: { readonly [column: string]: unknown }): string =>
  Object.entries(values)
    .map(([column, value]) => `${column} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

async function deadLetters(
  pipeline: CheckedPipeline,
  bus: BusReader,
  dataFolder: string,
): Promise<readonly PageDead[]> {
  const there = await topicsOf(bus)
  const found: PageDead[] = []
  for (const topic of allTopics(pipeline)) {
    const letters = deadOf(topic)
    if (!there.has(letters)) continue
    const wasSent = sentBefore(nodeDisk, dataFolder, topic.kept)
    for (const { kind, reason, count, example } of await groupLetters(
      readLetters(await bus.reader(letters)),
      wasSent,
    )) {
      const shown = example === undefined ? null : printable(cutText(example, SHOWN))
      found.push({ topic: topic.name, kind, reason: printable(reason), count, example: shown })
    }
  }
  return found
}
