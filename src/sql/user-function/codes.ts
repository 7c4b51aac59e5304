/** What the functions of users add to the meaning of a text: which of them it names, and what these do. */
import type { UserFunctions } from '../function/function.ts'

/**
 * The functions that parts name anywhere, with the digests of their files; nothing where there are none, so that what was
 * digested before there were functions stays what it is. A name in a text or a comment counts too, which asks once too often
 * and never once too few.
 */
export function codesIn(functions: UserFunctions | undefined, ...parts: readonly unknown[]): readonly unknown[] {
  if (functions === undefined || functions.size === 0) return []
  const text = JSON.stringify(parts, withoutBigints).replace(ESCAPES, ' ')
  const words = new Set(text.toUpperCase().split(/\W+/))
  const codes = [...functions.values()].filter(({ name }) => words.has(name)).map(({ name, code }) => [name, code])
  return codes.length === 0 ? [] : [{ functions: codes.sort() }]
}

/** Of JSON in JSON too. */
const ESCAPES = /\\+(?:u[0-9a-f]{4}|[a-z])/g

const withoutBigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
