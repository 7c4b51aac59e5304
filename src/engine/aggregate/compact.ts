/**
 * Merges the blocks of each window into one. Where rows are so far out of order that windows are sealed and opened again
 * and again, this keeps the number of blocks near that of the windows.
 */
import { Blocks } from './blocks.ts'
import type { Accumulator } from './definition.ts'
import { PlainWindows } from './due-windows.ts'
import type { Layout } from './entries.ts'
import { GroupTable } from './group-table.ts'

/** The same groups in one block for each window, in order of window; `accumulators` are those of the layout. */
export function compactBlocks(blocks: Blocks, layout: Layout, accumulators: readonly Accumulator[]): Blocks {
  const compacted = new Blocks(layout)
  const windows = new PlainWindows(blocks)
  const table = new GroupTable(layout)
  const window = { end: 0, start: 0, from: 0, to: 0 }
  let entryOf = new Int32Array(64)
  while (window.to < windows.order.length) {
    const next = windows.order[window.to] as number
    window.end = blocks.ends[next] as number
    window.start = blocks.starts[next] as number
    windows.seek(window)
    table.reset(window.end, window.start)
    for (let at = window.from; at < window.to; at++) {
      const block = windows.order[at] as number
      const page = blocks.pageOf(block)
      const first = blocks.first[block] as number
      const count = blocks.length[block] as number
      if (entryOf.length < count) entryOf = new Int32Array(count * 2)
      table.findEntries(page.ids, first, first + count, entryOf, 0)
      for (const accumulator of accumulators) accumulator.merge(table.entries, entryOf, page, first, count)
    }
    compacted.append(window, table.entries, 0, table.entries.count)
  }
  return compacted
}
