/**
 * Brings new versions of lookup tables into use while a pipeline runs.
 *
 * A new content is read and checked whole. If it is wrong, that is said, and the version before stays in use. If not, it gets the
 * next number and is kept in the data folder; then a change to it is written for each partition of each topic whose rows are looked
 * up in the table, at the offset of its next record. Nothing is joined with the version before all of this is durable.
 *
 * Contents are kept while a checkpoint is before the change to the next version, and the newest few besides.
 */
import { assert } from '../../base/assert.ts'
import { openTableContents } from '../../data/table-contents.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { type KnownTables, openLookupTables } from '../../runner/lookup-tables.ts'
import type { RunContext } from '../run-options.ts'
import type { LookedUp } from './changes.ts'
import { type WatchedTable, watchTable } from './watched-table.ts'

export type Lookups = {
  /** The contents by version, for readers. */
  readonly tables: KnownTables
  /**
   * Makes the tables those of a pipeline, and brings the newest version of each into use. Its topics are open. Rejects with a
   * Failure where a table has no content that can be used.
   */
  become(pipeline: CheckedPipeline): Promise<void>
  /** Looks for new versions again and again. */
  start(): void
  /** Stops looking; resolves when no version is on its way into use. */
  end(): Promise<void>
  /** Looks for new versions now; resolves when they are in use. */
  look(): Promise<void>
}

/** No table is in use yet. */
export function openLookups(context: RunContext & Omit<LookedUp, 'pipeline'>): Lookups {
  const { clock, disk, dataFolder, stop, fail } = context
  const contents = openTableContents(disk, dataFolder)
  let pipeline: Pick<CheckedPipeline, 'lookups' | 'folder'> = { lookups: new Map(), folder: '' }
  const tables = openLookupTables({ pipeline: () => pipeline, contents, warn: context.warn })
  let watched: readonly WatchedTable[] = []
  let ending = new AbortController()
  let following: Promise<unknown> = Promise.resolve()
  let last: Promise<unknown> = Promise.resolve()
  /** One look after the other: two at once would give one content two numbers. */
  const inTurn = (look: () => Promise<void>): Promise<void> => {
    const done = last.then(look)
    last = done.catch(() => undefined)
    return done
  }
  const follow = async (table: WatchedTable, signal: AbortSignal): Promise<void> => {
    const { type, options } = table.checked
    while (!signal.aborted) {
      await clock.sleep(type.pollMs(options), signal).catch(() => undefined)
      if (!signal.aborted) await inTurn(table.look)
    }
  }
  return {
    tables,
    async become(next) {
      pipeline = next
      const names = [...new Set(next.queries.flatMap(({ lookups }) => lookups))]
      const watching = { ...context, looked: { ...context, pipeline: next }, contents, tables }
      watched = names.map((name) => {
        const checked = next.lookups.get(name)
        assert(checked !== undefined, `${name} is a lookup table`)
        return watchTable(checked, watching)
      })
      for (const table of watched) await inTurn(() => table.begin())
    },
    start() {
      ending = new AbortController()
      const signal = AbortSignal.any([stop, ending.signal])
      following = Promise.all(watched.map((table) => follow(table, signal))).catch(fail)
    },
    async end() {
      ending.abort()
      await following
      await last
    },
    async look() {
      for (const table of watched) await inTurn(table.look)
    },
  }
}
