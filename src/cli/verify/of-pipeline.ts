/** `tailrace verify` of the queries of a pipeline, over the records that its topics keep, or over files. */
import { join } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { Failure, inShell } from '../../base/failure.ts'
import { counted, countText } from '../../base/units.ts'
import type { BusReader } from '../../bus/bus.ts'
import type { CheckedPipeline, CheckedQuery } from '../../pipeline/checked.ts'
import { recordsBehindCells } from '../../verify/behind-cells.ts'
import { fillTopics, type TopicFiles } from '../../verify/run-files.ts'
import { type VerifiedQuery, verifyQuery } from '../../verify/verify-query.ts'
import { readBus } from '../option/bus.ts'
import { readWhich, whichText, withPipeline } from '../option/pipeline.ts'
import { say } from '../say.ts'
import { filesAsked, isPartOfTopics, linesAsked, queriesAsked, rangesAsked, spanAsked } from './asked-input.ts'
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
  const queries = queriesAsked(options.query, declared)
  const span = spanAsked(options, declared)
  const ranges = rangesAsked(options.offsets, declared)
  const most = linesAsked(options.lines)
  const given = filesAsked(files, declared)
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
      ranges,
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
    const looking = { pipeline, bus, limit: SHOWN_RECORDS, stop: verifying.signal }
    const behind = await Promise.all(
      shown.map(({ ours, theirs }) => recordsBehindCells(ours ?? theirs ?? [], query, looking)),
    )
    verifying.done({
      query: query.name,
      other: 'Flink',
      columns,
      compared,
      notes: notesOf(found, query.query.sql, isPartOfTopics(options)),
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
  const offsets = topics.map(({ name, ranges }) => `${name}=${ranges.map(({ from, to }) => `${from}-${to}`).join(',')}`)
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
