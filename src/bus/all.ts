/** Every bus by its name in the pipeline file: `bus: embedded`. A new bus is one line here, and its name in `bus.ts`. */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import type { DataFolder } from '../data/data-folder.ts'
import type { Bus, BusName, BusReader } from './bus.ts'
import { type EmbeddedOptions, openEmbedded } from './embedded/embedded.ts'
import { openForReading } from './embedded/reading.ts'

/** How to open a bus in a data folder that this process owns, and how to read one that another process may own. */
export type BusType = {
  open(data: DataFolder, options: EmbeddedOptions): Promise<Bus>
  read(disk: Disk, dataFolder: string, clock: Clock): BusReader
}

export const buses: { readonly [Name in BusName]: BusType } = {
  embedded: { open: openEmbedded, read: openForReading },
}
