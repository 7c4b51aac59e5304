/**
 * Loads the kinds of parts that a pipeline file names, before its schema is used: the code of each source, sink, table and format.
 * A word of the file that is the name of a kind may be one; that more are loaded than are used does no harm.
 */
import { notifiers } from '../../alert/all.ts'
import { nearest } from '../../base/nearest.ts'
import type { PartList } from '../../base/part-list.ts'
import { formats } from '../../format/all.ts'
import { sinks } from '../../sink/all.ts'
import { sources } from '../../source/all.ts'
import { tableTypes } from '../../table/all.ts'
import { isGroup } from './yaml-tree.ts'

const LISTS: readonly PartList<unknown>[] = [sources, formats, tableTypes, sinks]

/** Loads every kind: the JSON Schema of pipeline files describes all of them. */
export async function loadEveryKind(): Promise<void> {
  await Promise.all([...LISTS, notifiers].map((list) => list.loadAll()))
}

/** `value`: what a file says; `overrides`: the texts of `--set`. */
export async function loadKinds(value: unknown, overrides: readonly string[] = []): Promise<void> {
  const words = new Set(overrides.flatMap((text) => text.split(/\W+/)))
  const groups = groupsIn(value)
  for (const [key, part] of groups.flatMap(Object.entries)) {
    words.add(key)
    if (typeof part === 'string') words.add(part)
    for (const meant of meantIn(key, part)) words.add(meant)
  }
  const isOpen = groups.some(({ format }) => typeof format === 'string' && format.includes('${'))
  // The name of a format, which alone may be a text, may come from a parameter, and be put together of several.
  await Promise.all([
    ...LISTS.flatMap((list) => list.names.filter((name) => words.has(name)).map((name) => list.load(name))),
    ...(isOpen ? [formats.loadAll()] : []),
    // A notifier may be a text as well, and there are few.
    ...(words.has('alerts') ? [notifiers.loadAll()] : []),
  ])
}

/** The lists whose kinds are the keys of the groups in a part of this name. */
const KINDS_OF = new Map<string, PartList<unknown>>(
  Object.entries({ sources, sinks, tables: tableTypes, inside: formats }),
)
/** Keys beside the kinds, for which nothing else can be meant. */
const SHARED_KEYS = new Set(['to', 'from', 'group', 'batch', 'columns', 'time', 'delay', 'key', 'duplicates'])

/** The kinds that misspelt ones stand for: `check` reads them so, to find what else is wrong. */
function meantIn(key: string, part: unknown): readonly string[] {
  const list = key === 'format' ? formats : KINDS_OF.get(key)
  if (list === undefined || !isGroup(part)) return []
  const groups = key === 'format' ? [part] : Object.values(part).filter(isGroup)
  const keys = groups.flatMap(Object.keys).filter((one) => !(list.names.includes(one) || SHARED_KEYS.has(one)))
  return keys.flatMap((one) => nearest(one, list.names) ?? [])
}

type Group = { readonly [key: string]: unknown }

/** The groups and lists of a file, each once, however often an alias names it. */
function groupsIn(value: unknown, found: Set<Group> = new Set()): readonly Group[] {
  if (typeof value === 'object' && value !== null && !found.has(value as Group)) {
    found.add(value as Group)
    for (const part of Object.values(value)) groupsIn(part, found)
  }
  return [...found]
}
