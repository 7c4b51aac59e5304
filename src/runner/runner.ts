/**
 * What runs the queries of a pipeline, as the rest of a run sees it: this process alone (`running-queries.ts`), or this process and Apache
 * Flink (`run/flink/flink-runner.ts`).
 */
import type { Duration } from '../base/quantity.ts'
import type { OpenQueries, OpenQuery } from './open-queries.ts'
import type { QueryReader } from './query-reader.ts'

export type Runner = OpenQueries & {
  /** What they were made of: see `queriesMadeOf`. */
  readonly madeOf: readonly unknown[]
  readersOf(topic: string): readonly QueryReader[]
  /** Lets them run, unless they run already. */
  start(): void
  /** Stops them where they are, between two batches. */
  halt(): Promise<void>
  /** Resolves when nothing more is put into a topic by what runs elsewhere. */
  filled(topic: string): Promise<void>
  /** Resolves when all topics that a query reads have ended and were pushed into it. */
  ended(query: OpenQuery): Promise<void>
  /** For how long nothing was appended to a partition: 0 where no clock watches it. */
  quietMs(topic: string, partition: number): Duration
  /** Resolves when nothing moves the topics' clocks any more. */
  clocksEnded(): Promise<void>
}
