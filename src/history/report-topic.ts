/**
 * Puts the rows of a report into its topic, under keys that contain the span, so that a store updates its rows.
 *
 * A span whose rows were put out before puts out those that have changed, and nothing where none has, so appending sinks get
 * no row twice. The first time, each append carries how far the report has come, and a report that was cut off by a crash
 * goes on there. Rows that were put out and are none of the report any more cannot be taken back: they are named.
 */
import type { Clock } from '../base/clock.ts'
import { appendWhole } from '../bus/append-parts.ts'
import type { Topic, TopicReader } from '../bus/bus.ts'
import { encodeRows } from '../format/write/encode-rows.ts'
import { makeEncoder } from '../format/write/encoders.ts'
import { SPAN_FIELDS } from '../pipeline/check/reports.ts'
import type { CheckedReport } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import type { Batch, Column, Records } from '../record/column.ts'
import { recordsOf, recordText, sliceRecords } from '../record/records.ts'
import { BIGINT, type Field } from '../record/type.ts'
import { readTexts } from '../topic/read-texts.ts'
import { spanColumns } from './report.ts'

/** Rows are kept as bytes until the report has ended, and appended in pieces of at most this many. */
const PIECE_ROWS = 10_000

/** The name that a report's rows are appended under. */
const WRITER = 'report'

/** How far a report has come: of the rows with this digest, those before `next` are in the topic. */
type Mark = { readonly since: number; readonly until: number; readonly digest: string; readonly next: number }

export type ReportRows = {
  add(rows: Batch): void
  /** Appends the rows that are not in the topic yet, and resolves once they are durable. `known`: the digest of the last time. */
  put(topic: Topic, known: string | undefined): Promise<PutRows>
}

/** The digest and number of a report's rows, and how many of them were appended now. */
export type PutRows = {
  readonly digest: string
  readonly rows: number
  readonly appended: number
  /** Rows that were put out for the span before, under keys that the report has no more: how many, and the first few. */
  readonly stale: { readonly count: number; readonly first: readonly string[] }
}

const NO_STALE: PutRows['stale'] = { count: 0, first: [] }
/** Stale rows that are named; the others are counted. */
const NAMED = 5

type Piece = { readonly values: Records; readonly keys: Records }

/** Collects the rows of a report over a span; `put` appends them. */
export function openReportRows(
  { topic: { fields }, rowKey }: CheckedReport,
  span: Span,
  timezone: string,
  clock: Clock,
): ReportRows {
  const values = makeEncoder('ndjson', fields)
  const keyFields: readonly Field[] = rowKey?.map((column) => fields[column] as Field) ?? [
    ...SPAN_FIELDS,
    { name: 'row', type: BIGINT },
  ]
  const keys = makeEncoder('ndjson', keyFields)
  const pieces: Piece[] = []
  const digest = process.getBuiltinModule('node:crypto').createHash('sha256')
  let rows = 0

  return {
    add(batch) {
      const picked = rowKey?.map((column) => batch.columns[column] as Column) ?? [
        ...batch.columns.slice(0, SPAN_FIELDS.length),
        numbers(rows, batch.count),
      ]
      for (let from = 0; from < batch.count; ) {
        const to = Math.min(batch.count, from + PIECE_ROWS)
        const piece = {
          values: encodeRows(values, batch, from, to),
          keys: encodeRows(keys, { ...batch, columns: picked }, from, to),
        }
        digest.update(piece.keys.bytes).update(piece.values.bytes)
        pieces.push(piece)
        from = to
      }
      rows += batch.count
    },
    async put(topic, known): Promise<PutRows> {
      const own = { ...span, digest: digest.digest('hex') }
      const last = (await topic.position(WRITER))[0] as Mark | undefined
      const isLast =
        last !== undefined && last.digest === own.digest && last.since === own.since && last.until === own.until
      if (known === own.digest) return { digest: own.digest, rows, appended: 0, stale: NO_STALE }
      const before = known === undefined ? undefined : await rowsPutOut(topic, pieces, keyStart(span, timezone))
      const putOut = before?.rows
      const there = isLast && putOut === undefined ? last.next : 0
      let next = 0
      let appended = 0
      for (const piece of pieces) {
        const skipped = Math.min(piece.values.count, Math.max(0, there - next))
        const first = next + skipped
        next += piece.values.count
        const { values, keys } = putOut === undefined ? sliced(piece, skipped) : changedRows(piece, putOut)
        appended += values.count
        if (values.count === 0) continue
        // Of changed rows there is no place to go on at: what was put out shows which they are.
        const markAt = (upTo: number): Mark => ({ ...own, next: putOut === undefined ? first + upTo : 0 })
        const positionAt = (upTo: number) => ({ writer: WRITER, at: markAt(upTo) })
        await appendWhole(topic, 0, { values, keys, timestamp: clock.now(), positionAt })
      }
      return { digest: own.digest, rows, appended, stale: before?.stale ?? NO_STALE }
    },
  }
}

const sliced = ({ values, keys }: Piece, from: number): Piece => ({
  values: sliceRecords(values, from, values.count),
  keys: sliceRecords(keys, from, keys.count),
})

/** How the keys of all rows of a span begin, as JSON. */
function keyStart(span: Span, timezone: string): string {
  const batch = { ...ROW, columns: spanColumns(span, timezone, 1) }
  return `${recordText(encodeRows(makeEncoder('ndjson', SPAN_FIELDS), batch, 0, 1), 0).slice(0, -1)},`
}

const ROW = { count: 1, partition: 0, origin: undefined, watermark: undefined }

type PutOut = { readonly rows: ReadonlyMap<string, string>; readonly stale: PutRows['stale'] }

/**
 * The rows that the topic has under the keys of the pieces, the last under each; and those under other keys that begin as the
 * span's do. Rejects with the Failure of a read.
 */
async function rowsPutOut(topic: TopicReader, pieces: readonly Piece[], start: string): Promise<PutOut> {
  const wanted = new Set(
    pieces.flatMap(({ keys }) => Array.from({ length: keys.count }, (_, i) => recordText(keys, i))),
  )
  const rows = new Map<string, string>()
  const stale = new Map<string, string>()
  for await (const { key, text } of readTexts(topic)) {
    if (wanted.has(key)) rows.set(key, text)
    else if (key.startsWith(start)) stale.set(key, text)
  }
  return { rows, stale: { count: stale.size, first: [...stale.values()].slice(0, NAMED) } }
}

/** Rows of a span as JSON texts; `isCut`: there are more than were asked for. */
export type SpanRows = { readonly rows: readonly string[]; readonly isCut: boolean }

/**
 * The rows that the topic of a report has for a span, the last under each key, at most `most` of them. A row that is none of the
 * report any more since it was made again is among them, as it is in the sinks. Rejects with the Failure of a read.
 */
export async function rowsOfSpan(topic: TopicReader, span: Span, timezone: string, most: number): Promise<SpanRows> {
  const start = keyStart(span, timezone)
  const rows = new Map<string, string>()
  let isCut = false
  await topic.refresh()
  for await (const { key, text } of readTexts(topic)) {
    if (!key.startsWith(start)) continue
    if (rows.size < most || rows.has(key)) rows.set(key, text)
    else isCut = true
  }
  return { rows: [...rows.values()], isCut }
}

/** The rows of a piece that are not among those put out. */
function changedRows({ values, keys }: Piece, putOut: ReadonlyMap<string, string>): Piece {
  const changed = Array.from({ length: values.count }, (_, i) => i).filter(
    (i) => putOut.get(recordText(keys, i)) !== recordText(values, i),
  )
  const picked = (records: Records) => recordsOf(changed.map((i) => recordText(records, i)))
  return { values: picked(values), keys: picked(keys) }
}

const numbers = (first: number, count: number): Column => ({
  kind: 'bigint',
  values: Float64Array.from({ length: count }, (_, row) => first + row),
  exact: undefined,
  nulls: undefined,
})
