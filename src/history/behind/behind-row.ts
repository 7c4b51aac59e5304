/**
 * The records behind a row of a query: those in its window and its group, by the query's own conditions and expressions, which
 * run over the topic in batch mode. Records that were late for the window are none of them, unless the row has been repaired
 * by a backfill since; so COUNT(*) of a group is the number of its records.
 */
import type { Offset } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import { refuseStopped } from '../../base/turns.ts'
import type { TopicReader } from '../../bus/bus.ts'
import { windowTime } from '../../engine/window/reading.ts'
import type { CheckedQuery } from '../../pipeline/checked.ts'
import type { Batch, DoubleColumn } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import { type PlacedRow, placeText, readRowPage } from '../../topic/placed-rows.ts'
import { rowEncoder } from '../../topic/row-records.ts'
import { findLate } from '../late-records.ts'
import { type NoQuestion, ofSession, questionBehind, type RowQuestion } from './row-question.ts'
import {
  type Behind,
  type CountedRecords,
  type Gathered,
  gatherBehind,
  type RecordsBehindRow,
  type WantedRow,
  ZONE_STEP_MS,
} from './scan-behind.ts'

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
  const found = await gatherBehind(wanted, behind, isLate)
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
    const page = await readRowPage(topic, { before: at, limit: 1, isWanted: (row) => row.key === key })
    if (page.rows.length > 0) return true
    if (!page.hasOlder || placeText(page.from) === placeText(at)) return false
    at = page.from as typeof before
  }
}

/** What the row says; undefined where it lacks its window. */
function wantedOf(question: RowQuestion, { pipeline, results, row }: Behind): WantedRow | undefined {
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

/** The first of both kinds, in order. */
function both({ onTime, late }: Gathered, limit: number): CountedRecords {
  const records = [...onTime.records, ...late.records]
  records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  return { count: onTime.count + late.count, records: records.slice(0, limit) }
}
