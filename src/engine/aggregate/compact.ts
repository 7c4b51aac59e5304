/**
 * Brings the segments of each window together into one. Where rows are so far out of order that windows are sealed and
 * opened again and again, this keeps their number near that of the windows.
 */
import { PlainWindows } from './due-windows.ts'
import type { Entries, Layout } from './entries.ts'
import { GroupTable } from './group-table.ts'
import { Segments } from './segments.ts'

/** Takes entries [start, start + count) of `from` in: entry start + i belongs to entry `slots[i]`. */
export type MergeEntries = (into: Entries, slots: Int32Array, from: Entries, start: number, count: number) => void

export function compactSegments(segments: Segments, layout: Layout, merge: MergeEntries): Segments {
  const compacted = new Segments(layout)
  const cursor = new PlainWindows(segments)
  const table = new GroupTable(layout)
  const window = { end: 0, start: 0, from: 0, to: 0 }
  let slots = new Int32Array(64)
  while (window.to < cursor.order.length) {
    const first = cursor.order[window.to] as number
    window.end = segments.ends[first] as number
    window.start = segments.starts[first] as number
    cursor.seek(window)
    table.reset(window.end, window.start)
    for (let at = window.from; at < window.to; at++) {
      const segment = cursor.order[at] as number
      const chunk = segments.chunks[segments.chunk[segment] as number] as Entries
      const from = segments.offset[segment] as number
      const count = segments.length[segment] as number
      if (slots.length < count) slots = new Int32Array(count * 2)
      table.slotsOf(chunk.ids, from, from + count, slots, 0)
      merge(table.entries, slots, chunk, from, count)
    }
    compacted.append(window.end, window.start, table.entries, 0, table.entries.count)
  }
  return compacted
}
