/**
 * Which data folder a command looks into: the one named, that of a pipeline, or, with neither, the only one below
 * `.tailrace` here. And which of its topics is meant: a query's topic goes by the query's name alone, too.
 */
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { nodeDisk } from '../base/node-disk.ts'
import { type FolderReader, openForReading } from '../bus/reading.ts'
import { loadPipeline } from '../pipeline/load.ts'

export type DataOptions = { readonly data?: string; readonly pipeline?: string }

export function withDataOptions(command: Command): Command {
  return command
    .addOption(new Option('--data <folder>', 'the data folder (default: that of the pipeline, or the only one here)'))
    .addOption(new Option('--pipeline <file>', 'the pipeline whose data folder it is'))
}

export async function dataFolderOf({ data, pipeline }: DataOptions): Promise<string> {
  if (data !== undefined) return resolve(data)
  if (pipeline !== undefined) {
    const { definition, folder } = await loadPipeline(pipeline, { environment: process.env, overrides: [] })
    return resolve(join(folder, '.tailrace', definition.name))
  }
  const [only, ...others] = foldersHere()
  if (only !== undefined && others.length === 0) return resolve('.tailrace', only)
  throw new Failure(
    'usage',
    only === undefined ? 'there is no data folder here' : 'there are several data folders here',
    {
      hint: `Name one: --data FOLDER${only === undefined ? ', or --pipeline FILE' : ` (${[only, ...others].map((name) => `.tailrace/${name}`).join(', ')})`}.`,
    },
  )
}

function foldersHere(): readonly string[] {
  try {
    return nodeDisk.list('.tailrace')
  } catch {
    return []
  }
}

export async function openData(options: DataOptions): Promise<FolderReader & { readonly folder: string }> {
  const folder = await dataFolderOf(options)
  return { folder, ...openForReading(nodeDisk, folder) }
}

/** The whole name of a topic: `methods` is `nasa.methods` where no other topic is called so. */
export function topicNamed(name: string, reader: FolderReader): string {
  const names = reader.topics().map((topic) => topic.name)
  if (names.includes(name)) return name
  const [found, ...others] = names.filter((one) => one.endsWith(`.${name}`))
  if (found !== undefined && others.length === 0) return found
  const near = nearest(name, names)
  const hint = near === undefined ? `The topics are ${names.join(', ')}.` : `Did you mean ${near}?`
  throw new Failure('not-found', `there is no topic ${name}`, { hint })
}
