/**
 * Pushes the metrics of a run by OTLP over HTTP, at an interval and once more when the run ends. What cannot be pushed is said once, and
 * again when it can; the pipeline never waits for it. Values are cumulative, so a push that failed loses nothing: the next one has it.
 */
import { hostname } from 'node:os'
import { type Clock, slept } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { HIDDEN } from '../../base/secret.ts'
import { durationText } from '../../base/units.ts'
import { type HttpAnswer, type HttpClient, openHttpClient } from '../../client/http/client.ts'
import { retryAfter } from '../../client/http/retry-after.ts'
import { parseExact, readJson } from '../../client/otlp/json-read.ts'
import { writeJson } from '../../client/otlp/json-write.ts'
import type { MessageOf } from '../../client/otlp/message.ts'
import { METRICS_ANSWER, METRICS_REQUEST, type MetricsRequest, STATUS } from '../../client/otlp/messages.ts'
import { readWire } from '../../client/otlp/wire-read.ts'
import { writeWire } from '../../client/otlp/wire-write.ts'
import type { Served } from '../../run/served/served-options.ts'
import type { ServedRun } from '../../run/served/served-run.ts'
import { openMetricValues } from '../metrics/exposition.ts'
import { metricsRequest } from './metrics-message.ts'
import type { TelemetrySettings } from './settings.ts'

/** A wrong address is to show at the start, not after an interval. */
const FIRST_MS = 1000
/** Where the pause after a failure begins; it doubles with each one, up to the interval. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 3_600_000
/** How long a run that ends waits for its last push. */
const LAST_MS = 2000
const MAX_ANSWER_BYTES = 1 << 20
const ANSWER_LIMITS = { depth: 10, elements: 1000 }
/** Header values of fewer characters are no secrets, and would hide too much. */
const SHORTEST_SECRET = 4

export type PushOptions = {
  /** The version of the program. */
  readonly version: string
  warn(message: string): void
  note(message: string): void
}

/** Pushes until the run ends. Rejects with a Failure where a file of the settings cannot be read. */
export async function openPush(run: ServedRun, settings: TelemetrySettings, options: PushOptions): Promise<Served> {
  const { headers, timeoutMs: timeout, tls, intervalMs } = settings
  const to = { folder: process.cwd(), of: 'the export of metrics', maxAnswer: MAX_ANSWER_BYTES }
  const client = await openHttpClient({ headers, timeout, tls }, to)
  const values = await openMetricValues(run, options.version)
  const startMs = run.clock.now() - process.uptime() * 1000
  const resource = {
    'service.name': 'tailrace',
    'service.version': options.version,
    'service.instance.id': `${hostname()}/${run.pipeline}`,
    ...settings.resource,
  }
  const push = new Push(client, settings, run.clock, {
    ...options,
    request: async () =>
      metricsRequest(await values(), { resource, version: options.version, startMs, nowMs: run.clock.now() }),
  })
  const done = new AbortController()
  const pushing = (async () => {
    for (let pause = Math.min(FIRST_MS, intervalMs); await slept(run.clock, pause, done.signal); ) {
      pause = await push.once(done.signal)
    }
  })()
  const end = async () => {
    push.end()
    done.abort()
    await pushing
  }
  return {
    async ending() {
      await end()
      await push.last()
    },
    async [Symbol.asyncDispose]() {
      await end()
      client.close()
    },
  }
}

type Pushed = PushOptions & { request(): Promise<MetricsRequest> }

class Push {
  readonly #client: HttpClient
  readonly #settings: TelemetrySettings
  readonly #clock: Clock
  readonly #options: Pushed
  #failures = 0
  #hasSaidPartial = false
  #isEnding = false

  constructor(client: HttpClient, settings: TelemetrySettings, clock: Clock, options: Pushed) {
    this.#client = client
    this.#settings = settings
    this.#clock = clock
    this.#options = options
  }

  /** Pushes the values of now. Gives the time until the next push. */
  async once(signal: AbortSignal, isLast = false): Promise<Duration> {
    const { intervalMs } = this.#settings
    try {
      const answer = await this.#send(await this.#options.request(), signal)
      if (answer.status < 200 || answer.status > 299) return this.#failed(this.#reasonOf(answer), answer)
      this.#checkPartial(answer)
      if (this.#failures > 0) this.#options.note(`metrics are pushed to ${this.#where()} again`)
      this.#failures = 0
      return intervalMs
    } catch (error) {
      // The run has ended meanwhile, and `last` sends what is newer.
      if (this.#isEnding && !isLast) return intervalMs
      // Whatever went wrong, a pipeline does not end because nobody watches it.
      return this.#failed(signal.aborted ? `no answer within ${durationText(LAST_MS)}` : (error as Error).message)
    }
  }

  /** Pushes the final values, for a short time at most. */
  async last(): Promise<void> {
    await this.once(AbortSignal.timeout(LAST_MS), true)
  }

  /** A push that is under way is of no use any more. */
  end(): void {
    this.#isEnding = true
  }

  #send(request: MetricsRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, isJson, isPacked } = this.#settings
    return this.#client.send({
      method: 'POST',
      url,
      headers: { 'content-type': isJson ? 'application/json' : 'application/x-protobuf' },
      body: isJson ? writeJson(METRICS_REQUEST, request) : writeWire(METRICS_REQUEST, request),
      gzip: isPacked,
      signal,
    })
  }

  /** Gives the time until it is tried again. */
  #failed(reason: string, answer?: HttpAnswer): Duration {
    const { intervalMs } = this.#settings
    if (this.#failures === 0) {
      this.#options.warn(
        `metrics cannot be pushed to ${this.#where()}: ${this.#hide(reason)}; ${this.#isEnding ? 'the last ones are lost' : 'it is tried again, and the pipeline goes on'}`,
      )
    }
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 20), intervalMs)
    this.#failures++
    const asked = answer === undefined ? undefined : retryAfter(answer.headers, this.#clock.now())
    return Math.min(Math.max(asked ?? 0, pause), LONGEST_PAUSE_MS)
  }

  /** What a refusal says: in a Status, as OTLP has it, or in whatever the server answers with. */
  #reasonOf(answer: HttpAnswer): string {
    const said = this.#read(STATUS, answer)?.message ?? ''
    return said === '' ? this.#client.refusal(answer).message : `it answers ${answer.status}: ${said}`
  }

  #checkPartial(answer: HttpAnswer): void {
    const { rejectedDataPoints = 0n, errorMessage = '' } = this.#read(METRICS_ANSWER, answer)?.partialSuccess ?? {}
    if (rejectedDataPoints === 0n || this.#hasSaidPartial) return
    this.#hasSaidPartial = true
    const why = errorMessage === '' ? '' : `: ${this.#hide(errorMessage)}`
    this.#options.warn(`${this.#where()} has not taken ${rejectedDataPoints} values of the metrics${why}`)
  }

  #read<Value>(message: MessageOf<Value>, { headers, body }: HttpAnswer): Value | undefined {
    const type = headers['content-type'] ?? ''
    try {
      if (/json/.test(type)) return readJson(message, parseExact(body.toString()), ANSWER_LIMITS)
      return /protobuf/.test(type) ? readWire(message, body, ANSWER_LIMITS) : undefined
    } catch {
      // Whatever the server says is for people only.
      return undefined
    }
  }

  /** The address, without what may be secret in it. */
  #where(): string {
    const { origin, pathname } = new URL(this.#settings.url)
    return origin + pathname
  }

  #hide(text: string): string {
    const secrets = Object.values(this.#settings.headers).flatMap((value) => [value, ...value.split(' ')])
    return secrets
      .filter((secret) => secret.length >= SHORTEST_SECRET)
      .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text)
  }
}
