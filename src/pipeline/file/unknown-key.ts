/** What is said of keys that the schema does not have: a misspelt one, a kind that does not exist, a line without its indent. */
import type { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import type { PipelineText } from './pipeline-text.ts'
import { isSecretAt, keysAt, kindsAt, type Schema, spelledAt } from './schema-parts.ts'
import { meant, nameOf, partAt } from './shown.ts'
import { isGroup, type Path } from './yaml-tree.ts'

/** What people call a format that has another name here. */
const OTHER_NAMES: { readonly [name: string]: string } = {
  apache: 'Its usual access log is combined; without referer and agent it is common.',
  nginx: 'Its usual access log is combined.',
  httpd: 'Its usual access log is combined; without referer and agent it is common.',
  clf: 'That is common.',
  ndjson: 'One JSON object a line is json.',
  jsonl: 'One JSON object a line is json.',
  text: 'Lines as they are, in one column, are lines.',
  plain: 'Lines as they are, in one column, are lines.',
}

/** Keys that are reserved for later versions, by section ('' is the top). */
const NOT_YET: { readonly [section: string]: readonly string[] } = {
  queries: ['partitions'],
}

export type UnknownKeys = {
  readonly keys: readonly string[]
  readonly path: Path
  readonly whole: unknown
  readonly schema: Schema
}

/** One failure for each of the keys; of lines without an indent, one for all. */
export function unknownKeys(unknown: UnknownKeys, text: PipelineText): readonly Failure[] {
  const { keys, path, whole } = unknown
  const outside = path.length === 0 ? unindented(whole, keys) : []
  const [first] = outside
  const failures = keys
    .filter((key) => outside.every((one) => one.key !== key))
    .map((key) => unknownKey(key, unknown, text))
  if (first === undefined) return failures
  const message = `"${first.key}" is no key of a pipeline, and "${first.section}" above it is empty`
  const hint = `Indent it: what belongs to ${first.section} begins further to the right.`
  return [text.failure([first.key], message, { at: 'key', hint }), ...failures]
}

/** Unknown keys that follow an empty section: they were meant to be in it. */
export function unindented(
  whole: unknown,
  unknown: readonly string[],
): readonly { readonly key: string; readonly section: string }[] {
  if (!isGroup(whole)) return []
  let section: string | undefined
  return Object.entries(whole).flatMap(([key, value]) => {
    if (!unknown.includes(key)) section = value === null ? key : undefined
    else if (section !== undefined) return { key, section }
    return []
  })
}

function unknownKey(key: string, { path, whole, schema }: UnknownKeys, text: PipelineText): Failure {
  const section = path.length === 0 ? '' : String(path[0])
  if ((path.length === 0 || path.length === 2) && NOT_YET[section]?.includes(key)) {
    return text.failure([...path, key], `"${key}" is not supported yet`, { at: 'key' })
  }
  const known = keysAt(schema, path)
  const kinds = kindsAt(schema, path)
  // `format: apache` is short for `format: { apache: {} }`.
  const isShort = typeof partAt(whole, path) === 'string'
  if (isShort || isKind(key, { known, kinds, given: partAt(whole, path) })) {
    const what = isShort ? shortKind(path) : SECTION_KINDS[section]
    if (what !== undefined) {
      const at = isShort ? path : [...path, key]
      const other = what === 'format' ? OTHER_NAMES[key.toLowerCase()] : undefined
      const hint = [other ?? meant(key, kinds), `There are: ${kinds.join(', ')}.`].filter((one) => one !== undefined)
      return text.failure(at, `there is no ${what} "${key}"`, { at: isShort ? 'value' : 'key', hint: hint.join(' ') })
    }
  }
  const where = path.length === 0 ? '' : ` in ${nameOf(path)}`
  const own = optionOfKind(key, { path, whole, schema })
  if (own !== undefined) return text.failure([...path, key], `unknown key "${key}"${where}`, { at: 'key', hint: own })
  const offered = known.length === 0 ? undefined : `Known here: ${known.join(', ')}.`
  const hint = [meant(key, known), offered].filter((one) => one !== undefined).join(' ')
  return text.failure([...path, key], `unknown key "${key}"${where}`, {
    at: 'key',
    hint: hint === '' ? undefined : hint,
  })
}

/** What to write where the key is an option of the kind that stands beside it: `csv: { path: out.csv, header: false }`. */
function optionOfKind(key: string, { path, whole, schema }: Omit<UnknownKeys, 'keys'>): string | undefined {
  const given = partAt(whole, path)
  if (path.length !== 2 || !isGroup(given) || keysAt(schema, path).length === 0) return undefined
  // The kind of a topic's format is one step further down.
  const formatAt = [...path, 'format']
  const at = path[0] === 'topics' ? formatAt : path
  const holder = spelledAt(schema, at, partAt(whole, at))
  const kinds = kindsAt(schema, at).filter((kind) => isGroup(holder) && Object.hasOwn(holder, kind))
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1 || !isGroup(holder)) return undefined
  const kindAt = [...at, kind]
  if (!keysAt(schema, kindAt).includes(key)) return undefined
  const options = spelledAt(schema, kindAt, holder[kind] ?? {})
  if (!isGroup(options)) return undefined
  if (Object.hasOwn(options, key)) return `${kind} has its ${key} already: leave this one out.`
  const written = Object.entries({ ...options, [key]: given[key] }).map(([name, value]) => {
    return `${name}: ${isSecretAt(schema, [...kindAt, name]) ? '…' : flowText(value)}`
  })
  const entry = `${kind}: { ${written.join(', ')} }`
  return `It is an option of ${kind}: ${at === path ? entry : `format: { ${entry} }`}`
}

/** A value as it may stand between braces; of a group or a list, only that it is there. */
const flowText = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? '…'
    : typeof value === 'string' && !/^[\w./][\w./:@%*-]*$/.test(value)
      ? JSON.stringify(value)
      : String(value)

/** What a text at this path is the kind of. */
const shortKind = (path: Path): string =>
  isInside(path) ? 'format' : path[0] === 'alerts' ? 'notifier' : String(path.at(-1))

/** Whether the part is the format in a column of another: `inside: { message: combined }`. */
const isInside = (path: Path): boolean => path.at(-2) === 'inside'

const SECTION_KINDS: { readonly [section: string]: string } = {
  sources: 'kind of source',
  sinks: 'kind of sink',
  tables: 'kind of table',
}

type Kinds = { readonly known: readonly string[]; readonly kinds: readonly string[]; readonly given: unknown }

/** Whether the key stands where the kind should, and is not another key, misspelt. */
function isKind(key: string, { known, kinds, given }: Kinds): boolean {
  if (kinds.length === 0 || !isGroup(given) || kinds.some((kind) => Object.hasOwn(given, kind))) return false
  const near = nearest(key, known)
  return near === undefined || kinds.includes(near)
}
