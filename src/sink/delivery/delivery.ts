/**
 * Delivers the records of a topic to a sink: one consumer group, at its own pace, so that a slow or dead store holds back
 * nobody else (rules of delivery, 6). One loop, `loop.ts`, delivers to all sinks.
 *
 *   cursor ─▶ gathering (batches) ─▶ decoder ─▶ attempts ─▶ sink.write ─▶ place
 *                                                  └ refused rows ─▶ dead letters
 *
 * Law: a place says that every record before it was taken by the sink, or refused by it and is a durable dead letter. So it
 * moves only with a flush, while no write is under way and every batch that was begun is delivered.
 */
import type { Clock } from '../../base/clock.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Random } from '../../base/random.ts'
import type { Cursor } from '../../bus/bus.ts'
import type { NoRow, OpenFormat, TopicDecoder } from '../../format/format.ts'
import type { Records } from '../../record/column.ts'
import type { BatchLimits, Sink, SinkState } from '../sink.ts'

/** How far a sink has come; what is said of offsets is by partition. */
export type DeliveryPlace = {
  /** Every record before these is in the sink. */
  readonly offsets: { readonly [partition: string]: Offset }
  /** The sink's state that belongs to them. */
  readonly state: SinkState
  /** Offsets at or behind the place whose rows were refused: their dead letters are there already. */
  readonly refused?: { readonly [partition: string]: readonly Offset[] }
}

/** Consecutive records, the first at `baseOffset`. */
export type Placed = { readonly baseOffset: Offset; readonly values: Records }

/** A record that is no row; `record` counts from the first of those placed. */
export type Undecoded = {
  readonly record: number
  readonly byte: number
  readonly reason: string
  /** Where it was decoded, and is no row all the same. */
  readonly why?: NoRow | undefined
}
/** A record whose row a store will never take. */
export type RefusedRecord = { readonly record: number; readonly reason: string }

export type DeliveryContext = {
  /** The place of the last checkpoint. */
  readonly before: DeliveryPlace
  readonly cursor: Cursor
  /** The partitions that it delivers, where others deliver the rest; absent: all. */
  readonly only?: readonly number[] | undefined
  open(): Promise<Sink>
  decoder(): TopicDecoder
  /** As of `OpenFormat`. */
  ready?: OpenFormat['ready'] | undefined
  /** Whether the decoder reads the keys and arrival times of records; else they are not kept while records wait. */
  readonly hasMetadata: boolean
  /** Whether the sink reads them. */
  readonly givesKept?: boolean
  /** Whether it reads the arrival times alone. */
  readonly readsArrival?: boolean
  /** Whether rows change: a NULL value is a row that is deleted. */
  readonly changing?: boolean
  warn(message: string): void
  /** Called with the records that the format cannot decode, and the number of rows that the others are. */
  undecodable(partition: number, placed: Placed, rejects: readonly Undecoded[], rows: number): void
  /** Called with the rows that the sink refused; resolves when their dead letters are durable. */
  refused(partition: number, placed: Placed, rows: readonly RefusedRecord[]): Promise<void>
  readonly limits: BatchLimits
  /** Whether batches of one partition may be under way side by side. */
  readonly anyOrder: boolean
  readonly clock: Clock
  readonly random: Random
  /** Aborted when nothing more will be appended to the topic. */
  readonly ended: AbortSignal
  /** Aborted when the loop is to stop where it is, between two deliveries. */
  readonly halt: AbortSignal
  /** Aborted when a sink that fails is no longer waited for, and one that works only for a short time. */
  readonly giveUp: AbortSignal
}
