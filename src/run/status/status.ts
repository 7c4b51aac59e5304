/**
 * The status of a pipeline as one tree of plain data: what `status`, `topics` and `groups` print with `--json`, what the
 * control socket answers, and what the dashboard shows. The JSON Schema is made in `schema.ts`.
 *
 * What cannot be known is null: a stopped pipeline has no rates, the embedded bus no brokers. Times are texts in ISO 8601;
 * `…Ms` are milliseconds. Counts of lines, rows and letters are of this run; offsets and lag are those of the topics.
 */

/** Grows by one where a member changes its meaning or goes away. */
export const STATUS_FORM = 1

export type PipelineStatus = {
  readonly form: typeof STATUS_FORM
  /** When this was so. */
  readonly at: string
  /** `stopped`: no process runs it, and this is what its checkpoint and its bus say. */
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped'
  readonly pipeline: string | null
  readonly dataFolder: string
  readonly process: ProcessStatus | null
  /** What is wrong, the worst first; empty where all is well. */
  readonly trouble: readonly PartTrouble[]
  readonly bus: BusStatus
  readonly sources: readonly SourceStatus[]
  readonly topics: readonly TopicStatus[]
  readonly queries: readonly QueryStatus[]
  readonly sinks: readonly SinkStatus[]
  readonly alerts: readonly AlertStatus[]
  readonly reports: readonly ReportStatus[]
  readonly checkpoint: CheckpointStatus | null
  readonly groups: readonly GroupStatus[]
  /** Records of this run that were deleted at a limit before every query and sink had read them. */
  readonly dropped: number | null
  /** Which process has which part of a pipeline that several share; null where one process has it, or is stopped. */
  readonly share: ShareStatus | null
}

/** What `topics` and `groups` print: a part of the tree. */
export type PartOfStatus = Pick<PipelineStatus, 'form' | 'at' | 'bus'> &
  Partial<Pick<PipelineStatus, 'topics' | 'groups'>>

export type ProcessStatus = { readonly pid: number; readonly version: string; readonly since: string }

export type ShareStatus = {
  /** This process: its host, and its id among the members. */
  readonly host: string
  readonly id: string
  readonly members: readonly {
    readonly id: string
    readonly host: string
    readonly pid: number
    readonly version: string
    readonly since: string
    /** By `queries`, `source NAME`, `sink NAME`: all of it, or partitions. */
    readonly holds: { readonly [part: string]: true | readonly number[] }
    /** Why it has nothing, in words. */
    readonly waits?: string | undefined
  }[]
  /** Parts that nobody has, and why, in words. */
  readonly waiting: readonly { readonly part: string; readonly why: string }[]
}

export type PartTrouble = {
  /** `sink archive`, `topic access, partition 1`, `bus`. */
  readonly part: string
  readonly text: string
}

export type BusStatus = {
  /** Its name in the pipeline file. */
  readonly type: string
  readonly cluster: string | null
  readonly brokers: readonly { readonly id: number; readonly address: string; readonly isController: boolean }[]
  /** What it cannot do at the moment, in words. */
  readonly trouble: readonly string[]
}

export type SourceStatus = {
  readonly name: string
  /** What it listens to or reads: "tcp 127.0.0.1:9999"; the kind alone while it is not open. */
  readonly reads: string
  readonly to: string
  readonly lines: number | null
  /** Bytes of these lines, with their line ends. */
  readonly bytes: number | null
  /** Lines a second. */
  readonly rate: number | null
  readonly lastArrival: string | null
  /** What a delivery waits for, and how long it has waited. */
  readonly waitsFor: 'bus' | 'readers' | 'room' | null
  readonly waitsMs: number
  readonly hasEnded: boolean
  /** The last thing that it has warned of. */
  readonly warning: { readonly text: string; readonly at: string } | null
  /** Why what it reads from cannot be reached, and since when; null: it can, or the source cannot tell. */
  readonly unreachable: { readonly text: string; readonly since: string; readonly attempts: number } | null
}

export type TopicStatus = {
  /** Its name on the bus. */
  readonly name: string
  /** What fills it: `dead` and `ticks` belong to another topic; null where the pipeline does not have it. */
  readonly kind: 'source' | 'query' | 'alert' | 'report' | 'dead' | 'ticks' | null
  readonly records: number
  readonly bytes: number | null
  /** Records a second. */
  readonly rate: number | null
  readonly partitions: readonly PartitionStatus[]
  /** A partition without records for this time does not hold windows open. */
  readonly idleMs: number | null
  /** The partition with the lowest watermark, for which windows wait; null where none is behind another. */
  readonly heldBy: HeldBy | null
  readonly dead: DeadStatus | null
  /** Those that read it, and how many records each has before it: `query methods`, `sink archive`, `group indexer`. */
  readonly readers: readonly { readonly name: string; readonly lag: number }[]
}

export type PartitionStatus = {
  readonly partition: number
  /** The first offset that is kept, and the offset that the next record will get. */
  readonly start: number
  readonly end: number
  readonly bytes: number | null
  /** Arrival of the first and the last record that are kept. */
  readonly firstArrival: string | null
  readonly lastArrival: string | null
  /** Ids of brokers. */
  readonly leader: number | null
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  /** As the topic's event-time column has it; null where no record had a time yet, or nothing reads it. */
  readonly watermark: string | null
  /** How long nothing was appended; null where the topic has no `idle`. */
  readonly quietMs: number | null
}

export type HeldBy = {
  readonly partition: number
  /** How far its watermark is behind that of the partition that is furthest; null where it has none yet. */
  readonly behindMs: number | null
  /** It has records that are not read yet, nothing comes in, or it had no records at all. */
  readonly why: 'unread' | 'silent' | 'empty'
}

export type DeadStatus = {
  /** Letters that are kept in `NAME.dead`. */
  readonly kept: number
  /** Those of this run, by kind. */
  readonly run: { readonly [kind: string]: number } | null
  /** Those of kind `rule`, by the name of the rule. */
  readonly rules: { readonly [rule: string]: number } | null
}

/** How far a reader is in a topic: `lag` is the number of records before it, `offset` null where it has no place yet. */
export type PlaceStatus = {
  readonly topic: string
  readonly lag: number
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: number | null
    readonly lag: number
  }[]
}

export type QueryStatus = {
  readonly name: string
  /** Its group on the bus. */
  readonly group: string
  readonly reads: readonly PlaceStatus[]
  readonly rows: number | null
  /** Rows a second. */
  readonly rate: number | null
  /** Rows that it has read. */
  readonly read: number | null
  /** Rows that were late for all their windows, and for some of them. */
  readonly late: number | null
  readonly partlyLate: number | null
  /** From the arrival of a record, or from a tick, to the durable rows that it made complete. */
  readonly latency: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number } | null
  readonly state: {
    readonly bytes: number
    readonly limitBytes: number
    readonly windows: number
    readonly groups: number
  } | null
  /** Its job at Flink; null where this process runs it. */
  readonly job: JobStatus | null
}

export type JobStatus = {
  readonly id: string | null
  /** In the words of Flink; null while Flink does not answer, or has no such job. */
  readonly state: string | null
  readonly since: string | null
  /** How often Flink has started it again. */
  readonly restarts: number
  /** The least watermark of its operators. */
  readonly watermark: string | null
  /** The worst of its operators. */
  readonly backPressure: 'ok' | 'low' | 'high' | null
  /** When its newest checkpoint was complete. */
  readonly checkpointAt: string | null
  /** The last thing that went wrong in it. */
  readonly exception: { readonly text: string; readonly at: string } | null
  /** Why it does not run, in words; null: it runs. */
  readonly trouble: string | null
}

export type SinkStatus = {
  readonly name: string
  /** Its group on the bus. */
  readonly group: string
  readonly kind: string
  readonly reads: PlaceStatus
  readonly delivered: number | null
  /** Rows a second. */
  readonly rate: number | null
  /** Rows that the sink has refused. */
  readonly refused: number | null
  /** Work that fails and is tried again: the last error in words, since when, and how often it was tried. */
  readonly trouble: { readonly text: string; readonly since: string; readonly attempts: number } | null
}

/** An alert in short; `tailrace alerts` shows its keys. */
export type AlertStatus = {
  readonly name: string
  readonly severity: string
  /** The query that it watches; null: it is `unreachable`. */
  readonly from: string | null
  /** Keys that are in trouble: for long enough, and not yet. */
  readonly firing: number | null
  readonly pending: number | null
  /** Names of the sinks that tell people. */
  readonly notifiers: readonly string[]
}

export type ReportStatus = {
  readonly name: string
  /** Its schedule; null where it is made by hand. */
  readonly schedule: string | null
  readonly next: string | null
  /** Waits until it is due, or for the watermarks of its topics, or is being made. */
  readonly stage: 'due' | 'watermark' | 'working' | null
  /** How the last time that it was due has ended. */
  readonly last: {
    readonly due: string
    readonly endedAt: string
    readonly rows: number | null
    readonly failure: string | null
  } | null
}

export type CheckpointStatus = {
  readonly at: string
  readonly ageMs: number
  /** null where another run has taken it. */
  readonly tookMs: number | null
  /** The time between two checkpoints; null where it is not known. */
  readonly intervalMs: number | null
}

export type GroupStatus = {
  readonly name: string
  /** `query methods`, `sink archive`, `job methods` at Flink; null where it belongs to no part that the pipeline has. */
  readonly part: string | null
  /** Whether its name says that it was a part of this pipeline, which has it no more. */
  readonly isGone: boolean
  /** As the bus says it. */
  readonly state: string
  /** End − committed offset, in records. */
  readonly lag: number
  readonly reads: readonly PlaceStatus[]
  readonly members: readonly {
    readonly id: string
    readonly client: string
    readonly host: string
    readonly reads: { readonly [topic: string]: readonly number[] }
  }[]
}
