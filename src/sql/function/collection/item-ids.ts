/**
 * Numbers for the items of long arrays and maps, equal items having equal numbers: so that an item is found among many without
 * a look at each of them. A record can have a million elements, and a million times a million comparisons never end.
 *
 * Items are written as bytes that are equal exactly where `equalCells` says that the items are. The bytes of a MAP's entries are
 * sorted, as maps are equal in whatever order their entries stand.
 */
import type { Column, ListColumn, MapColumn, StringColumn } from '../../../record/column.ts'
import { Dictionary } from '../../../record/dictionary.ts'

/** Up to this number of items, comparing each with each is faster. */
export const FEW_ITEMS = 16

/** Which of the items that `equalCells` tells apart, or takes for one, are another here. */
export type ItemEquality = { readonly nan: 'same' | 'other'; readonly zeros: 'same' | 'other' }

/** The number of an item that is equal to none, not even to itself. */
const NOTHING = -1

/** Gives numbers to items, of one column or of several of one type. They count from 0. */
export class ItemIds {
  readonly #dictionary = new Dictionary()
  readonly #writer = new ItemWriter()
  readonly #equality: ItemEquality

  constructor(equality: ItemEquality) {
    this.#equality = equality
  }

  /** All numbers are below it. */
  get size(): number {
    return this.#dictionary.size
  }

  /** Puts the numbers of items [from, end) into `ids`, each at its item's place. */
  look(items: Column, from: number, end: number, ids: Int32Array): void {
    const isSigned = this.#equality.zeros === 'other'
    const bytes = items.kind === 'string' ? items : this.#writer.write(items, { from, end, isSigned })
    this.#dictionary.lookup(bytes, from, end, ids)
    if (items.kind !== 'double' || this.#equality.nan === 'same') return
    for (let item = from; item < end; item++) {
      if (items.nulls?.[item] !== 1 && Number.isNaN(items.values[item])) ids[item] = NOTHING
    }
  }
}

/** A set of numbers that is emptied at once. */
export class IdSet {
  #marks: Int32Array = new Int32Array(64)
  #mark = 0

  /** Empties it; numbers below `size` may be added. */
  clear(size: number): void {
    if (this.#marks.length < size) {
      const wider = new Int32Array(Math.max(size, 2 * this.#marks.length))
      wider.set(this.#marks)
      this.#marks = wider
    }
    this.#mark++
  }

  has(id: number): boolean {
    return id !== NOTHING && this.#marks[id] === this.#mark
  }

  add(id: number): void {
    if (id !== NOTHING) this.#marks[id] = this.#mark
  }
}

/** Writes items as bytes, into memory of its own that is used again at the next call. */
class ItemWriter {
  #bytes: Uint8Array = new Uint8Array(1 << 12)
  #view: DataView = new DataView(this.#bytes.buffer)
  #at = 0

  write(items: Column, { from, end, isSigned }: { from: number; end: number; isSigned: boolean }): StringColumn {
    const [starts, ends] = [new Int32Array(end), new Int32Array(end)]
    this.#at = 0
    for (let item = from; item < end; item++) {
      starts[item] = this.#at
      // Only as an item itself, not inside of one, is -0 equal to 0.
      if (items.kind === 'double' && !isSigned && items.values[item] === 0) this.#double(0)
      else if (items.nulls?.[item] !== 1) this.#value(items, item)
      ends[item] = this.#at
    }
    return { kind: 'string', bytes: this.#bytes, start: starts, end: ends, nulls: items.nulls }
  }

  #reserve(room: number): void {
    if (this.#at + room <= this.#bytes.length) return
    const wider = new Uint8Array(Math.max(this.#at + room, 2 * this.#bytes.length))
    wider.set(this.#bytes)
    this.#bytes = wider
    this.#view = new DataView(wider.buffer)
  }

  #cell(column: Column, row: number): void {
    const isNull = column.nulls?.[row] === 1
    this.#reserve(1)
    this.#bytes[this.#at++] = isNull ? 0 : 1
    if (!isNull) this.#value(column, row)
  }

  #value(column: Column, row: number): void {
    switch (column.kind) {
      case 'boolean':
      case 'int':
        this.#word(column.values[row] as number)
        break
      case 'bigint':
        this.#long(BigInt(column.exact?.[row] ?? (column.values[row] as number)))
        break
      case 'double':
        this.#double(column.values[row] as number)
        break
      case 'decimal':
        this.#long((column.values[row] as bigint) >> 64n)
        this.#long(column.values[row] as bigint)
        break
      case 'string':
        this.#text(column, row)
        break
      case 'list':
        this.#list(column, row)
        break
      case 'map':
        this.#map(column, row)
        break
      case 'row':
        for (const field of column.fields) this.#cell(field, row)
    }
  }

  #word(value: number): void {
    this.#reserve(4)
    this.#view.setInt32(this.#at, value)
    this.#at += 4
  }

  #long(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigInt64(this.#at, BigInt.asIntN(64, value))
    this.#at += 8
  }

  #double(value: number): void {
    this.#reserve(8)
    // There are many bit patterns of NaN.
    this.#view.setFloat64(this.#at, Number.isNaN(value) ? Number.NaN : value)
    this.#at += 8
  }

  #text({ bytes, start, end }: StringColumn, row: number): void {
    const [from, to] = [start[row] as number, end[row] as number]
    this.#word(to - from)
    this.#reserve(to - from)
    this.#bytes.set(bytes.subarray(from, to), this.#at)
    this.#at += to - from
  }

  #list({ start, end, items }: ListColumn, row: number): void {
    this.#word((end[row] as number) - (start[row] as number))
    for (let item = start[row] as number; item < (end[row] as number); item++) this.#cell(items, item)
  }

  #map({ start, end, keys, values }: MapColumn, row: number): void {
    this.#word((end[row] as number) - (start[row] as number))
    const from = this.#at
    const entries: [number, number][] = []
    for (let entry = start[row] as number; entry < (end[row] as number); entry++) {
      const at = this.#at
      this.#cell(keys, entry)
      this.#cell(values, entry)
      entries.push([at, this.#at])
    }
    const written = this.#bytes.slice(from, this.#at)
    const parts = entries.map(([at, to]) => written.subarray(at - from, to - from))
    this.#at = from
    for (const part of parts.sort(Buffer.compare)) {
      this.#bytes.set(part, this.#at)
      this.#at += part.length
    }
  }
}
