/** What a run is given by whoever starts it. */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import type { Random } from '../base/random.ts'
import type { BusType } from '../bus/all.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Reset } from '../runner/reset.ts'
import type { SinkContext } from '../sink/sink.ts'
import type { Latency } from '../topic/latency.ts'

export type RunOptions = {
  readonly dataFolder: string
  /** Bounded sources end the run, and the end closes every window. */
  readonly untilEnd: boolean
  /** Queries to be started anew, and from where. */
  readonly reset: ReadonlyMap<string, Reset>
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  /** Opens another bus than the pipeline's own: for tests. */
  readonly openBus?: BusType['open']
  /** Size of the log's files; what the bus takes it to be, if not given. */
  readonly segmentBytes?: number
  /** Aborted to stop cleanly: what was read is delivered, and its place is kept. */
  readonly stop: AbortSignal
  /** Standard output, for the sinks that show rows. */
  readonly output: SinkContext['output']
  /** Told once everything is open: what each source listens to or reads, and how the pipeline is changed from now on. */
  started(sources: readonly string[], reload: Reload): void
  warn(message: string): void
  /** Told when something was done that nobody waits for: a report. */
  note?(message: string): void
  /** Given what to look at the run with while it goes on. */
  watch?(look: () => RunLook): void
}

export type RunLook = {
  readonly lines: number
  /** By query, of the rows that became durable since the last look. */
  readonly latency: { readonly [query: string]: Latency }
  /** Bytes that the open windows of a query take. */
  readonly state: { readonly [query: string]: number }
}

/**
 * Makes the run one of another pipeline, while it goes on: resolves with what has changed, in words. Rejects with a Failure
 * where that cannot be; then everything goes on as it was.
 */
export type Reload = (next: CheckedPipeline) => Promise<readonly string[]>
