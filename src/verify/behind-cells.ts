/** The records of a pipeline behind a row that the engines do not agree about. */
import type { BusReader } from '../bus/bus.ts'
import { recordsBehindRow, tableBehind, whyNoRecords } from '../history/behind/behind-row.ts'
import type { RecordsBehindRow } from '../history/behind/scan-behind.ts'
import { type CheckedPipeline, type CheckedQuery, deadOf } from '../pipeline/checked.ts'
import type { SharedCell } from './cell.ts'
import type { CellRow } from './compare.ts'

export type BehindCells = RecordsBehindRow | { readonly why: string }

/** At most `limit` of the records behind the row, or why they cannot be found. Rejects with the Failure of a read. */
export async function recordsBehindCells(
  row: CellRow,
  query: CheckedQuery,
  {
    pipeline,
    bus,
    limit,
    stop,
  }: {
    readonly pipeline: CheckedPipeline
    readonly bus: Pick<BusReader, 'reader'>
    readonly limit: number
    readonly stop: AbortSignal
  },
): Promise<BehindCells> {
  const why = whyNoRecords(query)
  const table = tableBehind(query)
  const source = pipeline.topics.find(({ name }) => name === table)
  const result = pipeline.topics.find(({ name }) => name === query.name)
  if (why !== undefined || source === undefined || result === undefined) return { why: why ?? 'it reads no topic' }
  const topic = await bus.reader(source.topic)
  const text = JSON.stringify(
    Object.fromEntries(
      query.query.plan.fields.map(({ name }, column): [string, SharedCell] => [name, row[column] ?? null]),
    ),
  )
  return await recordsBehindRow({
    pipeline,
    query,
    // The row is no record of the topic, so no later record can have replaced it.
    results: { checked: result, topic },
    row: { partition: 0, offset: 0, arrived: Number.POSITIVE_INFINITY, key: undefined, row: text },
    source: { checked: source, topic, letters: await bus.reader(deadOf(source)) },
    limit,
    stop,
  })
}
