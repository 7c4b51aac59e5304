/**
 * `tailrace replay QUERY --query new.sql`: runs another statement over the history that a query has read, into a topic of
 * its own, and prints how its rows differ from those of the query.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import { counted } from '../../base/units.ts'
import { EMBEDDED } from '../../bus/all.ts'
import type { TopicReader } from '../../bus/bus.ts'
import { incomparable } from '../../history/incomparable.ts'
import { closedRows, differencesOf, rowsOfTopic, spanTest } from '../../history/row-set.ts'
import { runScratch } from '../../history/scratch.ts'
import { keptTables } from '../../history/versions.ts'
import { checkPipeline } from '../../pipeline/check/check.ts'
import type { CheckedPipeline, CheckedQuery } from '../../pipeline/checked.ts'
import type { LoadedPipeline } from '../../pipeline/file/load.ts'
import type { Span } from '../../pipeline/span.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { placedInFile } from '../../sql/syntax/problem.ts'
import { openBus, readBus } from '../option/bus.ts'
import { readWhich, type WhichOptions } from '../option/pipeline.ts'
import { queryNamed } from '../option/query.ts'
import { type SpanOptions, spanOf } from '../option/span.ts'
import { say } from '../say.ts'

export type ReplayQueryOptions = WhichOptions &
  SpanOptions & { readonly query: string; readonly into: string; readonly compare?: boolean }

/** Replays the history of the query `name`. Rejects with a Failure where the options or the statement have mistakes. */
export async function replayQuery(name: string, options: ReplayQueryOptions): Promise<void> {
  const { pipeline, loaded, dataFolder } = await readWhich(options)
  const asked = options.for ?? options.since
  const span = asked === undefined ? undefined : spanOf(options, pipeline.timezone)
  const query = queryNamed(name, pipeline)
  const { into } = options
  const checked = withScratch(loaded, pipeline, into, options.query)
  const scratch = queryNamed(into, checked)
  if (options.compare === true) checkComparable(query, scratch)

  await using history = await readBus(dataFolder, pipeline)
  const folder = join(dataFolder, 'scratch', into)
  rmSync(folder, { recursive: true, force: true })
  await using bus = await openBus(folder, { folder, bus: EMBEDDED })
  const tables = keptTables(checked, { disk: nodeDisk, dataFolder, warn: say })
  const { result, rows, late } = await runScratch(checked, into, history, {
    bus,
    clock: systemClock,
    tables,
    sentAgain: { disk: nodeDisk, dataFolder },
  })
  say(`${counted(rows, 'row')} in topic ${result.name} of ${folder}, ${late} late`)
  if (options.compare !== true) return
  await tellDifferences(
    { query, scratch, span, timezone: pipeline.timezone },
    await history.reader(`${pipeline.name}.${name}`),
    result,
  )
}

/** The pipeline with one more query. */
function withScratch(loaded: LoadedPipeline, pipeline: CheckedPipeline, into: string, file: string): CheckedPipeline {
  if (pipeline.topics.some((topic) => topic.name === into)) {
    throw new Failure('usage', `--into ${into}: the pipeline has a topic or query of this name`)
  }
  const sql = readStatement(file)
  try {
    planQuery(sql, pipeline.catalog, { mode: 'streaming', session: pipeline.session })
  } catch (error) {
    if (error instanceof Failure && error.place !== undefined) throw placedInFile(error, { file, line: 1, column: 1 })
    throw error
  }
  const { definition } = loaded
  const queries = { ...definition.queries, [into]: { sql } }
  return checkPipeline({ ...loaded, definition: { ...definition, queries } }, systemClock.now()).pipeline
}

function readStatement(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Failure('not-found', `--query ${file}: it cannot be read`, {
      hint: 'Name a file with the statement.',
      cause,
    })
  }
}

function checkComparable(query: CheckedQuery, scratch: CheckedQuery): void {
  const reason = incomparable(query) ?? incomparable(scratch)
  if (reason !== undefined) throw new Failure('usage', reason)
  const columns = ({ query: { plan } }: CheckedQuery) => plan.fields.map((field) => field.name).join(', ')
  if (columns(query) === columns(scratch)) return
  throw new Failure('usage', `the rows cannot be compared: those of "${query.name}" have other columns`, {
    hint: `${query.name} has ${columns(query)}; ${scratch.name} has ${columns(scratch)}.`,
  })
}

type BothQueries = {
  readonly query: CheckedQuery
  readonly scratch: CheckedQuery
  /** undefined: all records still kept. */
  readonly span: Span | undefined
  readonly timezone: string
}

async function tellDifferences(
  { query, scratch, span, timezone }: BothQueries,
  streamed: TopicReader,
  result: TopicReader,
): Promise<void> {
  const { fields } = query.query.plan
  const inSpan = span === undefined ? () => true : spanTest(fields, span, timezone)
  const before = await rowsOfTopic(streamed, query.query.rowKey !== undefined, { isWanted: inSpan })
  const after = await rowsOfTopic(result, scratch.query.rowKey !== undefined, { isWanted: inSpan })
  const { equal, differences } = differencesOf(before, closedRows(fields, after, { streamed: before, closed: '' }))
  for (const { streamed: was, batch: is } of differences) {
    process.stdout.write(`{"${query.name}":${was ?? 'null'},"${scratch.name}":${is ?? 'null'}}\n`)
  }
  say(`${counted(equal, 'row')} equal, ${differences.length} differ`)
}
