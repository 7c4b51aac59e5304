/**
 * Asks a query of a pipeline of both engines, over the same records: those that its topics keep. Both get them decoded by us, as one
 * partition, in streaming mode: late rows are left out, and the end of the input closes all windows.
 */
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import { Failure } from '../base/failure.ts'
import type { BusReader } from '../bus/bus.ts'
import { type FlinkTable, isDecoded } from '../flink/flink-table.ts'
import { type FlinkJob, type FlinkWiring, flinkDecodings, flinkJobs } from '../flink/job.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import { openLookupTables } from '../runner/lookup-tables.ts'
import { quote } from '../sql/bind/name.ts'
import { tablesOf } from '../sql/plan/inputs.ts'
import type { Query } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { type ComparedRows, compareAnswers } from './compare.ts'
import { askFlink, type FlinkAsking, type OtherAnswer } from './flink-answer.ts'
import { freedomOf } from './freedom.ts'
import { openJsonRows } from './json-rows.ts'
import { type KeptInput, type OffsetStretch, type WholeTopic, wholeTopic } from './kept-rows.ts'
import { answerOfKept, type KeptRun, type RunTally, runKept } from './run-kept.ts'
import { checkedTies } from './ties.ts'

export type QueryVerification = {
  readonly pipeline: CheckedPipeline
  readonly query: CheckedQuery
  readonly bus: Pick<BusReader, 'reader'>
  readonly input: Pick<KeptInput, 'span' | 'most'>
  /** Offsets of topics, by their names in SQL, where not all of what they keep is meant. */
  readonly stretches: ReadonlyMap<string, readonly OffsetStretch[]>
  /** Where rows are written for Flink, which sees the same folder. */
  readonly folder: string
  readonly asking: FlinkAsking
  /** Told what is being done, in words. */
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
    readonly stretches: readonly OffsetStretch[]
  }[]
}

/** The other engine was not asked, or gave no answer: why. */
export type NotAsked = { readonly notAsked: Failure }

/** The answer, or the Failure by which there is none. */
export const askedOrNot = (answer: Promise<OtherAnswer>): Promise<OtherAnswer | Failure> =>
  answer.catch((error: unknown) => {
    if (error instanceof Failure) return error
    throw error
  })

/** The comparison, or why Flink gives no answer. Rejects with the Failure of a read, or of a limit. */
export async function verifyQuery(verification: QueryVerification): Promise<VerifiedQuery | NotAsked> {
  const { pipeline, query, folder, asking, doing } = verification
  const job = jobOf(query, pipeline, folder)
  const decodings = decodingsOf(job, pipeline)
  const read = new Set([...tablesOf(query.query.plan), ...decodings.flatMap((one) => tablesOf(one.plan.plan))])
  const { run, counts } = await openRun(verification, [...read])
  doing('running it here')
  counts.only(true)
  const own = await answerOfKept(query.query, run, asking.mostRows)
  counts.only(false)
  doing('writing the rows for Flink')
  for (const { table, plan } of decodings) await writeRows(fileOf(folder, table), plan, run)
  doing('asking Flink')
  const { sql, plan } = query.query
  const their = await askedOrNot(
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
  if (their instanceof Failure) return { notAsked: their }
  const columns = plan.fields.map(({ name }) => name)
  refuseOtherColumns(columns, their.columns)
  const compared = compareAnswers(own.rows, their.rows, freedomOf(plan))
  return {
    columns,
    compared: await checkedTies(compared, {
      query: query.query,
      timezone: pipeline.timezone,
      run: (asked, emit) => runKept(asked, run, emit),
    }),
    tally: own,
    topics: [...run.topics].map(([name, { stretches }]) => ({ name, stretches, ...counts.of(name) })),
  }
}

/** Throws a Failure where the engines do not give the same columns. */
export function refuseOtherColumns(ours: readonly string[], theirs: readonly string[]): void {
  if (ours.join('\0') === theirs.join('\0')) return
  throw new Failure('io', `the columns differ: ${ours.join(', ')} here, ${theirs.join(', ')} there`)
}

const fileOf = (folder: string, { topic }: Pick<FlinkTable, 'topic'>): string => join(folder, `${topic}.json`)

/** The options of a table of Flink whose rows are in a file. */
export const fileOptions = (path: string) => ({
  connector: 'filesystem',
  path: `file://${encodeURI(path)}`,
  format: 'json',
  'json.timestamp-format.standard': 'ISO-8601',
})

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
    const all = `SELECT ${table.fields.map(({ name }) => quote(name)).join(', ')} FROM ${quote(table.name)}`
    const sql = isDecoded(table) ? known.get(table.name) : all
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

/** Opens the topics, and counts their records while `only` says so, as each is read more than once. */
async function openRun(verification: QueryVerification, names: readonly string[]) {
  const { pipeline, bus, input, stretches, asking } = verification
  const topics = new Map<string, WholeTopic>()
  for (const checked of pipeline.topics.filter(({ name }) => names.includes(name))) {
    const kept = await wholeTopic(checked, await bus.reader(checked.topic))
    topics.set(checked.name, { ...kept, stretches: stretches.get(checked.name) ?? kept.stretches })
  }
  let isCounting = false
  const nothing = { records: 0, undecodable: 0, untimed: 0 }
  const counted = new Map<string, typeof nothing>()
  const run: KeptRun = {
    ...input,
    session: pipeline.session,
    catalog: pipeline.catalog,
    topics,
    lookups: openLookupTables({ pipeline: () => pipeline, warn() {} }),
    stateLimit: pipeline.limits.state,
    stop: asking.signal,
    counted(topic, records, { undecodable, untimed }) {
      if (!isCounting) return
      const before = counted.get(topic) ?? nothing
      counted.set(topic, {
        records: before.records + records,
        undecodable: before.undecodable + undecodable,
        untimed: before.untimed + untimed,
      })
    },
  }
  const counts = {
    only(counting: boolean) {
      isCounting = counting
    },
    of: (name: string) => counted.get(name) ?? nothing,
  }
  return { run, counts }
}
