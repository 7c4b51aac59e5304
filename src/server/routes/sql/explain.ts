/** `/api/v1/sql/explain`: the plan of a statement, as `tailrace explain` prints it. */
import * as z from 'zod'
import { explain } from '../../../sql/explain.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { plannedOf, sqlText, statementMode } from './asked.ts'

export const sqlExplain: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/sql/explain',
  summary: 'Shows the plan of a statement: its operators, its state, its row key.',
  body: z.strictObject({ sql: sqlText, mode: statementMode }),
  answer: inJson(z.strictObject({ text: z.string() })),
  handle({ body: { sql, mode } }, context) {
    const { statement, pipeline } = plannedOf(sql, mode, context)
    return { text: explain(statement.query, pipeline.catalog) }
  },
})
