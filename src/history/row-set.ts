/**
 * The rows of a query as a set: JSON objects under their keys, so that rows that were computed in different ways can be
 * compared.
 */
import type { TopicReader } from '../bus/bus.ts'
import { parseInstant, type Span } from '../pipeline/span.ts'
import { recordText } from '../record/records.ts'
import type { Field } from '../record/type.ts'
import { readTexts } from '../topic/read-texts.ts'
import { rowEncoder } from '../topic/row-records.ts'
import { runOverSpan, type SpanQuery } from './span-query.ts'

/** Rows as JSON, by key. A row without a key is under its own text; the second such row has ` (2)` behind it, and so on. */
export type RowSet = Map<string, string>

/** A key whose rows differ; undefined where one side has none. */
export type Difference = {
  readonly key: string
  readonly streamed: string | undefined
  readonly batch: string | undefined
}

/**
 * The rows of a query over a span, without those of windows that cross its edges, or that the stream has yet to close: see
 * `closedRows`. `rowKey` are the columns of the key.
 */
export async function rowsOverSpan(
  asked: SpanQuery,
  rowKey: readonly number[] | undefined,
  streamed: RowSet,
): Promise<RowSet> {
  const { fields } = asked.query.plan
  const rows: RowSet = new Map()
  const encode = rowEncoder(fields, rowKey)
  await runOverSpan(asked, (batch) => {
    const { values, keys } = encode(batch, 0)
    for (let row = 0; row < batch.count; row++) {
      put(rows, keys !== undefined, recordText(keys ?? values, row), recordText(values, row))
    }
    values.lease?.release()
  })
  const inSpan = spanTest(fields, asked.span, asked.session.timezone)
  return closedRows(fields, new Map([...rows].filter(([, row]) => inSpan(row))), streamed)
}

function put(rows: RowSet, hasKey: boolean, key: string, row: string): void {
  let name = key
  for (let copy = 2; !hasKey && rows.has(name); copy++) name = `${key} (${copy})`
  rows.set(name, row)
}

/** The rows in a query's topic for which `inSpan` is true; of several with one key, the last. */
export async function rowsOfTopic(
  topic: TopicReader,
  hasKey: boolean,
  inSpan: (row: string) => boolean,
): Promise<RowSet> {
  const rows: RowSet = new Map()
  for await (const { key, text } of readTexts(topic)) if (inSpan(text)) put(rows, hasKey, hasKey ? key : text, text)
  return rows
}

/** Whether a row's window lies in the span. Of a window across its edges, a query over the span sees only a part. */
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

/** How many rows are equal, and the differences, in order of key. */
export function differencesOf(streamed: RowSet, batch: RowSet): { equal: number; differences: Difference[] } {
  const differences: Difference[] = []
  let equal = 0
  for (const key of [...new Set([...streamed.keys(), ...batch.keys()])].sort()) {
    const [one, other] = [streamed.get(key), batch.get(key)]
    if (one === other) equal++
    else differences.push({ key, streamed: one, batch: other })
  }
  return { equal, differences }
}

/** The rows whose windows end no later than the last of `streamed`: the stream has yet to close later windows. */
export function closedRows(fields: readonly Field[], rows: RowSet, streamed: RowSet): RowSet {
  const time = windowTime(fields)
  if (time === undefined) return rows
  const last = newest(streamed, time)
  return new Map([...rows].filter(([, row]) => time(row) <= last))
}

/** The rows without those of the newest window: while the query runs, some of that may still be on their way. */
export function withoutNewest(fields: readonly Field[], rows: RowSet): RowSet {
  const time = windowTime(fields)
  if (time === undefined) return rows
  const last = newest(rows, time)
  return new Map([...rows].filter(([, row]) => time(row) < last))
}

/** Reads the end of a row's window, else its start. Timestamps of one form have the order of their texts. */
function windowTime(fields: readonly Field[]): ((row: string) => string) | undefined {
  const name = (fields.find(({ window }) => window === 'end') ?? fields.find(({ window }) => window === 'start'))?.name
  if (name === undefined) return undefined
  return (row) => (JSON.parse(row) as { readonly [name: string]: string })[name] as string
}

const newest = (rows: RowSet, time: (row: string) => string): string =>
  [...rows.values()].reduce((latest, row) => (time(row) > latest ? time(row) : latest), '')
