/** Decodes whole texts into plain rows, for tests, with any choice of columns and in batches of any size. */
import { Buffer } from 'node:buffer'
import { expect } from 'vitest'
import { type Batch, type Records, type Value, valueAt } from '../record/column.ts'
import { addRest, makeRecords, splitLines } from '../record/lines-split.ts'
import type { Arrivals, OpenFormat } from './format.ts'

export type Decoded = {
  /** Rows as objects: column name to value. */
  readonly rows: readonly Readonly<Record<string, Value>>[]
  /** The record that each row came from. */
  readonly origins: readonly number[]
  /** `record:byte reason`; the record is its number in all batches. */
  readonly rejects: readonly string[]
}

/** The lines of a text as records. */
export function sampleOf(text: string | Uint8Array): Records {
  const records = makeRecords(0)
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  addRest(bytes, splitLines(bytes, 0, bytes.length, records), bytes.length, records)
  return records
}

/**
 * Checks that every line (in Latin-1, so that it may contain any byte) is a row or a reject, and that neither the choice of
 * columns nor where the bytes are cut changes which, nor the values. Gives all columns of the lines.
 */
export function expectAnyChoice(
  open: OpenFormat,
  lines: readonly string[],
  wanted: readonly string[],
  chunk?: number,
): Decoded {
  const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1')
  const all = decodeAll(open, bytes)
  expect(all.rows.length + all.rejects.length).toBe(lines.length)
  const rows = all.rows.map((row) => Object.fromEntries(wanted.map((name) => [name, row[name] as Value])))
  expect(decodeAll(open, bytes, wanted, chunk)).toEqual({ ...all, rows })
  return all
}

/** Decodes lines with other bytes than line ends between them: no decoder may depend on the bytes after its record. */
export function decodeApart(open: OpenFormat, lines: readonly string[], between: string): Decoded {
  const names = open.fields.map((field) => field.name)
  const decode = open.decoder(names.map((_, i) => i))
  const records = makeRecords(lines.length)
  records.bytes = Buffer.from(between + lines.map((line) => line + between).join(''), 'latin1')
  let at = between.length
  lines.forEach((line, i) => {
    records.start[i] = at
    records.end[i] = at + line.length
    at += line.length + between.length
  })
  records.count = lines.length
  const rejects: string[] = []
  const batch = decode(records, { add: (record, byte, reason) => rejects.push(`${record}:${byte} ${reason}`) })
  return { ...plainRows(batch, names, 0), rejects }
}

/** Decodes the lines of a text, `chunk` bytes of it at a time, as a reader of files does. */
export function decodeAll(
  open: OpenFormat,
  text: string | Uint8Array,
  names: readonly string[] = open.fields.map((field) => field.name),
  chunk: number = 1 << 20,
  arrivals?: Arrivals,
): Decoded {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const decode = open.decoder(names.map((name) => open.fields.findIndex((field) => field.name === name)))
  const rows: Readonly<Record<string, Value>>[] = []
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
    const add = (record: number, byte: number, reason: string) => rejects.push(`${base + record}:${byte} ${reason}`)
    const batch = decode(records, { add }, arrivals)
    const part = plainRows(batch, names, base)
    rows.push(...part.rows)
    origins.push(...part.origins)
    before += records.count
  }
  return { rows, origins, rejects }
}

function plainRows(batch: Batch, names: readonly string[], base: number): Omit<Decoded, 'rejects'> {
  const rows: Record<string, Value>[] = []
  const origins: number[] = []
  for (let row = 0; row < batch.count; row++) {
    rows.push(Object.fromEntries(batch.columns.map((column, i) => [names[i], valueAt(column, row)])))
    origins.push(base + (batch.origin?.[row] ?? row))
  }
  return { rows, origins }
}
