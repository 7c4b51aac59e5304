/** The jobs of a pipeline at Flink: where it changes, those of queries that stay the same go on; the others are stopped. */
import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { assert } from '../../base/assert.ts'
import { isReadTo, offsetsOf, partitionEnds } from '../../bus/fetched.ts'
import type { KafkaOptions } from '../../bus/kafka/options.ts'
import { openPatiences } from '../../client/patience.ts'
import { readPem } from '../../client/tls.ts'
import { flinkGroup } from '../../flink/flink-table.ts'
import { type FlinkJob, flinkJobs, jobQueries } from '../../flink/job.ts'
import { kafkaWiring, type PemTexts } from '../../flink/kafka-wiring.ts'
import { flinkEngine } from '../../flink/settings.ts'
import type { CheckedPipeline, CheckedQuery } from '../../pipeline/checked.ts'
import { fingerprintOf, layoutOf } from '../../runner/fingerprint.ts'
import { type OpenTopic, topicOf } from '../../runner/open-topics.ts'
import { type Marks, repeatsPlan } from '../../runner/repeats.ts'
import type { QueryPrint } from '../../runner/reset.ts'
import type { RunContext } from '../run-options.ts'
import { type FollowedJob, followJob } from './follow.ts'
import type { JobLook } from './job-look.ts'
import { type BeginOffsets, type JobJournal, openJournal } from './journal.ts'
import { putMarks } from './marks.ts'
import { type FlinkServer, openFlinkServer } from './server.ts'
import { decodedRows, rawOf } from './split.ts'

export type Jobs = {
  readonly journal: JobJournal
  /** Makes the jobs those of a pipeline; none is at work before `start`. `begins`: where queries begin that no job goes before. */
  become(pipeline: CheckedPipeline, begins: ReadonlyMap<string, BeginOffsets>): Promise<void>
  start(): void
  /** Stops the jobs that a pipeline does not have as they are; undefined: all of them, which stay at work at Flink. */
  halt(next: CheckedPipeline | undefined): Promise<void>
  /** Ends the job of a query for good, whatever it does. */
  cancel(query: string, pipeline: CheckedPipeline): Promise<void>
  marksOf(query: string): Marks
  look(query: string): JobLook | undefined
  /** Resolves when Flink puts nothing more into a topic. */
  filled(topic: string): Promise<void>
  close(): void
}

/** What a job is made of: equal, it need not be stopped. */
type MadeOf = readonly unknown[]
type Followed = { readonly job: FollowedJob; readonly madeOf: MadeOf; readonly reads: readonly string[] }

/** No job yet. */
export function openJobs(context: RunContext, topics: ReadonlyMap<string, OpenTopic>): Jobs {
  const { disk, dataFolder, clock, stop, untilEnd } = context
  const journal = openJournal(disk, dataFolder)
  const closing = new AbortController()
  const patiences = openPatiences({ ...context, closed: closing.signal, giveUp: stop, of: 'Flink' })
  const followed = new Map<string, Followed>()
  let server: FlinkServer | undefined
  let madeFor: unknown
  const serverOf = (pipeline: CheckedPipeline): FlinkServer => {
    const engine = flinkEngine(pipeline)
    if (server === undefined || !isDeepStrictEqual(engine, madeFor))
      server = openFlinkServer(engine, { ...pipeline, clock })
    madeFor = engine
    return server
  }
  return {
    journal,
    async become(pipeline, begins) {
      const pem = await pemOf(pipeline)
      for (const query of jobQueries(pipeline)) {
        if (followed.has(query.name)) continue
        const jobAt = (offsets: BeginOffsets | undefined) => jobOf(query.name, pipeline, { pem, offsets })
        const [server, patience] = [serverOf(pipeline), patiences.open()]
        const made = jobAt(undefined)
        const ours = { jobAt, begins: begins.get(query.name), server, journal, patience }
        const job = followJob({ ...ours, ...surroundings(query, made, { context, pipeline, topics }) })
        followed.set(query.name, { job, madeOf: madeOf(query, pipeline), reads: localReads(made) })
      }
    },
    start() {
      for (const { job } of followed.values()) job.run()
    },
    async halt(next) {
      const queries = next === undefined ? [] : jobQueries(next)
      const stays = ([name, { madeOf: made }]: [string, Followed]) =>
        next !== undefined &&
        queries.some((query) => query.name === name && isDeepStrictEqual(madeOf(query, next), made))
      const others = [...followed].filter((one) => !stays(one))
      await Promise.all(others.map(([, { job }]) => (next === undefined ? job.leave() : job.stop(false))))
      for (const [name] of others) followed.delete(name)
    },
    async cancel(query, pipeline) {
      const { job } = journal.of(query) ?? {}
      if (job !== undefined) await (await serverOf(pipeline).jobManager(stop)).cancel(job, stop)
      await journal.set(query, undefined)
    },
    marksOf: (query) => journal.of(query)?.marks ?? [],
    look: (query) => followed.get(query)?.job.look(),
    async filled(topic) {
      const mine = [...followed].find(([query]) => rawOf(query) === topic)?.[1]
      if (mine === undefined) return
      for (const read of mine.reads) {
        const { signal } = topicOf(topics, read).ended
        if (!signal.aborted) await once(signal, 'abort')
      }
      await mine.job.stop(untilEnd && !stop.aborted)
    },
    close() {
      closing.abort()
      server?.close()
    },
  }
}

/** What a query was when its job was made. */
export const queryPrint = (query: CheckedQuery, pipeline: CheckedPipeline): QueryPrint => ({
  fingerprint: fingerprintOf(query, pipeline),
  layout: layoutOf(query, pipeline),
})

const madeOf = (query: CheckedQuery, pipeline: CheckedPipeline): MadeOf => {
  const { settings, tables, insert } = jobOf(query.name, pipeline, { pem: {}, offsets: undefined })
  return [queryPrint(query, pipeline), settings, tables, insert]
}

type JobAs = {
  readonly pem: PemTexts
  readonly offsets: BeginOffsets | undefined
}

function jobOf(query: string, pipeline: CheckedPipeline, { pem, offsets }: JobAs): FlinkJob {
  const start = ({ topic }: { readonly topic: string }) => offsets?.[topic]
  const wiring = kafkaWiring(pipeline, { bus: pipeline.bus.options as KafkaOptions, pem, start })
  const job = flinkJobs(pipeline, wiring).find((one) => one.query === query)
  assert(job !== undefined, `query ${query} is a job`)
  // An alert needs the rows in their order, which one task alone keeps.
  const isWatched = pipeline.alerts.some(({ from }) => from === query)
  return isWatched ? { ...job, settings: { ...job.settings, 'parallelism.default': '1' } } : job
}

/** The topics that a job reads, as they are called here. */
const localReads = ({ reads }: FlinkJob): readonly string[] =>
  reads.map(({ kind, name }) => (kind === 'query' ? name : decodedRows(name)))

/** The certificates that the bus is reached with, which Flink gets as texts. */
async function pemOf({ bus, folder }: CheckedPipeline): Promise<PemTexts> {
  const { tls } = bus.options as KafkaOptions
  if (typeof tls === 'boolean') return {}
  const [ca, cert, key] = await Promise.all([tls.ca, tls.cert, tls.key].map((path) => readPem(path, folder, 'the bus')))
  return { ca, cert, key }
}

/** What a job needs of the run. */
function surroundings(query: CheckedQuery, job: FlinkJob, reading: Reading) {
  const { context, pipeline, topics } = reading
  const { clock, random, stop, warn, fail } = context
  const digits = () =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const raw = () => topicOf(topics, rawOf(query.name)).topic
  return {
    query: query.name,
    print: queryPrint(query, pipeline),
    newName: () => `${pipeline.name}.${query.name} ${digits()}`,
    dropsRepeated: repeatsPlan(query.query) !== undefined,
    mark: (marks: Marks) => putMarks(raw(), marks, clock.now()),
    ...readingOf(job, reading),
    clock,
    stopping: stop,
    warn,
    fail,
  }
}

type Reading = {
  readonly context: RunContext
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
}

/** How far a job has read: its group is committed behind each of its checkpoints. */
function readingOf(job: FlinkJob, { context, pipeline, topics }: Reading) {
  const { bus } = context
  const group = flinkGroup(pipeline.name, job.query)
  const read = localReads(job).map((name) => topicOf(topics, name).topic)
  return {
    async readAll(): Promise<BeginOffsets | undefined> {
      const ends: { [topic: string]: readonly number[] } = {}
      for (const topic of read) {
        await topic.refresh()
        if (!isReadTo(topic, await bus.committed(group, topic.name))) return undefined
        ends[topic.name] = partitionEnds(topic)
      }
      return ends
    },
    async forgetRead(): Promise<void> {
      for (const { name, partitions } of read) {
        await bus.commit(
          group,
          name,
          offsetsOf(partitions, () => 0),
        )
      }
    },
  }
}
