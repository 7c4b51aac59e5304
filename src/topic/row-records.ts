/** The rows of results as records: JSON objects, and their keys. */
import { openLease } from '../base/lease.ts'
import { copied } from '../format/write/encode-rows.ts'
import { makeEncoder } from '../format/write/encoders.ts'
import type { Batch, Column, Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'

/** The most arrays that are kept for later rows, and the longest of them in bytes. */
const KEPT_ARRAYS = 32
const KEPT_BYTES = 1 << 20

export type EncodedRows = {
  readonly values: Records
  readonly keys: Records | undefined
  /** 1 where a row is deleted: its value is NULL. */
  readonly nulls: Uint8Array | undefined
}

export type RowEncoder = (batch: Batch, from: number) => EncodedRows

/**
 * Encodes the rows of a batch from one on as JSON objects, and their keys: those of the columns `rowKey`. A deleted row has only a key. The lease of the
 * values holds both; their memory is used again once it is released.
 */
export function rowEncoder(fields: readonly Field[], rowKey: readonly number[] | undefined): RowEncoder {
  const values = makeEncoder('ndjson', fields)
  const keys = rowKey && { encoder: makeEncoder('ndjson', pick(fields, rowKey)), columns: rowKey }
  const memory = makeMemoryPool()
  return (batch, from) => {
    const rows = { batch, from, to: batch.count }
    const encoded = copied(values, rows, memory.take)
    const keyBatch = keys && { ...batch, columns: pick<Column>(batch.columns, keys.columns) }
    const encodedKeys = keys && keyBatch && copied(keys.encoder, { ...rows, batch: keyBatch }, memory.take)
    const lease = openLease(() => {
      memory.giveBack(encoded.bytes)
      if (encodedKeys !== undefined) memory.giveBack(encodedKeys.bytes)
    })
    const nulls = batch.deleted?.slice(from, batch.count)
    if (nulls !== undefined) emptyNulls(encoded, nulls)
    return { values: { ...encoded, lease }, keys: encodedKeys, nulls }
  }
}

function emptyNulls({ start, end }: Records, nulls: Uint8Array): void {
  for (let row = 0; row < nulls.length; row++) if (nulls[row] === 1) end[row] = start[row] as number
}

/**
 * Arrays that are used again. Rows that wait for the disk outlive the young generation of the garbage collector; with new
 * arrays for each batch, a query with a row for every record spent a quarter of its time in collections.
 */
function makeMemoryPool() {
  const free: Uint8Array[] = []
  return {
    take(bytes: number): Uint8Array {
      const kept = free.pop()
      return kept !== undefined && kept.length >= bytes ? kept : new Uint8Array(2 ** Math.ceil(Math.log2(bytes + 1)))
    },
    giveBack(array: Uint8Array): void {
      if (free.length < KEPT_ARRAYS && array.length <= KEPT_BYTES) free.push(array)
    },
  }
}

const pick = <T>(all: readonly T[], indexes: readonly number[]): T[] => indexes.map((index) => all[index] as T)
