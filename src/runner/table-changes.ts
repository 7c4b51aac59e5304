/** Brings the versions of lookup tables to queries, each before the first row that is joined with it. */
import type { Offset } from '../base/quantity.ts'
import type { Graph } from '../engine/graph.ts'
import type { Ticks } from '../topic/tick-log.ts'
import type { LookupTables } from './lookup-tables.ts'

/** A query, and which of its scans reads the topic. */
type Consumer = { readonly query: { readonly graph: Graph }; readonly scan: number }

type Changing = {
  readonly consumers: readonly Consumer[]
  readonly ticks: Ticks | undefined
  readonly tables: LookupTables | undefined
}

/**
 * Brings what the records of a partition from an offset on are joined with; undefined where that has been brought already, which it
 * mostly has. Rejects with the Failure of a content.
 */
export function openTableChanges({ consumers, ticks, tables }: Changing) {
  const looked = consumers.filter(({ query }) => query.graph.tables.length > 0)
  /** Digests; the newest version, where no other is known, has none. */
  const brought = new Map<string, string | undefined>()
  return (partition: number, offset: Offset): Promise<void> | undefined => {
    if (looked.length === 0 || tables === undefined) return undefined
    const due = looked.flatMap(({ query, scan }, index) =>
      query.graph.tables.flatMap((table) => {
        const version = ticks?.versionAt(partition, table, offset)
        const key = `${index} ${partition} ${table}`
        return brought.has(key) && brought.get(key) === version?.digest ? [] : [{ query, scan, table, version, key }]
      }),
    )
    if (due.length === 0) return undefined
    const bring = async () => {
      for (const { query, scan, table, version, key } of due) {
        query.graph.bring(table, await tables.content(table, version), { scan, partition })
        brought.set(key, version?.digest)
      }
    }
    return bring()
  }
}
