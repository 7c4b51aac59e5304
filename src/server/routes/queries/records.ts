/** `/api/v1/queries/{query}/records`: the records behind a row, which is named by its place in the topic. */
import * as z from 'zod'
import { recordsBehindRow, tableBehind } from '../../../history/behind/behind-row.ts'
import { topicOf } from '../../../runner/open-topics.ts'
import { RequestError } from '../../../source/request-error.ts'
import { readRowPage } from '../../../topic/placed-rows.ts'
import type { RecordsBehind } from '../../api/queries.ts'
import type { RowValues } from '../../api/rows.ts'
import { exactJson } from '../../exact-json.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { queryName } from './list.ts'
import { type ResultOfQuery, resultOfQuery } from './rows.ts'

const MOST_RECORDS = 1000
/** Each reads a part of a topic, in the thread that the pipeline works in. */
const MOST_AT_ONCE = 2

type RecordsQuery = { readonly partition: number; readonly offset: number; readonly limit: number }

const recordsQuery: z.ZodType<RecordsQuery> = z.object({
  partition: z.coerce.number().int().min(0).default(0),
  offset: z.coerce.number().int().min(0).describe('of the row'),
  limit: z.coerce.number().int().min(1).max(MOST_RECORDS).default(100),
})

const record = z.strictObject({
  partition: z.int().min(0),
  offset: z.int().min(0),
  at: z.string().describe('when it arrived, ISO 8601'),
  text: z.string(),
  isLatin1: z.boolean().describe('it is not UTF-8, and its bytes are shown as ISO-8859-1'),
  cut: z.int().min(0).describe('bytes that are not shown'),
})

const recordsBehind: z.ZodType<RecordsBehind> = z.strictObject({
  row: z.record(z.string(), z.unknown()),
  topic: z.string(),
  count: z.int().min(0),
  records: z.array(record).describe('the first of them, by partition and offset'),
  late: z.int().min(0).describe('records that were late for the window, and are not in the row'),
  missing: z.string().nullable().describe('what may be missing, and why'),
})

let underWay = 0

export const queryRecords: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/queries/{query}/records',
  summary: 'The records behind a row of a query, by the place of the row: those that were counted in it.',
  params: queryName,
  query: recordsQuery,
  answer: inJson(recordsBehind),
  async handle({ params, query, signal }, { run }) {
    const result = resultOfQuery(params.query, run)
    if (underWay >= MOST_AT_ONCE) {
      throw new RequestError(429, 'others look for the records behind rows: ask again', { 'retry-after': '1' })
    }
    underWay++
    try {
      return await recordsOf(result, query, signal)
    } finally {
      underWay--
    }
  },
})

async function recordsOf(result: ResultOfQuery, asked: RecordsQuery, stop: AbortSignal): Promise<RecordsBehind> {
  const { query, open, opened, topic } = result
  const { partition, offset, limit } = asked
  if (partition >= topic.partitions) throw new RequestError(404, `rows of ${query.name} have no partition ${partition}`)
  const after = { ...Object.fromEntries(Array.from({ length: topic.partitions }, (_, i) => [i, topic.bounds(i).end])) }
  after[partition] = offset
  const [row] = (await readRowPage(topic, { after, limit: 1 })).rows
  if (row?.offset !== offset || row.partition !== partition) {
    throw new RequestError(
      404,
      `${query.name} has no row at partition ${partition}, offset ${offset}: it may be deleted`,
    )
  }
  const table = tableBehind(query)
  if (row.row === undefined) throw new RequestError(409, 'this row says that another one is no more')
  const source = table === undefined ? opened : topicOf(open.parts.topics, table)
  // Late rows wait in memory for a checkpoint.
  await source.dead.settled()
  const { pipeline } = open
  const found = await recordsBehindRow({ pipeline, query, results: opened, row, source, limit, stop })
  if ('why' in found)
    throw new RequestError(409, `the records behind a row of ${query.name} cannot be shown: ${found.why}`)
  return {
    row: exactJson(row.row) as RowValues,
    topic: source.checked.name,
    count: found.count,
    records: found.records.map(({ arrived, ...shown }) => ({ ...shown, at: new Date(arrived).toISOString() })),
    late: found.late,
    missing: found.missing ?? null,
  }
}
