/** `tailrace backfill`: repairs the rows of a query for a span of the past. */
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { entryOf } from '../base/entry.ts'
import { Failure } from '../base/failure.ts'
import { countText } from '../base/units.ts'
import type { BusReader } from '../bus/bus.ts'
import { livingOwner } from '../data/data-folder.ts'
import { type Backfilled, findRepairs, inNumbers, repairRows } from '../history/backfill.ts'
import type { ReadByQuery } from '../history/closed-until.ts'
import { incomparable } from '../history/incomparable.ts'
import { openSpanTopics, type SpanTopic } from '../history/span-query.ts'
import { keptTables, withTicks } from '../history/versions.ts'
import { withoutSentAgain } from '../history/without-sent-again.ts'
import { type CheckedPipeline, type CheckedQuery, type CheckedTopic, deadOf } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { readCheckpoint } from '../run/checkpoint-file.ts'
import { topicOf } from '../runner/open-topics.ts'
import { openBus, readBus } from './option/bus.ts'
import { namedBefore, PIPELINE_ARGUMENT, readWhich, type WhichOptions, whichOptions } from './option/pipeline.ts'
import { queryNamed } from './option/query.ts'
import { askRunning } from './option/running.ts'
import { type SpanOptions, spanOf, spanOptions } from './option/span.ts'
import { say } from './say.ts'

type BackfillOptions = WhichOptions & SpanOptions & { readonly dryRun?: boolean }

/** The command `backfill`. */
export function backfillCommand(): Command {
  const command = new Command('backfill')
    .description('Repairs the rows of a query for a span of the past: late records, or what came before the query.')
    .argument('<QUERY>', 'a query of the pipeline, with windows')
    .argument('[PIPELINE]', PIPELINE_ARGUMENT)
    .option('--dry-run', 'print the repairs, and put none into the topic; the pipeline may run meanwhile')
  return whichOptions(spanOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  tailrace backfill methods --for 2020-05-15 --dry-run     {"was": ROW or null, "is": ROW} for each
  tailrace backfill methods --since '2020-05-14 20:00' --until '2020-05-15 20:00'

Each window that lies in the span is counted again from the records that are kept; rows that differ are put into the query's
topic under the same key, for its sinks to take. While the pipeline runs, its process does this, and leaves the newest window
alone.
`,
    )
    .action(namedBefore(backfill))
}

async function backfill(name: string, options: BackfillOptions): Promise<void> {
  const { pipeline, dataFolder } = await readWhich(options)
  const span = spanOf(options, pipeline.timezone)
  const query = findQuery(name, pipeline)
  if (options.dryRun === true) {
    await using data = await readBus(dataFolder, pipeline)
    const opened = await openSpanTopics(pipeline, [...query.reads, name], ({ topic }) => data.reader(topic))
    const topics = withoutSentAgain(await withTicks(query, opened, data), { disk: nodeDisk, dataFolder })
    const lookups = keptTables(pipeline, { disk: nodeDisk, dataFolder, warn: say })
    // As the process would: it leaves the newest window alone.
    const isRunning = livingOwner(nodeDisk, dataFolder) !== undefined
    const reads = await readBy(query, { topics, bus: data, dataFolder })
    const found = await findRepairs({ pipeline, query, span, topics, lookups, reads, isRunning })
    for (const { streamed, batch } of found.repairs) {
      process.stdout.write(`{"was":${streamed ?? 'null'},"is":${batch}}\n`)
    }
    tell(inNumbers(found), 'to be repaired')
    return
  }
  await repair(query, span, pipeline, dataFolder)
}

async function repair(query: CheckedQuery, span: Span, pipeline: CheckedPipeline, dataFolder: string): Promise<void> {
  const request = { command: 'backfill', query: query.name, ...span }
  const done =
    (await askRunning<Backfilled>(dataFolder, request)) ?? (await repairStopped(query, span, pipeline, dataFolder))
  tell(done, 'repaired')
  const readers = pipeline.queries
    .filter(({ reads, query: { alert } }) => reads.includes(query.name) && alert === undefined)
    .map((reader) => reader.name)
  if (readers.length > 0 && done.missing + done.wrong > 0) {
    say(`to ${readers.join(', ')} these rows will be late: backfill ${readers.length > 1 ? 'them' : 'it'}, too`)
  }
}

async function repairStopped(
  query: CheckedQuery,
  span: Span,
  pipeline: CheckedPipeline,
  dataFolder: string,
): Promise<Backfilled> {
  await using bus = await openBus(dataFolder, pipeline)
  const open = ({ topic, partitions }: CheckedTopic) => bus.topic(topic, partitions)
  const opened = await openSpanTopics(pipeline, [...query.reads, query.name], open)
  const topics = withoutSentAgain(await withTicks(query, opened, bus), { disk: nodeDisk, dataFolder })
  const lookups = keptTables(pipeline, { disk: nodeDisk, dataFolder, warn: say })
  const reads = await readBy(query, { topics, bus, dataFolder })
  return await repairRows({ pipeline, query, span, topics, lookups, reads }, systemClock)
}

type Kept = {
  readonly topics: ReadonlyMap<string, SpanTopic>
  readonly bus: Pick<BusReader, 'reader'>
  readonly dataFolder: string
}

/** What the query reads, and how far it is by the last checkpoint; nothing where it has not run yet. */
async function readBy({ name, reads }: CheckedQuery, { topics, bus, dataFolder }: Kept): Promise<ReadByQuery[]> {
  const offsets = entryOf(readCheckpoint(nodeDisk, dataFolder).queries, name)?.offsets
  if (offsets === undefined) return []
  const read = reads.map(async (table) => {
    const { checked, topic } = topicOf(topics, table)
    const letters = await bus.reader(deadOf(checked))
    return { partitions: topic.partitions, letters, offsets: entryOf(offsets, table) ?? {} }
  })
  return Promise.all(read)
}

function findQuery(name: string, pipeline: CheckedPipeline): CheckedQuery {
  const query = queryNamed(name, pipeline)
  const reason = incomparable(query)
  if (reason === undefined) return query
  throw new Failure('usage', reason, { hint: 'Or start it anew: tailrace run PIPELINE --reset QUERY=earliest' })
}

function tell({ equal, missing, wrong, stale }: Backfilled, done: string): void {
  const right = `${countText(equal, 'row')} ${equal === 1 ? 'is' : 'are'} right`
  say(`${right}, ${missing + wrong} ${done}: ${missing} were missing, ${wrong} differed`)
  for (const row of stale.first) say(`obsolete, and left in place: ${row}`)
  const others = stale.count - stale.first.length
  if (others > 0) say(`obsolete, and left in place: ${countText(others, 'other')}`)
}
