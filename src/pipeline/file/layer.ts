/**
 * One file of a pipeline, the pipeline file itself or one that is laid over it, in YAML or as a module. What it says is not
 * checked here.
 */
import { readFileSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from '../../base/failure.ts'
import { baseFolder } from './base-folder.ts'
import { openSubstitution, type StandIn, type Variables } from './substitute.ts'
import { readYaml, type Tree, treeOfModule } from './yaml-tree.ts'

export type Layer = {
  readonly file: string
  readonly tree: Tree
  /** The files that were read: this one, and those of `${file:…}`. */
  readonly files: readonly string[]
  /** The text with values from the environment replaced by their `${…}`. */
  mask(text: string): string
}

export type LayerOptions = {
  readonly environment: Variables
  /** What stands for values that are missing; absent: they are mistakes. */
  readonly standIn?: StandIn | undefined
  /** How many times this process has read the file before, so that a changed module is loaded again. */
  readonly time?: number | undefined
  /** What the file is called in messages. */
  readonly what: 'pipeline file' | 'overlay'
}

const MAX_BYTES = 4 << 20

/** Throws a Failure if the file cannot be read, or is neither YAML nor a module that exports a pipeline. */
export async function loadLayer(file: string, options: LayerOptions): Promise<Layer> {
  const path = resolve(file)
  const text = readText(file, path, options.what)
  if (!['.ts', '.mts', '.js', '.mjs'].includes(extname(path)))
    return readLayer(file, text, options.environment, options.standIn)
  const value = await importPipeline(file, path, options.time)
  return { file, tree: treeOfModule(file, value), files: [path], mask: (shown) => shown }
}

/** Reads the text of a YAML file. Relative paths of `${file:…}` start at its folder. */
export function readLayer(file: string, text: string, environment: Variables, standIn?: StandIn): Layer {
  const folder = baseFolder(file)
  const files = [resolve(file)]
  const read = (name: string) => {
    files.push(resolve(folder, name))
    try {
      return readFileSync(resolve(folder, name), 'utf8')
    } catch {
      return undefined
    }
  }
  const substitution = openSubstitution(environment, read, standIn)
  const tree = readYaml(file, text, (value) => (typeof value === 'string' ? substitution.apply(value) : value))
  return { file, tree, files, mask: substitution.mask }
}

function readText(file: string, path: string, what: LayerOptions['what']): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw new Failure('not-found', `there is no ${what} ${file}`, { cause })
    if (code === 'EISDIR') throw new Failure('not-found', `${file} is a folder, not a pipeline file`, { cause })
    if (code === 'EACCES' || code === 'EPERM') {
      throw new Failure('denied', `the ${what} ${file} may not be read by this user`, { cause })
    }
    throw new Failure('io', `the ${what} ${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (bytes.length > MAX_BYTES) throw new Failure('pipeline', `${file} is larger than a pipeline file may be: 4 MiB`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Failure('pipeline', `${file} is not UTF-8 text`, { cause })
  }
}

async function importPipeline(file: string, path: string, time = 0): Promise<unknown> {
  let module: { readonly default?: unknown; readonly pipeline?: unknown }
  try {
    module = await import(`${pathToFileURL(path).href}${time === 0 ? '' : `?reload=${time}`}`)
  } catch (cause) {
    const { message } = cause as Error
    // Of the nearest package.json: Node takes such files for CommonJS.
    const isCommonJs = /Cannot use import statement outside a module|Unexpected token 'export'/.test(message)
    const hint = isCommonJs
      ? `Call it ${basename(path, extname(path))}.m${extname(path).slice(1)}, or write "type": "module" into package.json.`
      : undefined
    throw new Failure('pipeline', `${file} cannot be loaded: ${message}`, { hint, cause })
  }
  const value = module.pipeline ?? module.default
  if (value !== undefined) return value
  throw new Failure('pipeline', `${file} exports no pipeline`, {
    hint: 'Write: export const pipeline = definePipeline({ … })',
  })
}
