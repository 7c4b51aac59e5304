/** What results, or raw records, go out to. A new one is a file beside this and one line in `all.ts`. */
import type { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Batch, Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'

/** What a sink keeps with the checkpoint, as plain JSON: the length of its file. */
export type SinkState = { readonly [key: string]: unknown }

export type SinkContext = {
  readonly name: string
  /** The topic it reads, as the pipeline file calls it. */
  readonly from: string
  /** Folder that relative paths start from: that of the pipeline file. */
  readonly folder: string
  /** Columns of the rows. */
  readonly fields: readonly Field[]
  /** Indexes of the columns that name a row; undefined: rows have no key but topic, partition, offset. */
  readonly rowKey: readonly number[] | undefined
  /** Index of the event-time column, if the topic has one. */
  readonly rowtime: number | undefined
  readonly timezone: string
  readonly clock: Clock
  /** From the last checkpoint: what came after is to be cut off, because it will be delivered again. */
  readonly state: SinkState | undefined
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  /** Whether the terminal may be drawn in colour and redrawn in place. */
  readonly interactive: boolean
}

/** Consecutive records of one partition, with the rows decoded from them. */
export type Delivery = {
  readonly partition: number
  /** Offset of `records` 0. */
  readonly baseOffset: number
  readonly records: Records
  /** The rows; `rows.origin` says of which record each was made. Valid until `write` resolves. */
  readonly rows: Batch
}

export type Sink = {
  /** Takes a delivery over. Rejects with a Failure; a retryable one is tried again with the same delivery. */
  write(delivery: Delivery): Promise<void>
  /** Makes durable what was written, and says what to keep with the checkpoint. */
  flush(): Promise<SinkState>
  [Symbol.asyncDispose](): Promise<void>
}

export type SinkType<Options = unknown> = {
  readonly name: string
  readonly summary: string
  /** What a repeated write leaves: a second copy, the same content, nothing uncommitted. */
  readonly writes: 'append' | 'idempotent' | 'transactional'
  readonly options: z.ZodType<Options>
  /** The file or folder that is its alone, as a whole path: another sink that writes there would spoil it. */
  owns?(options: Options, folder: string): string
  open(options: Options, context: SinkContext): Promise<Sink>
}

export function defineSink<Options>(type: SinkType<Options>): SinkType {
  return type as SinkType
}
