/** How a job stands, asked of the JobManager. */
import { oneLine } from '../../base/one-line.ts'
import type { EventTime } from '../../base/quantity.ts'
import type {
  FlinkBackPressure,
  FlinkException,
  FlinkJobManager,
  FlinkJobState,
} from '../../client/flink/jobmanager.ts'
import { flinkError } from '../../client/flink/trouble.ts'

/** A job as it was last seen. */
export type JobLook = {
  readonly id: string | undefined
  /** In Flink's words; undefined: it was not seen yet. */
  readonly state: FlinkJobState | undefined
  /** ms since 1970. */
  readonly since: number | undefined
  readonly restarts: number
  /** The least of its operators. */
  readonly watermark: EventTime | undefined
  /** The worst of its operators. */
  readonly backPressure: FlinkBackPressure | undefined
  /** When its newest checkpoint was complete. */
  readonly checkpointAt: number | undefined
  /** The last thing that went wrong in it. */
  readonly exception: { readonly text: string; readonly at: number } | undefined
  /** Why it does not run, in words; undefined: it does. */
  readonly trouble: string | undefined
}

export const NOTHING_SEEN: JobLook = {
  id: undefined,
  state: undefined,
  since: undefined,
  restarts: 0,
  watermark: undefined,
  backPressure: undefined,
  checkpointAt: undefined,
  exception: undefined,
  trouble: 'it is not submitted yet',
}

const EXCEPTION_LENGTH = 300

/** States of a job that has ended, and why it does not run in any other, in words. */
export const ENDED: readonly (FlinkJobState | undefined)[] = ['FINISHED', 'CANCELED', 'FAILED']
export const STATE_WORDS: { readonly [state in FlinkJobState]: string | undefined } = {
  RUNNING: undefined,
  INITIALIZING: 'it begins',
  CREATED: 'it begins',
  RECONCILING: 'it begins',
  CANCELLING: 'it is being cancelled at Flink',
  RESTARTING: 'Flink starts it again',
  FAILING: 'it fails',
  FAILED: 'it has failed',
  CANCELED: 'it was cancelled at Flink',
  FINISHED: 'it was stopped at Flink',
  SUSPENDED: 'it is suspended',
}

/** What is measured of a job that runs. */
export async function measured(
  manager: FlinkJobManager,
  id: string,
  vertices: readonly string[],
  signal: AbortSignal,
): Promise<Pick<JobLook, 'restarts' | 'watermark' | 'backPressure'>> {
  const [restarts, ...each] = await Promise.all([
    manager.restarts(id, signal),
    ...vertices.map(async (vertex) => ({
      watermark: await manager.watermark(id, vertex, signal),
      backPressure: await manager.backPressure(id, vertex, signal),
    })),
  ])
  const watermarks = each.flatMap(({ watermark }) => watermark ?? [])
  const worst = (['high', 'low', 'ok'] as const).find((level) => each.some((one) => one.backPressure === level))
  return { restarts, watermark: watermarks.length === 0 ? undefined : Math.min(...watermarks), backPressure: worst }
}

/** What went wrong, on one line. */
export const exceptionText = ({ stackTrace }: FlinkException): string =>
  oneLine(flinkError([stackTrace], true).message, EXCEPTION_LENGTH)
