/** `/api/v1/queries`: every query of the pipeline, but those of alerts. */
import * as z from 'zod'
import type { CheckedQuery } from '../../../pipeline/checked.ts'
import type { QueryDescription } from '../../api/queries.ts'
import { namedPart, type OpenRun, openRunOf } from '../../open-run.ts'
import { defineRoute, inJson, type ListAsked, page, pageOf, paging, type Route } from '../route.ts'
import { describeQuery } from './describe.ts'

const column = z.strictObject({
  name: z.string(),
  type: z.string().describe('as Flink writes it: TIMESTAMP(3)'),
  window: z.enum(['start', 'end', 'time']).nullable().describe("what it is of the row's window"),
  isRowtime: z.boolean(),
  isKey: z.boolean().describe('one of the columns that name a row'),
  isRank: z.boolean().describe('the rank of the row in a Top-N'),
})

const query: z.ZodType<QueryDescription> = z.strictObject({
  name: z.string(),
  topic: z.string().describe('the topic of its rows, as the bus calls it'),
  sql: z.string().describe('of a short form, the statement that it stands for'),
  shortForm: z.string().nullable().describe('as the file has it; null where the file has SQL'),
  views: z.array(z.strictObject({ name: z.string(), sql: z.string() })),
  reads: z.array(z.string()),
  lookups: z.array(z.string()),
  columns: z.array(column),
  rowKey: z.array(z.string()).nullable().describe('null: rows have no key'),
  window: z
    .strictObject({ kind: z.enum(['tumble', 'hop', 'cumulate', 'session']), sizeMs: z.number() })
    .nullable()
    .describe('sizeMs of a session is its gap'),
  isChanging: z.boolean().describe('later rows replace or delete those with the same key'),
  withoutRecords: z.string().nullable().describe('why the records behind a row cannot be shown'),
})

export const queryName: z.ZodType<{ readonly query: string }> = z.object({ query: z.string() })

/** The queries of a run, without those that alerts are made of. */
export const queriesIn = ({ pipeline }: OpenRun): readonly CheckedQuery[] =>
  pipeline.queries.filter(({ query }) => query.alert === undefined)

export const queries: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/queries',
  summary: 'Every query of the pipeline: its SQL, and the columns of its rows.',
  query: z.object(paging) as z.ZodType<ListAsked>,
  answer: inJson(page(query)),
  handle({ query }, { run }) {
    const open = openRunOf(run)
    const all = queriesIn(open).map((one) => describeQuery(one, open.pipeline))
    return pageOf(all, query, ({ name }) => name)
  },
})

export const oneQuery: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/queries/{query}',
  summary: 'One query of the pipeline.',
  params: queryName,
  answer: inJson(query),
  handle({ params }, { run }) {
    const open = openRunOf(run)
    return describeQuery(namedPart(params.query, queriesIn(open), 'query'), open.pipeline)
  },
})
