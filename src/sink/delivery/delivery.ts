/**
 * Delivers the records of a topic to a sink: one consumer group, at its own pace, so that a slow or dead store holds back
 * nobody else (rules of delivery, 6). One loop, `loop.ts`, delivers to all sinks.
 *
 *   cursor ─▶ gathering (batches) ─▶ decoder ─▶ attempts ─▶ sink.write ─▶ place
 *                                                  └ refused rows ─▶ dead letters
 *
 * Law: a place says that every record before it was taken by the sink, or refused by it and is a durable dead letter. So it
 * moves over the batches of a partition in the order of their offsets, in whatever order they were written; and it moves
 * only with a flush, while no write is under way.
 */
import type { Clock } from '../../base/clock.ts'
import type { Failure } from '../../base/failure.ts'
import type { Random } from '../../base/random.ts'
import type { Cursor } from '../../bus/bus.ts'
import type { BatchLimits, Sink } from '../sink.ts'
import type { FlushedPlace } from './flushing.ts'
import type { RefusedOffsets } from './lanes.ts'
import type { WritingContext } from './writing.ts'

export type DeliveryLoop = {
  /**
   * Delivers until all is delivered and the topic has ended, or until `halt`, or until it is given up. A checkpoint that was
   * asked for before is durable by now. Rejects with any error but a Failure: a bug.
   */
  run(): Promise<void>
  /**
   * Makes the delivered rows durable, and gives the place to go on from. While the sink fails or is slow, that is the place
   * of the last time: nobody waits for a dead store.
   */
  checkpoint(): Promise<DeliveryPlace>
  /** Rows delivered in this run. */
  rows(): number
  /** Why not everything was delivered though the topic had ended, if that is so. */
  failure(): Failure | undefined
  [Symbol.asyncDispose](): Promise<void>
}

export type DeliveryPlace = FlushedPlace & {
  /** Offsets at or behind the place whose rows were refused: their dead letters are there already. */
  readonly refused?: RefusedOffsets
}

export type DeliveryContext = WritingContext & {
  /** The place of the last checkpoint. */
  readonly before: DeliveryPlace
  readonly cursor: Cursor
  open(): Promise<Sink>
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
