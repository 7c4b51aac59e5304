/**
 * Reads a pipeline file, YAML or TypeScript, into a `PipelineFile` that fits the schema; anything else is a Failure with its
 * place. `check.ts` checks whether its names exist and its SQL makes sense.
 */
import { readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import type { PipelineFile } from '../definition.ts'
import { applyOverride, parseOverride } from './override.ts'
import { openPipelineText, type PipelineText, type PipelineTextOptions } from './pipeline-text.ts'
import { pipelineSchema } from './schema.ts'
import { schemaProblems } from './schema-problems.ts'
import { openSubstitution, type Variables } from './substitute.ts'
import { readYaml } from './yaml-tree.ts'

export type LoadOptions = {
  readonly environment: Variables
  /** `--set` as written: `a.b=c`. */
  readonly overrides?: readonly string[]
  /** How many times this process has read the file before, so that a changed module is loaded again. */
  readonly time?: number
}

export type LoadedPipeline = {
  readonly definition: PipelineFile
  /** Folder of the file: relative paths start here. */
  readonly folder: string
  readonly text: PipelineText
  /** The files that were read: the pipeline file and those of `${file:…}`. */
  readonly files: readonly string[]
}

const MAX_BYTES = 4 << 20

/** Throws a Failure with all mistakes if the file cannot be read or does not fit the schema. */
export async function loadPipeline(file: string, options: LoadOptions): Promise<LoadedPipeline> {
  const path = resolve(file)
  if (['.ts', '.mts', '.js', '.mjs'].includes(extname(path))) {
    const value = await importPipeline(file, path, options.time)
    const plain = { tree: undefined, changed: new Set<string>(), mask: (text: string) => text }
    return finish({ file, folder: dirname(path), value, ...plain, files: [path] }, options)
  }
  return readPipeline(file, readText(file, path), options)
}

/** Reads the text of a YAML file; throws like `loadPipeline`. */
export function readPipeline(file: string, text: string, options: LoadOptions): LoadedPipeline {
  const folder = dirname(resolve(file))
  const files = [resolve(file)]
  const substitution = openSubstitution(options.environment, (name) => {
    files.push(resolve(folder, name))
    try {
      return readFileSync(resolve(folder, name), 'utf8')
    } catch {
      return undefined
    }
  })
  const changed = new Set<string>()
  const tree = readYaml(file, text, (value, at) => {
    if (typeof value !== 'string') return value
    const put = substitution.apply(value)
    if (put !== value) changed.add(at.join('\0'))
    return put
  })
  return finish({ file, folder, value: tree.value, tree, changed, mask: substitution.mask, files }, options)
}

type Read = Pick<LoadedPipeline, 'folder' | 'files'> &
  Omit<PipelineTextOptions, 'overrides'> & { readonly value: unknown }

function finish({ file, folder, value, tree, changed, files, mask }: Read, options: LoadOptions): LoadedPipeline {
  const overrides = (options.overrides ?? []).map(parseOverride)
  const whole = overrides.reduce(applyOverride, value)
  const text = openPipelineText({ file, tree, overrides, changed, mask })
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) {
    throw text.failure([], 'a pipeline is a group of keys: version, name, sources, topics, queries, sinks')
  }
  let read = pipelineSchema.safeParse(whole)
  if (!read.success && changed.size > 0) read = pipelineSchema.safeParse(withTypes(whole, read.error.issues, changed))
  if (!read.success) {
    const [first, ...also] = schemaProblems(read.error, whole, pipelineSchema, text)
    throw withOthers(first ?? text.failure([], 'this is not a pipeline'), also)
  }
  return { definition: read.data, folder, text, files }
}

/** A value from `${…}` is text; it becomes a number or boolean if the schema wants one. */
function withTypes(whole: unknown, issues: readonly z.core.$ZodIssue[], changed: ReadonlySet<string>): unknown {
  const typed = structuredClone(whole)
  for (const { code, path, ...issue } of issues) {
    if (code !== 'invalid_type' || !changed.has(path.join('\0'))) continue
    const parent = path.slice(0, -1).reduce<Parts>((at, part) => at[part] as Parts, typed as Parts)
    const key = path.at(-1) ?? ''
    const text = String(parent[key])
    const value =
      'expected' in issue && issue.expected === 'boolean' ? { true: true, false: false }[text] : Number(text)
    if (value !== undefined && !Number.isNaN(value) && text.trim() !== '') parent[key] = value
  }
  return typed
}

type Parts = { [part: PropertyKey]: unknown }

/** The first failure, which carries the others in `also`. */
export function withOthers(first: Failure, also: readonly Failure[]): Failure {
  if (also.length === 0) return first
  const { code, message, place, hint, cause } = first
  return new Failure(code, message, { place, hint, cause, also })
}

function readText(file: string, path: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw new Failure('not-found', `there is no pipeline file ${file}`, { cause })
    if (code === 'EISDIR') throw new Failure('not-found', `${file} is a folder, not a pipeline file`, { cause })
    if (code === 'EACCES' || code === 'EPERM') {
      throw new Failure('denied', `the pipeline file ${file} may not be read by this user`, { cause })
    }
    throw new Failure('io', `the pipeline file ${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (bytes.length > MAX_BYTES) throw new Failure('limit', `${file} is larger than a pipeline file may be: 4 MiB`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Failure('pipeline', `${file} is not UTF-8 text`, { cause })
  }
}

async function importPipeline(file: string, path: string, time = 0): Promise<unknown> {
  readText(file, path)
  let module: { readonly default?: unknown; readonly pipeline?: unknown }
  try {
    module = await import(`${pathToFileURL(path).href}${time === 0 ? '' : `?reload=${time}`}`)
  } catch (cause) {
    throw new Failure('pipeline', `${file} cannot be loaded: ${(cause as Error).message}`, { cause })
  }
  const value = module.pipeline ?? module.default
  if (value !== undefined) return value
  throw new Failure('pipeline', `${file} exports no pipeline`, {
    hint: 'Write: export const pipeline = definePipeline({ … })',
  })
}
