/** Where the values of one column go while records are decoded: arrays that grow, and the same inside for nested columns. */
import { assert } from '../../base/assert.ts'
import type { Column, Nulls } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'

const LEAST_ROOM = 64
const NO_BYTES = new Uint8Array(0)

/** All have one shape, so that the loop over records looks at objects of one class. */
export class ColumnTarget {
  readonly type: Type
  /** Items, keys and values, or the fields of a ROW. */
  readonly inner: readonly ColumnTarget[]
  /** The texts of an enum's symbols, one after the other; undefined: texts lie in the records. */
  readonly symbols: Uint8Array | undefined
  nulls: Uint8Array = NO_BYTES
  bytes: Uint8Array = NO_BYTES
  ints: Int32Array = new Int32Array(0)
  doubles: Float64Array = new Float64Array(0)
  decimals: bigint[] = []
  start: Int32Array = new Int32Array(0)
  end: Int32Array = new Int32Array(0)
  /** Integers beyond 2^53, by row. */
  readonly beyond: Map<number, bigint> = new Map()
  hasNulls = false
  /** Rows that are taken, of items, keys and values. */
  length = 0
  #room = 0

  constructor(type: Type, inner: readonly ColumnTarget[], symbols?: Uint8Array) {
    this.type = type
    this.inner = inner
    this.symbols = symbols
  }

  /** Begins a batch of at most `rows` rows. No row is NULL. */
  begin(rows: number): void {
    if (this.hasNulls) this.nulls.fill(0)
    this.hasNulls = false
    this.beyond.clear()
    this.length = 0
    this.widen(rows)
    for (const one of this.inner) one.begin(this.type.kind === 'ROW' ? rows : 0)
  }

  /** A row of items, or of keys and values. */
  take(): number {
    const row = this.length++
    if (row >= this.#room) this.widen(row + 1)
    return row
  }

  /** Makes room for `rows` rows. */
  widen(rows: number): void {
    if (rows <= this.#room) return
    const room = Math.max(LEAST_ROOM, rows, 2 * this.#room)
    this.#room = room
    this.nulls = widened(this.nulls, new Uint8Array(room))
    switch (this.type.kind) {
      case 'BOOLEAN':
        this.bytes = widened(this.bytes, new Uint8Array(room))
        return
      case 'TINYINT':
      case 'SMALLINT':
      case 'INT':
      case 'DATE':
      case 'TIME':
        this.ints = widened(this.ints, new Int32Array(room))
        return
      case 'DECIMAL':
        while (this.decimals.length < room) this.decimals.push(0n)
        return
      case 'STRING':
      case 'ARRAY':
      case 'MAP':
        this.start = widened(this.start, new Int32Array(room))
        this.end = widened(this.end, new Int32Array(room))
        return
      case 'ROW':
        for (const one of this.inner) one.widen(room)
        return
      default:
        this.doubles = widened(this.doubles, new Float64Array(room))
    }
  }

  /** Makes a row NULL, and with that of a ROW those of its fields. */
  putNull(row: number): void {
    this.nulls[row] = 1
    this.hasNulls = true
    if (this.type.kind === 'ROW') for (const one of this.inner) one.putNull(row)
    else if (this.start.length > row) this.start[row] = this.end[row] = 0
  }

  /** Forgets what a record has put into a row that is no row after all. */
  clear(row: number): void {
    this.nulls[row] = 0
    if (this.beyond.size > 0) this.beyond.delete(row)
    if (this.type.kind === 'ROW') for (const one of this.inner) one.clear(row)
  }

  /** The column of `count` rows; `texts` are the bytes that texts are ranges of. */
  column(count: number, texts: Uint8Array): Column {
    const nulls: Nulls = this.hasNulls ? this.nulls : undefined
    const { start, end } = this
    const [first, second] = this.inner
    switch (this.type.kind) {
      case 'BOOLEAN':
        return { kind: 'boolean', values: this.bytes, nulls }
      case 'TINYINT':
      case 'SMALLINT':
      case 'INT':
      case 'DATE':
      case 'TIME':
        return { kind: 'int', values: this.ints, nulls }
      case 'BIGINT':
        return { kind: 'bigint', values: this.doubles, exact: this.#exact(count), nulls }
      case 'DECIMAL':
        return { kind: 'decimal', values: this.decimals, nulls }
      case 'STRING':
        return { kind: 'string', bytes: this.symbols ?? texts, start, end, nulls }
      case 'ARRAY':
        assert(first !== undefined, 'an array has items')
        return { kind: 'list', start, end, items: first.column(first.length, texts), nulls }
      case 'MAP': {
        assert(first !== undefined && second !== undefined, 'a map has keys and values')
        const [keys, values] = [first.column(first.length, texts), second.column(first.length, texts)]
        return { kind: 'map', start, end, keys, values, nulls }
      }
      case 'ROW':
        return { kind: 'row', fields: this.inner.map((one) => one.column(count, texts)), nulls }
      default:
        return { kind: 'double', values: this.doubles, nulls }
    }
  }

  #exact(count: number): BigInt64Array | undefined {
    if (this.beyond.size === 0) return undefined
    const exact = new BigInt64Array(count)
    for (let row = 0; row < count; row++) {
      if (this.nulls[row] === 0) exact[row] = this.beyond.get(row) ?? BigInt(this.doubles[row] as number)
    }
    return exact
  }
}

function widened<Values extends Uint8Array | Int32Array | Float64Array>(values: Values, room: Values): Values {
  room.set(values)
  return room
}
