/** `/api/v1/sql/check`: everything that is wrong with a statement, or what its rows are. Nothing is read. */
import * as z from 'zod'
import { Failure } from '../../../base/failure.ts'
import { planStatement } from '../../../run/console/statement.ts'
import { warningsOf } from '../../../sql/plan-query.ts'
import type { CheckedStatement } from '../../api/sql.ts'
import { openRunOf } from '../../open-run.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { columnMembers, problemOf, problemsIn, resultColumns, sqlProblem, sqlText, statementMode } from './asked.ts'

const checkedStatement: z.ZodType<CheckedStatement> = z.strictObject({
  problems: z.array(sqlProblem).describe('mistakes'),
  warnings: z.array(sqlProblem),
  result: z.strictObject({ ...columnMembers, reads: z.array(z.string()) }).nullable(),
})

export const sqlCheck: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/sql/check',
  summary: 'Says what is wrong with a statement, all of it at once, or which columns its rows have.',
  body: z.strictObject({ sql: sqlText, mode: statementMode }),
  answer: inJson(checkedStatement),
  handle({ body: { sql, mode } }, { run }) {
    const { pipeline } = openRunOf(run)
    try {
      const { query, topics } = planStatement(sql, mode, pipeline, run.clock.now())
      const result = { ...resultColumns(query), reads: topics }
      return { problems: [], warnings: warningsOf(query).map(problemOf), result }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return { problems: problemsIn(error), warnings: [], result: null }
    }
  },
})
