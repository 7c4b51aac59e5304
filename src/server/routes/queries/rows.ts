/** `/api/v1/queries/{query}/rows`: the rows of closed windows, page by page. */
import type { CheckedQuery, CheckedTopic } from '../../../pipeline/checked.ts'
import type { ServedRun } from '../../../run/served/served-run.ts'
import { type OpenTopic, topicOf } from '../../../runner/open-topics.ts'
import { namedPart, type OpenRun, openRunOf } from '../../open-run.ts'
import { type PageQuery, pageQuery, type Result, resultRows, rowPageOf } from '../../result-rows.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { queriesIn, queryName } from './list.ts'

/** A query of a run with the topic of its rows. */
export type ResultOfQuery = Result & {
  readonly open: OpenRun
  readonly query: CheckedQuery
  readonly checked: CheckedTopic
  readonly opened: OpenTopic
}

/** The result of the query that is asked for. Throws a RequestError where there is none of this name. */
export function resultOfQuery(name: string, run: ServedRun): ResultOfQuery {
  const open = openRunOf(run)
  const query = namedPart(name, queriesIn(open), 'query')
  const opened = topicOf(open.parts.topics, name)
  const { topic, checked } = opened
  return { open, query, checked, opened, topic, fields: checked.fields, timezone: open.pipeline.timezone }
}

export const queryRows: Route = defineRoute<{ readonly query: string }, PageQuery, unknown, unknown>({
  method: 'GET',
  path: '/api/v1/queries/{query}/rows',
  summary: 'The rows that a query has put out, the newest first, page by page.',
  params: queryName,
  query: pageQuery,
  answer: inJson(resultRows),
  handle: ({ params, query }, { run }) => rowPageOf(resultOfQuery(params.query, run), query),
})
