/** Reads keys back into the columns that they were written from by `key.ts`. */
import { assert } from '../../base/assert.ts'
import { type Column, columnOf, makeColumn, type StringColumn, type Value } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import { isNested, type Type } from '../../record/type.ts'
import { isPlainKey } from './key.ts'
import { readDouble, ValueReader } from './read-value.ts'
import { SIGN } from './write-columns.ts'

/** Keys by their ids: the first `count` of `ids`. */
export type KeyIds = {
  readonly dictionary: Pick<Dictionary, 'arena' | 'offsets' | 'nullId'>
  readonly ids: Int32Array
  readonly count: number
}

/**
 * The columns that keys were made of, without `skip` bytes at the front of each key. Strings are ranges into the
 * dictionary's arena wherever their bytes lie there unescaped.
 */
export function readKeys(keys: KeyIds, types: readonly Type[], skip = 0): Column[] {
  const { dictionary, ids, count } = keys
  const columns = types.map((type) => makeColumn(type, count))
  if (skip === 0 && isPlainKey(types)) {
    readPlain(keys, columns[0] as StringColumn)
    return columns
  }
  const at = new Int32Array(count)
  for (let row = 0; row < count; row++) at[row] = (dictionary.offsets[ids[row] as number] as number) + skip
  return columns.map((column, index) => {
    const type = types[index] as Type
    if (isNested(type)) return readNested(keys, at, type)
    readColumn(keys, at, column, index === columns.length - 1)
    return column
  })
}

/** Reads a column of arrays, maps or rows, which are rarely keys, value by value; moves `at` behind it. */
function readNested({ dictionary, count }: KeyIds, at: Int32Array, type: Type): Column {
  const reader = new ValueReader(dictionary.arena)
  const values: Value[] = []
  for (let row = 0; row < count; row++) {
    reader.at = at[row] as number
    values.push(reader.read(type))
    at[row] = reader.at
  }
  return columnOf(type, values)
}

function readPlain({ dictionary, ids, count }: KeyIds, column: StringColumn): void {
  const { offsets, arena, nullId } = dictionary
  column.bytes = arena
  for (let row = 0; row < count; row++) {
    const id = ids[row] as number
    column.start[row] = offsets[id] as number
    column.end[row] = offsets[id + 1] as number
    if (id === nullId) {
      column.nulls ??= new Uint8Array(count)
      column.nulls[row] = 1
    }
  }
}

/** Reads one column of each key, from `at` on, and moves `at` behind it. */
function readColumn({ dictionary, ids, count }: KeyIds, at: Int32Array, column: Column, last: boolean): void {
  const { arena, offsets } = dictionary
  const view = new DataView(arena.buffer, arena.byteOffset, arena.byteLength)
  const unescaped = new Unescaper(arena)
  for (let row = 0; row < count; row++) {
    const from = (at[row] as number) + 1
    at[row] = from
    if (arena[from - 1] === 0) {
      column.nulls ??= new Uint8Array(count)
      column.nulls[row] = 1
      continue
    }
    switch (column.kind) {
      case 'boolean':
        column.values[row] = arena[from] as number
        at[row] = from + 1
        break
      case 'int':
        column.values[row] = view.getInt32(from) ^ SIGN
        at[row] = from + 4
        break
      case 'double':
        column.values[row] = readDouble(view, from)
        at[row] = from + 8
        break
      case 'bigint': {
        const high = view.getInt32(from) ^ SIGN
        const value = high * 4294967296 + view.getUint32(from + 4)
        column.values[row] = value
        if (!Number.isSafeInteger(value)) column.exact ??= new BigInt64Array(count)
        at[row] = from + 8
        break
      }
      case 'decimal':
        column.values[row] = ((view.getBigUint64(from) << 64n) | view.getBigUint64(from + 8)) - (1n << 127n)
        at[row] = from + 16
        break
      case 'string':
        if (!last) at[row] = unescaped.read(column, row, from)
        else {
          column.start[row] = from
          column.end[row] = offsets[(ids[row] as number) + 1] as number
        }
        break
    }
  }
  if (column.kind === 'string') column.bytes = unescaped.bytes
  if (column.kind === 'bigint' && column.exact !== undefined) fillExact(column.exact, view, at, column.nulls)
}

function fillExact(exact: BigInt64Array, view: DataView, at: Int32Array, nulls: Uint8Array | undefined): void {
  for (let row = 0; row < exact.length; row++) {
    if (nulls?.[row] !== 1) exact[row] = view.getBigUint64((at[row] as number) - 8) - (1n << 63n)
  }
}

/** Finds where written strings end. A string with a 00 inside, which is rare, is unescaped behind a copy of the arena. */
class Unescaper {
  bytes: Uint8Array
  #copied = 0

  constructor(arena: Uint8Array) {
    this.bytes = arena
  }

  read(column: StringColumn, row: number, from: number): number {
    let at = from
    while (this.bytes[at] !== 0) at++
    column.start[row] = from
    column.end[row] = at
    if (this.bytes[at + 1] === 0) return at + 2
    const text: number[] = []
    for (at = from; this.bytes[at] !== 0 || this.bytes[at + 1] !== 0; at++) {
      text.push(this.bytes[at] as number)
      if (this.bytes[at] === 0) at++
    }
    if (this.#copied === 0) this.#copied = this.bytes.length
    const wider = new Uint8Array(this.#copied + text.length)
    wider.set(this.bytes)
    wider.set(text, this.#copied)
    this.bytes = wider
    column.start[row] = this.#copied
    this.#copied += text.length
    column.end[row] = this.#copied
    assert(at < wider.length, 'a written string ends')
    return at + 2
  }
}
