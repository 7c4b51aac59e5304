/**
 * What has changed between two sets of rows that have a key: the new rows and those with other values, as they are now; and the rows
 * that are gone, as they were, marked as deleted. They come in order of key; a row that is as it was does not come.
 */
import { type Batch, batchOfRows, type Column } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { KeyWriter } from '../key/key.ts'
import { RowStore } from '../sort/row-store.ts'
import type { Settled } from './core.ts'

/** Rows, and which of them are deleted: 1. */
export type Changed = { readonly rows: Batch; readonly deleted: Uint8Array }

/** Compares rows of these fields. */
export class RowChanges {
  readonly #fields: readonly Field[]
  readonly #key: readonly number[]
  readonly #all: readonly number[]
  readonly #writer = new KeyWriter()
  readonly #gather: Gather

  constructor(fields: readonly Field[], key: readonly number[]) {
    this.#fields = fields
    this.#key = key
    this.#all = [...fields.keys()]
    this.#gather = new Gather(fields)
  }

  /** The changes; valid until the next call. */
  of({ before, now }: Settled): Changed {
    const olds = new Map<string, { readonly row: number; readonly values: string }>()
    const values = this.#texts(before, this.#all)
    this.#texts(before, this.#key).forEach((key, row) => {
      olds.set(key, { row, values: values[row] as string })
    })
    const found: { readonly key: string; readonly from: Batch; readonly row: number }[] = []
    const newValues = this.#texts(now, this.#all)
    this.#texts(now, this.#key).forEach((key, row) => {
      const old = olds.get(key)
      olds.delete(key)
      if (old?.values !== newValues[row]) found.push({ key, from: now, row })
    })
    for (const [key, { row }] of olds) found.push({ key, from: before, row })
    found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    if (found.length === 0) return { rows: batchOfRows(0, []), deleted: new Uint8Array(0) }
    const store = new RowStore(this.#fields)
    const place = (from: Batch) => {
      const rows = found.flatMap((each) => (each.from === from ? [each.row] : []))
      return rows.length === 0 ? store.count : store.append(from, Int32Array.from(rows), rows.length)
    }
    const at = new Map([now, before].map((from) => [from, place(from)]))
    const order = Int32Array.from(found, ({ from }) => {
      const slot = at.get(from) as number
      at.set(from, slot + 1)
      return slot
    })
    const rows = this.#gather.take(store.batch(), order, order.length)
    const deleted = Uint8Array.from(found, ({ from }) => (from === before ? 1 : 0))
    return { rows: { ...rows, origin: undefined }, deleted }
  }

  /** The values of columns as texts of bytes, by row: they are ordered as the values are. */
  #texts(batch: Batch, columns: readonly number[]): string[] {
    if (batch.count === 0) return []
    const chosen = columns.map((column) => batch.columns[column] as Column)
    const texts: string[] = []
    // One string column is not written, and its NULL has no bytes: another column in front makes it.
    const written = chosen.length === 1 ? [ofNothing(batch.count), ...chosen] : chosen
    if (written.length === 0) return Array.from({ length: batch.count }, () => '')
    const { bytes, start, end } = this.#writer.write(written, 0, batch.count, undefined)
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let row = 0; row < batch.count; row++) texts.push(all.toString('latin1', start[row], end[row]))
    return texts
  }
}

const ofNothing = (count: number): Column => ({ kind: 'boolean', values: new Uint8Array(count), nulls: undefined })
