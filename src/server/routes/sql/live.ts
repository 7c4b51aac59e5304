/**
 * `/api/v1/sql/live`: runs a statement over what comes in. `rows` are those of closed windows, or of answers that change: each has
 * its key, and a row that is null deletes it. `open` are the rows of the windows that are still open, as if they ended now: they are
 * provisional, and each `open` replaces the one before.
 */
import * as z from 'zod'
import { slept } from '../../../base/clock.ts'
import { describeFailure, Failure } from '../../../base/failure.ts'
import { type OpenStream, openOverStream } from '../../../run/console/over-stream.ts'
import type { RowText } from '../../../topic/row-texts.ts'
import { errorBody } from '../../error-answer.ts'
import { exactJson } from '../../exact-json.ts'
import { asEvents, defineRoute, type Route, type RouteContext, type ServerEvent } from '../route.ts'
import { type Planned, plannedOf, resultColumns, sqlText, statementColumns } from './asked.ts'
import { takeLiveSeat } from './seats.ts'

/** Rows are sent this often, and those of open windows once a second. */
const STEP_MS = 250
const STEPS_OF_OPEN = 4
/** Rows of open windows that are sent. */
const MOST_OPEN = 1000

const count = z.int().min(0)
const row = z.record(z.string(), z.unknown())
const counts = z.strictObject({ records: count, rows: count, undecodable: count, late: count, failed: count })

export const sqlLive: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/sql/live',
  summary: 'Runs a statement over what comes in, in streaming mode, until the client goes away.',
  body: z.strictObject({
    sql: sqlText,
    from: z.enum(['latest', 'earliest']).default('latest').describe('with the records to come, or all that are kept'),
  }),
  answer: asEvents({
    columns: statementColumns,
    rows: z.array(z.strictObject({ key: row.nullable(), row: row.nullable() })),
    open: z.array(row),
    counts,
    failure: errorBody,
  }),
  async handle({ body: { sql, from }, signal }, context) {
    const planned = plannedOf(sql, 'live', context)
    const seat = takeLiveSeat(context.run, signal)
    return rowsOf(planned, { from, signal, seat }, context)
  },
})

type Asking = { readonly from: 'latest' | 'earliest'; readonly signal: AbortSignal; readonly seat: Disposable }

async function* rowsOf(
  planned: Planned,
  { from, signal, seat }: Asking,
  { run }: RouteContext,
): AsyncGenerator<ServerEvent> {
  using _ = seat
  const halt = new AbortController()
  const until = AbortSignal.any([signal, halt.signal])
  yield { event: 'columns', data: resultColumns(planned.statement.query) }
  const stream = await openOverStream(planned.statement, from, until, planned)
  let failure: Failure | undefined
  const running = stream.run().catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error
    failure = error
    halt.abort()
  })
  try {
    let before = ''
    let mark = ''
    for (let step = 1; await slept(run.clock, STEP_MS, until); step++) {
      yield* rowEvents(stream)
      if (step % STEPS_OF_OPEN !== 0) continue
      yield { event: 'counts', data: stream.counts() }
      // A copy of the state is ended for them: only where there may be others.
      if (mark !== stream.mark()) {
        mark = stream.mark()
        const rows = stream.open().slice(0, MOST_OPEN)
        const open = rows.flatMap(({ row }) => row ?? [])
        const now = open.join('\n')
        if (now !== before) yield { event: 'open', data: open.map(exactJson) }
        before = now
      }
      // A reload may have given the topics other columns.
      if (run.parts()?.pipeline === planned.pipeline) continue
      failure = new Failure('in-use', 'the pipeline was reloaded: run the statement once more')
      break
    }
    yield* rowEvents(stream)
    if (failure !== undefined) yield { event: 'failure', data: { error: describeFailure(failure) } }
  } finally {
    halt.abort()
    await running
  }
}

function* rowEvents(stream: OpenStream): Generator<ServerEvent> {
  const rows = stream.take()
  if (rows.length > 0) yield { event: 'rows', data: rows.map(plain) }
}

const plain = ({ key, row }: RowText) => ({
  key: key === null ? null : exactJson(key),
  row: row === null ? null : exactJson(row),
})
