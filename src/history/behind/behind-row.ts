/**
 * The records behind a row of a query: those in its window and its group, by the query's own conditions and expressions, which
 * run over the topic in batch mode. Records that were late for the window are none of them, unless the row has been repaired
 * by a backfill since; so COUNT(*) of a group is the number of its records.
 */
import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import type { EventTime, Offset } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import { refuseStopped } from '../../base/turns.ts'
import { roundBytes } from '../../base/units.ts'
import type { Fetched, TopicReader } from '../../bus/bus.ts'
import { firstSince, readOffsets, withoutNulls } from '../../bus/fetched.ts'
import { openGraph } from '../../engine/open-graph.ts'
import { windowTime } from '../../engine/window/reading.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../../pipeline/checked.ts'
import type { Span } from '../../pipeline/span.ts'
import type { Batch, DoubleColumn } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import type { Query } from '../../sql/plan/plan.ts'
import { type PlacedRow, placeText, readPage } from '../../topic/placed-rows.ts'
import { rowEncoder } from '../../topic/row-records.ts'
import { findLate } from '../late-records.ts'
import { openPick } from '../pick.ts'
import { type NoQuestion, ofSession, questionBehind, type RowQuestion } from './row-question.ts'

/** Where the arrival of records does not say where to look, no more of a topic than this is read for one row. */
const MOST_BYTES = 1 << 30
const READ_BYTES = 1 << 20
/** Of a longer record only the beginning is shown. */
const SHOWN_BYTES = 16 << 10
/** A clock that is put back shows an hour twice. */
const ZONE_STEP_MS = 3 * 3_600_000

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

/** Why the records behind rows of this query cannot be found, in words; undefined where they can. */
export function whyNoRecords({ query }: Pick<CheckedQuery, 'query'>): string | undefined {
  const found = questionBehind(query)
  return 'why' in found ? found.why : undefined
}

/** The topic that has the records behind the rows of a query, by its name in SQL; undefined where they cannot be found. */
export function tableBehind({ query }: Pick<CheckedQuery, 'query'>): string | undefined {
  const found = questionBehind(query)
  return 'why' in found ? undefined : found.table
}

/** The records behind a row, or why they cannot be found. Rejects with the Failure of a read, or ('in-use') where it is stopped. */
export async function recordsBehindRow(behind: Behind): Promise<RecordsBehindRow | NoQuestion> {
  const { query, results, source, stop } = behind
  const question = questionBehind(query.query)
  if ('why' in question) return question
  const wanted = wantedOf(question, behind)
  if (wanted === undefined) return { why: 'the row does not say which window it is of' }
  const { metAt } = await findLate(source, query.name, 0)
  /** Whether a record came when the window was closed: a late row of a session is of no window. */
  const isLate = (partition: number, offset: Offset): boolean => {
    const met = metAt(partition, offset)
    return question.window.kind === 'session' ? met !== -Infinity : met >= wanted.closing
  }
  const found = await gather(wanted, behind, isLate)
  const isWhole = found.late.count === 0 || (found.onTime.count > 0 && !(await isRepaired(results.topic, behind.row)))
  refuseStopped(stop)
  const { count, records } = isWhole ? found.onTime : both(found, behind.limit)
  return { count, records, late: isWhole ? found.late.count : 0, missing: found.missing }
}

/** Whether the row is there in place of another: then a backfill has put it in, which knows late records too. */
async function isRepaired(topic: TopicReader, { partition, offset, key }: PlacedRow): Promise<boolean> {
  if (key === undefined) return false
  const before = { ...Object.fromEntries(Array.from({ length: topic.partitions }, (_, i) => [i, topic.bounds(i).end])) }
  before[partition] = offset
  for (let at = before; ; ) {
    const page = await readPage(topic, { before: at, limit: 1, isWanted: (row) => row.key === key })
    if (page.rows.length > 0) return true
    if (!page.hasOlder || placeText(page.from) === placeText(at)) return false
    at = page.from as typeof before
  }
}

type Wanted = {
  /** What the columns of the question are in the row, encoded. */
  readonly text: Uint8Array
  /** Where event times of its records are, with room for clocks that are put back. */
  readonly span: Span
  /** The watermark that closes its window. */
  readonly closing: EventTime
  readonly plan: RowQuestion['plan']
}

/** What the row says; undefined where it lacks its window. */
function wantedOf(question: RowQuestion, { pipeline, results, row }: Behind): Wanted | undefined {
  const { format } = results.checked
  const values = recordsOf([row.row ?? ''])
  const all = format.decoder(results.checked.fields.map((_, column) => column))(
    {
      baseOffset: row.offset,
      values,
      keys: undefined,
      timestamps: Float64Array.of(row.arrived),
    },
    row.partition,
    { add() {} },
  )
  if (all.count !== 1) return undefined
  const time = (column: number | undefined): number | undefined => {
    const found = column === undefined ? undefined : (all.columns[column] as DoubleColumn)
    return found === undefined || found.nulls?.[0] === 1 ? undefined : found.values[0]
  }
  const { window } = question
  const size = window.kind === 'window' && window.window.kind !== 'cumulate' ? window.window.size : undefined
  const [given, until] = [time(question.start), time(question.end)]
  const start = given ?? (until === undefined || size === undefined ? undefined : until - size)
  const end = until ?? (given === undefined || size === undefined ? undefined : given + size)
  if (start === undefined || end === undefined) return undefined
  const { timezone } = pipeline.session
  const zone = zoneRules(timezone)
  const { plan, columns: asked } = ofSession(question, { start, end })
  const columns = asked.map((column) => all.columns[column] as (typeof all.columns)[number])
  return {
    text: encodedRows(plan.fields, { ...all, columns })[0] ?? new Uint8Array(),
    span: { since: zone.toInstant(start) - ZONE_STEP_MS, until: zone.toInstant(end) + ZONE_STEP_MS },
    closing: windowTime(window, timezone).closing(end),
    plan,
  }
}

function encodedRows(fields: RowQuestion['plan']['fields'], batch: Batch): readonly Uint8Array[] {
  const { values } = rowEncoder(fields, undefined)(batch, 0)
  const rows = Array.from({ length: values.count }, (_, i) => values.bytes.slice(values.start[i], values.end[i]))
  values.lease?.release()
  return rows
}

type Counted = { count: number; readonly records: BehindRecord[] }
type Gathered = { readonly onTime: Counted; readonly late: Counted; missing: string | undefined }
type LateTest = (partition: number, offset: Offset) => boolean

/** The first of both kinds, in order. */
function both({ onTime, late }: Gathered, limit: number): Counted {
  const records = [...onTime.records, ...late.records]
  records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  return { count: onTime.count + late.count, records: records.slice(0, limit) }
}

/** Runs the question over the topic. */
async function gather(wanted: Wanted, behind: Behind, isLate: LateTest): Promise<Gathered> {
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

const openCounted = (): Counted => ({ count: 0, records: [] })

const byteLength = ({ values: { start, end, count } }: Fetched): number =>
  count === 0 ? 0 : (end[count - 1] as number) - (start[0] as number)

/**
 * The offsets that records of the span can have: they arrived before the row was put out, and no earlier than their event
 * time, but for what the topic lets event time be ahead. Where others set the times of records, they say nothing.
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

type First = { readonly run: Fetched; readonly least: EventTime; readonly wanted: Wanted } & Pick<Behind, 'pipeline'>

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
