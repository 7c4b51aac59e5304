/**
 * The rows of a query as a set: JSON objects, each under what makes it the one that it is, so that what came by different
 * ways can be held against each other.
 */
import type { TopicReader } from '../bus/bus.ts'
import { makeEncoder } from '../format/write/encoders.ts'
import { parseInstant, type Span } from '../pipeline/span.ts'
import type { Batch, Column } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { readTexts } from '../topic/read-texts.ts'

/** By key; rows without one are under their own text, and counted. */
export type Rows = Map<string, string>

export type Difference = {
  readonly key: string
  readonly streamed: string | undefined
  readonly batch: string | undefined
}

export type RowCollector = { readonly rows: Rows; add(batch: Batch): void }

/** Rows of batches as JSON, under their keys. */
export function collectRows(fields: readonly Field[], rowKey: readonly number[] | undefined): RowCollector {
  const rows: Rows = new Map()
  const values = makeEncoder('ndjson', fields)
  const keyFields = rowKey?.map((column) => fields[column] as Field)
  const keys = keyFields === undefined ? undefined : makeEncoder('ndjson', keyFields)
  const linesOf = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().trimEnd().split('\n')
  return {
    rows,
    add(batch) {
      if (batch.count === 0) return
      const texts = linesOf(values.encode(batch, 0, batch.count))
      const picked = rowKey?.map((column) => batch.columns[column] as Column)
      const named =
        keys === undefined ? texts : linesOf(keys.encode({ ...batch, columns: picked ?? [] }, 0, batch.count))
      for (const [row, text] of texts.entries()) put(rows, keys !== undefined, named[row] as string, text)
    },
  }
}

/** Rows without a key are told apart by what they say, and counted. */
function put(rows: Rows, hasKey: boolean, key: string, row: string): void {
  let name = key
  for (let copy = 2; !hasKey && rows.has(name); copy++) name = `${key} (${copy})`
  rows.set(name, row)
}

/** Rows that a query has put out; of those with one key, the last. */
export async function rowsOfTopic(
  topic: TopicReader,
  hasKey: boolean,
  inSpan: (row: string) => boolean,
): Promise<Rows> {
  const rows: Rows = new Map()
  for await (const { key, text } of readTexts(topic)) if (inSpan(text)) put(rows, hasKey, hasKey ? key : text, text)
  return rows
}

/** Whether a row's window lies in the span: of one that crosses its edges the batch has seen only a part. */
export function spanTest(fields: readonly Field[], { since, until }: Span, zone: string): (row: string) => boolean {
  const start = fields.find(({ window }) => window === 'start')?.name
  const end = fields.find(({ window }) => window === 'end')?.name
  return (row) => {
    const value = JSON.parse(row) as { readonly [name: string]: string }
    const time = (name: string | undefined, otherwise: number) =>
      name === undefined ? otherwise : parseInstant(value[name] as string, zone)
    return (
      time(start, since) >= since && time(end, until) <= until && time(start, since) < until && time(end, until) > since
    )
  }
}

/** In order of key. */
export function differencesOf(streamed: Rows, batch: Rows): { equal: number; differences: Difference[] } {
  const differences: Difference[] = []
  let equal = 0
  for (const key of [...new Set([...streamed.keys(), ...batch.keys()])].sort()) {
    const [one, other] = [streamed.get(key), batch.get(key)]
    if (one === other) equal++
    else differences.push({ key, streamed: one, batch: other })
  }
  return { equal, differences }
}

/** Rows of windows that end after the last that was put out: they are still open, and nothing can be said of them. */
export function withoutOpen(fields: readonly Field[], rows: Rows, streamed: Rows): Rows {
  const name = (fields.find(({ window }) => window === 'end') ?? fields.find(({ window }) => window === 'start'))?.name
  if (name === undefined) return rows
  // Timestamps of one form are in order as texts are.
  const time = (row: string) => (JSON.parse(row) as { readonly [name: string]: string })[name] as string
  const last = [...streamed.values()].reduce((latest, row) => (time(row) > latest ? time(row) : latest), '')
  return new Map([...rows].filter(([, row]) => time(row) <= last))
}
