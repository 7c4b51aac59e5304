/**
 * The pipeline that `tailrace watch` runs: a topic for each table, the statement as its one query, and the output as its one
 * sink. It is made in memory, already checked, as no file says it.
 */
import * as z from 'zod'
import { assert } from '../../base/assert.ts'
import { DAY_MS } from '../../base/calendar.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import type { BusType } from '../../bus/bus-type.ts'
import { openMemoryBus } from '../../bus/memory/memory.ts'
import { comesInOrder } from '../../engine/trace.ts'
import type { OpenFormat } from '../../format/format.ts'
import { jsonTopic, resultPartitions } from '../../pipeline/check/queries.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../../pipeline/checked.ts'
import type { SinkType } from '../../sink/sink.ts'
import type { Catalog } from '../../sql/catalog.ts'
import type { Session } from '../../sql/function/function.ts'
import { takesBack } from '../../sql/plan/changes.ts'
import { tablesOf } from '../../sql/plan/inputs.ts'
import type { Plan, Query } from '../../sql/plan/plan.ts'
import { openTopicFormat, withMaxAhead } from '../../topic/topic-format.ts'
import type { GrowingTable } from './tables.ts'

/** The name of the pipeline, and of its query. */
export const WATCH = 'watch'
/** What late rows hold in memory until a checkpoint is let go as often as this. */
const CHECKPOINT_MS: Duration = 30_000

/** A run in memory keeps nothing: there is no time or size after which anything is deleted. */
const UNKEPT = { timeMs: undefined, bytes: undefined, limit: undefined, whenFull: 'block' } as const
const SETTINGS = { partitions: 1, settings: {}, start: 'earliest', outOfRange: 'earliest', rules: [] } as const
const DEAD = { timeMs: undefined, bytes: undefined, isGiven: false } as const

export type WatchedOptions = {
  readonly session: Session
  readonly timezone: string
  /** A quiet table does not hold windows open for longer. */
  readonly idleMs: Duration
  /** Bytes of memory for open windows and keys. */
  readonly memory: number
  /** Called for each line that cannot be read. */
  dead(table: string, line: Uint8Array, byte: number, reason: string): void
}

/** The tables as the planner sees them. */
export const watchCatalog = (tables: readonly GrowingTable[], delayMs: (table: GrowingTable) => Duration): Catalog =>
  new Map(
    tables.map((table) => {
      const { name, format, rowtime } = table
      const time = rowtime === undefined ? undefined : { field: rowtime, delay: delayMs(table) }
      const fields = format.fields.map(({ rowtime: _, ...field }, index) =>
        index === rowtime ? { ...field, rowtime: true } : field,
      )
      return [name, { name, fields, rowtime: time }]
    }),
  )

/** The pipeline of a planned statement. */
export function watchPipeline(
  query: Query,
  {
    tables,
    catalog,
    sink,
  }: { readonly tables: readonly GrowingTable[]; readonly catalog: Catalog; readonly sink: SinkType },
  options: WatchedOptions,
): CheckedPipeline {
  const { session, timezone, memory } = options
  const read = new Set(tablesOf(query.plan))
  const used = tables.filter(({ name }) => read.has(name))
  const topics = used.map((table, index) => topicOf(table, index, catalog, options))
  const result = resultOf(query.plan, topics)
  const { rowKey, rowKeyParts } = query
  return {
    name: WATCH,
    folder: process.cwd(),
    timezone,
    bus: { type: memoryBus, options: {} },
    engine: { kind: 'embedded' },
    session,
    catalog,
    sources: used.flatMap(({ name, sources, title }) =>
      sources.map((type, number) => ({
        name: sources.length === 1 ? title : `${name} ${number + 1}`,
        type,
        options: {},
        to: name,
        writer: undefined,
      })),
    ),
    topics: [...topics, result],
    queries: [queryOf(query, memory)],
    views: [],
    tables: new Map(),
    lookups: new Map(),
    reports: [],
    sinks: [
      {
        name: 'screen',
        type: sink,
        options: {},
        from: WATCH,
        limits: { rows: Infinity, bytes: Infinity, lingerMs: 0, inFlight: 1 },
        group: `${WATCH}.sink.screen`,
        rows: {
          pipeline: WATCH,
          from: WATCH,
          topic: result.topic,
          partitions: result.partitions,
          fields: result.fields,
          rowtime: result.rowtime,
          rowKey,
          rowKeyParts,
          ...(takesBack(query.plan) && { changing: true }),
          timezone,
        },
      },
    ],
    alerts: [],
    limits: { disk: undefined, whenFull: 'block', state: memory },
    checkpointIntervalMs: CHECKPOINT_MS,
    failureAt: (_, message, { hint } = {}) => new Failure('pipeline', message, { hint }),
    mask: (text) => text,
    written: {},
  }
}

const queryOf = (query: Query, stateLimit: number): CheckedQuery => ({
  name: WATCH,
  query,
  reads: tablesOf(query.plan),
  lookups: [],
  inWindows: comesInOrder(query.plan),
  stateLimit,
  group: `${WATCH}.query.${WATCH}`,
  inFile: (failure) => failure,
})

function topicOf(table: GrowingTable, index: number, catalog: Catalog, options: WatchedOptions): CheckedTopic {
  const { name, sources, rowtime } = table
  const { idleMs, timezone, dead } = options
  const fields = catalog.get(name)?.fields
  assert(fields !== undefined, `table ${name} is in the catalog`)
  const topic = `${WATCH}.t${index}`
  const told: OpenFormat = toldOf({ ...table.format, fields, rowtime }, (line, byte, reason) =>
    dead(name, line, byte, reason),
  )
  const zone = rowtime !== undefined && fields[rowtime]?.type.kind === 'TIMESTAMP' ? zoneRules(timezone) : undefined
  const ahead = rowtime === undefined ? undefined : { column: rowtime, ms: DAY_MS, zone, isOurs: true }
  const format = openTopicFormat(told, [], topic)
  return {
    ...SETTINGS,
    name,
    topic,
    kept: topic,
    partitions: sources.length,
    format: ahead === undefined ? format : withMaxAhead(format, ahead),
    fields,
    rowtime,
    idleMs: rowtime === undefined || !Number.isFinite(idleMs) ? undefined : idleMs,
    maxAhead: ahead,
    retention: UNKEPT,
    dead: DEAD,
    fingerprint: '',
    meaning: '',
    parts: { topic: '', columns: [] },
  }
}

/** The format, which tells of each record that it cannot read. */
const toldOf = (format: OpenFormat, tell: (line: Uint8Array, byte: number, reason: string) => void): OpenFormat => ({
  ...format,
  decoder(columns) {
    const decode = format.decoder(columns)
    return (records, rejects, arrivals) => {
      const add: typeof rejects.add = (record, byte, reason, why) => {
        tell(records.bytes.subarray(records.start[record], records.end[record]), byte, reason)
        rejects.add(record, byte, reason, why)
      }
      return decode(records, { add }, arrivals)
    }
  },
})

function resultOf(plan: Plan, topics: readonly CheckedTopic[]): CheckedTopic {
  const { fields } = plan
  return {
    ...SETTINGS,
    ...jsonTopic(WATCH, `${WATCH}.${WATCH}`, fields),
    partitions: resultPartitions(plan, new Map(topics.map((topic) => [topic.name, { topic }]))),
    rowtime: undefined,
    idleMs: undefined,
    maxAhead: undefined,
    retention: UNKEPT,
    dead: DEAD,
    fingerprint: '',
    meaning: '',
  }
}

const memoryBus: BusType = {
  name: 'memory',
  summary: 'Keeps records until they are read.',
  options: z.unknown(),
  isShared: false,
  open: async () => openMemoryBus(),
  read: async () => openMemoryBus(),
}
