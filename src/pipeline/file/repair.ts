/**
 * Makes a pipeline that does not fit the schema fit it, so that the rest of it can be checked as well: `check` reports all
 * mistakes at once. What is made here never runs.
 *
 * A misspelt key gets the name that was probably meant; any other part that does not fit is left out. What is left out with
 * a name is remembered: that others name it is no mistake of theirs.
 */
import type * as z from 'zod'
import { nearest } from '../../base/nearest.ts'
import { keysAt, type Schema } from './schema-parts.ts'
import { partAt } from './shown.ts'
import { isGroup, type Path, pathKey } from './yaml-tree.ts'

type Issue = z.core.$ZodIssue

export type Repaired = {
  readonly value: unknown
  /** Names of topics, queries and other parts that were left out; ANY_ENTRY where a whole section was. */
  readonly leftOut: ReadonlySet<string>
}

/** Stands for all names. */
export const ANY_ENTRY = '*'

/** The keys of a pipeline that it cannot be without, with values that fit. */
const STAND_INS: { readonly [key: string]: unknown } = { version: 1, name: 'pipeline' }
/** Without these a topic has other columns than the file says. */
const OF_COLUMNS = ['format', 'columns', 'watermark']

/** The value without the parts that the issues are about. `isGentle`: parts of a named part go alone, where the rest stands. */
export function repair(whole: unknown, issues: readonly Issue[], schema: Schema, isGentle: boolean): Repaired {
  const value: unknown = structuredClone(whole)
  const leftOut = new Set<string>()
  const renamed = new Set<string>()
  for (const issue of isGentle ? issues : []) {
    if (issue.code !== 'unrecognized_keys') continue
    renamed.add(pathKey(issue.path as Path))
    for (const key of issue.keys) rename(value, issue.path as Path, key, keysAt(schema, issue.path as Path))
  }
  for (const issue of issues) {
    const path = issue.path as Path
    // What else is wrong where a key was renamed may be right by now.
    if (!renamed.has(pathKey(path))) leaveOut(value, culprit(value, path, isGentle), leftOut)
  }
  return { value, leftOut }
}

/** The path of what has to go. */
function culprit(value: unknown, path: Path, isGentle: boolean): Path {
  const named = path.slice(0, 2)
  if (!isGentle || path.length <= 2) return named
  const isOfColumns = path[0] === 'topics' && OF_COLUMNS.includes(String(path[2]))
  return isOfColumns || partAt(value, path) === undefined ? named : path
}

function leaveOut(value: unknown, path: Path, leftOut: Set<string>): void {
  const holder = partAt(value, path.slice(0, -1))
  const key = path.at(-1)
  if (key === undefined) return
  if (path.length === 2) leftOut.add(String(key))
  if (path.length === 1 && !Object.hasOwn(STAND_INS, key)) leftOut.add(ANY_ENTRY)
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else if (isGroup(holder)) {
    const parts = holder as { [key: string]: unknown }
    delete parts[key]
    if (path.length === 1 && Object.hasOwn(STAND_INS, key)) parts[key] = STAND_INS[key]
  }
}

/** Gives a misspelt key its likely name, unless that is taken. */
function rename(value: unknown, path: Path, key: string, known: readonly string[]): void {
  const holder = partAt(value, path)
  if (!isGroup(holder)) return
  const parts = holder as { [key: string]: unknown }
  const meant = nearest(key, known)
  if (meant !== undefined && !Object.hasOwn(parts, meant)) parts[meant] = parts[key]
  delete parts[key]
}
