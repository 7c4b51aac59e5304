/** Watches a topic of result rows as they come: who writes them does not matter. */
import { setTimeout } from 'node:timers/promises'
import type { BusReader, Cursor, Fetched, TopicReader } from '../../src/bus/bus.ts'
import { recordText } from '../../src/record/records.ts'

export type Row = { readonly window_start: string; readonly http_method: string; readonly hits: number }

/** Calls `seen` for each row that comes, until it answers false or the signal is aborted. */
export async function watchRows(
  bus: BusReader,
  topic: string,
  signal: AbortSignal,
  seen: (row: Row) => boolean,
): Promise<void> {
  const cursor = (await readerOf(bus, topic)).cursor({})
  try {
    while (!signal.aborted) {
      await cursor.waitForMore(signal)
      for (let partition = 0; partition < cursor.partitions; partition++) {
        const fetched = cursor.hasMore(partition) ? await next(cursor, partition) : undefined
        if (fetched === undefined) continue
        const { values } = fetched
        const rows = Array.from({ length: values.count }, (_, row) => JSON.parse(recordText(values, row)) as Row)
        values.lease?.release()
        for (const row of rows) if (!seen(row)) return
      }
    }
  } finally {
    cursor.close()
  }
}

/** Waits until there is the topic. */
export async function readerOf(bus: BusReader, topic: string): Promise<TopicReader> {
  while (!(await bus.topics()).some(({ name }) => name === topic)) await setTimeout(100)
  return bus.reader(topic)
}

/** A partition's next records; undefined where there is only a gap. */
export async function next(cursor: Cursor, partition: number): Promise<Fetched | undefined> {
  const fetched = cursor.take(partition)
  if (fetched !== undefined) return fetched
  await cursor.load(partition)
  return cursor.take(partition)
}

/** The start of a row's window, ms since 1970: engines write the same time in several forms. */
export const windowOf = ({ window_start }: Row): number => Date.parse(`${window_start.replace(' ', 'T').slice(0, 16)}Z`)
