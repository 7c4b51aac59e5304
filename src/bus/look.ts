/** A bus as it is at the moment, as plain data: for `topics`, `groups`, `status` and the dashboard. */
import type { Offset } from '../base/quantity.ts'

export type BrokerLook = {
  readonly id: number
  /** `host:port`. */
  readonly address: string
  readonly isController: boolean
}

export type PartitionLook = {
  /**
   * Bounds at the moment of the look: the first offset still kept, and the offset that the next record will get. undefined
   * where the bus does not say at present.
   */
  readonly start: Offset | undefined
  readonly end: Offset | undefined
  /** The bytes that the partition takes up; undefined where the bus does not say. */
  readonly bytes: number | undefined
  /** Ids of brokers. undefined and empty on the embedded bus, and where there is no leader. */
  readonly leader: number | undefined
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export type TopicLook = {
  readonly name: string
  /** By the number of the partition. */
  readonly partitions: readonly PartitionLook[]
}

export type MemberLook = {
  readonly id: string
  readonly client: string
  readonly host: string
  /** The partitions that it reads, by topic. */
  readonly reads: { readonly [topic: string]: readonly number[] }
}

export type GroupLook = {
  readonly name: string
  /** As Kafka says it: `Stable`, `Empty`; `Empty` on the embedded bus, which has no members. */
  readonly state: string
  readonly members: readonly MemberLook[]
  /** The committed offsets, by topic. */
  readonly committed: { readonly [topic: string]: { readonly [partition: number]: Offset } }
}

/** What somebody wants to see of a bus that may be shared by many. */
export type LookWish = {
  /** These topics alone, as far as they exist; of groups, what they have committed in them. */
  readonly topics: readonly string[]
}

export type BusLook = {
  /** The name of the bus in the pipeline file. */
  readonly bus: string
  /** The id of the cluster; undefined on the embedded bus. */
  readonly cluster: string | undefined
  /** None on the embedded bus. */
  readonly brokers: readonly BrokerLook[]
  /** By name, without those that the bus keeps for itself. */
  readonly topics: readonly TopicLook[]
  readonly groups: readonly GroupLook[]
  /** What could not be looked at, and why, in words. */
  readonly trouble: readonly string[]
}
