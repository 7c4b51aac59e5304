/**
 * Compares the rows that a query has put out with those of the same question in batch mode over a span. Where they
 * differ, late records should be why: the batch without them is asked, too, and must give the streamed rows.
 */
import { makeEncoder } from '../format/encoders.ts'
import type { Batch, Column } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { CheckedQuery } from './checked.ts'
import type { DeadLetter } from './dead-letter.ts'
import { parseTime, type Span } from './span.ts'
import { type Places, type ReadTopic, runOverSpan, type SpanQuery } from './span-query.ts'

const READ_BYTES = 4 << 20

/** Rows as JSON objects, by what makes each the one that it is. */
type Rows = Map<string, string>

export type Difference = {
  readonly key: string
  readonly streamed: string | undefined
  readonly batch: string | undefined
}

export type Comparison = {
  /** Rows that both have. */
  readonly equal: number
  /** In order of key. */
  readonly differences: readonly Difference[]
  /** What is different still where late records are left out: none, unless something is wrong. */
  readonly unexplained: readonly Difference[]
  readonly late: readonly DeadLetter[]
}

export type Compared = {
  /** The question in batch mode, over the topics that the query reads. */
  readonly asked: SpanQuery
  readonly streamed: CheckedQuery
  /** Rows that the query has put out. */
  readonly result: ReadTopic
  /** Dead letters of the topics that the query reads. */
  readonly dead: ReadonlyMap<string, ReadTopic>
}

export async function compareWithStream(compared: Compared): Promise<Comparison> {
  const { asked, streamed, result } = compared
  const { fields } = asked.query.plan
  const inSpan = spanTest(fields, asked.span, asked.session.timezone)
  const rowKey = streamed.query.rowKey
  const streamedRows = await rowsOfTopic(result, rowKey !== undefined, inSpan)
  const batch = async (without: ReadonlyMap<string, Places>) => {
    const rows = openRows(fields, rowKey)
    await runOverSpan({ ...asked, without }, rows.add)
    return new Map([...rows.rows].filter(([, row]) => inSpan(row)))
  }
  const late = new Map<string, readonly DeadLetter[]>()
  for (const [table, topic] of compared.dead) late.set(table, await lateLetters(topic, streamed.name))
  const { equal, differences } = differencesOf(streamedRows, await batch(new Map()))
  const unexplained =
    differences.length === 0
      ? []
      : differencesOf(
          streamedRows,
          await batch(new Map([...late].map(([table, letters]) => [table, placesOf(letters)]))),
        ).differences
  return { equal, differences, unexplained, late: [...late.values()].flat() }
}

/** Rows of a batch as JSON, under their keys. */
function openRows(fields: readonly Field[], rowKey: readonly number[] | undefined) {
  const rows: Rows = new Map()
  const values = makeEncoder('ndjson', fields)
  const keyFields = rowKey?.map((column) => fields[column] as Field)
  const keys = keyFields === undefined ? undefined : makeEncoder('ndjson', keyFields)
  const linesOf = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().trimEnd().split('\n')
  return {
    rows,
    add(batch: Batch) {
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

async function rowsOfTopic(topic: ReadTopic, hasKey: boolean, inSpan: (row: string) => boolean): Promise<Rows> {
  const rows: Rows = new Map()
  for await (const { key, value } of recordsOf(topic)) if (inSpan(value)) put(rows, hasKey, hasKey ? key : value, value)
  return rows
}

async function lateLetters(topic: ReadTopic, query: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for await (const { value } of recordsOf(topic)) {
    const letter = JSON.parse(value) as DeadLetter
    if (letter.kind === 'late' && letter.query === query) letters.push(letter)
  }
  return letters
}

async function* recordsOf(topic: ReadTopic): AsyncGenerator<{ readonly key: string; readonly value: string }> {
  const text = (records: { bytes: Uint8Array; start: Int32Array; end: Int32Array } | undefined, i: number) =>
    records === undefined ? '' : Buffer.from(records.bytes.subarray(records.start[i], records.end[i])).toString()
  for (let partition = 0; partition < topic.partitions; partition++) {
    const { start, end } = topic.bounds(partition)
    for (let offset = start; offset < end; ) {
      const fetched = await topic.read(partition, offset, READ_BYTES)
      if (fetched === undefined) break
      const { values, keys } = fetched
      for (let i = 0; i < values.count; i++) yield { key: text(keys, i), value: text(values, i) }
      offset = fetched.baseOffset + values.count
    }
  }
}

/** Whether a row's window lies in the span: of one that crosses its edges the batch has seen only a part. */
function spanTest(fields: readonly Field[], { since, until }: Span, zone: string): (row: string) => boolean {
  const start = fields.find(({ window }) => window === 'start')?.name
  const end = fields.find(({ window }) => window === 'end')?.name
  return (row) => {
    const value = JSON.parse(row) as { readonly [name: string]: string }
    const time = (name: string | undefined, otherwise: number) =>
      name === undefined ? otherwise : parseTime(value[name] as string, zone)
    return (
      time(start, since) >= since && time(end, until) <= until && time(start, since) < until && time(end, until) > since
    )
  }
}

function placesOf(letters: readonly DeadLetter[]): Places {
  const places = new Set(letters.map(({ partition, offset }) => `${partition} ${offset}`))
  return { has: (partition, offset) => places.has(`${partition} ${offset}`) }
}

function differencesOf(streamed: Rows, batch: Rows): { equal: number; differences: Difference[] } {
  const differences: Difference[] = []
  let equal = 0
  for (const key of [...new Set([...streamed.keys(), ...batch.keys()])].sort()) {
    const [one, other] = [streamed.get(key), batch.get(key)]
    if (one === other) equal++
    else differences.push({ key, streamed: one, batch: other })
  }
  return { equal, differences }
}

/** Why the rows of a query cannot be held against a span; undefined where they can. */
export function incomparable({ name, query }: CheckedQuery): string | undefined {
  const window = query.plan.fields.some(({ window }) => window === 'start' || window === 'end')
  return window
    ? undefined
    : `rows of query "${name}" do not say which window they are of: select window_start or window_end`
}
