/**
 * Keys of several columns as one byte string each, so that comparing the bytes compares the values: column by column,
 * NULL first, then by value.
 *
 * | Part | Bytes |
 * | --- | --- |
 * | NULL; any value | 00; 01, then |
 * | BOOLEAN | 1 |
 * | INT, DATE, TIME, INTERVAL_MONTH | 4, big-endian, sign bit flipped |
 * | BIGINT | 8, likewise |
 * | DOUBLE and times | 8, IEEE 754 big-endian: all bits flipped if negative, else the sign bit |
 * | DECIMAL | 16, big-endian, sign bit flipped |
 * | STRING, BYTES | its bytes, 00 written as 00 FF, then 00 00; in the last column just its bytes |
 * | ARRAY, MAP | for each item 01 and its parts as above, of an entry key and value; then 00 |
 * | ROW | the parts of its fields |
 *
 * The key of a single STRING or BYTES column is not written at all: its bytes are the column's own, and NULL has an id of its own.
 */
import { viewOf } from '../../record/bytes.ts'
import {
  type BigintColumn,
  type Column,
  type IntColumn,
  isNestedColumn,
  type NestedColumn,
  type ScalarColumn,
  type StringColumn,
} from '../../record/column.ts'
import { isByteRange, type Type } from '../../record/type.ts'
import { placeKeys, type RowRange, SIGN, writeColumn, writeOwners } from './write-columns.ts'

const FIXED_ROOM = 18
/** Fewer rows are written cell by cell, which is ready sooner. */
const MANY_ROWS = 16

/** Scratch memory, used only within one conversion: a double, and its low and high word (`kernel/open.ts` checks the order). */
export const double: Float64Array = new Float64Array(1)
export const doubleWords: Int32Array = new Int32Array(double.buffer)

/** Whether keys of these types are not written: see above. */
export const isPlainKey = (types: readonly Type[]): boolean =>
  types.length === 1 && types[0] !== undefined && isByteRange(types[0])

/** Writes keys into memory of its own, used again at the next call. */
export class KeyWriter {
  #bytes: Uint8Array = new Uint8Array(1 << 12)
  #view: DataView = viewOf(this.#bytes)
  #at = 0
  readonly #out: StringColumn = {
    kind: 'string',
    bytes: this.#bytes,
    start: new Int32Array(0),
    end: new Int32Array(0),
    nulls: undefined,
  }

  /** The keys of rows [from, to), valid until the next call; with `owners`, each begins with its row's owner: 4 bytes. */
  write(columns: readonly Column[], from: number, to: number, owners: Int32Array | undefined): StringColumn {
    const first = columns[0]
    if (columns.length === 1 && first?.kind === 'string' && owners === undefined) return first
    const out = this.#out
    if (out.start.length < to) {
      out.start = new Int32Array(to)
      out.end = new Int32Array(to)
    }
    this.#at = 0
    if (columns.length === 1 && owners === undefined && isWhole(first)) {
      this.#reserve(FIXED_ROOM * (to - from))
      writeWhole(first, [from, to], this.#bytes, out)
      out.bytes = this.#bytes
      return out
    }
    if (to - from < MANY_ROWS || !columns.every(isScalar)) this.#writeRows(columns, [from, to], owners)
    else this.#writeColumns(columns, [from, to], owners)
    out.bytes = this.#bytes
    return out
  }

  #writeColumns(columns: readonly ScalarColumn[], rows: RowRange, owners: Int32Array | undefined): void {
    const { start, end } = this.#out
    this.#reserve(placeKeys(columns, rows, start, owners !== undefined))
    if (this.#view.buffer !== this.#bytes.buffer) this.#view = viewOf(this.#bytes)
    for (let row = rows[0]; row < rows[1]; row++) end[row] = start[row] as number
    if (owners !== undefined) writeOwners(owners, rows, this.#view, end)
    for (const [index, column] of columns.entries())
      writeColumn(column, rows, [this.#view, end], index === columns.length - 1)
  }

  #writeRows(columns: readonly Column[], [from, to]: RowRange, owners: Int32Array | undefined): void {
    const out = this.#out
    for (let row = from; row < to; row++) {
      out.start[row] = this.#at
      if (owners !== undefined) {
        this.#reserve(4)
        this.#word(owners[row] as number)
      }
      for (let index = 0; index < columns.length; index++) {
        this.#cell(columns[index] as Column, row, index === columns.length - 1)
      }
      out.end[row] = this.#at
    }
  }

  #reserve(room: number): void {
    if (this.#at + room <= this.#bytes.length) return
    const wider = new Uint8Array(Math.max(this.#at + room, this.#bytes.length * 2))
    wider.set(this.#bytes)
    this.#bytes = wider
  }

  #word(word: number): void {
    const bytes = this.#bytes
    bytes[this.#at++] = word >>> 24
    bytes[this.#at++] = word >>> 16
    bytes[this.#at++] = word >>> 8
    bytes[this.#at++] = word
  }

  #cell(column: Column, row: number, last: boolean): void {
    this.#reserve(FIXED_ROOM)
    if (column.nulls !== undefined && column.nulls[row] === 1) {
      this.#bytes[this.#at++] = 0
      return
    }
    this.#bytes[this.#at++] = 1
    switch (column.kind) {
      case 'boolean':
        this.#bytes[this.#at++] = column.values[row] as number
        break
      case 'int':
        this.#word((column.values[row] as number) ^ SIGN)
        break
      case 'double':
        this.#double(column.values[row] as number)
        break
      case 'bigint':
        if (column.exact !== undefined) this.#wide((column.exact[row] as bigint) + (1n << 63n), 2)
        else {
          const value = column.values[row] as number
          const high = Math.floor(value / 4294967296)
          this.#word(high ^ SIGN)
          this.#word((value - high * 4294967296) | 0)
        }
        break
      case 'decimal':
        this.#wide((column.values[row] as bigint) + (1n << 127n), 4)
        break
      case 'string':
        this.#string(column, row, last)
        break
      default:
        this.#nested(column, row)
    }
  }

  #nested(column: NestedColumn, row: number): void {
    if (column.kind === 'row') {
      for (const field of column.fields) this.#cell(field, row, false)
      return
    }
    const end = column.end[row] as number
    for (let at = column.start[row] as number; at < end; at++) {
      this.#reserve(1)
      this.#bytes[this.#at++] = 1
      if (column.kind === 'list') this.#cell(column.items, at, false)
      else {
        this.#cell(column.keys, at, false)
        this.#cell(column.values, at, false)
      }
    }
    this.#reserve(1)
    this.#bytes[this.#at++] = 0
  }

  #double(value: number): void {
    double[0] = Number.isNaN(value) ? Number.NaN : value
    const high = doubleWords[1] as number
    const low = doubleWords[0] as number
    if (high < 0) {
      this.#word(~high)
      this.#word(~low)
    } else {
      this.#word(high ^ SIGN)
      this.#word(low)
    }
  }

  #wide(value: bigint, words: number): void {
    for (let word = words - 1; word >= 0; word--) this.#word(Number((value >> BigInt(word * 32)) & 0xffffffffn) | 0)
  }

  #string({ bytes, start, end }: StringColumn, row: number, last: boolean): void {
    const from = start[row] as number
    const to = end[row] as number
    this.#reserve(2 * (to - from) + 2)
    const out = this.#bytes
    let at = this.#at
    if (last) {
      for (let i = from; i < to; i++) out[at++] = bytes[i] as number
    } else {
      for (let i = from; i < to; i++) {
        const byte = bytes[i] as number
        out[at++] = byte
        if (byte === 0) out[at++] = 0xff
      }
      out[at++] = 0
      out[at++] = 0
    }
    this.#at = at
  }
}

/** Whether a column has whole numbers, none of them NULL: often the only key. */
export function isWhole(column: Column | undefined): column is IntColumn | BigintColumn {
  if (column === undefined || column.nulls !== undefined) return false
  return column.kind === 'int' || (column.kind === 'bigint' && column.exact === undefined)
}

const isScalar = (column: Column): column is ScalarColumn => !isNestedColumn(column)

/** Writes the keys of such a column as `KeyWriter` does, in one loop without branches for other types. */
function writeWhole(
  { kind, values }: IntColumn | BigintColumn,
  [from, to]: readonly [number, number],
  bytes: Uint8Array,
  out: StringColumn,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { start, end } = out
  let at = 0
  for (let row = from; row < to; row++) {
    const value = values[row] as number
    start[row] = at
    view.setUint8(at++, 1)
    if (kind === 'bigint') {
      const high = Math.floor(value / 4294967296)
      view.setInt32(at, high ^ SIGN)
      view.setInt32(at + 4, (value - high * 4294967296) | 0)
      at += 8
    } else {
      view.setInt32(at, value ^ SIGN)
      at += 4
    }
    end[row] = at
  }
}
