/** Decoding for tests: whole texts to plain rows, with any choice of columns and any cut into batches. */
import { Buffer } from 'node:buffer'
import { type Value, valueAt } from '../record/column.ts'
import type { OpenFormat } from './format.ts'
import { addRest, makeRecords, splitLines } from './lines-split.ts'

export type Decoded = {
  /** One object a row: column name to value. */
  readonly rows: readonly Readonly<Record<string, Value>>[]
  /** The record that each row came from. */
  readonly origins: readonly number[]
  /** `record:byte reason`, the record counted over all batches. */
  readonly rejects: readonly string[]
}

/** Decodes the lines of a text, `chunk` bytes of it at a time, as a reader of files does. */
export function decodeAll(
  open: OpenFormat,
  text: string | Uint8Array,
  names: readonly string[] = open.fields.map((field) => field.name),
  chunk: number = 1 << 20,
): Decoded {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const decode = open.decoder(names.map((name) => open.fields.findIndex((field) => field.name === name)))
  const rows: Record<string, Value>[] = []
  const origins: number[] = []
  const rejects: string[] = []
  const records = makeRecords(0)
  let before = 0
  let rest = 0
  for (let read = 0; read < bytes.length; ) {
    read = Math.min(bytes.length, read + chunk)
    const from = rest
    rest = splitLines(bytes, from, read, records)
    if (read === bytes.length) addRest(bytes, rest, read, records)
    const base = before
    const batch = decode(records, {
      add: (record, byte, reason) => rejects.push(`${base + record}:${byte} ${reason}`),
    })
    for (let row = 0; row < batch.count; row++) {
      const values = batch.columns.map((column, i) => [names[i], valueAt(column, row)])
      rows.push(Object.fromEntries(values))
      origins.push(base + (batch.origin?.[row] ?? row))
    }
    before += records.count
  }
  return { rows, origins, rejects }
}
