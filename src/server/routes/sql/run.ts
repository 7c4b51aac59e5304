/**
 * `/api/v1/sql/run`: runs a statement over what the topics keep. Its rows come as events while it works, and `end` says how many
 * records they are of. A client that goes away ends it.
 */
import * as z from 'zod'
import { describeFailure, Failure } from '../../../base/failure.ts'
import { parseInstant } from '../../../pipeline/span.ts'
import { runOverHistory } from '../../../run/console/over-history.ts'
import { RequestError } from '../../../source/request-error.ts'
import { errorBody } from '../../error-answer.ts'
import { exactJson } from '../../exact-json.ts'
import { asEvents, defineRoute, type Route, type ServerEvent } from '../route.ts'
import { type Planned, plannedOf, resultColumns, sqlText, statementColumns } from './asked.ts'
import { openHandOver } from './hand-over.ts'
import { takeHistorySeat } from './seats.ts'

const MOST_ROWS = 100_000
const ROWS = 10_000

const count = z.int().min(0)
const time = z.string().optional().describe("as 2020-05-15T20:00, in the pipeline's time zone, or with Z or an offset")

const progress = z.strictObject({ records: count, of: count })
const end = z.strictObject({
  records: count,
  rows: count,
  undecodable: count.describe('records that the format could not read'),
  failed: count.describe('rows whose expression failed'),
  isCut: z.boolean().describe('there were more rows than the limit'),
})

export const sqlRun: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/sql/run',
  summary: 'Runs a statement over what the topics keep, in batch mode.',
  body: z.strictObject({
    sql: sqlText,
    since: time,
    until: time,
    limit: z.int().min(1).max(MOST_ROWS).default(ROWS).describe('rows at most'),
  }),
  answer: asEvents({
    columns: statementColumns,
    rows: z.array(z.record(z.string(), z.unknown())),
    progress,
    end,
    failure: errorBody,
  }),
  handle({ body: { sql, since, until, limit }, signal }, context) {
    const planned = plannedOf(sql, 'history', context)
    const { timezone } = planned.pipeline
    const span = { since: instantOf(since, timezone, -Infinity), until: instantOf(until, timezone, Infinity) }
    const seat = takeHistorySeat(context.run, signal)
    return rowsOf(planned, { span, limit, signal }, seat)
  },
})

type Asking = {
  readonly span: { readonly since: number; readonly until: number }
  readonly limit: number
  readonly signal: AbortSignal
}

async function* rowsOf(planned: Planned, asking: Asking, seat: Disposable): AsyncGenerator<ServerEvent> {
  using _ = seat
  const done = new AbortController()
  const { statement } = planned
  yield { event: 'columns', data: resultColumns(statement.query) }
  const { put, taken } = openHandOver<ServerEvent>()
  const running = runOverHistory(
    {
      statement,
      span: asking.span,
      limit: asking.limit,
      signal: AbortSignal.any([asking.signal, done.signal]),
      async take(rows, { records, of }) {
        if (rows.length > 0) await put({ event: 'rows', data: rows.map(exactJson) })
        await put({ event: 'progress', data: { records, of } })
      },
    },
    planned,
  ).then(
    (data): ServerEvent => ({ event: 'end', data }),
    (error: unknown): ServerEvent => {
      if (error instanceof Failure) return { event: 'failure', data: { error: describeFailure(error) } }
      throw error
    },
  )
  try {
    yield* taken(running)
    yield await running
  } finally {
    done.abort()
  }
}

function instantOf(text: string | undefined, zone: string, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  try {
    return parseInstant(text, zone)
  } catch (error) {
    if (error instanceof Failure) throw new RequestError(400, describeFailure(error))
    throw error
  }
}
