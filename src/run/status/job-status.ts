/** How the job of a query stands at Flink, for the status. */
import type { JobLook } from '../flink/job-look.ts'
import { isoOrNull, isoText } from './clock-status.ts'
import type { JobStatus } from './status.ts'

/** null: this process runs the query. */
export function jobStatus(look: JobLook | undefined, mask: (text: string) => string): JobStatus | null {
  if (look === undefined) return null
  const { id, state, since, restarts, watermark, backPressure, checkpointAt, exception, trouble } = look
  return {
    id: id ?? null,
    state: state ?? null,
    since: isoOrNull(since),
    restarts,
    watermark: isoOrNull(watermark),
    backPressure: backPressure ?? null,
    checkpointAt: isoOrNull(checkpointAt),
    exception: exception === undefined ? null : { text: mask(exception.text), at: isoText(exception.at) },
    trouble: trouble === undefined ? null : mask(trouble),
  }
}
