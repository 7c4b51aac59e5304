/** What a process of a shared pipeline is to the run around it. */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import type { Bus } from '../../bus/bus.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import type { Reset } from '../../runner/reset.ts'
import type { Checkpoint } from '../../topic/checkpoint.ts'
import type { ShareStatus } from '../status/status.ts'

export type SharingProcess = {
  /** The bus that appends for a part; undefined: this process does not hold the part. */
  busOf(part: string): Bus | undefined
  /** The checkpoint of the data folder with what is on the bus, if this process has the queries. */
  withQueries(kept: Checkpoint, isNeeded: boolean): Promise<Checkpoint>
  /** Keeps the queries' part of a checkpoint on the bus. Gives the part for the data folder. */
  keepQueries(checkpoint: Checkpoint, before: Checkpoint): Promise<Checkpoint>
  /** Throws a Failure ('fenced') where what this process holds may be another's by now. */
  checkHeld(): void
  /** What this process has of its pipeline, which is the second. */
  held(): CheckedPipeline
  whole(): CheckedPipeline
  /** Where the queries are, if this process has them not, in words: `run on host b (process 17)`. */
  elsewhere(): string | undefined
  /** Whether another pipeline may share with this one. */
  isSame(next: CheckedPipeline): boolean
  /** Takes part until the run stops; then lets go of everything. `become` is called for one change at a time. */
  run(changing: SharedChange): Promise<void>
  /** The next pipeline: what this process has is let go of, and it joins as one with another file. */
  reload(next: CheckedPipeline, changing: Pick<SharedChange, 'become'>): Promise<void>
  /** What each process holds, as far as this process knows. */
  status(): ShareStatus
  /** Lets the others take over what is left. */
  [Symbol.asyncDispose](): Promise<void>
}

export type SharedChange = {
  /** Makes the parts those of the pipeline. `isAnew`: all but sources are closed; topics are opened anew the next time. */
  become(
    pipeline: CheckedPipeline,
    change: { readonly isAnew: boolean; readonly reset: ReadonlyMap<string, Reset> },
  ): Promise<void>
  /** Whether the run ends because a part has failed. */
  hasFailed(): boolean
  /** Resolves when nothing changes the parts any more, nor will. */
  settled(): Promise<void>
  /** Does it when nothing else changes the parts. */
  inTurn(work: () => Promise<void>): Promise<void>
}

export type ShareOptions = {
  readonly pipeline: CheckedPipeline
  readonly bus: Bus
  readonly host: string
  readonly version: string
  readonly since: string
  readonly disk: Disk
  readonly dataFolder: string
  readonly clock: Clock
  readonly reset: ReadonlyMap<string, Reset>
  readonly stop: AbortSignal
  warn(message: string): void
  note(message: string): void
  /** It is another pipeline now. */
  reloaded(next: CheckedPipeline): void
  /** What is shared cannot go on. */
  fail(error: unknown): void
}
