/** The bus of a pipeline, for commands: for reading while the pipeline may run, or owned together with the data folder. */
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/node-disk.ts'
import { buses } from '../../bus/all.ts'
import type { Bus, BusName, BusReader } from '../../bus/bus.ts'
import { ownDataFolder } from '../../data/data-folder.ts'

/** The bus of a data folder, for reading. Throws a Failure where it is no data folder. */
export const readBus = (dataFolder: string, bus: BusName): BusReader =>
  buses[bus].read(nodeDisk, dataFolder, systemClock)

/**
 * Opens the bus and owns the data folder until it is disposed of. Rejects with a Failure ('in-use') where the pipeline runs.
 */
export async function openBus(
  dataFolder: string,
  bus: BusName,
  warn: (message: string) => void = () => {},
): Promise<Bus> {
  await using opening = new AsyncDisposableStack()
  const data = opening.use(await ownDataFolder(nodeDisk, dataFolder, systemClock))
  const opened = opening.use(await buses[bus].open(data, { clock: systemClock, warn }))
  const held = opening.move()
  return { ...opened, [Symbol.asyncDispose]: () => held.disposeAsync() }
}
