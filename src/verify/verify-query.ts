/**
 * Asks both engines a query of a pipeline, over the same records: those that its topics keep. Both get them decoded by tailrace, as one
 * partition, in streaming mode: late rows are left out, and the end of the input closes all windows.
 */
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import { Failure } from '../base/failure.ts'
import type { BusReader } from '../bus/bus.ts'
import { selectOf } from '../flink/flink-catalog.ts'
import { type FlinkTable, isDecoded } from '../flink/flink-table.ts'
import { type FlinkJob, type FlinkWiring, flinkDecodings, flinkJobs } from '../flink/job.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import { openLookupTables } from '../runner/lookup-tables.ts'
import { tablesOf } from '../sql/plan/inputs.ts'
import type { Query } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { type ComparedRows, compareAnswers } from './compare.ts'
import { askFlink, type FlinkAsking, fileOptions } from './flink-answer.ts'
import { freedomOf } from './freedom.ts'
import { openJsonRows } from './json-rows.ts'
import { type KeptInput, type KeptRange, type LeftOut, type WholeTopic, wholeTopic } from './kept-rows.ts'
import { answerOrFailure, type NotAsked, refuseOtherColumns } from './other-answer.ts'
import { answerOfKept, type KeptRun, type RunTally, runKept } from './run-kept.ts'
import { checkedTies } from './ties.ts'

export type QueryVerification = {
  readonly pipeline: CheckedPipeline
  readonly query: CheckedQuery
  readonly bus: Pick<BusReader, 'reader'>
  readonly input: Pick<KeptInput, 'span' | 'most'>
  /** Offsets of topics, by their names in SQL, where not all of what they keep is meant. */
  readonly ranges: ReadonlyMap<string, readonly KeptRange[]>
  /** Where rows are written for Flink, which sees the same folder. */
  readonly folder: string
  readonly asking: FlinkAsking
  /** Called with what is being done, in words. */
  doing(what: string): void
}

export type VerifiedQuery = {
  readonly columns: readonly string[]
  readonly compared: ComparedRows
  readonly tally: RunTally
  /** Records that were read, by topic. */
  readonly topics: readonly {
    readonly name: string
    readonly records: number
    /** Those that are no rows, and rows without event time, which are left out of both. */
    readonly undecodable: number
    readonly untimed: number
    readonly ranges: readonly KeptRange[]
  }[]
}

/** The comparison, or why Flink gives no answer. Rejects with the Failure of a read, or of a limit. */
export async function verifyQuery(verification: QueryVerification): Promise<VerifiedQuery | NotAsked> {
  const { pipeline, query, folder, asking, doing } = verification
  const job = jobOf(query, pipeline, folder)
  const decodings = decodingsOf(job, pipeline)
  const read = new Set([...tablesOf(query.query.plan), ...decodings.flatMap((one) => tablesOf(one.plan.plan))])
  const run = await openRun(verification, [...read])
  const counts = openCounts()
  doing('running it here')
  const own = await answerOfKept(query.query, { ...run, counted: counts.add }, asking.mostRows)
  doing('writing the rows for Flink')
  for (const { table, plan } of decodings) await writeRows(fileOf(folder, table), plan, run)
  doing('asking Flink')
  const { sql, plan } = query.query
  const theirs = await answerOrFailure(
    askFlink(
      {
        name: query.name,
        mode: 'streaming',
        timezone: pipeline.timezone,
        tables: job.tables,
        sql,
        key: plan.kind === 'changes' ? plan.key : undefined,
        settings: ttlOf(job),
      },
      asking,
    ),
  )
  if (theirs instanceof Failure) return { notAsked: theirs }
  const columns = plan.fields.map(({ name }) => name)
  refuseOtherColumns(columns, theirs.columns)
  const compared = compareAnswers(own.rows, theirs.rows, freedomOf(plan))
  return {
    columns,
    compared: await checkedTies(compared, {
      query: query.query,
      timezone: pipeline.timezone,
      run: (asked, emit) => runKept(asked, run, emit),
    }),
    tally: own,
    topics: [...run.topics].map(([name, { ranges }]) => ({ name, ranges, ...counts.of(name) })),
  }
}

const fileOf = (folder: string, { topic }: Pick<FlinkTable, 'topic'>): string => join(folder, `${topic}.json`)

function jobOf(query: CheckedQuery, pipeline: CheckedPipeline, folder: string): FlinkJob {
  const wiring: FlinkWiring = {
    read: (table) => fileOptions(fileOf(folder, table)),
    // The rows are fetched, not written.
    write: () => ({ connector: 'blackhole' }),
  }
  const job = flinkJobs(pipeline, wiring).find((one) => one.query === query.name)
  if (job !== undefined) return job
  throw new Failure('usage', `${query.name} is an alert, which Flink does not run: verify the query that it watches`)
}

const ttlOf = ({ settings }: FlinkJob) => {
  const ttl = settings['table.exec.state.ttl']
  return ttl === undefined ? undefined : { 'table.exec.state.ttl': ttl }
}

type Decoding = { readonly table: FlinkTable; readonly plan: Query }

/** What gives the rows of each table that the job reads. */
function decodingsOf({ reads }: FlinkJob, pipeline: CheckedPipeline): readonly Decoding[] {
  const known = new Map(flinkDecodings(pipeline).map(({ table, sql }) => [table.name, sql]))
  const { session, catalog } = pipeline
  return reads.map((table) => {
    const sql = isDecoded(table) ? known.get(table.name) : selectOf(table.name, table.fields)
    assert(sql !== undefined, `${table.name} is decoded for Flink`)
    return { table, plan: planQuery(sql, catalog, { mode: 'streaming', session }) }
  })
}

async function writeRows(path: string, plan: Query, run: KeptRun): Promise<void> {
  const file = openJsonRows(path, plan.plan.fields)
  try {
    await runKept(plan, run, (batch) => file.write(batch))
  } finally {
    file.end()
  }
}

/** The topics, opened, and what else a run over them needs. */
async function openRun(verification: QueryVerification, names: readonly string[]): Promise<KeptRun> {
  const { pipeline, bus, input, ranges, asking } = verification
  const topics = new Map<string, WholeTopic>()
  for (const checked of pipeline.topics.filter(({ name }) => names.includes(name))) {
    const kept = await wholeTopic(checked, await bus.reader(checked.topic))
    topics.set(checked.name, { ...kept, ranges: ranges.get(checked.name) ?? kept.ranges })
  }
  return {
    ...input,
    session: pipeline.session,
    catalog: pipeline.catalog,
    topics,
    lookups: openLookupTables({ pipeline: () => pipeline, warn() {} }),
    stateLimit: pipeline.limits.state,
    stop: asking.signal,
  }
}

/** Counts the records of topics. Every topic is read more than once, and counted the first time alone. */
function openCounts() {
  const nothing = { records: 0, undecodable: 0, untimed: 0 }
  const counted = new Map<string, typeof nothing>()
  return {
    add(topic: string, records: number, { undecodable, untimed }: LeftOut) {
      const before = counted.get(topic) ?? nothing
      counted.set(topic, {
        records: before.records + records,
        undecodable: before.undecodable + undecodable,
        untimed: before.untimed + untimed,
      })
    },
    of: (topic: string) => counted.get(topic) ?? nothing,
  }
}
