/**
 * Puts the rows of a report into its topic, under keys that contain the span, so that a store updates its rows.
 *
 * Each append carries how far the report has come. A report that was cut off by a crash goes on there. A report whose rows
 * are the same as the last time puts out nothing, so appending sinks do not get them twice.
 */
import type { Clock } from '../base/clock.ts'
import { appendWhole } from '../bus/append-parts.ts'
import type { Topic } from '../bus/bus.ts'
import { makeEncoder } from '../format/write/encoders.ts'
import { SPAN_FIELDS } from '../pipeline/check/reports.ts'
import type { CheckedReport } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import type { Batch, Column, Records } from '../record/column.ts'
import { sliceRecords } from '../record/records.ts'
import { BIGINT, type Field } from '../record/type.ts'
import { encodeRows } from '../topic/row-records.ts'

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
export type PutRows = { readonly digest: string; readonly rows: number; readonly appended: number }

type Piece = { readonly values: Records; readonly keys: Records }

/** Collects the rows of a report over a span; `put` appends them. */
export function openReportRows({ topic: { fields }, rowKey }: CheckedReport, span: Span, clock: Clock): ReportRows {
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
      const there = isLast ? last.next : known === own.digest ? rows : 0
      let next = 0
      for (const piece of pieces) {
        const skipped = Math.min(piece.values.count, Math.max(0, there - next))
        next += piece.values.count
        if (skipped === piece.values.count) continue
        const first = next - piece.values.count + skipped
        const values = sliceRecords(piece.values, skipped, piece.values.count)
        const keys = sliceRecords(piece.keys, skipped, piece.keys.count)
        const markAt = (upTo: number): Mark => ({ ...own, next: first + upTo })
        const positionAt = (upTo: number) => ({ writer: WRITER, at: markAt(upTo) })
        await appendWhole(topic, 0, { values, keys, timestamp: clock.now(), positionAt })
      }
      return { digest: own.digest, rows, appended: Math.max(0, rows - there) }
    },
  }
}

const numbers = (first: number, count: number): Column => ({
  kind: 'bigint',
  values: Float64Array.from({ length: count }, (_, row) => first + row),
  exact: undefined,
  nulls: undefined,
})
