/**
 * Describes in words, and at its place, each part of a pipeline file that does not fit the schema. All problems are found at
 * once.
 */
import type * as z from 'zod'
import type { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { inOrder, type PipelineText } from './pipeline-text.ts'
import { isSecretAt, keysAt, type Schema, shortFormAt, spelledAt, takesEmptyGroup } from './schema-parts.ts'
import { kindName, kindShown, listed, meant, nameOf, partAt, shown } from './shown.ts'
import { unindented, unknownKeys } from './unknown-key.ts'
import { isGroup, type Path, pathKey } from './yaml-tree.ts'

type Issue = z.core.$ZodIssue

/** The problems of each file in its order. */
export function schemaProblems(error: z.ZodError, value: unknown, schema: Schema, text: PipelineText): Failure[] {
  const issues = independent(error.issues, value, schema)
  return inOrder(issues.flatMap((issue) => describe(issue, { whole: value, schema, text })))
}

/** The issues without those that only follow from unknown keys: a misspelt key explains why the right one is missing. */
function independent(issues: readonly Issue[], whole: unknown, schema: Schema): readonly Issue[] {
  const unknown = new Map<string, readonly string[]>()
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') unknown.set(pathKey(issue.path as Path), issue.keys)
  }
  const empty = unindented(whole, unknown.get('') ?? []).map(({ section }) => section)
  return issues.filter((issue) => {
    const path = issue.path as Path
    if (issue.code === 'custom') return !unknown.has(pathKey(path))
    if (path.length === 1 && empty.includes(String(path[0]))) return false
    if (partAt(whole, path) !== undefined) return true
    const beside = unknown.get(pathKey(path.slice(0, -1))) ?? []
    return beside.every((key) => nearest(key, keysAt(schema, path.slice(0, -1))) !== path.at(-1))
  })
}

type Read = { readonly whole: unknown; readonly schema: Schema; readonly text: PipelineText }

/** The path of an issue as it was written: `retention: soon` is short for `retention: { time: soon }`. */
function writtenAt(full: Path, whole: unknown, schema: Schema): Path {
  const path = withoutLists(full, whole)
  const holder = path.slice(0, -1)
  const written = partAt(whole, holder)
  if (typeof written !== 'string' && typeof written !== 'number') return path
  const spelled = spelledAt(schema, holder, written)
  return isGroup(spelled) && Object.hasOwn(spelled, String(path.at(-1))) ? holder : path
}

/** The path without the numbers of entries that stand alone where a list may be: `notify: { webhook: … }`. */
function withoutLists(path: Path, whole: unknown): Path {
  const there: (string | number)[] = []
  for (const step of path) {
    const holder = typeof step === 'number' ? partAt(whole, there) : undefined
    if (holder === undefined || Array.isArray(holder)) there.push(step)
  }
  return there
}

function describe(issue: Issue, read: Read): Failure | readonly Failure[] {
  const { whole, schema, text } = read
  const path = writtenAt(issue.path as Path, whole, schema)
  const value = partAt(whole, path)
  const name = nameOf(path)
  const seen = () => (isSecretAt(schema, path) ? kindShown(value) : shown(value))
  if (value === undefined && /^invalid_(type|value|union)$/.test(issue.code)) return missing(path, read)
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys({ keys: issue.keys, path, whole, schema }, text)
    case 'invalid_union':
      return unionProblem(issue, path, read)
    case 'invalid_key':
      if (path.at(-1) === '')
        return text.failure(path, `a name in ${nameOf(path.slice(0, -1))} is empty`, { at: 'key' })
      return text.failure(path, `"${String(path.at(-1))}": ${issue.issues[0]?.message ?? 'not a name'}`, { at: 'key' })
    case 'invalid_type': {
      // The schema has words of its own.
      if (!issue.message.startsWith('Invalid input')) return text.failure(path, `${name}: ${issue.message}`)
      const short = issue.expected === 'object' ? shortFormAt(schema, path) : undefined
      const expected = `${short === undefined ? '' : `${short} or `}${kindName(issue.expected)}`
      return text.failure(path, `${name} must be ${expected}, not ${seen()}`, { hint: groupHint(issue, path, read) })
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      const isQuoted = typeof value === 'string' && allowed.includes(value)
      const hint = isQuoted ? 'Write it without quotes.' : meant(String(value), allowed)
      return text.failure(path, `${name} must be ${listed(allowed)}, not ${seen()}`, { hint })
    }
    case 'too_small':
    case 'too_big': {
      const least = issue.code === 'too_small'
      if (least && (value === '' || (Array.isArray(value) && value.length === 0))) {
        return text.failure(path, `${name} is empty`)
      }
      const limit = least ? issue.minimum : issue.maximum
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' parts' : ''
      return text.failure(path, `${name} must be at ${least ? 'least' : 'most'} ${limit}${unit}`)
    }
    default:
      // An object that breaks only its own rule: "needs the kind of source".
      return text.failure(path, `${name}${/^(needs|has) /.test(issue.message) ? '' : ':'} ${issue.message}`)
  }
}

/** A key that is missing. What `--set` made of a misspelt name lacks everything else. */
function missing(path: Path, { whole, text }: Read): Failure {
  const holder = path.slice(0, -1)
  const isSet = text.origin(holder).startsWith('--set')
  const around = partAt(whole, holder.slice(0, -1))
  const others = isSet && isGroup(around) ? Object.keys(around).filter((key) => key !== String(holder.at(-1))) : []
  const hint = meant(String(holder.at(-1)), others)
  return text.failure(holder, `${nameOf(holder)} needs "${String(path.at(-1))}"`, { at: 'key', hint })
}

/** What to write where a group of keys is expected. */
function groupHint(issue: Issue & { code: 'invalid_type' }, path: Path, { whole, schema }: Read): string | undefined {
  const given = partAt(whole, path)
  if (issue.expected === 'string' && Array.isArray(given)) return listHint(given, path)
  if (issue.expected !== 'object') return undefined
  const known = keysAt(schema, path)
  if (Array.isArray(given) && shortFormAt(schema, path) === 'text') return listHint(given, path)
  // `console`, `console: yes`: there is nothing to say about it.
  const isBare = [null, true, 'yes', 'on'].includes(partAt(whole, path) as null)
  if (!isBare || !takesEmptyGroup(schema, path))
    return known.length === 0 ? undefined : `Known here: ${known.join(', ')}.`
  const keys = known.length === 0 ? '' : `, or give some of ${known.join(', ')}`
  return `Write ${String(path.at(-1))}: {}${keys}.`
}

/** What to write in place of a list where one text is taken. */
function listHint(list: readonly unknown[], path: Path): string {
  const key = String(path.at(-1))
  const first = typeof list[0] === 'string' ? list[0] : '…'
  const isOfFiles = path[0] === 'sources' && path[2] === 'file' && ['file', 'path'].includes(key)
  const glob = isOfFiles ? `, or a pattern for all of them: ${key}: 'logs/*.log'` : ''
  const part = path[0] === 'sinks' ? 'sink' : path[0] === 'sources' ? 'source' : undefined
  const many = part === undefined || list.length < 2 ? '' : `; each of several is a ${part} of its own`
  return `Write one: ${key}: ${first}${glob}${many}.`
}

/**
 * Reports the branch of a union that was probably meant: the one group that has the keys that were written. Else the union says
 * in its own words what it takes; else the branch that got furthest is reported, or all of plain alternatives are named.
 */
function unionProblem(issue: Issue & { code: 'invalid_union' }, path: Path, read: Read): Failure | readonly Failure[] {
  const { text } = read
  const value = partAt(read.whole, path)
  const below = issue.errors.filter((branch) => branch.every(({ path: at }) => at.length > 0))
  if (isGroup(value) && below.length === 1) {
    return (below[0] ?? []).flatMap((one) => describe({ ...one, path: [...path, ...one.path] }, read))
  }
  if (!issue.message.startsWith('Invalid input')) {
    const hint = ['number', 'boolean'].includes(typeof value) ? `Write it as a text: "${String(value)}".` : undefined
    return text.failure(path, `${nameOf(path)}: ${issue.message}`, { hint })
  }
  const expected = issue.errors.flatMap((branch) =>
    branch.flatMap((one) => (one.code === 'invalid_type' && one.path.length === 0 ? [kindName(one.expected)] : [])),
  )
  const others = issue.errors.flat().find((one) => one.code !== 'invalid_type' || one.path.length > 0)
  if (others !== undefined && (expected.length < issue.errors.length || expected.length === 0)) {
    const at = [...path, ...(others.path as Path)]
    return text.failure(at, `${nameOf(at)}: ${others.message}`)
  }
  return text.failure(path, `${nameOf(path)} must be ${listed([...new Set(expected)])}, not ${shown(value)}`)
}
