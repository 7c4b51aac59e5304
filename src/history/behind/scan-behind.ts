/** Reads a topic for the records that have one row of a question: see `row-question.ts`. */
import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import type { EventTime, Offset } from '../../base/quantity.ts'
import { refuseStopped } from '../../base/turns.ts'
import { roundBytes } from '../../base/units.ts'
import type { Fetched, TopicReader } from '../../bus/bus.ts'
import { firstSince, readOffsets, withoutNulls } from '../../bus/fetched.ts'
import { openGraph } from '../../engine/open-graph.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../../pipeline/checked.ts'
import type { Span } from '../../pipeline/span.ts'
import type { Query } from '../../sql/plan/plan.ts'
import type { PlacedRow } from '../../topic/placed-rows.ts'
import { rowEncoder } from '../../topic/row-records.ts'
import { openPick } from '../pick.ts'
import type { RowQuestion } from './row-question.ts'

/** Where the arrival of records does not say where to look, no more of a topic than this is read for one row. */
const MOST_BYTES = 1 << 30
const READ_BYTES = 1 << 20
/** Of a longer record only the beginning is shown. */
const SHOWN_BYTES = 16 << 10
/** A clock that is put back shows an hour twice. */
export const ZONE_STEP_MS: number = 3 * 3_600_000

export type Behind = {
  readonly pipeline: Pick<CheckedPipeline, 'catalog' | 'session'>
  readonly query: CheckedQuery
  /** The topic of the rows, and the row: not one that is no more. */
  readonly results: { readonly checked: CheckedTopic; readonly topic: TopicReader }
  readonly row: PlacedRow
  /** The topic that the query reads, and its dead letters. */
  readonly source: { readonly checked: CheckedTopic; readonly topic: TopicReader; readonly letters: TopicReader }
  /** The most records that are given. */
  readonly limit: number
  readonly stop?: AbortSignal
}

export type BehindRecord = {
  readonly partition: number
  readonly offset: Offset
  /** ms since 1970. */
  readonly arrived: number
  readonly text: string
  /** Whether it is not UTF-8, and its bytes are shown as ISO-8859-1. */
  readonly isLatin1: boolean
  /** Bytes that are left out at its end. */
  readonly cut: number
}

export type RecordsBehindRow = {
  readonly count: number
  /** The first of them, by partition and offset. */
  readonly records: readonly BehindRecord[]
  /** Records of the group that were late for the window, and are not in the row. */
  readonly late: number
  /** What may be missing, in words; undefined: nothing. */
  readonly missing: string | undefined
}

export type WantedRow = {
  /** What the columns of the question are in the row, encoded. */
  readonly text: Uint8Array
  /** Where event times of its records are, with room for clocks that are put back. */
  readonly span: Span
  /** The watermark that closes its window. */
  readonly closing: EventTime
  readonly plan: RowQuestion['plan']
}

export type CountedRecords = { count: number; readonly records: BehindRecord[] }
export type Gathered = { readonly onTime: CountedRecords; readonly late: CountedRecords; missing: string | undefined }
type LateTest = (partition: number, offset: Offset) => boolean

/** Runs the question over the topic. */
export async function gatherBehind(wanted: WantedRow, behind: Behind, isLate: LateTest): Promise<Gathered> {
  const { pipeline, source, query, limit, stop } = behind
  const { checked, topic } = source
  const found: Gathered = { onTime: openCounted(), late: openCounted(), missing: undefined }
  /** Of the batch that is pushed: the records that have a row like the one that is asked for. */
  let hits: number[] = []
  const encode = rowEncoder(wanted.plan.fields, undefined)
  const asked: Query = { ...query.query, mode: 'batch', plan: wanted.plan, rowKey: undefined, rowKeyParts: undefined }
  const graph = openGraph(asked, pipeline.catalog, {
    session: pipeline.session,
    partitions: () => topic.partitions,
    output: {
      reject() {},
      emit(batch) {
        const { values } = encode(batch, 0)
        for (let row = 0; row < batch.count; row++) {
          const text = values.bytes.subarray(values.start[row], values.end[row])
          const record = batch.origin?.[row] ?? row
          // A record with several rows in the group, as UNNEST makes them, is one record.
          if (hits.at(-1) !== record && Buffer.compare(text, wanted.text) === 0) hits.push(record)
        }
        values.lease?.release()
      },
    },
  })
  const scan = graph.scans[0] as (typeof graph.scans)[number]
  const pick = openPick(checked, scan.columns, { span: wanted.span, session: pipeline.session })
  let bytes = 0
  for (let partition = 0; partition < topic.partitions; partition++) {
    const range = await rangeOf(source, partition, wanted.span, behind.row.arrived)
    let isFirst = true
    for await (const fetched of readOffsets(topic, partition, { ...range, maxBytes: READ_BYTES })) {
      refuseStopped(stop)
      for (const run of withoutNulls(fetched)) {
        await checked.format.ready?.(run.values, stop)
        hits = []
        const picked = pick.rows(run, partition)
        graph.push(0, picked.batch)
        if (isFirst && run.values.count > 0) {
          isFirst = false
          found.missing ??= deletedBefore(source, partition, {
            ...behind,
            run,
            least: pick.instant(picked.least),
            wanted,
          })
        }
        for (const record of hits) {
          const of = isLate(partition, run.baseOffset + record) ? found.late : found.onTime
          if (of.records.length < limit) of.records.push(shown(run, record, partition))
          of.count++
        }
        bytes += byteLength(run)
      }
      fetched.values.lease?.release()
      if (bytes > MOST_BYTES) {
        found.missing = `only the first ${roundBytes(MOST_BYTES)} of the topic were read: what is behind them was not looked at`
        return found
      }
      // Reading may never wait for anything: without a turn of the event loop sockets and timers would starve.
      await setImmediate()
    }
    const { start, end } = topic.bounds(partition)
    if (isFirst && start > 0 && start === end) found.missing ??= deletedText(checked, partition, start)
  }
  return found
}

const openCounted = (): CountedRecords => ({ count: 0, records: [] })

const byteLength = ({ values: { start, end, count } }: Fetched): number =>
  count === 0 ? 0 : (end[count - 1] as number) - (start[0] as number)

/**
 * The offsets that records of the span can have: they arrived before the row was put out, and no earlier than their event
 * time, less what the topic lets event time be ahead. Where others set the times of records, they say nothing.
 */
async function rangeOf(
  { checked, topic }: Behind['source'],
  partition: number,
  { since }: Span,
  before: number,
): Promise<{ readonly from: Offset; readonly to: Offset }> {
  const { start, end } = topic.bounds(partition)
  const { maxAhead } = checked
  if (maxAhead?.isOurs !== true) return { from: start, to: end }
  const first = since - maxAhead.ms
  return {
    from: Number.isFinite(first) ? await firstSince(topic, partition, first) : start,
    to: await firstSince(topic, partition, before + 1),
  }
}

type First = { readonly run: Fetched; readonly least: EventTime; readonly wanted: WantedRow } & Pick<Behind, 'pipeline'>

/** Says that records of the window may be deleted, where the first that are kept are not from before it. */
function deletedBefore(
  { checked, topic }: Behind['source'],
  partition: number,
  { run, least, wanted, pipeline }: First,
): string | undefined {
  const { start } = topic.bounds(partition)
  if (start === 0 || run.baseOffset > start) return undefined
  const delay = pipeline.catalog.get(checked.name)?.rowtime?.delay ?? 0
  return least < wanted.span.since + ZONE_STEP_MS - delay ? undefined : deletedText(checked, partition, start)
}

const deletedText = ({ name }: CheckedTopic, partition: number, start: Offset): string =>
  `records of ${name} before offset ${start} of partition ${partition} are deleted, and some of the window may have been among them`

function shown({ baseOffset, values, timestamps }: Fetched, record: number, partition: number): BehindRecord {
  const [from, to] = [values.start[record] as number, values.end[record] as number]
  const bytes = values.bytes.subarray(from, Math.min(to, from + SHOWN_BYTES))
  const cut = to - from - bytes.length
  // A character that is cut in two is no sign of other bytes.
  const isLatin1 = !isUtf8(values.bytes.subarray(from, to))
  return {
    partition,
    offset: baseOffset + record,
    arrived: timestamps[record] ?? Number.NaN,
    text: Buffer.from(bytes).toString(isLatin1 ? 'latin1' : 'utf8'),
    isLatin1,
    cut,
  }
}
