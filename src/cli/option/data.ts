/**
 * The data folder that a command reads: the one named, or that of the pipeline (see pipeline.ts). And its topics by name: a
 * query's topic goes by the query's name alone, too.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { buses, EMBEDDED } from '../../bus/all.ts'
import type { BusReader } from '../../bus/bus.ts'
import { chosenBus } from '../../pipeline/check/bus.ts'
import { checkPipeline } from '../../pipeline/check/check.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import type { LoadedPipeline } from '../../pipeline/file/load.ts'
import { existing, type PipelineBus, readBus } from './bus.ts'
import { dataFolderOf, loadWhich, pipelinesHere, type WhichOptions } from './pipeline.ts'

/** The data folder, and the bus of its pipeline. */
export type DataPlace = PipelineBus & {
  readonly dataFolder: string
  /** The pipeline file, not checked; undefined where there is none. */
  readonly loaded?: LoadedPipeline
}

/**
 * The data folder that the options name, and the bus of its pipeline. Where there is no pipeline file at all, the only
 * folder below `.tailrace` here. Rejects with a Failure where there are several, or none, or its topics are elsewhere.
 */
export async function dataPlace(options: WhichOptions): Promise<DataPlace> {
  const isAlone = options.pipeline === undefined && options.with.length === 0
  if (options.data !== undefined && isAlone) return folderAlone(resolve(options.data))
  if (options.pipeline === undefined && pipelinesHere().length === 0) return folderAlone(onlyFolder())
  const loaded = await loadWhich(options)
  const { definition, folder } = loaded
  const dataFolder = dataFolderOf({ folder, name: definition.name }, options)
  const bus = chosenBus(definition)
  // Topics elsewhere can be looked at from a machine on which the pipeline has never run.
  return { bus, folder, loaded, dataFolder: bus.type.isShared ? dataFolder : existing(dataFolder) }
}

/** A folder holds the topics itself where neither a pipeline file nor a file in it says that they are elsewhere. */
const folderAlone = (dataFolder: string): DataPlace => {
  const folder = existing(dataFolder)
  const shared = buses.find(({ ownFile }) => ownFile !== undefined && existsSync(join(folder, ownFile)))
  if (shared === undefined) return { folder, dataFolder: folder, bus: EMBEDDED }
  throw new Failure(
    'usage',
    `the data folder ${folder} belongs to a pipeline on ${shared.name}, so its topics are there`,
    {
      hint: 'Name the file of the pipeline as well: --pipeline FILE.',
    },
  )
}

function onlyFolder(): string {
  const [only, ...others] = foldersHere()
  if (only !== undefined && others.length === 0) return resolve('.tailrace', only)
  if (only === undefined) {
    throw new Failure('usage', 'there is neither a pipeline file nor a data folder here', {
      hint: 'Name one: --pipeline FILE or --data FOLDER.',
    })
  }
  throw new Failure('usage', 'there are several data folders here', {
    hint: `Name one: --data FOLDER (${[only, ...others].map((name) => `.tailrace/${name}`).join(', ')}).`,
  })
}

function foldersHere(): readonly string[] {
  try {
    return nodeDisk.list('.tailrace')
  } catch {
    return []
  }
}

/** The bus of the data folder that the options name, for reading. Rejects with a Failure where there is no such folder. */
export async function openData(options: WhichOptions): Promise<BusReader & DataPlace> {
  const place = await dataPlace(options)
  const mistake = mistakeThatHides(place)
  if (mistake !== undefined) throw mistake
  return { ...place, ...(await readBus(place.dataFolder, place)) }
}

export type CheckedFile = {
  readonly pipeline: CheckedPipeline | undefined
  /** The mistakes in the file. */
  readonly mistake: Failure | undefined
}

/** The pipeline of the file, if there is one. */
export function checkedFile({ loaded }: DataPlace): CheckedFile {
  if (loaded === undefined) return { pipeline: undefined, mistake: undefined }
  try {
    return { pipeline: checkPipeline(loaded, systemClock.now()).pipeline, mistake: undefined }
  } catch (error) {
    if (error instanceof Failure) return { pipeline: undefined, mistake: error }
    throw error
  }
}

/**
 * The mistake in the pipeline where it hides what there is: on a shared bus the file alone says which topics and groups are
 * those of the pipeline. A data folder that has its own topics can be looked at all the same. `file`, if it is checked already.
 */
export const mistakeThatHides = (place: DataPlace, file?: CheckedFile): Failure | undefined =>
  place.bus.type.isShared ? (file ?? checkedFile(place)).mistake : undefined

/** The name itself, or the only one of which it is the end after a dot. */
export function nameEndingIn(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return name
  const [found, ...others] = names.filter((one) => one.endsWith(`.${name}`))
  return others.length === 0 ? found : undefined
}

/** The whole name of a topic: `methods` is `nasa.methods` where no other name ends so. Rejects with a Failure where none fits. */
export async function topicNamed(name: string, reader: BusReader): Promise<string> {
  const names = (await reader.topics()).map((topic) => topic.name)
  const found = nameEndingIn(name, names)
  if (found !== undefined) return found
  const near = nearest(name, names)
  const all = names.length === 0 ? 'There are no topics at all.' : `The topics are ${names.join(', ')}.`
  const hint = near === undefined ? all : `Did you mean ${near}?`
  throw new Failure('not-found', `there is no topic ${name}`, { hint })
}
