/** Topics, groups and records as the API has them, for the pages of the dashboard, which import types from this folder only. */
import type { NoRowReason, ShownBytes, ShownRecord, ShownRow } from '../../history/records/record-view.ts'
import type { BusStatus, GroupStatus, TopicStatus } from '../../run/status/status.ts'

export type { NoRowReason, ShownBytes, ShownRecord, ShownRow }

export type TopicColumn = {
  readonly name: string
  /** In SQL. */
  readonly type: string
  /** Whether it carries event time. */
  readonly isEventTime: boolean
}

export type TopicDetail = {
  /** With the arrivals of its first and last records. */
  readonly topic: TopicStatus
  /** The name of its format; null for topics of dead letters and ticks. */
  readonly format: string | null
  /** Empty for topics of dead letters and ticks. */
  readonly columns: readonly TopicColumn[]
  /** The groups that read it. */
  readonly groups: readonly GroupStatus[]
}

export type BrokerView = {
  readonly id: number
  /** null: it has copies of partitions, and the cluster does not have it at present. */
  readonly address: string | null
  readonly isController: boolean
  /** Partitions of the pipeline's topics that it leads, of which it has a copy, and of which its copy is not in sync. */
  readonly leads: number
  readonly copies: number
  readonly behind: number
}

export type BusView = Omit<BusStatus, 'brokers'> & { readonly brokers: readonly BrokerView[] }

export type RecordsPage = {
  readonly items: readonly ShownRecord[]
  readonly next: string | null
  /** Records that were looked at for it. */
  readonly looked: number
  /** Where the partitions ended when it was read: what `records/events` takes as `after`. */
  readonly end: string
}

/** Records that have come, the newest last. */
export type RecordsEvent = {
  readonly items: readonly ShownRecord[]
  /** Records that came and are not shown, as there were too many. */
  readonly passedOver: number
}
