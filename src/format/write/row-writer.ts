/**
 * Writes rows as lines of JSON or CSV, a block at a time, by a kernel (`kernel/assembly/rows.ts`), and copies them out of its
 * memory, which all encoders of a thread share.
 */
import { assert } from '../../base/assert.ts'
import { LONGEST_ESCAPE } from '../../kernel/assembly/rows/layout.ts'
import type { Field } from '../../record/type.ts'
import type { Encoder } from '../format.ts'
import { withNestedTexts } from './nested.ts'
import { RowBlock } from './row-block.ts'
import { type RowForm, rowLayout } from './row-layout.ts'
import { closeUnusual, openRowsMemory, rowsMemory, USUAL_OUT_BYTES } from './rows-memory.ts'

/** A writer of rows with these fields. What it gives is valid until its own next call. */
export function rowWriter(fields: readonly Field[], form: RowForm): Encoder['encode'] {
  const layout = rowLayout(fields, form)
  const written = new Written()
  return (batch, from, to, ends) => {
    const columns = withNestedTexts(fields, batch.columns, from, to)
    let memory = rowsMemory(layout.bytes)
    let block = new RowBlock(memory, layout, columns)
    let at = memory.out
    const takeOut = () => {
      written.add(memory.bytes.subarray(memory.out, at))
      at = memory.out
    }
    written.begin()
    for (let row = from, most = layout.rows; row < to; ) {
      const count = Math.min(most, to - row)
      const hasRoom = block.take(row, count)
      const rows = hasRoom ? memory.functions.write(0, count, at, memory.limit, memory.out - written.length) : 0
      if (rows > 0) {
        at = memory.note[0] as number
        ends?.set(memory.ends.subarray(0, rows), row - from)
        row += rows
      }
      if (rows === count) most = Math.min(layout.rows, 2 * most)
      else if (!hasRoom && count > 1) most = count >> 1
      else if (at > memory.out) takeOut()
      else if (count > 1) most = 1
      else {
        // The texts of this row have no room even alone. At each text the kernel requires room for the bound again.
        const { rooms } = memory
        const out = Math.max(rooms.out, 2 * layout.bound + LONGEST_ESCAPE * block.lengths)
        assert(out > rooms.out || !hasRoom, 'a row has room where there is as much as it may take')
        memory = openRowsMemory({ columns: rooms.columns, texts: Math.max(rooms.texts, block.textBytes), out })
        block = new RowBlock(memory, layout, columns)
        at = memory.out
      }
    }
    takeOut()
    closeUnusual(memory)
    return written.bytes()
  }
}

/** The bytes of one encoder, in an array that each call uses again unless it is unusually large. */
class Written {
  length = 0
  #bytes = new Uint8Array(0)

  begin(): void {
    this.length = 0
    if (this.#bytes.length > USUAL_OUT_BYTES) this.#bytes = new Uint8Array(0)
  }

  add(bytes: Uint8Array): void {
    const length = this.length + bytes.length
    if (length > this.#bytes.length) {
      const wider = new Uint8Array(this.length === 0 ? length : Math.max(length, 2 * this.#bytes.length))
      wider.set(this.#bytes.subarray(0, this.length))
      this.#bytes = wider
    }
    this.#bytes.set(bytes, this.length)
    this.length = length
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }
}
