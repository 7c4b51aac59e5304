/** The rows of a run: of one that is only shown those that are kept of it, else what the topic of its report has of the span. */
import { rowsOfSpan, type SpanRows } from '../../history/report-topic.ts'
import type { CheckedReport } from '../../pipeline/checked.ts'
import { RequestError } from '../../source/request-error.ts'
import type { ReportRunView } from '../api/reports.ts'
import type { OpenRun } from '../open-run.ts'
import { openRowFile, type RowFileForm } from '../row-file.ts'
import type { AskedRuns } from './asked-runs.ts'

/** Rows of the topic that are looked at for one answer. */
const MOST_ROWS = 100_000
/** Rows of a download that are written at once. */
const PIECE_ROWS = 1000

/** Rejects with a RequestError where the run has none yet, or failed. */
export async function rowsOfRun(
  report: CheckedReport,
  run: ReportRunView,
  { parts, pipeline }: OpenRun,
  asked: AskedRuns,
): Promise<SpanRows> {
  const { state, since, until } = run
  if (state !== 'done') throw new RequestError(409, `run ${run.id} has no rows: it is ${state}`)
  const shown = asked.of(report.name).find(({ id }) => id === run.id)?.shown
  if (shown !== undefined) return shown
  const topic = parts.topics.get(report.name)?.topic
  if (topic === undefined) return { rows: [], isCut: false }
  const span = { since: Date.parse(since), until: Date.parse(until) }
  return await rowsOfSpan(topic, span, pipeline.timezone, MOST_ROWS)
}

/** The rows as a file. */
export function* rowPieces(
  rows: readonly string[],
  { topic }: CheckedReport,
  form: RowFileForm,
): Generator<Uint8Array> {
  const file = openRowFile(topic, form)
  if (file.head !== undefined) yield file.head
  for (let from = 0; from < rows.length; from += PIECE_ROWS) yield file.piece(rows.slice(from, from + PIECE_ROWS))
  if (file.tail !== undefined) yield file.tail
}
