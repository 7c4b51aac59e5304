/**
 * Which version of a lookup table the rows of a topic are joined with. A version takes effect in each partition at an offset of
 * its own, which is kept among the ticks of the topic (`tick-log.ts`): so a replay joins each record with the same version.
 */
import type { Offset } from '../base/quantity.ts'
import { firstIndex } from '../base/ranges.ts'

/** A version of a table: versions are numbered from 1 on, and the digest is that of the content (`data/table-contents.ts`). */
export type TableVersion = { readonly table: string; readonly version: number; readonly digest: string }

/** Before the record at `offset`, the table changes to this version. */
export type TableChange = TableVersion & { readonly partition: number; readonly offset: Offset }

export type VersionList = ReturnType<typeof makeVersionList>

type Kept = { readonly offset: Offset; readonly version: TableVersion; readonly place: Offset }

/** The changes of a partition. There are few: they are searched as they are. */
export function makeVersionList() {
  /** By table, in order of offset; the last of an offset counts. */
  const tables = new Map<string, Kept[]>()
  const listOf = (table: string): Kept[] => {
    const list = tables.get(table) ?? []
    tables.set(table, list)
    return list
  }
  const beyond = (list: readonly Kept[], offset: Offset): number => {
    const last = list.at(-1)
    if (last === undefined || last.offset <= offset) return list.length
    return firstIndex(list.length, (i) => (list[i] as Kept).offset > offset)
  }
  return {
    /**
     * `place`: its offset in the topic of ticks. Changes come as they were written: one at a lower offset than those before it was
     * written when the records behind it were gone, as after an election on Kafka of a replica that was not in sync.
     */
    add({ offset, table, version, digest }: TableChange, place: Offset): void {
      const list = listOf(table)
      list.splice(beyond(list, offset), list.length, { offset, version: { table, version, digest }, place })
    },
    /** The version for the record at the offset; undefined: the table has none there. */
    at(table: string, offset: Offset): TableVersion | undefined {
      const list = tables.get(table)
      return list?.[beyond(list, offset) - 1]?.version
    },
    /** The first offset beyond `after` and before `before` at which a table changes; undefined: none does. */
    next(after: Offset, before: Offset): Offset | undefined {
      let first: Offset | undefined
      for (const list of tables.values()) {
        const offset = list[beyond(list, after)]?.offset
        if (offset !== undefined && offset < before && (first === undefined || offset < first)) first = offset
      }
      return first
    },
    /** The versions of a table for records from an offset on, in their order. */
    since(table: string, offset: Offset): readonly TableVersion[] {
      const list = tables.get(table) ?? []
      return list.slice(Math.max(0, beyond(list, offset) - 1)).map(({ version }) => version)
    },
    /** The offset in the topic of ticks of the first change that records from `start` on need; Infinity: none. */
    neededFrom: (start: Offset): Offset =>
      [...tables.values()].reduce(
        (least, list) => Math.min(least, list[Math.max(0, beyond(list, start) - 1)]?.place ?? least),
        Number.POSITIVE_INFINITY,
      ),
    /** Drops those that no record from `start` on needs. */
    forget(start: Offset): void {
      for (const list of tables.values()) list.splice(0, Math.max(0, beyond(list, start) - 1))
    },
  }
}
