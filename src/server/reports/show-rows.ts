/**
 * The rows of a report, only to be seen: a bounded run over what the topics have, as `tailrace report` does it, at half pace beside
 * the pipeline. Nothing is put into the topic of the report.
 */
import { offsetsKept } from '../../bus/fetched.ts'
import { encodeRows } from '../../format/write/encode-rows.ts'
import { makeEncoder } from '../../format/write/encoders.ts'
import { openEventTimes } from '../../history/event-times.ts'
import { askedOf, runReport } from '../../history/report.ts'
import type { SpanRows } from '../../history/report-topic.ts'
import { openSpanTopics } from '../../history/span-query.ts'
import { settledAt } from '../../history/wait-for-rows.ts'
import { withoutSentAgain } from '../../history/without-sent-again.ts'
import type { CheckedReport } from '../../pipeline/checked.ts'
import type { Span } from '../../pipeline/span.ts'
import { recordText } from '../../record/records.ts'
import { halfPace } from '../../run/console/half-pace.ts'
import { inUseOr } from '../../runner/lookup-tables.ts'
import type { OpenRun } from '../open-run.ts'

/** Rows that are kept of a run, and their characters. */
const MOST_ROWS = 10_000
const MOST_CHARACTERS = 16 << 20

export type ShownRows = SpanRows & {
  /** All of them, also those that are not kept. */
  readonly count: number
  /** Records that could not be used. */
  readonly unusable: number
  /** Whether the log had come to the end of the span. */
  readonly reached: boolean
}

/** The topics that a report reads, opened beside the run. */
export type ShowWork = {
  readonly signal: AbortSignal
  /** Told how many records were read, of at most how many. */
  onRead(records: number, ofRecords: number): void
}

/** Runs the report. Rejects with its Failure, or that of a read; with a Failure 'in-use' where the signal is aborted. */
export async function showRows(
  report: CheckedReport,
  span: Span,
  { parts, pipeline }: OpenRun,
  { signal, onRead }: ShowWork,
): Promise<ShownRows> {
  const { bus, clock, disk, dataFolder } = parts.context
  const opened = await openSpanTopics(pipeline, report.reads, ({ topic }) => bus.reader(topic))
  let ofRecords = 0
  for (const { topic } of opened.values()) {
    await topic.refresh()
    ofRecords += offsetsKept(topic)
  }
  let read = 0
  const pace = halfPace(clock, (records) => {
    read += records
    onRead(read, ofRecords)
  })
  const question = askedOf(report.query.sql, pipeline, span, withoutSentAgain(opened, { disk, dataFolder }))
  const asked = {
    ...question,
    times: openEventTimes(disk, dataFolder),
    lookups: inUseOr(question.lookups, parts.lookups.tables),
    stop: AbortSignal.any([signal, parts.context.stop]),
    pace,
  }
  const encoder = makeEncoder('ndjson', report.topic.fields)
  const rows: string[] = []
  let characters = 0
  let count = 0
  const outcome = await runReport(asked, (batch) => {
    count += batch.count
    const wanted = characters < MOST_CHARACTERS ? Math.min(batch.count, MOST_ROWS - rows.length) : 0
    if (wanted <= 0) return
    const records = encodeRows(encoder, batch, 0, wanted)
    for (let row = 0; row < wanted && characters < MOST_CHARACTERS; row++) {
      const text = recordText(records, row)
      characters += text.length
      rows.push(text)
    }
  })
  const reached = Math.min(outcome.reached, settledAt(report.tables, pipeline, clock.now())) >= span.until
  const unusable = outcome.undecodable + outcome.failed
  return { rows, isCut: rows.length < count, count, unusable, reached }
}
