/** The rows of a run of a report, in parts, and all of them as a file. */
import * as z from 'zod'
import { RequestError } from '../../../source/request-error.ts'
import { openRunOf } from '../../open-run.ts'
import { askedRunsOf } from '../../reports/asked-runs.ts'
import { rowPieces, rowsOfRun } from '../../reports/run-rows.ts'
import { reportColumns, reportRows } from '../../reports/view.ts'
import { ROW_FILES, type RowFileForm } from '../../row-file.ts'
import type { RouteContext } from '../route.ts'
import { asContent, defineRoute, inJson, paging, type Route } from '../route.ts'
import { reportNamed, runNamed } from './reports.ts'

type OfRun = { readonly report: string; readonly run: string }

const params: z.ZodType<OfRun> = z.object({ report: z.string(), run: z.string() })

const NO_ROWS = { 409: 'The run has no rows: it is under way, or has failed.' }

const rows: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/reports/{report}/runs/{run}/rows',
  summary: 'The rows of a run, in the order of the report.',
  params,
  query: z.object(paging),
  answer: inJson(reportRows),
  refusals: NO_ROWS,
  async handle({ params: ofRun, query: { limit, after } }, context) {
    const { report, found } = await read(ofRun, context)
    const from = after === undefined ? 0 : Number(after)
    if (!Number.isSafeInteger(from) || from < 0)
      throw new RequestError(400, 'query: after: give `next` of the part before')
    const items = found.rows.slice(from, from + limit)
    const next = from + limit < found.rows.length ? `"${from + limit}"` : 'null'
    const head = `"columns":${JSON.stringify(reportColumns(report))},"next":${next}`
    // The rows are JSON already, with numbers of more digits than JavaScript reads.
    const body = `{${head},"rows":${found.rows.length},"isCut":${found.isCut},"items":[${items.join(',')}]}`
    return { type: 'application/json', body }
  },
})

/** All rows of a run as a file. */
const download = (form: RowFileForm): Route =>
  defineRoute({
    method: 'GET',
    path: `/api/v1/reports/{report}/runs/{run}/rows.${form}`,
    summary: `The rows of a run ${ROW_FILES[form].words}.`,
    params,
    answer: asContent(ROW_FILES[form].type),
    refusals: NO_ROWS,
    async handle({ params: ofRun }, context) {
      const { report, found, day } = await read(ofRun, context)
      const body = inPieces(rowPieces(found.rows, report, form))
      return { type: ROW_FILES[form].type, fileName: `${report.name}-${day}.${form}`, body }
    },
  })

export const reportRowRoutes: readonly Route[] = [rows, ...(['csv', 'ndjson', 'json'] as const).map(download)]

async function read({ report: name, run: id }: OfRun, { run }: RouteContext) {
  const report = reportNamed(name, run)
  const view = runNamed(report, id, run)
  const found = await rowsOfRun(report, view, openRunOf(run), askedRunsOf(run))
  return { report, found, day: view.since.slice(0, 10) }
}

/** Each piece is written when the one before it is taken. */
async function* inPieces(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces
}
