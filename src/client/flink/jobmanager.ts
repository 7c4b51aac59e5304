/**
 * What the JobManager tells of a job, and how a job is stopped, by its REST API
 * (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/).
 *
 * A job that is not there is a value, as a JobManager that was started again knows none from before. Trouble of the network, and
 * an answer of something else, is a Failure.
 */
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { type HttpAnswer, type HttpClient, openHttpClient } from '../http/client.ts'
import type { HttpOptions } from '../http/options.ts'
import { type Question, sendQuestion } from './request.ts'
import { errorTexts, flinkError, isJobUnknown, isPathUnknown } from './trouble.ts'

/** The states of a job, in Flink's words. */
export type FlinkJobState =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'FAILING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  | 'FINISHED'
  | 'RESTARTING'
  | 'SUSPENDED'
  | 'RECONCILING'

export type FlinkJobLook = {
  readonly state: FlinkJobState
  /** When it began, ms since 1970. */
  readonly since: number
  /** Its operators, each with those that run in one thread with it, from the source on. */
  readonly vertices: readonly string[]
}

/** The newest checkpoint, from which another job may go on; times in ms since 1970. */
export type FlinkCheckpoint = { readonly path: string; readonly at: number }

export type FlinkException = { readonly at: number; readonly stackTrace: string }

export type FlinkBackPressure = 'ok' | 'low' | 'high'

export type FlinkStop =
  | { readonly kind: 'stopped'; readonly savepoint: string }
  | { readonly kind: 'refused'; readonly why: string }

export type FlinkJobManager = {
  /** Those that run, and those that have ended lately. */
  jobs(signal?: AbortSignal): Promise<readonly FlinkJobName[]>
  /** undefined: there is no such job. */
  job(id: string, signal?: AbortSignal): Promise<FlinkJobLook | undefined>
  /** The newest completed checkpoint; undefined: there is none yet. */
  checkpoint(id: string, signal?: AbortSignal): Promise<FlinkCheckpoint | undefined>
  /** Why it was started again or has failed, the last time; undefined: it never was. */
  exception(id: string, signal?: AbortSignal): Promise<FlinkException | undefined>
  /** How often it was started again. */
  restarts(id: string, signal?: AbortSignal): Promise<number>
  /** The least watermark of an operator, ms since 1970; undefined where it has none yet. */
  watermark(id: string, vertex: string, signal?: AbortSignal): Promise<number | undefined>
  /** undefined: it is not known yet. */
  backPressure(id: string, vertex: string, signal?: AbortSignal): Promise<FlinkBackPressure | undefined>
  /**
   * Stops a job with a savepoint, and resolves once it has ended; `drain`: as at the end of all input, which closes every window.
   * Where it is refused, the job may run.
   */
  stop(id: string, drain: boolean, signal?: AbortSignal): Promise<FlinkStop>
  /** Ends a job without a savepoint. */
  cancel(id: string, signal?: AbortSignal): Promise<void>
  close(): void
}

export type FlinkJobName = { readonly id: string; readonly name: string; readonly state: FlinkJobState }

export type FlinkJobManagerOptions = Pick<HttpOptions, 'auth' | 'headers' | 'tls'> & {
  /** `http://HOST:PORT`. */
  readonly url: string
  /** For one request. */
  readonly timeout: Duration
}

const MAX_ANSWER_BYTES = 16 << 20
const STOP_POLL_MS: Duration = 200
/** The watermark of an operator that has seen none, as JavaScript reads it. */
const NO_WATERMARK = -9_223_372_036_854_776_000

/** A client of the JobManager. Rejects with a Failure where a file of `tls` cannot be read. */
export async function openFlinkJobManager(
  { url, ...options }: FlinkJobManagerOptions,
  { folder, clock }: { readonly folder: string; readonly clock: Clock },
): Promise<FlinkJobManager> {
  const http = await openHttpClient(options, { folder, of: 'Flink', maxAnswer: MAX_ANSWER_BYTES })
  const server: Server = { http, url: url.replace(/\/+$/, '') }
  const get = <Answer>(path: string, signal?: AbortSignal) => json<Answer>(server, { method: 'GET', path, signal })
  return {
    async jobs(signal) {
      const { jobs } = await get<{ readonly jobs: readonly Named[] }>('/jobs/overview', signal)
      return jobs.map(({ jid, name, state }) => ({ id: jid, name, state }))
    },
    async job(id, signal) {
      const answer = await sendQuestion(server, { method: 'GET', path: `/jobs/${id}`, signal })
      if (answer.status === 404 && isJobUnknown(errorTexts(answer.body.toString()) ?? [])) return undefined
      const { state, vertices, ...times } = readJson<JobAnswer>(server, answer)
      return { state, since: times['start-time'], vertices: vertices.map((vertex) => vertex.id) }
    },
    async checkpoint(id, signal) {
      const { latest } = await get<CheckpointsAnswer>(`/jobs/${id}/checkpoints`, signal)
      const { external_path: path, latest_ack_timestamp: at } = latest?.completed ?? {}
      return path === undefined || at === undefined ? undefined : { path, at }
    },
    async exception(id, signal) {
      const { exceptionHistory } = await get<ExceptionsAnswer>(`/jobs/${id}/exceptions?maxExceptions=1`, signal)
      const [last] = exceptionHistory?.entries ?? []
      return last && { at: last.timestamp, stackTrace: last.stacktrace }
    },
    async restarts(id, signal) {
      const [found] = await get<readonly Metric[]>(`/jobs/${id}/metrics?get=numRestarts`, signal)
      const count = Number(found?.value)
      return Number.isInteger(count) ? count : 0
    },
    async watermark(id, vertex, signal) {
      const found = await get<readonly Metric[]>(`/jobs/${id}/vertices/${vertex}/watermarks`, signal)
      const least = Math.min(...found.map(({ value }) => Number(value)))
      return Number.isFinite(least) && least > NO_WATERMARK ? least : undefined
    },
    async backPressure(id, vertex, signal) {
      const path = `/jobs/${id}/vertices/${vertex}/backpressure`
      return (await get<{ readonly backpressureLevel?: FlinkBackPressure }>(path, signal)).backpressureLevel
    },
    stop: (id, drain, signal) => stop(server, { id, drain, clock, signal }),
    async cancel(id, signal) {
      const answer = await sendQuestion(server, { method: 'PATCH', path: `/jobs/${id}?mode=cancel`, signal })
      // It has ended, or is not there any more.
      if (answer.status !== 202 && answer.status !== 404 && answer.status !== 409) throw badAnswer(server, answer)
    },
    close: () => http.close(),
  }
}

type Stopping = {
  readonly id: string
  readonly drain: boolean
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

async function stop(server: Server, { id, drain, clock, signal }: Stopping): Promise<FlinkStop> {
  const asking: Question = { method: 'POST', path: `/jobs/${id}/stop`, body: { drain }, signal }
  const request = (await json<{ readonly 'request-id': string }>(server, asking))['request-id']
  for (;;) {
    const path = `/jobs/${id}/savepoints/${request}`
    const { status, operation } = await json<StopAnswer>(server, { method: 'GET', path, signal })
    if (operation?.location !== undefined) return await stoppedAt(server, operation.location, { id, clock, signal })
    if (status.id === 'COMPLETED') {
      const { class: name = '', 'stack-trace': trace = name } = operation?.['failure-cause'] ?? {}
      return { kind: 'refused', why: flinkError([trace], true).message }
    }
    await clock.sleep(STOP_POLL_MS, signal)
  }
}

/** The savepoint comes before the end: only once all tasks have finished, all that they have put out is committed. */
async function stoppedAt(
  server: Server,
  savepoint: string,
  { id, clock, signal }: Omit<Stopping, 'drain'>,
): Promise<FlinkStop> {
  for (;;) {
    const { state } = await json<JobAnswer>(server, { method: 'GET', path: `/jobs/${id}`, signal })
    if (state === 'FINISHED') return { kind: 'stopped', savepoint }
    if (state !== 'RUNNING') return { kind: 'refused', why: `its tasks have failed meanwhile (${state})` }
    await clock.sleep(STOP_POLL_MS, signal)
  }
}

type Server = { readonly http: HttpClient; readonly url: string }

type Named = { readonly jid: string; readonly name: string; readonly state: FlinkJobState }
type JobAnswer = {
  readonly state: FlinkJobState
  readonly 'start-time': number
  readonly vertices: readonly { readonly id: string }[]
}
type CheckpointsAnswer = {
  readonly latest?: {
    readonly completed: { readonly external_path?: string; readonly latest_ack_timestamp?: number } | null
  } | null
}
type ExceptionsAnswer = {
  readonly exceptionHistory?: {
    readonly entries: readonly { readonly timestamp: number; readonly stacktrace: string }[]
  }
}
type Metric = { readonly id: string; readonly value: string }
type StopAnswer = {
  readonly status: { readonly id: string }
  readonly operation?: {
    readonly location?: string
    readonly 'failure-cause'?: { readonly class?: string; readonly 'stack-trace'?: string }
  }
}

const json = async <Answer>(server: Server, question: Question): Promise<Answer> =>
  readJson<Answer>(server, await sendQuestion(server, question))

function readJson<Answer>(server: Server, answer: HttpAnswer): Answer {
  if (answer.status < 200 || answer.status > 299) throw badAnswer(server, answer)
  try {
    const read: unknown = JSON.parse(answer.body.toString())
    if (typeof read === 'object' && read !== null) return read as Answer
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw notOne(server)
}

const notOne = ({ url }: Server): Failure =>
  new Failure('io', `${url} does not answer as Flink’s JobManager does`, {
    hint: 'Where the SQL Gateway does not know its address, name it: engine: { flink: { jobmanager: http://HOST:8081 } }',
  })

function badAnswer(server: Server, answer: HttpAnswer): Failure {
  if (answer.status === 401 || answer.status === 403) return server.http.refusal(answer)
  const errors = errorTexts(answer.body.toString())
  if (errors === undefined || isPathUnknown(errors))
    return answer.status >= 500 ? server.http.refusal(answer) : notOne(server)
  const { message } = flinkError(errors, false)
  return new Failure('io', `Flink’s JobManager at ${server.url} says: ${message}`, { retryable: true })
}
