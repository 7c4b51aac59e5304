/**
 * Reads a pipeline file, with the files that are laid over it (`overlay.ts`), into a `PipelineFile` that fits the schema;
 * anything else is a Failure with its place. `check.ts` checks whether its names exist and its SQL makes sense.
 */

import { resolve } from 'node:path'
import type * as z from 'zod'
import { Failure, failureOf, throwAll } from '../../base/failure.ts'
import { withoutPasswords } from '../../base/secret.ts'
import type { UserFunctions } from '../../sql/function/function.ts'
import { loadFunctions } from '../../sql/user-function/load.ts'
import type { PipelineFile } from '../definition.ts'
import { baseFolder } from './base-folder.ts'
import { type Layer, loadLayer, readLayer } from './layer.ts'
import { loadKinds } from './load-kinds.ts'
import { layOver } from './overlay.ts'
import { applyOverride, ofParams, parseOverride } from './override.ts'
import { paramNames, readParams } from './params/declared.ts'
import type { Param } from './params/param.ts'
import { type PutParams, putParams } from './params/put.ts'
import { openPipelineText, type PipelineText } from './pipeline-text.ts'
import { prepareFormats } from './prepare-formats.ts'
import { repair } from './repair.ts'
import { pipelineSchema } from './schema.ts'
import { keysAt } from './schema-parts.ts'
import { schemaProblems } from './schema-problems.ts'
import { withoutSecretPlaces, withoutSecrets, withoutSecretWritten } from './secrets.ts'
import { meant } from './shown.ts'
import type { StandIn, Variables } from './substitute.ts'
import { isGroup, type Path, pathKey, type Tree } from './yaml-tree.ts'

export type LoadOptions = {
  readonly environment: Variables
  /** What stands for values of `${…}` that are missing, as in tests; absent: they are mistakes. */
  readonly standIn?: StandIn
  /** `--set` as written: `a.b=c`. */
  readonly overrides?: readonly string[]
  /** `--with`: files that are laid over the pipeline file, in this order. */
  readonly overlays?: readonly string[]
  /** How many times this process has read the files before, so that a changed module is loaded again. */
  readonly time?: number
}

export type LoadedPipeline = {
  readonly definition: PipelineFile
  /** Everything that the files and options say, before defaults are filled in, without its secrets. */
  readonly written: unknown
  /** Folder of the pipeline file: relative paths start here. */
  readonly folder: string
  readonly text: PipelineText
  readonly params: readonly LoadedParam[]
  /** Mistakes of the file itself; `definition` is then what is left without them, to be checked and never to run. */
  readonly problems: readonly Failure[]
  /** What is not in `definition` because of them: see `repair.ts`. */
  readonly leftOut: ReadonlySet<string>
  /** Why formats could not be prepared that perhaps can be later: their topics are left out of `definition`. */
  readonly unprepared: readonly Failure[]
  /** Those of the files of functions. */
  readonly functions: UserFunctions
  /** The files that were read: the pipeline file, its overlays, and those of `${file:…}` and of functions. */
  readonly files: readonly string[]
}

/** A parameter with its value, and whether anything in the pipeline uses it. */
export type LoadedParam = Param & { readonly isUsed: boolean }

/** Throws a Failure with all mistakes if a file cannot be read or the outcome does not fit the schema. */
export const loadPipeline = async (file: string, options: LoadOptions): Promise<LoadedPipeline> =>
  withoutProblems(await loadForCheck(file, options))

/** Reads a pipeline that may have `problems`, for `checkPipeline`, which reports them with its own. */
export async function loadForCheck(file: string, options: LoadOptions): Promise<LoadedPipeline> {
  const { environment, standIn, time, overlays = [] } = options
  const layers: Layer[] = []
  for (const [index, name] of [file, ...overlays].entries()) {
    layers.push(await loadLayer(name, { environment, standIn, time, what: index === 0 ? 'pipeline file' : 'overlay' }))
  }
  await loadKinds(
    layers.map(({ tree }) => tree.value),
    options.overrides,
  )
  const loaded = finish(layers, options)
  const functions = await functionsOf(loaded)
  const files = [...loaded.files, ...functionFiles(loaded).map((name) => resolve(loaded.folder, name))]
  return { ...loaded, ...(await prepareFormats(loaded, loaded)), functions, files }
}

const functionFiles = ({ definition }: LoadedPipeline): readonly string[] => [definition.functions].flat()

/** Throws a Failure at the entry of a file that cannot be used: queries would only say that its functions are not there. */
async function functionsOf(loaded: LoadedPipeline): Promise<UserFunctions> {
  try {
    return await loadFunctions(functionFiles(loaded), loaded.folder)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw loaded.text.failure(['functions'], error.message, { hint: error.hint })
  }
}

/**
 * Reads the text of a YAML file, and the texts that are laid over it by the names of their files. Formats are not prepared; the kinds
 * that it names have been loaded: see `load-kinds.ts`.
 * Throws like `loadPipeline`.
 */
export const readPipeline = (...read: Parameters<typeof readForCheck>): LoadedPipeline =>
  withoutProblems(readForCheck(...read))

/** The same for `checkPipeline`: the outcome may have `problems`. */
export function readForCheck(
  file: string,
  text: string,
  options: Omit<LoadOptions, 'overlays'>,
  overlays: readonly (readonly [file: string, text: string])[] = [],
): LoadedPipeline {
  const layers = [[file, text] as const, ...overlays].map(([name, text]) => readLayer(name, text, options.environment))
  return finish(layers, options)
}

function finish(layers: readonly Layer[], options: LoadOptions): LoadedPipeline {
  const file = layers[0]?.file ?? ''
  const trees = layers.map((layer) => withoutSecretPlaces(layer.tree, pipelineSchema))
  const tree = trees.reduce((below, above) => layOver(below, above, pipelineSchema))
  const overrides = (options.overrides ?? []).map((one) => {
    const override = ofParams(parseOverride(one), paramNames(tree.value), pipelineSchema)
    return withoutSecretWritten(override, pipelineSchema)
  })
  const whole = overrides.reduce((value, one) => applyOverride(value, one, [pipelineSchema]), tree.value)
  const mask = (shown: string) => withoutPasswords(layers.reduce((masked, layer) => layer.mask(masked), shown))
  const plain = openPipelineText({ file, tree, overrides, mask })
  if (!isGroup(whole)) {
    const what = whole === null || whole === undefined ? 'the file is empty, and a pipeline' : 'a pipeline'
    throw plain.failure([], `${what} is a group of keys: version, name, sources, topics, queries, sinks`)
  }
  const lost = lostKey(whole)
  if (lost !== undefined) throw plain.failure(lost, '__proto__ cannot be a name here', { at: 'key' })
  const found = layers.flatMap((layer) => layer.tree.repeated)
  const { put, params, problems: ofParameters } = withParams(whole, trees, plain)
  const changedTree = { ...tree, isChanged: (path: Path) => isIn(put.changed, path) || tree.isChanged(path) }
  const text = openPipelineText({ file, tree: changedTree, overrides, mask })
  const read = readDefinition(put.value, changedTree, { text, repeated: [...found, ...ofParameters] })
  const files = layers.flatMap((layer) => layer.files)
  const written = withoutSecrets(whole, pipelineSchema, mask)
  return { ...read, unprepared: [], functions: new Map(), written, folder: baseFolder(file), text, params, files }
}

type WithParams = { readonly put: PutParams; readonly params: readonly LoadedParam[]; readonly problems: Failure[] }

/** The pipeline with its parameters put in. Throws a Failure where there is one whose value nobody knows. */
function withParams(whole: unknown, trees: readonly Tree[], text: PipelineText): WithParams {
  const problems: Failure[] = []
  const params = readParams(whole, trees, text, problems)
  const names = paramNames(whole)
  const keys = keysAt(pipelineSchema, [])
  for (const name of names.filter((one) => keys.includes(one))) {
    const message = `a parameter cannot be called ${name}, as a key of the file is: --set ${name}=… means that key`
    problems.push(text.failure(['params', name], message, { at: 'key' }))
  }
  const put = putParams(whole, pipelineSchema, {
    params,
    unknown(path, name) {
      // Of one with a wrong value, that is said.
      if (names.includes(name)) return
      const hint = `${meant(name, names) ?? ''} ${names.length === 0 ? 'Declare it under params.' : `There are: ${names.join(', ')}.`}`
      problems.push(text.failure(path, `there is no parameter "${name}"`, { hint: hint.trim() }))
    },
    refuse: (path, message, hint) => void problems.push(text.failure(path, message, { hint })),
  })
  if (put.isUnsettled) throwAll(problems)
  return { put, params: [...params.values()].map((one) => ({ ...one, isUsed: put.used.has(one.name) })), problems }
}

/** Whether a path, or a part that it lies in, is among those of a set. */
const isIn = (paths: ReadonlySet<string>, path: Path): boolean =>
  paths.size > 0 && path.some((_, index) => paths.has(pathKey(path.slice(0, index + 1))))

function withoutProblems(loaded: LoadedPipeline): LoadedPipeline {
  throwAll(loaded.problems)
  return loaded
}

/** The pipeline of a value; where the value does not fit, with its problems, and without the parts that have them. */
function readDefinition(
  whole: unknown,
  tree: Tree,
  { text, repeated }: { readonly text: PipelineText; readonly repeated: readonly Failure[] },
): Pick<LoadedPipeline, 'definition' | 'problems' | 'leftOut'> {
  let read = pipelineSchema.safeParse(whole)
  if (!read.success) read = pipelineSchema.safeParse(withTypes(whole, read.error.issues, tree))
  if (read.success) return { definition: read.data, problems: repeated, leftOut: new Set() }
  const problems = [...repeated, ...schemaProblems(read.error, whole, pipelineSchema, text)]
  const leftOut = new Set<string>()
  let value = withTypes(whole, read.error.issues, tree)
  // A second round leaves out whole parts: what is wrong with them by now only follows from the first.
  for (const isGentle of [true, false, false]) {
    const repaired = repair(value, read.error.issues, pipelineSchema, isGentle)
    value = repaired.value
    for (const name of repaired.leftOut) leftOut.add(name)
    read = pipelineSchema.safeParse(value)
    if (read.success) return { definition: read.data, problems, leftOut }
  }
  throw failureOf(problems) ?? text.failure([], 'this is not a pipeline')
}

/** The path to a key that the schema would pass over without a word, as JavaScript has its own meaning for it. */
function lostKey(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, part] of Object.entries(value)) {
    if (key === '__proto__') return [key]
    const below = lostKey(part)
    if (below !== undefined) return [key, ...below]
  }
  return undefined
}

/** A value from `${…}` is text; it becomes a number or boolean if the schema wants one. One of a parameter may become text. */
function withTypes(whole: unknown, issues: readonly z.core.$ZodIssue[], tree: Tree): unknown {
  const typed = structuredClone(whole)
  for (const { code, path, ...issue } of issues) {
    if (code !== 'invalid_type' || !tree.isChanged(path as (string | number)[])) continue
    const parent = path.slice(0, -1).reduce<Parts>((at, part) => at[part] as Parts, typed as Parts)
    const key = path.at(-1) ?? ''
    const text = String(parent[key])
    const expected = 'expected' in issue ? issue.expected : undefined
    if (expected === 'string') {
      if (['number', 'boolean'].includes(typeof parent[key])) parent[key] = text
      continue
    }
    const value = expected === 'boolean' ? { true: true, false: false }[text] : Number(text)
    if (value !== undefined && !Number.isNaN(value) && text.trim() !== '') parent[key] = value
  }
  return typed
}

type Parts = { [part: PropertyKey]: unknown }
