/**
 * The status of a running pipeline, asked of its parts: from counters that they keep anyway, and without waiting for
 * anything. What only the bus can tell, such as brokers and groups, is added by `with-bus.ts`.
 */
import type { Duration } from '../../base/quantity.ts'
import type { Bus, TopicReader } from '../../bus/bus.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { groupOf } from '../../pipeline/group.ts'
import type { OpenQuery } from '../../runner/open-queries.ts'
import { type OpenTopic, topicOf } from '../../runner/open-topics.ts'
import { lateOfAll } from '../../topic/dead-tally.ts'
import type { OpenSink } from '../open-sinks.ts'
import type { OpenSource } from '../open-sources.ts'
import type { Parts } from '../parts.ts'
import { droppedIn } from '../run-summary.ts'
import { alertStatus } from './alert-status.ts'
import { holding, isoOrNull, isoText, type ReadPartition, watermarkText } from './clock-status.ts'
import { jobStatus } from './job-status.ts'
import { placeIn } from './place-in.ts'
import { reportEnd } from './report-end.ts'
import {
  type CheckpointStatus,
  type PartitionStatus,
  type PipelineStatus,
  type ProcessStatus,
  type QueryStatus,
  type ReportStatus,
  type SinkStatus,
  type SourceStatus,
  STATUS_FORM,
  type TopicStatus,
} from './status.ts'

/** What a status says besides the parts. */
export type StatusHead = {
  readonly state: PipelineStatus['state']
  /** ms since 1970. */
  readonly now: number
  readonly dataFolder: string
  readonly process: ProcessStatus | null
  /** The bus's name in the pipeline file. */
  readonly bus: string
  /** Hides the values from the environment in texts that are made while the pipeline runs. */
  mask(text: string): string
}

/** A status in which nothing is known but its head. */
export const emptyStatus = ({ state, now, dataFolder, process, bus }: Omit<StatusHead, 'mask'>): PipelineStatus => ({
  form: STATUS_FORM,
  at: isoText(now),
  state,
  pipeline: null,
  dataFolder,
  process,
  trouble: [],
  bus: { type: bus, cluster: null, brokers: [], trouble: [] },
  sources: [],
  topics: [],
  queries: [],
  sinks: [],
  alerts: [],
  reports: [],
  checkpoint: null,
  groups: [],
  dropped: null,
  share: null,
})

/** The status of these parts; `parts` is undefined while the bus is being opened. */
export function statusOfRun(parts: Parts | undefined, head: StatusHead): PipelineStatus {
  const empty = emptyStatus(head)
  if (parts?.pipeline === undefined) return empty
  const { pipeline, context, topics, queries, sources, sinks } = parts
  return {
    ...empty,
    pipeline: pipeline.name,
    bus: { ...empty.bus, cluster: context.bus.cluster ?? null, trouble: context.bus.trouble().map(head.mask) },
    sources: sources.all().map((source) => sourceStatus(source, parts, head)),
    topics: [...topics].flatMap(([name, topic]) => topicStatuses(name, topic, parts)),
    queries: (queries?.queries ?? []).map((query) => queryStatus(query, parts, head)),
    sinks: sinks.all().map((sink) => {
      return sinkStatus(sink, { topic: topicOf(topics, sink.from).topic, pipeline, mask: head.mask })
    }),
    alerts: pipeline.alerts.map((alert) => alertStatus(alert, parts)),
    reports: pipeline.reports.map(({ name, schedule }) => reportStatus(name, schedule?.text, parts, head)),
    checkpoint: checkpointStatus(parts.checkpoints.taken(), pipeline, head.now),
    dropped: droppedIn(parts),
    share: context.share?.status() ?? null,
  }
}

function sourceStatus(
  { name, source, to, writer, meter, hasEnded }: OpenSource,
  { topics, writers, reach }: Parts,
  { mask }: StatusHead,
): SourceStatus {
  const { lines, bytes, lastArrival, waitsMs, warning } = meter.status()
  const away = reach.of(name)
  return {
    name,
    reads: mask(source.describe),
    to: topicOf(topics, to).topic.name,
    lines,
    bytes,
    rate: null,
    lastArrival: isoOrNull(lastArrival),
    waitsFor: waitsMs === 0 ? null : (writers.get(writer)?.waitsFor() ?? 'bus'),
    waitsMs,
    hasEnded: hasEnded(),
    warning: warning === undefined ? null : { text: mask(warning.text), at: isoText(warning.at) },
    unreachable: away === undefined ? null : { ...away, text: mask(away.text), since: isoText(away.since) },
  }
}

/** A topic, and the topics of its dead letters and ticks. */
function topicStatuses(name: string, open: OpenTopic, parts: Parts): readonly TopicStatus[] {
  const { checked, topic, letters, marks = 0, ticks, dead } = open
  const { queries, pipeline, context } = parts
  const { bus } = context
  const own = ticks?.topic()
  const readers = queries?.readersOf(name) ?? []
  const { idleMs } = checked
  const read = Array.from({ length: topic.partitions }, (_, partition): ReadPartition => {
    const lags = readers.map((reader) => topic.bounds(partition).end - reader.offset(partition))
    return {
      watermark: Math.max(...readers.map((reader) => reader.watermark(partition))),
      unread: Math.max(0, ...lags),
      quietMs: idleMs === undefined ? undefined : queries?.quietMs(name, partition),
    }
  })
  const plain = plainTopic(topic, bus)
  const ofLetters = plainTopic(letters, bus)
  const withClocks = {
    ...plain,
    kind: kindOf(name, pipeline),
    partitions: plain.partitions.map((one, partition) => ({
      ...one,
      watermark: watermarkText(read[partition]?.watermark, checked),
      quietMs: read[partition]?.quietMs ?? null,
    })),
    idleMs: idleMs ?? null,
    heldBy: holding(read, idleMs),
    dead: {
      kept: Math.max(0, ofLetters.records - marks),
      run: dead.tally.counts(),
      rules: dead.tally.rules(),
    },
  } as const
  return [
    withClocks,
    { ...ofLetters, kind: 'dead' },
    ...(own === undefined ? [] : [{ ...plainTopic(own, bus), kind: 'ticks' } as const]),
  ]
}

/** What fills a topic that the pipeline declares under this name; null where it declares none. */
export function kindOf(name: string, pipeline: CheckedPipeline | undefined): TopicStatus['kind'] {
  const isOf = (list: readonly { readonly name: string }[] = []) => list.some((one) => one.name === name)
  if (isOf(pipeline?.alerts)) return 'alert'
  if (isOf(pipeline?.queries)) return 'query'
  if (isOf(pipeline?.reports)) return 'report'
  return isOf(pipeline?.topics) ? 'source' : null
}

function plainTopic(topic: TopicReader, bus: Pick<Bus, 'space'>): TopicStatus {
  const space = bus.space(topic.name)
  const partitions = Array.from({ length: topic.partitions }, (_, partition): PartitionStatus => {
    const bytes = space?.stretches(partition).reduce((sum, stretch) => sum + stretch.bytes, 0)
    return { ...NO_PARTITION, partition, ...topic.bounds(partition), bytes: bytes ?? null }
  })
  return topicOfPartitions(topic.name, partitions)
}

/** A partition of which nothing is known. */
export const NO_PARTITION: PartitionStatus = {
  partition: 0,
  start: 0,
  end: 0,
  bytes: null,
  firstArrival: null,
  lastArrival: null,
  leader: null,
  replicas: [],
  inSync: [],
  watermark: null,
  quietMs: null,
}

/** A topic of which only the partitions are known. */
export function topicOfPartitions(name: string, partitions: readonly PartitionStatus[]): TopicStatus {
  const bytes = partitions.map((one) => one.bytes)
  return {
    name,
    kind: null,
    records: partitions.reduce((sum, { start, end }) => sum + end - start, 0),
    bytes: bytes.includes(null) ? null : bytes.reduce<number>((sum, some) => sum + (some ?? 0), 0),
    rate: null,
    partitions,
    idleMs: null,
    heldBy: null,
    dead: null,
    readers: [],
  }
}

function queryStatus(query: OpenQuery, parts: Parts, { mask }: StatusHead): QueryStatus {
  const { name, checked, tally, graph, state } = query
  const { topics, queries, jobs } = parts
  const { count, p50Ms, p99Ms } = tally.latency.summary()
  const { windows, groups } = graph.held.open()
  const late = lateOfAll(
    checked.reads.map((from) => topicOf(topics, from).dead.tally),
    name,
  )
  const places = checked.reads.map((from) => {
    const reader = queries?.readersOf(from).find((one) => one.queries.some((query) => query.name === name))
    return placeIn(topicOf(topics, from).topic, (partition) => reader?.offset(partition))
  })
  return {
    name,
    group: checked.group,
    reads: places,
    rows: tally.rows,
    rate: null,
    read: late.read,
    late: late.rows,
    partlyLate: late.partly,
    latency: { count, p50Ms, p99Ms },
    state: { bytes: state.bytes().now, limitBytes: state.limit, windows, groups },
    job: jobStatus(jobs.look(name), mask),
  }
}

type SinkPlace = Pick<StatusHead, 'mask'> & { readonly topic: TopicReader; readonly pipeline: CheckedPipeline }

function sinkStatus({ name, kind, loop, only }: OpenSink, { topic, pipeline, mask }: SinkPlace): SinkStatus {
  const { rows, refused, offsets, trouble } = loop.status()
  return {
    name,
    group: groupOf(pipeline, 'sink', name),
    kind,
    reads: placeIn(topic, (partition) => offsets[partition], only),
    delivered: rows,
    rate: null,
    refused,
    trouble: trouble === undefined ? null : { ...trouble, text: mask(trouble.text), since: isoText(trouble.since) },
  }
}

function reportStatus(
  name: string,
  schedule: string | undefined,
  { upkeep }: Parts,
  { mask }: StatusHead,
): ReportStatus {
  const standing = upkeep.report(name)
  return {
    name,
    schedule: schedule ?? null,
    next: isoOrNull(standing?.next),
    stage: standing?.next === undefined ? null : standing.stage,
    last: reportEnd(standing?.last, mask),
  }
}

/** The last checkpoint; `tookMs` is null where another run has taken it. */
export function checkpointStatus(
  taken: { readonly at: number; readonly tookMs: Duration | null } | undefined,
  pipeline: CheckedPipeline | undefined,
  now: number,
): CheckpointStatus | null {
  if (taken === undefined) return null
  const { at, tookMs } = taken
  return { at: isoText(at), ageMs: Math.max(0, now - at), tookMs, intervalMs: pipeline?.checkpointIntervalMs ?? null }
}
