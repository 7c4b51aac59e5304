/** The versions of lookup tables that the stream has joined rows with, for what runs over its history. */
import type { Disk } from '../base/disk/disk.ts'
import type { BusReader } from '../bus/bus.ts'
import { openTableContents } from '../data/table-contents.ts'
import { type CheckedPipeline, type CheckedQuery, ticksOf } from '../pipeline/checked.ts'
import { type LookupTables, openLookupTables } from '../runner/lookup-tables.ts'
import { readTicks } from '../topic/tick-log.ts'
import type { SpanTopic } from './span-query.ts'

/** The tables of a pipeline with the versions that its data folder keeps. */
export const keptTables = (
  pipeline: CheckedPipeline,
  { disk, dataFolder, warn }: { readonly disk: Disk; readonly dataFolder: string; warn(message: string): void },
): LookupTables => openLookupTables({ pipeline: () => pipeline, contents: openTableContents(disk, dataFolder), warn })

/** The topics with their ticks, where the rows of the query are looked up in tables. Rejects with the Failure of a read. */
export async function withTicks<Open extends SpanTopic>(
  { lookups }: CheckedQuery,
  topics: ReadonlyMap<string, Open>,
  bus: Pick<BusReader, 'topics' | 'reader'>,
): Promise<ReadonlyMap<string, Open>> {
  if (lookups.length === 0) return topics
  const there = new Set((await bus.topics()).map(({ name }) => name))
  const found = [...topics].map(async ([name, open]) => {
    const ticks = ticksOf(open.checked)
    return [name, there.has(ticks) ? { ...open, ticks: await readTicks(await bus.reader(ticks)) } : open] as const
  })
  return new Map(await Promise.all(found))
}
