/**
 * Statements asked of Flink's SQL Gateway, by its REST API, version 2
 * (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/sql/interfaces/sql-gateway/rest/).
 *
 * A statement that Flink refuses, or whose job fails, is a value; trouble of the network, a lost session and every limit is a Failure.
 * Whatever was opened is closed, also when a signal ends it: an operation that is closed cancels the job of its SELECT, and a session
 * that is closed takes its temporary tables along.
 */
import { type Clock, systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { parseDigits } from '../../bytes/json-digits.ts'
import { type HttpAnswer, type HttpClient, openHttpClient } from '../http/client.ts'
import type { HttpOptions } from '../http/options.ts'
import type { LogicalType } from './logical-type.ts'
import { type Question, sendQuestion } from './request.ts'
import { errorTexts, type FlinkError, flinkError, isSessionGone, NOT_A_GATEWAY } from './trouble.ts'

/** A value as the gateway writes it; numbers are the texts of their digits where a double would change them. */
export type FlinkJson = null | boolean | number | string | readonly FlinkJson[] | { readonly [key: string]: FlinkJson }

export type FlinkColumn = { readonly name: string; readonly type: LogicalType }
export type FlinkRow = { readonly kind: RowKind; readonly fields: readonly FlinkJson[] }
export type RowKind = 'INSERT' | 'UPDATE_BEFORE' | 'UPDATE_AFTER' | 'DELETE'

export type FlinkRows = {
  readonly kind: 'rows'
  readonly columns: readonly FlinkColumn[]
  readonly rows: readonly FlinkRow[]
  /** Of the job that the statement started, if any. */
  readonly job: string | undefined
}

export type FlinkAnswer = FlinkRows | FlinkError

export type AskOptions = {
  /** Ends the statement, and its job if it is a SELECT; `ask` rejects with its reason. */
  readonly signal?: AbortSignal | undefined
  /** For the whole statement; a minute by default. */
  readonly timeoutMs?: Duration
  /** `limit` beyond it; a million by default. */
  readonly maxRows?: number
  /** Called with each page of rows as it comes. */
  readonly onRows?: (rows: readonly FlinkRow[]) => void
  /** Settings for this statement alone. */
  readonly settings?: { readonly [key: string]: string }
}

export type FlinkSession = AsyncDisposable & {
  readonly id: string
  /** Runs one statement to its end. An INSERT ends when its job was sent off. Rejects with a Failure. */
  ask(sql: string, options?: AskOptions): Promise<FlinkAnswer>
  /** Keeps a session that asks nothing: the gateway lets it go after ten minutes, unless set. */
  heartbeat(signal?: AbortSignal): Promise<void>
}

export type FlinkGateway = {
  /** What answers, such as "Apache Flink" and "2.3.0". */
  info(signal?: AbortSignal): Promise<{ readonly product: string; readonly version: string }>
  /** A session with settings such as `execution.runtime-mode`. */
  open(settings: { readonly [key: string]: string }, signal?: AbortSignal): Promise<FlinkSession>
  close(): void
}

export type FlinkGatewayOptions = Pick<HttpOptions, 'auth' | 'headers' | 'tls'> & {
  /** `http://HOST:PORT`. */
  readonly url: string
  /** For one request. */
  readonly timeout: Duration
}

const STATEMENT_MS: Duration = 60_000
const MAX_ROWS = 1_000_000
/** The gateway gives at most 5,000 rows in a page. */
const MAX_PAGE_BYTES = 64 << 20
const FIRST_POLL_MS: Duration = 10
const LAST_POLL_MS: Duration = 200
/** How long it may take to close what a signal ended. */
const CLOSE_MS: Duration = 5000

/** A client of the gateway, for `of`, as messages call it. Rejects with a Failure where a file of `tls` cannot be read. */
export async function openFlinkGateway(
  { url, ...options }: FlinkGatewayOptions,
  { folder, of, clock = systemClock }: { readonly folder: string; readonly of: string; readonly clock?: Clock },
): Promise<FlinkGateway> {
  const http = await openHttpClient(options, { folder, of, maxAnswer: MAX_PAGE_BYTES })
  const gateway: Gateway = { http, url: `${url.replace(/\/+$/, '')}/v2`, clock }
  return {
    async info(signal) {
      const { productName, version } = await json<{ productName?: unknown; version?: unknown }>(gateway, {
        method: 'GET',
        path: '/info',
        signal,
      })
      return { product: String(productName), version: String(version) }
    },
    async open(properties, signal) {
      const { sessionHandle } = await json<{ sessionHandle: string }>(gateway, {
        method: 'POST',
        path: '/sessions',
        body: { properties },
        signal,
      })
      return sessionOf(gateway, sessionHandle)
    },
    close: () => http.close(),
  }
}

/** A gateway without a sign-in, and one session of it. Both are closed together. */
export async function openFlinkSession(
  url: string,
  settings: { readonly [key: string]: string },
): Promise<FlinkSession> {
  const gateway = await openFlinkGateway({ url, tls: true, timeout: STATEMENT_MS }, { folder: '.', of: 'Flink' })
  const session = await gateway.open(settings)
  return {
    ...session,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]()
      gateway.close()
    },
  }
}

type Gateway = { readonly http: HttpClient; readonly url: string; readonly clock: Clock }

function sessionOf(gateway: Gateway, id: string): FlinkSession {
  const path = `/sessions/${id}`
  return {
    id,
    async ask(sql, options = {}) {
      const { signal, settings } = options
      const body = { statement: sql, ...(settings !== undefined && { executionConfig: settings }) }
      const { operationHandle } = await json<{ operationHandle: string }>(gateway, {
        method: 'POST',
        path: `${path}/statements`,
        body,
        signal,
      })
      const operation = `${path}/operations/${operationHandle}`
      try {
        return await answerOf(gateway, operation, options)
      } finally {
        await closed(gateway, `${operation}/close`)
      }
    },
    async heartbeat(signal) {
      await json(gateway, { method: 'POST', path: `${path}/heartbeat`, body: {}, signal })
    },
    [Symbol.asyncDispose]: () => closed(gateway, path),
  }
}

/** What cannot be closed is gone already, or goes when the gateway lets the session go. */
async function closed(gateway: Gateway, path: string): Promise<void> {
  try {
    await sendQuestion(gateway, { method: 'DELETE', path, signal: AbortSignal.timeout(CLOSE_MS) })
  } catch (error) {
    if (!(error instanceof Failure) && (error as Error).name !== 'TimeoutError') throw error
  }
}

type Page = {
  readonly resultType: 'NOT_READY' | 'PAYLOAD' | 'EOS'
  readonly jobID?: string
  readonly results?: {
    readonly columns: readonly { readonly name: string; readonly logicalType: LogicalType }[]
    readonly data: readonly FlinkRow[]
  }
}

async function answerOf(gateway: Gateway, operation: string, options: AskOptions): Promise<FlinkAnswer> {
  const { signal, timeoutMs = STATEMENT_MS, maxRows = MAX_ROWS, onRows } = options
  const { clock } = gateway
  const start = clock.elapsed()
  const rows: FlinkRow[] = []
  let columns: readonly FlinkColumn[] = []
  let job: string | undefined
  let pause = FIRST_POLL_MS
  for (let page = 0; ; ) {
    const answer = await sendQuestion(gateway, {
      method: 'GET',
      path: `${operation}/result/${page}?rowFormat=JSON`,
      signal,
    })
    if (answer.status !== 200) return refusalOf(gateway, answer, job !== undefined)
    const { resultType, results, jobID } = readJson<Page>(gateway, answer)
    job ??= jobID
    if (results !== undefined) {
      columns = results.columns.map(({ name, logicalType }) => ({ name, type: logicalType }))
      for (const row of results.data) rows.push(row)
      onRows?.(results.data)
    }
    if (rows.length > maxRows) throw tooMany(maxRows)
    if (resultType === 'EOS') return { kind: 'rows', columns, rows, job }
    if (clock.elapsed() - start > timeoutMs) throw tooSlow(timeoutMs)
    if (resultType === 'PAYLOAD') page++
    // A page without rows means that none were there yet.
    const hasRows = results !== undefined && results.data.length > 0
    pause = hasRows ? FIRST_POLL_MS : Math.min(pause * 2, LAST_POLL_MS)
    if (!hasRows) await clock.sleep(pause, signal)
  }
}

const tooMany = (limit: number) =>
  new Failure('limit', `Flink’s answer has more than ${limit} rows`, { hint: 'Ask for fewer: a LIMIT, or less input.' })

const tooSlow = (limitMs: Duration) =>
  new Failure('limit', `Flink takes longer than ${limitMs / 1000} s for the statement`, {
    hint: 'Has it free slots? Its dashboard, port 8081 unless set, shows what the job waits for.',
  })

/** What the gateway says against a statement. Throws a Failure where the answer is not about the statement. */
function refusalOf(gateway: Gateway, answer: HttpAnswer, hasRun: boolean): FlinkError {
  const errors = errorTexts(answer.body.toString())
  if (errors === undefined || isSessionGone(errors) || answer.status < 500) throw badAnswer(gateway, answer)
  return flinkError(errors, hasRun)
}

async function json<Answer>(gateway: Gateway, question: Question): Promise<Answer> {
  const answer = await sendQuestion(gateway, question)
  if (answer.status !== 200) throw badAnswer(gateway, answer)
  return readJson<Answer>(gateway, answer)
}

function readJson<Answer>(gateway: Gateway, answer: HttpAnswer): Answer {
  try {
    const read = parseDigits(answer.body.toString(), exactNumber)
    if (typeof read === 'object' && read !== null) return read as Answer
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw notAGateway(gateway)
}

/** A number that JavaScript would write in another way is kept as its text. */
const exactNumber = (value: number, source: string): number | string =>
  String(value) === source || Object.is(value, -0) ? value : source

const notAGateway = ({ url }: Gateway) =>
  new Failure('io', `${hostOf(url)} does not answer as Flink’s SQL Gateway does`, { hint: NOT_A_GATEWAY })

const hostOf = (url: string) => new URL(url).origin

function badAnswer(gateway: Gateway, answer: HttpAnswer): Failure {
  const errors = errorTexts(answer.body.toString())
  if (answer.status === 401 || answer.status === 403) return gateway.http.refusal(answer)
  if (errors === undefined || answer.status === 404) return notAGateway(gateway)
  if (isSessionGone(errors)) {
    return new Failure('not-found', `Flink’s SQL Gateway at ${hostOf(gateway.url)} has let the session go`, {
      hint: 'It does so after ten minutes without a question, and when it is started again.',
      retryable: true,
    })
  }
  const { message } = flinkError(errors, false)
  return new Failure('io', `Flink’s SQL Gateway at ${hostOf(gateway.url)} says: ${message}`, { retryable: true })
}
