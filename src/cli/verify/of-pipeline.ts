/** `tailrace verify` of the queries of a pipeline, over the records that its topics keep, or over files. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { Failure, inShell } from '../../base/failure.ts'
import { counted, countText } from '../../base/units.ts'
import type { BusReader } from '../../bus/bus.ts'
import type { CheckedPipeline, CheckedQuery } from '../../pipeline/checked.ts'
import type { Span } from '../../pipeline/span.ts'
import { recordsBehindCells } from '../../verify/behind-cells.ts'
import type { RowDifference } from '../../verify/compare.ts'
import type { OffsetStretch } from '../../verify/kept-rows.ts'
import { fillTopics, type TopicFiles } from '../../verify/run-files.ts'
import { type VerifiedQuery, verifyQuery } from '../../verify/verify-query.ts'
import { readBus } from '../option/bus.ts'
import { readWhich, whichText, withPipeline } from '../option/pipeline.ts'
import { queryNamed } from '../option/query.ts'
import { spanOf } from '../option/span.ts'
import { say } from '../say.ts'
import { momentNotes, SHOWN_DIFFERENCES, SHOWN_RECORDS } from './told.ts'
import { MOST_COMPARED, type Verifying, type VerifyOptions } from './verifying.ts'

/** Compares the rows of each query that is asked for. Rejects with a Failure of the pipeline, or of its records. */
export async function verifyPipeline(
  file: string,
  files: readonly string[],
  options: VerifyOptions,
  verifying: Verifying,
): Promise<void> {
  if (options.against === 'duckdb') {
    throw new Failure('usage', 'DuckDB runs no pipeline: it is asked statements without windows', {
      hint: 'Compare the queries of a pipeline with --against flink.',
    })
  }
  const which = withPipeline(file, options)
  const { pipeline: declared, dataFolder } = await readWhich(which)
  const queries = queriesOf(options.query, declared)
  const span = spanAsked(options, declared)
  const stretches = stretchesOf(options.offsets, declared)
  const most = linesOf(options.lines)
  const given = filesOf(files, declared)
  const { engine } = declared
  const other = await verifying.open(engine.kind === 'flink' ? engine.gateway : undefined)
  if (other?.kind !== 'flink') return
  await using filled = given.length === 0 ? undefined : await fill(given, declared, queries, verifying)
  await using kept = filled === undefined ? await readBus(dataFolder, declared) : undefined
  const { pipeline, bus } = filled ?? { pipeline: declared, bus: kept as BusReader }
  for (const query of queries) {
    const found = await verifyQuery({
      pipeline,
      query,
      bus,
      input: { span, most },
      stretches,
      folder: verifying.folder,
      asking: {
        gateway: other.gateway,
        timeoutMs: verifying.timeoutMs,
        mostRows: MOST_COMPARED,
        signal: verifying.signal,
        came: (rows) => verifying.doing(`${query.name}: ${counted(rows, 'row')} of Flink`),
      },
      doing: (what) => verifying.doing(`${query.name}: ${what}`),
    })
    if ('notAsked' in found) {
      verifying.cannot(query.name, found.notAsked)
      continue
    }
    const { columns, compared } = found
    const shown = compared.differences.slice(0, SHOWN_DIFFERENCES)
    const behind = await Promise.all(shown.map((one) => behindOf(one, query, { pipeline, bus, verifying })))
    verifying.done({
      query: query.name,
      other: 'Flink',
      columns,
      compared,
      notes: notesOf(found, query.query.sql, isPart(options)),
      behind,
      again: againText({ ...options, ...which, query: [query.name] }, file, files, found),
    })
  }
}

/** The files in topics, as the sources of the pipeline would bring them in. */
async function fill(
  files: readonly TopicFiles[],
  pipeline: CheckedPipeline,
  queries: readonly CheckedQuery[],
  { folder, signal, doing }: Verifying,
) {
  doing('reading the files')
  return await fillTopics(pipeline, files, {
    dataFolder: join(folder, 'data'),
    queries,
    clock: systemClock,
    stop: signal,
    warn: say,
  })
}

/** The files of each topic: TOPIC=FILE, or FILE where sources fill one topic alone. */
function filesOf(texts: readonly string[], { topics, queries }: CheckedPipeline): readonly TopicFiles[] {
  const filled = topics.filter(({ name }) => queries.every((query) => query.name !== name)).map(({ name }) => name)
  const named = texts.map((text) => {
    const [, name, file] = /^(\w[\w.-]*)=(.+)$/s.exec(text) ?? []
    if (name !== undefined && file !== undefined && filled.includes(name)) return { topic: name, file }
    if (name !== undefined && !existsSync(text)) {
      throw new Failure('usage', `${text}: no source fills a topic ${name}`, {
        hint: `Write TOPIC=FILE, with one of ${filled.join(', ')}`,
      })
    }
    const [only, another] = filled
    if (only !== undefined && another === undefined) return { topic: only, file: text }
    throw new Failure('usage', `${text}: which topic is it for?`, {
      hint: `Write TOPIC=FILE, with one of ${filled.join(', ')}`,
    })
  })
  return [...Map.groupBy(named, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    files: some.map(({ file }) => file),
  }))
}

type Looking = {
  readonly pipeline: CheckedPipeline
  readonly bus: Pick<BusReader, 'reader'>
  readonly verifying: Verifying
}

async function behindOf({ ours, theirs }: RowDifference, query: CheckedQuery, { pipeline, bus, verifying }: Looking) {
  const { signal: stop } = verifying
  return await recordsBehindCells(ours ?? theirs ?? [], query, { pipeline, bus, limit: SHOWN_RECORDS, stop })
}

/** The queries that are named, or all that Flink can run: alerts stay here. */
function queriesOf(names: readonly string[], pipeline: CheckedPipeline): readonly CheckedQuery[] {
  if (names.length > 0) return names.map((name) => queryNamed(name, pipeline))
  const queries = pipeline.queries.filter(({ query }) => query.alert === undefined)
  if (queries.length === 0) throw new Failure('usage', `pipeline ${pipeline.name} has no queries to verify`)
  return queries
}

function spanAsked(options: VerifyOptions, { timezone }: CheckedPipeline): Span {
  const { for: period, since, until } = options
  if (period === undefined && since === undefined && until === undefined) return { since: -Infinity, until: Infinity }
  return spanOf(options, timezone)
}

function linesOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const lines = Number(text)
  if (Number.isSafeInteger(lines) && lines > 0) return lines
  throw new Failure('usage', `--lines ${text}: expected a whole number above 0`)
}

/** What `--offsets` says: TOPIC=FROM-TO,FROM-TO with a stretch for each partition. */
function stretchesOf(
  texts: readonly string[],
  { topics }: CheckedPipeline,
): ReadonlyMap<string, readonly OffsetStretch[]> {
  return new Map(
    texts.map((text) => {
      const [, name = '', list = ''] = /^([^=]+)=([\d,-]+)$/.exec(text) ?? []
      const topic = topics.find((one) => one.name === name)
      const stretches = list.split(',').map((one) => {
        const [, from, to] = /^(\d+)-(\d+)$/.exec(one) ?? []
        return { from: Number(from), to: Number(to) }
      })
      if (topic === undefined || stretches.some(({ from, to }) => !(from <= to))) {
        throw new Failure('usage', `--offsets ${text}: expected TOPIC=FROM-TO,FROM-TO, with a topic of the pipeline`)
      }
      if (stretches.length !== topic.partitions) {
        throw new Failure('usage', `--offsets ${text}: topic ${name} has ${counted(topic.partitions, 'partition')}`)
      }
      return [name, stretches] as const
    }),
  )
}

const isPart = ({ lines, offsets, for: period, since, until }: VerifyOptions): boolean =>
  [lines, offsets[0], period, since, until].some((one) => one !== undefined)

function notesOf({ topics, tally, compared }: VerifiedQuery, sql: string, isOfPart: boolean): readonly string[] {
  const { late, failed, firstReason } = tally
  return [
    ...topics.map(({ name, records, undecodable, untimed }) => {
      const bad = undecodable === 0 ? '' : `, ${undecodable} of them no rows`
      const without = untimed === 0 ? '' : `, ${untimed} without event time, which are left out of both`
      return `${name}: ${countText(records, 'record')}${bad}${without}`
    }),
    ...(late === 0 ? [] : [`${countText(late, 'row')} late here, for all of their windows or for some`]),
    ...(failed === 0 ? [] : [`${countText(failed, 'row')} for which an expression failed here: ${firstReason}`]),
    ...momentNotes(sql),
    ...(isOfPart && compared.differences.length > 0
      ? ['only a part of the topic was compared; the records behind a row are those of the whole topic']
      : []),
  ]
}

/** The same offsets again, also where the topics have grown. */
function againText(options: VerifyOptions, file: string, files: readonly string[], { topics }: VerifiedQuery): string {
  const { pipeline: _, ...rest } = options
  const given = ([name, value]: readonly [string, string | undefined]) =>
    value === undefined ? [] : [name, inShell(value)]
  const offsets = topics.map(
    ({ name, stretches }) => `${name}=${stretches.map(({ from, to }) => `${from}-${to}`).join(',')}`,
  )
  return [
    'tailrace verify',
    inShell(file),
    ...files.map(inShell),
    whichText(rest),
    ...given(['--against', options.against]),
    ...options.query.flatMap((name) => given(['--query', name])),
    ...given(['--for', options.for]),
    ...given(['--since', options.since]),
    ...given(['--until', options.until]),
    ...given(['--lines', options.lines]),
    ...offsets.flatMap((text) => given(['--offsets', text])),
  ]
    .filter((word) => word !== '')
    .join(' ')
}
