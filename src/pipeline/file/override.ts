/**
 * `--set a.b=c` puts one value into a pipeline before it is checked; `--set N=10`, a name without a dot, gives a parameter its
 * value. The value is read as YAML: numbers, lists, {…}.
 */
import { parse } from 'yaml'
import { Failure } from '../../base/failure.ts'
import { keysAt, partsOf, type Schema, spelledOut } from './schema-parts.ts'
import { meant } from './shown.ts'
import { isGroup, type Path } from './yaml-tree.ts'

export type Override = { readonly path: Path; readonly value: unknown; readonly written: string }

/** Throws a Failure 'usage' if the text is no path and value. */
export function parseOverride(written: string): Override {
  const equals = written.indexOf('=')
  const path = written.slice(0, Math.max(0, equals)).split('.')
  if (equals < 1 || path.some((part) => part === '' || part === '__proto__')) {
    // What is behind the path may be a secret.
    const shown = /^[\w.-]*=?/.exec(written)?.[0] ?? ''
    throw new Failure('usage', `--set ${shown}: expected a path and a value, as in --set topics.access.partitions=4`)
  }
  try {
    return { path, value: parse(written.slice(equals + 1)), written }
  } catch (cause) {
    throw new Failure('usage', `--set ${path.join('.')}: what is behind the = is not YAML`, { cause })
  }
}

/**
 * The override, where a name alone is that of a parameter; `params` are the names that the files declare. Throws a Failure
 * 'usage' where it is neither that nor a key of the file.
 */
export function ofParams(override: Override, params: readonly string[], schema: Schema): Override {
  const [name, ...rest] = override.path.map(String)
  if (name === undefined || rest.length > 0) return override
  if (params.includes(name)) return { ...override, path: ['params', name, 'default'] }
  const keys = keysAt(schema, [])
  if (keys.includes(name)) return override
  const near = meant(name, [...params, ...keys])
  const there = params.length === 0 ? 'The pipeline has none.' : `There are: ${params.join(', ')}.`
  throw new Failure('usage', `--set ${name}: there is no parameter "${name}"`, {
    hint: `${near === undefined ? '' : `${near} `}${there} A path of the file has dots, as in topics.access.partitions=4.`,
  })
}

/**
 * The value with the override put in. A part of the path that is missing or no group of keys becomes a group; a short spelling
 * becomes what it stands for.
 */
export function applyOverride(value: unknown, { path, value: given }: Override, schemas: readonly Schema[]): unknown {
  const [first, ...rest] = path
  if (first === undefined) return given
  const whole = spelledOut(value, schemas)
  const group = isGroup(whole) ? whole : {}
  const inner = Object.hasOwn(group, first) ? group[first] : undefined
  const below = { path: rest, value: given, written: '' }
  return { ...group, [first]: applyOverride(inner, below, partsOf(schemas, String(first))) }
}
