/** Every bus by its name in the pipeline file: `bus: embedded`. A new bus is one line here. */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import type { DataFolder } from '../data/data-folder.ts'
import type { Bus, BusReader } from './bus.ts'
import { type EmbeddedOptions, openEmbedded } from './embedded/embedded.ts'
import { openForReading } from './embedded/reading.ts'

/** What a bus is given: some need the data folder, which belongs to this process as long as the bus is open. */
export type BusOptions = EmbeddedOptions

/** How a bus is opened, and how the one of another process is looked at. */
export type BusType = {
  open(data: DataFolder, options: BusOptions): Promise<Bus>
  read(disk: Disk, dataFolder: string, clock: Clock): BusReader
}

export type BusName = 'embedded'

export const buses: { readonly [Name in BusName]: BusType } = {
  embedded: { open: openEmbedded, read: openForReading },
}
