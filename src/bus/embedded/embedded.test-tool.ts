/** The embedded bus with its data folder, which is owned as long as the bus is open. */
import type { Disk } from '../../base/disk.ts'
import { ownDataFolder } from '../../data/data-folder.ts'
import type { Bus } from '../bus.ts'
import { type EmbeddedOptions, openEmbedded } from './embedded.ts'

/** Owns the folder and opens the bus in it. */
export async function ownEmbedded(path: string, { disk, ...options }: EmbeddedOptions & { disk: Disk }): Promise<Bus> {
  const data = await ownDataFolder(disk, path, options.clock)
  try {
    const bus = await openEmbedded(data, options)
    return {
      ...bus,
      async [Symbol.asyncDispose]() {
        try {
          await bus[Symbol.asyncDispose]()
        } finally {
          data[Symbol.dispose]()
        }
      },
    }
  } catch (error) {
    data[Symbol.dispose]()
    throw error
  }
}
