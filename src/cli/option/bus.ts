/** The bus of a pipeline, for commands: for reading while the pipeline may run, or owned together with the data folder. */
import { statSync } from 'node:fs'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import { newSeed, seededRandom } from '../../base/random.ts'
import type { Bus, BusReader } from '../../bus/bus.ts'
import type { BusContext } from '../../bus/bus-type.ts'
import { ownDataFolder } from '../../data/data-folder.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { say } from '../say.ts'

/** The bus that a pipeline names; paths in its options start from `folder`. */
export type PipelineBus = Pick<CheckedPipeline, 'bus' | 'folder'>

const contextOf = (folder: string): BusContext => ({
  folder,
  clock: systemClock,
  random: seededRandom(newSeed()),
  warn: say,
})

/** The folder. Throws a Failure ('not-found') where it does not exist. */
export function existing(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder
  throw new Failure('not-found', `there is no data folder ${folder}`, {
    hint: 'The pipeline has not run yet, or it runs with --data FOLDER: name that folder.',
  })
}

/** The bus of a pipeline, for reading. Rejects with a Failure where there is none: topics of its own are in its data folder. */
export async function readBus(dataFolder: string, { bus: { type, options }, folder }: PipelineBus): Promise<BusReader> {
  if (!type.isShared) existing(dataFolder)
  return await type.read(options, { ...contextOf(folder), disk: nodeDisk, dataFolder })
}

/**
 * Opens the bus and owns the data folder until it is disposed of. Rejects with a Failure ('in-use') where the pipeline runs.
 */
export async function openBus(dataFolder: string, { bus: { type, options }, folder }: PipelineBus): Promise<Bus> {
  await using opening = new AsyncDisposableStack()
  const context = contextOf(folder)
  const data = opening.use(await ownDataFolder(nodeDisk, dataFolder, systemClock, context.random))
  const opened = opening.use(await type.open(options, { ...context, data }))
  const held = opening.move()
  return { ...opened, [Symbol.asyncDispose]: () => held.disposeAsync() }
}
