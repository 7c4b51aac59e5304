/** What a bus of the pipeline file is: its name, its options, and how it is opened. The list is in `all.ts`. */
import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import type { FullDisk } from '../base/disk/full-disk.ts'
import type { Random } from '../base/random.ts'
import type { DataFolder } from '../data/data-folder.ts'
import type { Bus, BusReader } from './bus.ts'

/** What a bus is opened with, besides its options. */
export type BusContext = {
  /** Folder that relative paths of the options start from: that of the pipeline file. */
  readonly folder: string
  readonly clock: Clock
  readonly random: Random
  /** Called with a message where the bus had to mend something, waits for something, or goes on. */
  readonly warn: (message: string) => void
}

/** For a bus that this process writes to. */
export type OwnBusContext = BusContext & {
  /** The data folder, which this process owns. */
  readonly data: DataFolder
  /** How to wait for room on a full disk; by default, until the bus is closed. */
  readonly fullDisk?: FullDisk | undefined
  /** A segment that would grow beyond this many bytes is followed by a new one. */
  readonly segmentBytes?: number | undefined
  /** Once aborted, a request that fails is not tried again, but rejects: somebody waits for the end. */
  readonly giveUp?: AbortSignal | undefined
}

/** For a bus that is only read, while another process may write to it. */
export type ReadBusContext = BusContext & { readonly disk: Disk; readonly dataFolder: string }

export type BusType<Options = unknown> = {
  readonly name: string
  readonly summary: string
  readonly options: z.ZodType<Options>
  /** Whether other pipelines and programs have topics on it, too. */
  readonly isShared: boolean
  /** The file by which a data folder is known as one of a pipeline on this bus, where the bus is shared. */
  readonly ownFile?: string
  open(options: Options, context: OwnBusContext): Promise<Bus>
  /** Rejects with a Failure where there is no such bus. */
  read(options: Options, context: ReadBusContext): Promise<BusReader>
}

/** A bus with the options that the pipeline file gives it. */
export type ChosenBus = { readonly type: BusType; readonly options: unknown }
