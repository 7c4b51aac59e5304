/**
 * The rows of a query as a set: JSON objects under their keys, so that rows that were computed in different ways can be
 * compared.
 */
import { Failure } from '../base/failure.ts'
import { refuseStopped } from '../base/turns.ts'
import { counted, roundBytes } from '../base/units.ts'
import type { TopicReader } from '../bus/bus.ts'
import { parseInstant, type Span } from '../pipeline/span.ts'
import { recordText } from '../record/records.ts'
import type { Field } from '../record/type.ts'
import { readTexts } from '../topic/read-texts.ts'
import { rowEncoder } from '../topic/row-records.ts'
import { runOverSpan, type SpanOutcome, type SpanQuery } from './span-query.ts'

/** Rows as JSON, by key. A row without a key is under its own text; the second such row has ` (2)` behind it, and so on. */
export type RowSet = Map<string, string>

/** A key whose rows differ; undefined where one side has none. */
export type Difference = {
  readonly key: string
  readonly streamed: string | undefined
  readonly batch: string | undefined
}

/** Counts the memory of rows. `add` throws a Failure ('limit') where they are beyond the limit. */
export type RowMemory = { add(key: string, row: string): void; free(key: string, row: string): void }

/** A row in a map: its entry and the heads of its two texts. */
const ENTRY_BYTES = 100

/** Nothing is held yet; `limit` in bytes, of all rows together. */
export function openRowMemory(limit: number): RowMemory {
  let bytes = 0
  let rows = 0
  const bytesOf = (key: string, row: string) => key.length + row.length + ENTRY_BYTES
  return {
    add(key, row) {
      bytes += bytesOf(key, row)
      rows++
      if (bytes <= limit) return
      const message = `${counted(rows, 'row')} of the span hold ${roundBytes(bytes)}, more than the limit of ${roundBytes(limit)}`
      throw new Failure('limit', message, { hint: REFUSED })
    },
    free(key, row) {
      bytes -= bytesOf(key, row)
      rows--
    },
  }
}

const REFUSED =
  'Let them have more (limits: { state: … } in the pipeline file), or ask for a shorter span, piece by piece.'

/** How rows are read: which of them are kept, what they may hold, and the stop of the run, which ends the reading. */
export type RowReading = {
  readonly isWanted: (row: string) => boolean
  readonly memory?: RowMemory | undefined
  readonly stop?: AbortSignal | undefined
}

/** The rows of a query over a span that are wanted. `rowKey` are the columns of the key; `ended` gets the outcome. */
export async function rowsOverSpan(
  asked: SpanQuery,
  rowKey: readonly number[] | undefined,
  reading: RowReading,
  ended?: (outcome: SpanOutcome) => void,
): Promise<RowSet> {
  const rows: RowSet = new Map()
  const encode = rowEncoder(asked.query.plan.fields, rowKey)
  const outcome = await runOverSpan({ ...asked, stop: reading.stop }, (batch) => {
    const { values, keys } = encode(batch, 0)
    for (let row = 0; row < batch.count; row++) {
      put(rows, reading, recordText(values, row), keys && recordText(keys, row))
    }
    values.lease?.release()
  })
  ended?.(outcome)
  return rows
}

/** Keeps a row that is wanted. One that is not takes the place of a row with its key all the same. */
function put(rows: RowSet, { isWanted, memory }: RowReading, row: string, key: string | undefined): void {
  let name = key ?? row
  const before = key === undefined ? undefined : rows.get(key)
  if (before !== undefined) memory?.free(name, before)
  if (!isWanted(row)) {
    if (before !== undefined) rows.delete(name)
    return
  }
  for (let copy = 2; key === undefined && rows.has(name); copy++) name = `${row} (${copy})`
  memory?.add(name, row)
  rows.set(name, row)
}

/** The rows in a query's topic that are wanted; of several with one key, the last. Rejects with the Failure of a read. */
export async function rowsOfTopic(topic: TopicReader, hasKey: boolean, reading: RowReading): Promise<RowSet> {
  const rows: RowSet = new Map()
  for await (const { key, text } of readTexts(topic)) {
    refuseStopped(reading.stop)
    put(rows, reading, text, hasKey ? key : undefined)
  }
  return rows
}

/** What a row says of its window. */
export type RowWindow = {
  /** Whether it lies in the span. Of a window across its edges, a query over the span sees only a part. */
  readonly isInSpan: boolean
  /** Its end, else its start, as the row has it: texts of one form have the order of the times. Empty where it has neither. */
  readonly time: string
}

/** Reads the windows of rows with these columns. */
export function windowReader(
  fields: readonly Field[],
  { since, until }: Span,
  zone: string,
): (row: string) => RowWindow {
  const start = fields.find(({ window }) => window === 'start')?.name
  const end = fields.find(({ window }) => window === 'end')?.name
  const timed = timeColumn(fields)
  return (row) => {
    const value = JSON.parse(row) as { readonly [name: string]: string }
    const time = (name: string | undefined, otherwise: number) =>
      name === undefined ? otherwise : parseInstant(value[name] as string, zone)
    const [from, to] = [time(start, since), time(end, until)]
    const isInSpan = from >= since && to <= until && from < until && to > since
    return { isInSpan, time: timed === undefined ? '' : (value[timed] as string) }
  }
}

/** Whether a row's window lies in the span. */
export function spanTest(fields: readonly Field[], span: Span, zone: string): (row: string) => boolean {
  const windowOf = windowReader(fields, span, zone)
  return (row) => windowOf(row).isInSpan
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

/** What a stream has put out, and up to when its windows are closed besides, as text: see `closed-until.ts`. */
export type Streamed = { readonly streamed: RowSet; readonly closed: string }

/** The rows whose windows end no later than the last of the stream: it has yet to close later windows. */
export function closedRows(fields: readonly Field[], rows: RowSet, { streamed, closed }: Streamed): RowSet {
  const name = timeColumn(fields)
  if (name === undefined) return rows
  const time = (row: string) => (JSON.parse(row) as { readonly [name: string]: string })[name] as string
  let last = closed
  for (const row of streamed.values()) {
    const at = time(row)
    if (at > last) last = at
  }
  return new Map([...rows].filter(([, row]) => time(row) <= last))
}

/** The column with the end of a row's window, else that with its start. Timestamps of one form have the order of their texts. */
const timeColumn = (fields: readonly Field[]): string | undefined =>
  (fields.find(({ window }) => window === 'end') ?? fields.find(({ window }) => window === 'start'))?.name
