/** The options of a run. */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import type { FullDisk } from '../base/disk/full-disk.ts'
import type { Failure } from '../base/failure.ts'
import type { EventTime } from '../base/quantity.ts'
import type { Random } from '../base/random.ts'
import type { Bus } from '../bus/bus.ts'
import type { OwnBusContext } from '../bus/bus-type.ts'
import type { BeforeMemory } from '../data/before.ts'
import type { DataFolder } from '../data/data-folder.ts'
import type { WhichText } from '../history/command-text.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Batch } from '../record/column.ts'
import type { Reset } from '../runner/reset.ts'
import type { SinkContext } from '../sink/sink.ts'
import type { Latency } from '../topic/latency.ts'
import type { Confirm } from './again/start-over.ts'
import type { ControlCommands } from './control/socket.ts'
import type { SharingProcess } from './share/sharing.ts'

export type RunOptions = {
  readonly dataFolder: string
  /** What this machine is called where processes share the pipeline; by default, as the system calls it. */
  readonly host?: string | undefined
  /** Whether the run ends when its bounded sources have ended; the end closes every window. */
  readonly untilEnd: boolean
  /** The queries that start anew, and from where. */
  readonly reset: ReadonlyMap<string, Reset>
  /** Given, the pipeline starts as if it had never run, if this allows it. */
  readonly fresh?: Confirm
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  /** Opens another bus than the pipeline's own: for tests. */
  readonly openBus?: (context: OwnBusContext) => Promise<Bus>
  /** Bytes of a segment; the default is that of the bus. */
  readonly segmentBytes?: number
  /** Aborted to stop cleanly: all lines that were read are delivered, and the next run goes on behind them. */
  readonly stop: AbortSignal
  /** How other processes may ask this one; not given, for tests, nobody can. */
  readonly control?: ControlOptions
  /** Standard output, for the sinks that show rows. */
  readonly output: SinkContext['output']
  /** The options by which the commands in messages find this pipeline: `-p p.yaml --data d`; by default nothing. */
  readonly which?: WhichText
  /** The time zone of this machine; UTC by default. */
  readonly machineZone?: string
  /** Called once everything is open, with the text of what each source listens to or reads. */
  started(sources: readonly string[], reload: Reload): void
  warn(message: string): void
  /** Called at the end with what could use none of its lines or rows, if the input has ended. */
  unusable?(failures: readonly Failure[]): void
  /** Called when something was done that nobody waits for: a report. */
  note?(message: string): void
  /** Called with a function that shows the state of the run at any moment. */
  watch?(look: () => RunLook): void
  /** Called with what a test needs, whose sources bring in lines when it says so. */
  steer?(steering: Steering): void
  /** Also in a run to the end of its input, reports are run when they are due, until this is aborted. */
  readonly schedules?: AbortSignal
  /** Called with what a person who watches may want to see at any moment; the signs are made when they are asked for. */
  show?(signs: RunSigns): void
}

export type Steering = {
  /** Resolves once everything that came in was read, and everything put out is durable. Nothing may come in meanwhile. */
  settle(): Promise<void>
  /** Brings what lookup tables contain now into use; resolves when it is. */
  lookUp(): Promise<void>
  /** Runs a report over the span that ends at a time. Rejects with its Failure. */
  report(name: string, until: EventTime): Promise<void>
}

export type SignsOfLife = {
  /** Lines of this run. */
  readonly lines: number
  /** Lines a second that its sources are to bring, where all of them set their own pace; null where one does not. */
  readonly pace: number | null
  /** The latest event time, and the least watermark, of the topics that sources fill; null where there is none. */
  readonly latestEvent: string | null
  readonly watermark: string | null
  /** As in the summary at the end. */
  readonly late: number
  readonly dead: number
}

export type RunSigns = {
  counts(): SignsOfLife
  /**
   * The rows that the open windows of a query would have if they ended now; undefined where it has no open windows, or they
   * hold so much that this would take time. Nothing is changed by it.
   */
  openWindows(query: string): readonly Batch[] | undefined
}

export type ControlOptions = {
  /** The version of the program, for the status. */
  readonly version: string
  /** Commands that the caller answers: `reload` is its own, as it reads the pipeline file. */
  readonly commands?: ControlCommands
  /** Opens the control socket of the data folder, which this process owns. */
  open(dataFolder: string, commands: ControlCommands, warn: (message: string) => void): Promise<AsyncDisposable>
}

/** The options of a run with what all its parts share. */
export type RunContext = RunOptions & {
  readonly bus: Bus
  readonly fullDisk: FullDisk
  /** The data folder that this process owns. */
  readonly data: Pick<DataFolder, 'identity'>
  /** What this process has of a shared pipeline; absent: all of it. */
  readonly share?: SharingProcess | undefined
  /** Throws a Failure where another process may own the data folder, or has taken over parts of this one. */
  checkOwned?(): void
  /** What the places of sinks had before. */
  readonly beforeMemory: BeforeMemory
  /** Ends the run because a part has failed. */
  fail(error: unknown): void
  /** Notes what a source could not read: a run to the end of its input fails with it at last. */
  readonly missed: (failure: Failure) => void
}

export type RunLook = {
  readonly lines: number
  /** By query: of the rows that became durable since the last look. */
  readonly latency: { readonly [query: string]: Latency }
  /** By query: bytes of memory of its open windows. */
  readonly state: { readonly [query: string]: number }
}

/**
 * Replaces the pipeline of a run while it goes on; resolves with the changes, in words. Rejects with a Failure if that
 * cannot be done; then everything goes on as it was.
 */
export type Reload = (load: LoadPipeline) => Promise<readonly string[]>

/** Reads the pipeline that a run becomes. It is called when nothing else changes the run, so the last reload has the newest file. */
export type LoadPipeline = () => CheckedPipeline | Promise<CheckedPipeline>
