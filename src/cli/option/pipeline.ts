/**
 * The pipeline of a command about its topics, queries or reports: the file given by `--pipeline`, else the only one in the
 * current folder.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { Failure, inShell } from '../../base/failure.ts'
import type { WhichText } from '../../history/command-text.ts'
import { checkPipeline } from '../../pipeline/check/check.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { type LoadedPipeline, type LoadOptions, loadForCheck, loadPipeline } from '../../pipeline/file/load.ts'
import { collect } from './repeated.ts'

export type WhichOptions = {
  readonly pipeline?: string
  readonly data?: string
  readonly with: readonly string[]
  readonly set: readonly string[]
}

export type Which = {
  readonly pipeline: CheckedPipeline
  readonly loaded: LoadedPipeline
  readonly dataFolder: string
}

/** Adds the options that name a pipeline. */
export function whichOptions(command: Command): Command {
  return command
    .option('-p, --pipeline <file>', 'the pipeline file (default: the only one in this folder)')
    .option('--data <folder>', 'the data folder (default: .tailrace/NAME beside the file)')
    .option('--with <file>', 'lay a file over the pipeline; may be repeated, in order', collect, [])
    .option(
      '--set <name=value>',
      'give a parameter a value, or a path of the file: a.b=c; may be repeated',
      collect,
      [],
    )
}

/** The same options for another command, written out: `-p p.yaml --data d`. */
export const whichText = ({ pipeline, data, with: overlays, set }: WhichOptions): WhichText =>
  [
    ...(pipeline === undefined ? [] : ['-p', pipeline]),
    ...overlays.flatMap((file) => ['--with', file]),
    ...set.flatMap((value) => ['--set', value]),
    ...(data === undefined ? [] : ['--data', data]),
  ]
    .map(inShell)
    .join(' ')

/** What is said of the pipeline as an argument. */
export const PIPELINE_ARGUMENT = 'the pipeline file, as with --pipeline'

/** The options with the pipeline that stands among the arguments. Throws a Failure where both name another one. */
export function withPipeline<Options extends Pick<WhichOptions, 'pipeline'>>(
  pipeline: string | undefined,
  options: Options,
): Options {
  if (pipeline === undefined) return options
  if (options.pipeline !== undefined && options.pipeline !== pipeline) {
    throw new Failure('usage', `two pipelines are named: ${pipeline} and --pipeline ${options.pipeline}`)
  }
  return { ...options, pipeline }
}

/** The action of a command with one argument before the pipeline. */
export const namedBefore =
  <Options extends WhichOptions>(action: (name: string, options: Options, command: Command) => Promise<void>) =>
  (...[name, pipeline, options, command]: [string, string | undefined, Options, Command]): Promise<void> =>
    action(name, withPipeline(pipeline, options), command)

/** The pipeline, checked. Throws a Failure if there is none, or several, or it has mistakes. */
export async function readWhich(options: WhichOptions): Promise<Which> {
  const loaded = await loadForCheck(pipelineFile(options), sourcesOf(options))
  const { pipeline } = checkPipeline(loaded, systemClock.now())
  return { pipeline, loaded, dataFolder: dataFolderOf(pipeline, options) }
}

/** The pipeline, read but not checked: enough to know its name. */
export const loadWhich = async (options: WhichOptions): Promise<LoadedPipeline> =>
  loadPipeline(pipelineFile(options), sourcesOf(options))

/** The pipeline file that is named, or the only one in the current folder. Throws a Failure where it is none of these. */
export const pipelineFile = ({ pipeline }: Pick<WhichOptions, 'pipeline'>): string => pipeline ?? onlyPipeline()

/** What a pipeline is read from besides its file. */
export const sourcesOf = (options: Pick<WhichOptions, 'with' | 'set'>): LoadOptions => ({
  environment: process.env,
  overlays: options.with,
  overrides: options.set,
})

/** The data folder that is named, or the one beside the pipeline file. */
export const dataFolderOf = (
  { folder, name }: { readonly folder: string; readonly name: string },
  { data }: Pick<WhichOptions, 'data'>,
): string => resolve(data ?? join(folder, '.tailrace', name))

/** The files in the current folder that look like pipeline files. */
export const pipelinesHere = (): readonly string[] =>
  readdirSync('.').filter((name) => /\.ya?ml$/.test(name) && looksLikePipeline(name))

function onlyPipeline(): string {
  const files = pipelinesHere()
  const [only, another] = files
  if (only !== undefined && another === undefined) return only
  throw new Failure(
    'usage',
    only === undefined ? 'there is no pipeline file in this folder' : `which pipeline? There are ${files.join(', ')}`,
    {
      hint: 'Name it: --pipeline FILE',
    },
  )
}

const looksLikePipeline = (path: string): boolean => {
  try {
    const text = readFileSync(path, 'utf8')
    return /^version:\s*1\b/m.test(text) && /^(topics|queries|tables):/m.test(text)
  } catch {
    return false
  }
}
