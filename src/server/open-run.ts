/** The parts of a run that is served. */
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Parts } from '../run/parts.ts'
import type { ServedRun } from '../run/served/served-run.ts'
import { RequestError } from '../source/request-error.ts'

/** `pipeline` is that of the file, also where Flink runs its queries. */
export type OpenRun = { readonly parts: Parts; readonly pipeline: CheckedPipeline }

/** The parts and their pipeline. Throws a RequestError while they are not open yet. */
export function openRunOf(run: ServedRun): OpenRun {
  const parts = run.parts()
  if (parts?.pipeline === undefined) throw new RequestError(503, 'the pipeline is still starting: ask again', RETRY)
  return { parts, pipeline: parts.pipeline.onFlink ?? parts.pipeline }
}

const RETRY = { 'retry-after': '1' }

/** What is asked for by its name. Throws a RequestError that has the names there are. */
export function namedPart<Part extends { readonly name: string }>(
  name: string,
  known: readonly Part[],
  what: string,
): Part {
  const found = known.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = known.length === 0 ? 'there are none' : `there are: ${known.map((one) => one.name).join(', ')}`
  throw new RequestError(404, `the pipeline has no ${what} "${name}"; ${names}`)
}
