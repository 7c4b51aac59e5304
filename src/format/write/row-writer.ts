/**
 * Writes rows as lines of JSON or CSV, a block at a time, by a kernel (`kernel/assembly/rows.ts`). What it has room to write
 * is enough for nearly any batch; what is more is taken out on the way.
 */
import { assert } from '../../base/assert.ts'
import { LONGEST_ESCAPE } from '../../kernel/assembly/rows/layout.ts'
import type { Batch } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { plainBytes } from '../scan/word.ts'
import { RowBlock } from './row-block.ts'
import { type RowForm, rowLayout } from './row-layout.ts'
import { closeUnusual, openRowsMemory, rowsMemory } from './rows-memory.ts'

/** As `encode` of an encoder. */
export type RowWriter = (batch: Batch, from: number, to: number, ends: Int32Array | undefined) => Uint8Array

export function rowWriter(fields: readonly Field[], form: RowForm): RowWriter {
  const layout = rowLayout(fields, form)
  return ({ columns }, from, to, ends) => {
    let memory = rowsMemory(layout.bytes)
    let block = new RowBlock(memory, layout, columns)
    let at = memory.out
    const before: Uint8Array[] = []
    let bytesBefore = 0
    const takeOut = () => {
      before.push(Buffer.from(memory.bytes.subarray(memory.out, at)))
      bytesBefore += at - memory.out
      at = memory.out
    }
    for (let row = from, most = layout.rows; row < to; ) {
      const count = Math.min(most, to - row)
      const hasRoom = block.take(row, count)
      const written = hasRoom ? memory.functions.write(0, count, at, memory.limit, memory.out - bytesBefore) : 0
      if (written > 0) {
        at = memory.note[0] as number
        ends?.set(memory.ends.subarray(0, written), row - from)
        row += written
      }
      if (written === count) most = Math.min(layout.rows, 2 * most)
      else if (!hasRoom && count > 1) most = count >> 1
      else if (at > memory.out) takeOut()
      else if (count > 1) most = 1
      else {
        // A row of so enormous texts that it has no room alone. At each text the kernel asks for the bound anew.
        const { rooms } = memory
        const out = Math.max(rooms.out, 2 * layout.bound + LONGEST_ESCAPE * block.lengths)
        assert(out > rooms.out || !hasRoom, 'a row has room where there is as much as it may take')
        memory = openRowsMemory({ columns: rooms.columns, texts: Math.max(rooms.texts, block.textBytes), out })
        block = new RowBlock(memory, layout, columns)
        at = memory.out
      }
    }
    closeUnusual(memory)
    const written = new Uint8Array(memory.bytes.buffer, memory.out, at - memory.out)
    return before.length === 0 ? written : plainBytes(Buffer.concat([...before, written]))
  }
}
