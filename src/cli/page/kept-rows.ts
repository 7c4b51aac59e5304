/**
 * The last rows that the topic of a query or a report keeps: of each key the row that is valid now, and none that is gone. A page can
 * hold only so much, so the rows before the last ones are counted and not read.
 */
import { setImmediate } from 'node:timers/promises'
import type { TopicReader } from '../../bus/bus.ts'
import { readOffsets } from '../../bus/fetched.ts'
import type { PageCell, PageColumn } from '../../page/page-data.ts'
import { cellsOfRow, rowOfJson } from '../../page/rows.ts'
import { recordText } from '../../record/records.ts'

export type LastRows = {
  readonly rows: readonly (readonly PageCell[])[]
  /** Of all records that are kept, where not all were read. */
  readonly total: number
}

type KeptRow = { readonly arrived: number; readonly text: string }

/** At most `most` rows, in the order of their arrival. Rejects with the Failure of a read. */
export async function readLastRows(
  topic: TopicReader,
  columns: readonly PageColumn[],
  most: number,
): Promise<LastRows> {
  await topic.refresh()
  const found = new Map<string, KeptRow>()
  let unread = 0
  for (let partition = 0; partition < topic.partitions; partition++) {
    const { start, end } = topic.bounds(partition)
    const from = Math.max(start, end - most)
    unread += from - start
    for await (const { baseOffset, values, nulls, keys, timestamps } of readOffsets(topic, partition, {
      from,
      to: end,
    })) {
      for (let i = 0; i < values.count; i++) {
        const key = keys === undefined ? '' : recordText(keys, i)
        // Rows without a key of their own are all different.
        const name = key === '' ? `${partition} ${baseOffset + i}` : key
        // A row that is put out again stands where it came last.
        found.delete(name)
        if (nulls?.[i] !== 1) found.set(name, { arrived: timestamps[i] ?? 0, text: recordText(values, i) })
      }
      await setImmediate()
    }
  }
  const all = [...found.values()].sort((a, b) => a.arrived - b.arrived)
  const last = all.slice(-most)
  return { rows: last.map(({ text }) => cellsOfRow(rowOfJson(text), columns)), total: all.length + unread }
}
