/** The status of a pipeline that no process runs: what its file, its checkpoint and its bus say. */
import { entryOf } from '../../base/entry.ts'
import { recovered } from '../../base/failure.ts'
import type { BusLook } from '../../bus/look.ts'
import { allTopics, type CheckedPipeline, type CheckedTopic, deadOf, ticksOf } from '../../pipeline/checked.ts'
import { type GroupKind, groupOf, isGroupOf } from '../../pipeline/group.ts'
import type { Checkpoint, Places } from '../../topic/checkpoint.ts'
import { localPipeline } from '../flink/split.ts'
import { alertHead } from './alert-status.ts'
import { isoOrNull } from './clock-status.ts'
import { checkpointStatus, emptyStatus, kindOf, type StatusHead } from './of-run.ts'
import { placeIn } from './place-in.ts'
import { type ReportEnd, reportEnd } from './report-end.ts'
import type { PipelineStatus, PlaceStatus, SourceStatus, TopicStatus } from './status.ts'
import { boundsLooked, lookedTopic } from './with-bus.ts'

/** What a process has left. */
export type Left = {
  /** undefined: there is no pipeline file. */
  readonly pipeline: CheckedPipeline | undefined
  readonly checkpoint: Pick<Checkpoint, 'topics'> & Places
  /** When the checkpoint was taken, ms since 1970; undefined: there is none. */
  readonly checkpointAt: number | undefined
  /** How a report has ended the last time that it was due. */
  lastReport(report: string): ReportEnd | undefined
  readonly look: BusLook
}

/** What would run here of the file; a pipeline that Flink refuses, as it stands there. */
const localOf = (pipeline: CheckedPipeline | undefined): CheckedPipeline | undefined =>
  pipeline &&
  recovered(
    ['pipeline', 'sql', 'limit'],
    () => localPipeline(pipeline),
    () => pipeline,
  )

/** The status of a pipeline that is stopped; groups are added by `withBus`. */
export function statusOfStopped(of: Left, head: StatusHead): PipelineStatus {
  const left = { ...of, pipeline: localOf(of.pipeline) }
  const { pipeline, checkpoint, checkpointAt, look } = left
  const sinks = pipeline?.sinks.map(({ name, type, from }) => ({ name, kind: type.name, from }))
  const checkpointed = Object.entries(checkpoint.sinks).map(([name, { from }]) => ({ name, kind: '', from }))
  return {
    ...emptyStatus(head),
    pipeline: pipeline?.name ?? null,
    sources: (pipeline?.sources ?? []).map(({ name, type, to }) => ({
      ...NO_SOURCE,
      name,
      reads: type.name,
      to: busName(to, left),
    })),
    topics: withKinds(
      look.topics.map((topic) => lookedTopic(topic)),
      pipeline,
    ),
    queries: (pipeline?.queries.map(({ name }) => name) ?? Object.keys(checkpoint.queries)).map((name) => {
      const offsets = entryOf(checkpoint.queries, name)?.offsets ?? {}
      const reads = pipeline?.queries.find((query) => query.name === name)?.reads ?? Object.keys(offsets)
      const group = groupLeft('query', name, left)
      const places = reads.map((from) => placeLeft(from, group, entryOf(offsets, from), left))
      return { name, group, reads: places, ...NO_ROWS }
    }),
    sinks: (sinks ?? checkpointed).map(({ name, kind, from }) => {
      const place = entryOf(checkpoint.sinks, name)
      const group = groupLeft('sink', name, left)
      const reads = placeLeft(from, group, place?.from === from ? place.offsets : undefined, left)
      return { name, group, kind, reads, ...NO_DELIVERIES }
    }),
    alerts: (pipeline?.alerts ?? []).map(alertHead),
    reports: (pipeline?.reports ?? []).map(({ name, schedule }) => ({
      name,
      schedule: schedule?.text ?? null,
      next: isoOrNull(schedule?.after(head.now)),
      stage: null,
      last: reportEnd(left.lastReport(name), head.mask),
    })),
    checkpoint: checkpointStatus(
      checkpointAt === undefined ? undefined : { at: checkpointAt, tookMs: null },
      pipeline,
      head.now,
    ),
  }
}

const NO_SOURCE: SourceStatus = {
  name: '',
  reads: '',
  to: '',
  lines: null,
  bytes: null,
  rate: null,
  lastArrival: null,
  waitsFor: null,
  waitsMs: 0,
  hasEnded: false,
  warning: null,
  unreachable: null,
}
const NO_ROWS = {
  rows: null,
  rate: null,
  read: null,
  late: null,
  partlyLate: null,
  latency: null,
  state: null,
  job: null,
} as const
const NO_DELIVERIES = { delivered: null, rate: null, refused: null, trouble: null } as const

/** What the bus calls a topic that the pipeline calls `name`. */
const busName = (name: string, { pipeline, checkpoint }: Left): string =>
  declaredIn(pipeline).find((topic) => topic.name === name)?.topic ?? entryOf(checkpoint.topics, name) ?? name

type PartitionOffsets = { readonly [partition: number]: number }

/** Where a part stopped in a topic: by the checkpoint or, where there is none, by what its group has committed. */
function placeLeft(from: string, group: string, kept: PartitionOffsets | undefined, left: Left): PlaceStatus {
  const { topics, groups } = left.look
  const name = busName(from, left)
  const partitions = topics.find((topic) => topic.name === name)?.partitions ?? []
  const bounds = (partition: number) => boundsLooked(partitions[partition] ?? { start: 0, end: 0 })
  const offsets = kept ?? entryOf(groups.find((one) => one.name === group)?.committed, name)
  return placeIn({ name, partitions: partitions.length, bounds }, (partition) => offsets?.[partition])
}

/** Without the file the name of the pipeline is not known, but the end of the group's name is. */
const groupLeft = (kind: GroupKind, name: string, { pipeline, look }: Left): string =>
  pipeline === undefined
    ? (look.groups.find((group) => isGroupOf(group.name, kind, name))?.name ?? `${kind}.${name}`)
    : groupOf(pipeline, kind, name)

const declaredIn = (pipeline: CheckedPipeline | undefined): readonly CheckedTopic[] =>
  pipeline === undefined ? [] : allTopics(pipeline)

/** The topics with what they are to the pipeline. */
function withKinds(topics: readonly TopicStatus[], pipeline: CheckedPipeline | undefined): readonly TopicStatus[] {
  const declared = declaredIn(pipeline)
  const recordsOf = (name: string) => topics.find((topic) => topic.name === name)?.records
  return topics.map((topic) => {
    const checked = declared.find((one) => one.topic === topic.name)
    if (checked === undefined) {
      const kind = declared.some((one) => topic.name === deadOf(one))
        ? 'dead'
        : declared.some((one) => topic.name === ticksOf(one))
          ? 'ticks'
          : null
      return { ...topic, kind }
    }
    const { name, idleMs = null } = checked
    const letters = recordsOf(deadOf(checked))
    return {
      ...topic,
      kind: kindOf(name, pipeline),
      idleMs,
      dead: letters === undefined ? null : { kept: letters, run: null, rules: null },
    }
  })
}
