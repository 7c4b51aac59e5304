/** What is wrong with a pipeline, in words, by its status: so a person need not know which number is a bad one. */
import { sinkWords } from '../../alert/names.ts'
import { countText, roundBytes, roundSpan } from '../../base/units.ts'
import { losesMuch, lostText } from '../event-time/words.ts'
import { isMoving } from '../share/told.ts'
import type {
  PartitionStatus,
  PartTrouble,
  PipelineStatus,
  QueryStatus,
  SinkStatus,
  SourceStatus,
  TopicStatus,
} from './status.ts'

/** A source that waits for less is only held back for a moment, as it should be. */
const LONG_WAIT_MS = 5000
/** A partition whose watermark is further behind holds windows open for long enough to be asked about. */
const FAR_BEHIND_MS = 60_000
/** A checkpoint is late after this many of its intervals, and at least this time. */
const LATE_INTERVALS = 3
const LATE_CHECKPOINT_MS = 15_000
/** The part of the limit at which a query's state is nearly too large. */
const NEARLY = 0.8
/** The part of a run's lines that the format could not read at which it is in doubt: of a few lines, and of many. */
const DOUBTFUL_OF_FEW = 0.5
const DOUBTFUL = 0.1
const FEW = 100

/** The status with what is wrong in it, the worst first. */
export function withTrouble(status: PipelineStatus, also: readonly PartTrouble[] = []): PipelineStatus {
  const { bus, sinks, sources, topics, queries, reports } = status
  const trouble = [
    ...also,
    ...bus.trouble.map((text) => ({ part: 'bus', text })),
    ...sinks.flatMap(sinkTrouble),
    ...shareTrouble(status),
    ...replicaTrouble(topics),
    ...checkpointTrouble(status),
    ...sources.flatMap(sourceTrouble),
    ...queries.flatMap(queryTrouble),
    ...topics.flatMap((topic) => [...clockTrouble(topic), ...futureTrouble(topic), ...unusedTrouble(topic, sources)]),
    ...reports.flatMap(({ name, last }) =>
      last?.failure == null
        ? []
        : [{ part: `report ${name}`, text: `the last one, due ${last.due}, failed: ${last.failure}` }],
    ),
    ...(status.dropped
      ? [{ part: 'topics', text: `${status.dropped} records were deleted before all had read them` }]
      : []),
  ]
  return { ...status, trouble }
}

/** Parts that nobody has, without those on their way from one process to another; and why this process has nothing. */
function shareTrouble({ share }: PipelineStatus): readonly PartTrouble[] {
  if (share === null) return []
  const { members, waiting, id } = share
  const waits = members.find((one) => one.id === id)?.waits
  return [
    ...(waits === undefined ? [] : [{ part: 'share', text: waits }]),
    ...waiting.filter((one) => !isMoving(one)).map(({ part, why }) => ({ part, text: `it waits: ${why}` })),
  ]
}

/** Work of a sink that fails and is tried again. */
export function sinkTrouble({ name, trouble, reads }: SinkStatus): readonly PartTrouble[] {
  if (trouble === null) return []
  const { text, since, attempts } = trouble
  const tried = `tried ${attempts === 1 ? 'once' : `${attempts} times`} since ${since}`
  return [{ part: sinkWords(name), text: `${text}; ${tried}, ${reads.lag} records wait` }]
}

/** Whether nobody can write to it or read it. On a bus without brokers no partition has a leader, and none needs one. */
export const isLeaderless = ({ leader, replicas }: PartitionStatus): boolean => replicas.length > 0 && leader === null

/** Whether it has a leader, and not all of its copies are in sync. */
export const isUnderReplicated = ({ leader, replicas, inSync }: PartitionStatus): boolean =>
  leader !== null && inSync.length < replicas.length

/** One line for all partitions: where a broker is down, there may be hundreds. */
function replicaTrouble(topics: readonly TopicStatus[]): readonly PartTrouble[] {
  const troubleWhere = (isSo: (partition: PartitionStatus) => boolean, what: string): readonly PartTrouble[] => {
    const some = topics
      .map(({ name, partitions }) => ({
        name,
        partitions: partitions.filter(isSo),
      }))
      .filter(({ partitions }) => partitions.length > 0)
    if (some.length === 0) return []
    const where = some.map(({ name, partitions }) => `${name} (${partitions.map((one) => one.partition).join(', ')})`)
    return [{ part: 'bus', text: `${what}: ${where.join(', ')}` }]
  }
  return [
    ...troubleWhere(isLeaderless, 'partitions without a leader, which nobody can write to or read'),
    ...troubleWhere(isUnderReplicated, 'partitions that are under-replicated, as not all of their copies are in sync'),
  ]
}

/** A checkpoint that is late. */
export function checkpointTrouble({ checkpoint, state }: PipelineStatus): readonly PartTrouble[] {
  if (checkpoint?.intervalMs == null || state === 'stopped') return []
  const { ageMs, intervalMs, at } = checkpoint
  if (ageMs < Math.max(LATE_CHECKPOINT_MS, LATE_INTERVALS * intervalMs)) return []
  return [{ part: 'checkpoint', text: `the last one is of ${at}, and one is due every ${roundSpan(intervalMs)}` }]
}

function sourceTrouble(source: SourceStatus): readonly PartTrouble[] {
  return [...reachTrouble(source), ...waitTrouble(source)]
}

/** What a source reads from, where it cannot be reached. */
export function reachTrouble({ name, unreachable }: SourceStatus): readonly PartTrouble[] {
  if (unreachable === null) return []
  const { text, since, attempts } = unreachable
  const tried = attempts === 1 ? 'tried once' : `tried ${attempts} times`
  return [{ part: `source ${name}`, text: `it cannot be read since ${since}, ${tried}: ${text}` }]
}

/** A delivery of a source that waits for long. */
export function waitTrouble({ name, waitsFor, waitsMs, to }: SourceStatus): readonly PartTrouble[] {
  if (waitsFor === null || waitsMs < LONG_WAIT_MS) return []
  const what = {
    bus: 'the bus, which does not take its lines',
    readers: `the queries that read ${to}, which are behind`,
    room: `room in topic ${to}, which is at a limit`,
  }[waitsFor]
  return [{ part: `source ${name}`, text: `it has waited ${roundSpan(waitsMs)} for ${what}` }]
}

function queryTrouble(query: QueryStatus): readonly PartTrouble[] {
  return [...jobTrouble(query), ...stateTrouble(query), ...lateTrouble(query)]
}

/** A job at Flink that does not run. */
export function jobTrouble({ name, job }: QueryStatus): readonly PartTrouble[] {
  if (job === null || job.trouble === null) return []
  return [{ part: `query ${name}`, text: `its job at Flink: ${job.trouble}` }]
}

function lateTrouble({ name, read, late, partlyLate, reads }: QueryStatus): readonly PartTrouble[] {
  const tally = { read: read ?? 0, rows: late ?? 0, partly: partlyLate ?? 0 }
  if (!losesMuch(tally)) return []
  const topics = reads.map(({ topic }) => `tailrace dead ${topic}`).join(', ')
  return [{ part: `query ${name}`, text: `${lostText(tally)}: is the watermark delay long enough? See ${topics}` }]
}

function futureTrouble({ name, dead }: TopicStatus): readonly PartTrouble[] {
  const records = dead?.run?.future ?? 0
  if (records === 0) return []
  const text = `${countText(records, 'record')} of this run came from the future (max_ahead). See tailrace dead ${name} --kind future`
  return [{ part: `topic ${name}`, text }]
}

function stateTrouble({ name, state }: QueryStatus): readonly PartTrouble[] {
  if (state === null || state.bytes < NEARLY * state.limitBytes) return []
  const text = `it holds ${roundBytes(state.bytes)} of memory, and its limit is ${roundBytes(state.limitBytes)}`
  return [{ part: `query ${name}`, text }]
}

function clockTrouble({ name, heldBy, idleMs }: TopicStatus): readonly PartTrouble[] {
  // What was not read yet will be read, and with `idle` the clock goes on without a silent partition.
  if (heldBy === null || heldBy.why === 'unread' || idleMs !== null) return []
  const part = `topic ${name}, partition ${heldBy.partition}`
  const hint = "windows stay open for it: give the topic an 'idle'"
  if (heldBy.why === 'empty') return [{ part, text: `it has no records yet, and ${hint}` }]
  if ((heldBy.behindMs ?? 0) < FAR_BEHIND_MS) return []
  return [{ part, text: `its watermark is ${roundSpan(heldBy.behindMs ?? 0)} behind the others, and ${hint}` }]
}

/** Many lines that the format cannot read, or that do not meet the rules. */
function unusedTrouble(topic: TopicStatus, sources: readonly SourceStatus[]): readonly PartTrouble[] {
  const { name, dead } = topic
  const { format = 0, rule = 0 } = dead?.run ?? {}
  const rules = Object.entries(dead?.rules ?? {}).map(([name, count]) => `${name} ${count}`)
  const unread = partTrouble(format, 'could not be read', topic, sources)
  const broken = partTrouble(rule, `do not meet the rules (${rules.join(', ')})`, topic, sources)
  return [
    ...(unread === undefined ? [] : [`${unread}: does its format fit? See tailrace dead ${name}`]),
    ...(broken === undefined ? [] : [`${broken}. See tailrace dead ${name} --kind rule`]),
  ].map((text) => ({ part: `topic ${name}`, text }))
}

/** What is said of `count` lines of this run, where it is a doubtful part of them all. */
function partTrouble(
  count: number,
  what: string,
  { name, records }: TopicStatus,
  sources: readonly SourceStatus[],
): string | undefined {
  const lines = sources.reduce((sum, source) => sum + (source.to === name ? (source.lines ?? 0) : 0), 0)
  // What others append, or an earlier run has, is no line of this run's sources: of that only what the topic keeps is known.
  const isOfSources = lines >= count
  const all = isOfSources ? lines : records
  if (count === 0 || count < (all < FEW ? DOUBTFUL_OF_FEW : DOUBTFUL) * all) return undefined
  return isOfSources
    ? `${count} of ${lines} lines of this run ${what}`
    : `${count} of its records ${what} in this run (the topic keeps ${records})`
}
