/** A lookup table as a run looks at it: a new content is read and checked whole before it gets a number. */
import { setImmediate } from 'node:timers/promises'
import { describeFailure, Failure } from '../../base/failure.ts'
import { digestOf, type TableContents } from '../../data/table-contents.ts'
import type { CheckedLookup } from '../../pipeline/checked.ts'
import { type KnownTables, orFailure } from '../../runner/lookup-tables.ts'
import type { RunContext } from '../run-options.ts'
import { changeTo, type LookedUp, lastVersion, neededDigests } from './changes.ts'

export type Watching = Pick<RunContext, 'fullDisk' | 'warn' | 'note'> & {
  readonly looked: LookedUp
  readonly contents: TableContents
  readonly tables: KnownTables
}

export type WatchedTable = {
  readonly checked: CheckedLookup
  /**
   * Brings the content that is there into use; or, where that is wrong, the one from before, and says so. Rejects with a Failure
   * where there is neither.
   */
  begin(): Promise<void>
  /** Brings a new content into use, if there is one; says what is wrong with it, once. */
  look(): Promise<void>
}

/** A table that was not looked at yet. */
export function watchTable(
  checked: CheckedLookup,
  { looked, contents, tables, fullDisk, warn, note }: Watching,
): WatchedTable {
  const { name, type, options } = checked
  const { folder } = looked.pipeline
  const inWords = (why: string) => `table ${name}: ${why}`
  let seen: string | undefined
  let trouble: string | undefined
  const say = (failure: Failure): void => {
    const text = describeFailure(failure)
    if (text !== trouble) warn(`${text}\nVersion ${tables.newest(name)?.version} stays in use.`)
    trouble = text
  }
  /** The number of the version; undefined where the content changed while it was read: then it is read at the next look. */
  const use = async (): Promise<number | undefined> => {
    const look = type.look(options, folder)
    if (look === seen) return tables.newest(name)?.version
    const bytes = await type.read(options, folder)
    if (type.look(options, folder) !== look) return undefined
    // Also of a content that is wrong: it is looked at once.
    seen = look
    const digest = digestOf(bytes)
    const content = await type.decode(bytes, options, checked)
    const last = lastVersion(name, looked)
    const version = last?.digest === digest ? last : { table: name, version: (last?.version ?? 0) + 1, digest }
    await fullDisk.whenRoom(() => contents.keep(name, bytes, setImmediate))
    tables.renew(version, content)
    await changeTo(version, looked)
    contents.dropOthers(name, neededDigests(name, looked))
    trouble = undefined
    return version.version
  }
  const useLast = async (failure: Failure): Promise<void> => {
    const last = lastVersion(name, looked)
    if (last === undefined || contents.read(name, last.digest) === undefined) throw failure
    tables.renew(last, await tables.content(name, last))
    await changeTo(last, looked)
    say(failure)
  }
  return {
    checked,
    async begin() {
      const found = await orFailure(use, inWords)
      if (found instanceof Failure) await useLast(found)
      else if (found === undefined) await this.begin()
    },
    async look() {
      const before = tables.newest(name)?.version
      const found = await orFailure(use, inWords)
      if (found instanceof Failure) say(found)
      else if (found !== undefined && found !== before) note?.(`table ${name}: version ${found} is in use`)
    },
  }
}
