/**
 * Describes in words, and at its place, each part of a pipeline file that does not fit the schema. All problems are found at
 * once.
 */
import type * as z from 'zod'
import type { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import type { PipelineText } from './pipeline-text.ts'
import { NOT_YET } from './schema.ts'
import { isSecretAt, keysAt, type Schema } from './schema-parts.ts'
import { type Path, pathKey } from './yaml-tree.ts'

type Issue = z.core.$ZodIssue

/** The problems of each file in its order. */
export function schemaProblems(error: z.ZodError, value: unknown, schema: Schema, text: PipelineText): Failure[] {
  const keyOf = ({ path }: Issue) => pathKey(path as Path)
  const unknown = new Set(error.issues.filter(({ code }) => code === 'unrecognized_keys').map(keyOf))
  // A misspelt key explains why the right one is missing.
  const issues = error.issues.filter((issue) => issue.code !== 'custom' || !unknown.has(keyOf(issue)))
  const failures = issues.flatMap((issue) => describe(issue, value, schema, text))
  const files = failures.map(({ place }) => place?.file)
  const position = ({ place }: Failure) =>
    place === undefined ? 0 : files.indexOf(place.file) * 1e12 + place.line * 1e6 + place.column
  return failures.sort((a, b) => position(a) - position(b))
}

function describe(issue: Issue, whole: unknown, schema: Schema, text: PipelineText): Failure | Failure[] {
  const path = issue.path as Path
  const value = valueAt(whole, path)
  const name = nameOf(path)
  const last = String(path.at(-1))
  const seen = () => (isSecretAt(schema, path) ? kindOf(value) : shown(value))
  const isMissing = value === undefined && /^invalid_(type|value|union)$/.test(issue.code)
  if (isMissing) {
    const holder = path.slice(0, -1)
    return text.failure(holder, `${nameOf(holder)} needs "${last}"`, { at: 'key' })
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, keysAt(schema, path), text))
    case 'invalid_union':
      return unionProblem(issue, value, path, text)
    case 'invalid_key':
      return text.failure(path, `"${last}": ${issue.issues[0]?.message ?? 'not a name'}`, { at: 'key' })
    case 'invalid_type':
      return text.failure(path, `${name} must be ${kindName(issue.expected)}, not ${seen()}`)
    case 'invalid_value': {
      const isEngine = name === 'engine' && /^\w+:\/\//.test(String(value))
      if (isEngine) return text.failure(path, `${name}: ${String(value)} is not supported yet: only "embedded" is`)
      const allowed = issue.values.map(String)
      const hint = meant(String(value), allowed)
      return text.failure(path, `${name} must be ${list(allowed)}, not ${seen()}`, { hint })
    }
    case 'too_small':
    case 'too_big': {
      const least = issue.code === 'too_small'
      const limit = least ? issue.minimum : issue.maximum
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' parts' : ''
      return text.failure(path, `${name} must be at ${least ? 'least' : 'most'} ${limit}${unit}`)
    }
    default:
      // An object that breaks only its own rule: "needs the kind of source".
      return text.failure(path, `${name}${/^(needs|has) /.test(issue.message) ? '' : ':'} ${issue.message}`)
  }
}

function unknownKey(key: string, path: Path, known: readonly string[], text: PipelineText): Failure {
  const section = path.length === 0 ? '' : String(path[0])
  if ((path.length === 0 || path.length === 2) && NOT_YET[section]?.includes(key)) {
    return text.failure([...path, key], `"${key}" is not supported yet`, { at: 'key' })
  }
  const where = path.length === 0 ? '' : ` in ${nameOf(path)}`
  const offered = known.length === 0 ? undefined : `Known here: ${known.join(', ')}.`
  const near = meant(key, known)
  const hint = near === undefined ? offered : `${near}${offered === undefined ? '' : ` ${offered}`}`
  return text.failure([...path, key], `unknown key "${key}"${where}`, { at: 'key', hint })
}

/** Reports the branch of a union that got furthest, as it was probably meant; among plain alternatives, names all. */
function unionProblem(
  issue: Issue & { code: 'invalid_union' },
  value: unknown,
  path: Path,
  text: PipelineText,
): Failure {
  const expected = issue.errors.flatMap((branch) =>
    branch.flatMap((one) => (one.code === 'invalid_type' && one.path.length === 0 ? [kindName(one.expected)] : [])),
  )
  const others = issue.errors.flat().find((one) => one.code !== 'invalid_type' || one.path.length > 0)
  if (others !== undefined && (expected.length < issue.errors.length || expected.length === 0)) {
    const at = [...path, ...(others.path as Path)]
    return text.failure(at, `${nameOf(at)}: ${others.message}`)
  }
  return text.failure(path, `${nameOf(path)} must be ${list([...new Set(expected)])}, not ${shown(value)}`)
}

function valueAt(whole: unknown, path: Path): unknown {
  let value = whole
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

const nameOf = (path: Path): string => (path.length === 0 ? 'a pipeline' : path.join('.'))
const list = (names: readonly string[]): string => (names.length < 2 ? names.join() : `one of ${names.join(', ')}`)

function meant(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates)
  return near === undefined ? undefined : `Did you mean "${near}"?`
}

const KINDS: { readonly [kind: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a group of keys',
  record: 'a group of keys',
  array: 'a list',
}
const kindName = (kind: string): string => KINDS[kind] ?? kind

/** What a secret is, without its value. */
function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  return kindName(Array.isArray(value) ? 'array' : typeof value)
}

function shown(value: unknown): string {
  if (typeof value === 'object') return kindOf(value)
  const written = JSON.stringify(value)
  return written.length > 60 ? `${written.slice(0, 57)}…"` : written
}
