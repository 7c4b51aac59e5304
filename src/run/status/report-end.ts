/** How a report has ended, for the status. */
import { isoText } from './clock-status.ts'
import type { ReportStatus } from './status.ts'

export type ReportEnd = {
  readonly due: number
  readonly endedAt: number
  readonly rows?: number
  readonly failure?: string
}

/** How a report has ended, as the memory of reports keeps it. */
export const reportEnd = (last: ReportEnd | undefined, mask: (text: string) => string): ReportStatus['last'] =>
  last === undefined
    ? null
    : {
        due: isoText(last.due),
        endedAt: isoText(last.endedAt),
        rows: last.rows ?? null,
        failure: last.failure === undefined ? null : mask(last.failure),
      }
