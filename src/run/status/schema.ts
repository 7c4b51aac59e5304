/** The JSON Schema of a status, and how an answer is read. */
import * as z from 'zod'
import { type GroupStatus, type PartOfStatus, type PipelineStatus, STATUS_FORM, type TopicStatus } from './status.ts'

const count = z.int().min(0)
const rate = z.number().nullable().describe('a second; null where there was only one look')
const time = z.string().describe('ISO 8601')
const milliseconds = z.number()
const brokers = z.array(z.int())

const process = z.strictObject({ pid: z.int(), version: z.string(), since: time }).nullable()

const share = z
  .strictObject({
    host: z.string(),
    id: z.string(),
    members: z.array(
      z.strictObject({
        id: z.string(),
        host: z.string(),
        pid: z.int(),
        version: z.string(),
        since: time,
        holds: z.record(z.string(), z.union([z.literal(true), z.array(count)])),
        waits: z.string().optional(),
      }),
    ),
    waiting: z.array(z.strictObject({ part: z.string(), why: z.string() })),
  })
  .nullable()

const trouble = z.strictObject({
  part: z.string().describe('sink archive; topic access, partition 1; bus'),
  text: z.string(),
})

const bus = z.strictObject({
  type: z.string(),
  cluster: z.string().nullable(),
  brokers: z.array(z.strictObject({ id: z.int(), address: z.string(), isController: z.boolean() })),
  trouble: z.array(z.string()).describe('what the bus cannot do at the moment'),
})

const source = z.strictObject({
  name: z.string(),
  reads: z.string(),
  to: z.string(),
  lines: count.nullable(),
  bytes: count.nullable(),
  rate,
  lastArrival: time.nullable(),
  waitsFor: z.enum(['bus', 'readers', 'room']).nullable(),
  waitsMs: milliseconds,
  hasEnded: z.boolean(),
  warning: z.strictObject({ text: z.string(), at: time }).nullable(),
  unreachable: z.strictObject({ text: z.string(), since: time, attempts: count }).nullable(),
})

const partition = z.strictObject({
  partition: count,
  start: count,
  end: count.describe('the offset that the next record will get'),
  bytes: count.nullable(),
  firstArrival: time.nullable(),
  lastArrival: time.nullable(),
  leader: z.int().nullable(),
  replicas: brokers,
  inSync: brokers,
  watermark: z.string().nullable().describe('as the event-time column has it'),
  quietMs: milliseconds.nullable(),
})

/** What fills a topic. */
export const TOPIC_KINDS = ['source', 'query', 'alert', 'report', 'dead', 'ticks'] as const

/** A topic in a status. */
export const topicStatus: z.ZodType<TopicStatus> = z.strictObject({
  name: z.string(),
  kind: z.enum(TOPIC_KINDS).nullable(),
  records: count,
  bytes: count.nullable(),
  rate,
  partitions: z.array(partition),
  idleMs: milliseconds.nullable(),
  heldBy: z
    .strictObject({
      partition: count,
      behindMs: milliseconds.nullable(),
      why: z.enum(['unread', 'silent', 'empty']),
    })
    .nullable()
    .describe('the partition for which windows wait'),
  dead: z
    .strictObject({
      kept: count,
      run: z.record(z.string(), count).nullable(),
      rules: z.record(z.string(), count).nullable(),
    })
    .nullable(),
  readers: z.array(z.strictObject({ name: z.string().describe('query methods; group indexer'), lag: count })),
})

const place = z.strictObject({
  topic: z.string(),
  lag: count.describe('records that it has before it'),
  partitions: z.array(z.strictObject({ partition: count, offset: count.nullable(), lag: count })),
})

const query = z.strictObject({
  name: z.string(),
  group: z.string(),
  reads: z.array(place),
  rows: count.nullable(),
  rate,
  read: count.nullable(),
  late: count.nullable(),
  partlyLate: count.nullable(),
  latency: z.strictObject({ count, p50Ms: milliseconds, p99Ms: milliseconds }).nullable(),
  state: z.strictObject({ bytes: count, limitBytes: count, windows: count, groups: count }).nullable(),
  job: z
    .strictObject({
      id: z.string().nullable(),
      state: z.string().nullable().describe('in the words of Flink'),
      since: time.nullable(),
      restarts: count,
      watermark: z.string().nullable(),
      backPressure: z.enum(['ok', 'low', 'high']).nullable(),
      checkpointAt: time.nullable(),
      exception: z.strictObject({ text: z.string(), at: time }).nullable(),
      trouble: z.string().nullable().describe('why it does not run'),
    })
    .nullable()
    .describe('its job at Flink'),
})

const sink = z.strictObject({
  name: z.string(),
  group: z.string(),
  kind: z.string(),
  reads: place,
  delivered: count.nullable(),
  rate,
  refused: count.nullable(),
  trouble: z.strictObject({ text: z.string(), since: time, attempts: count }).nullable(),
})

const alert = z.strictObject({
  name: z.string(),
  severity: z.string(),
  from: z.string().nullable().describe('the query that it watches'),
  firing: count.nullable(),
  pending: count.nullable(),
  notifiers: z.array(z.string()).describe('names of sinks'),
})

const report = z.strictObject({
  name: z.string(),
  schedule: z.string().nullable(),
  next: time.nullable(),
  stage: z.enum(['due', 'watermark', 'working']).nullable(),
  last: z.strictObject({ due: time, endedAt: time, rows: count.nullable(), failure: z.string().nullable() }).nullable(),
})

const checkpoint = z
  .strictObject({
    at: time,
    ageMs: milliseconds,
    tookMs: milliseconds.nullable(),
    intervalMs: milliseconds.nullable(),
  })
  .nullable()

const member = z.strictObject({
  id: z.string(),
  client: z.string(),
  host: z.string(),
  reads: z.record(z.string(), z.array(count)),
})

/** A group in a status. */
export const groupStatus: z.ZodType<GroupStatus> = z.strictObject({
  name: z.string(),
  part: z.string().nullable().describe('query methods; sink archive'),
  isGone: z.boolean().describe('it was a part of this pipeline, which has it no more'),
  state: z.string(),
  lag: count.describe('end - committed offset, in records'),
  reads: z.array(place),
  members: z.array(member),
})

const form = z.literal(STATUS_FORM)

/** A whole status. */
export const pipelineStatus: z.ZodType<PipelineStatus> = z.strictObject({
  form,
  at: time,
  state: z.enum(['starting', 'running', 'stopping', 'stopped']),
  pipeline: z.string().nullable(),
  dataFolder: z.string(),
  process,
  trouble: z.array(trouble),
  bus,
  sources: z.array(source),
  topics: z.array(topicStatus),
  queries: z.array(query),
  sinks: z.array(sink),
  alerts: z.array(alert),
  reports: z.array(report),
  checkpoint,
  groups: z.array(groupStatus),
  dropped: count.nullable(),
  share,
})

/** What `topics` and `groups` print. */
const partOfStatus: z.ZodType<PartOfStatus> = z.strictObject({
  form,
  at: time,
  bus,
  topics: z.array(topicStatus).optional(),
  groups: z.array(groupStatus).optional(),
}) as z.ZodType<PartOfStatus>

/** What any of the commands prints with `--json`: `status` all of it. */
export const printedStatus: z.ZodType<PipelineStatus | PartOfStatus> = z.union([pipelineStatus, partOfStatus])

/** The JSON Schema of what `status`, `topics` and `groups` print with `--json`. */
export const statusJsonSchema = (): object => ({
  title: 'The status of a tailrace pipeline, or its topics, or its groups',
  ...z.toJSONSchema(printedStatus, { io: 'output' }),
})
