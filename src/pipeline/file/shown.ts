/** How messages about a pipeline file show its parts. */
import { nearest } from '../../base/nearest.ts'
import type { Path } from './yaml-tree.ts'

/** The part at a path, as it was written; undefined where there is none. */
export function partAt(whole: unknown, path: Path): unknown {
  let value = whole
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

export const nameOf = (path: Path): string => (path.length === 0 ? 'a pipeline' : path.join('.'))

/** `a`, `one of a, b`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `one of ${names.join(', ')}`

/** `Did you mean "x"?`, where one of the candidates is near. */
export function meant(word: string, candidates: readonly string[]): string | undefined {
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

/** What the schema calls a kind of value, in words. */
export const kindName = (kind: string): string => KINDS[kind] ?? kind

/** What a secret is, without its value. */
export function kindShown(value: unknown): string {
  if (value === null) return 'empty'
  return kindName(Array.isArray(value) ? 'array' : typeof value)
}

/** A value, if it is short. */
export function shown(value: unknown): string {
  if (typeof value === 'object') return kindShown(value)
  const written = JSON.stringify(value)
  return written.length > 60 ? `${written.slice(0, 57)}…"` : written
}
