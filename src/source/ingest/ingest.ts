/**
 * Takes lines by HTTP POST from curl, a log shipper, any script. A request is answered with 200 once its lines are durable.
 *
 * All lines of a request go to one partition in one append, so after any crash they are there together or not at all: request
 * n goes to partition n modulo the number of partitions (docs/decisions/013-a-request-is-one-append.md). A request that is
 * sent again with the same `Idempotency-Key` adds nothing: see `keys.ts`. The bytes of requests whose lines are not delivered
 * yet are limited; beyond the limit, requests get 429. While lines cannot be kept, because the disk is full or a reader holds
 * the topic back, requests get 503 instead of no answer.
 */
import { addAbortListener } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import * as z from 'zod'
import { slept } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { eitherForm, secretOption, shortForm } from '../../base/options.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import { byteText, durationText, roundSpan } from '../../base/units.ts'
import type { Records } from '../../record/column.ts'
import { NO_TOKEN, TOKEN } from '../bearer-token.ts'
import { RequestError } from '../request-error.ts'
import {
  type Deliver,
  defineSource,
  fitting,
  longestLine,
  type Source,
  type SourceContext,
  type SourceType,
} from '../source.ts'
import { type Address, isLoopback, listen, listenAddress, whyNotListening } from '../tcp-listen.ts'
import { RequestAppends } from './appends.ts'
import { type KeyedRequest, type KeyLimits, keyedBy, RecentKeys } from './keys.ts'
import { checkHead, keyOf, linesOfBody, readBody } from './request.ts'

const HEADERS_TIMEOUT_MS = 10_000
/** How often connections that take too long are searched for. */
const CHECK_INTERVAL_MS = 1000
/** How long lines may wait to be durable before later requests are refused. */
const STUCK_MS = 5000
/** Each key that is remembered takes about 200 bytes of memory. */
const MAX_KEYS = 5_000_000

type Options = {
  readonly listen: Address
  readonly token?: string | undefined
  readonly max_body: number
  readonly in_flight: number
  readonly max_line: number
  readonly max_connections: number
  readonly timeout: number
  readonly keys: KeyLimits
}

/** `keys: 600` is short for its `count`. */
const keyLimits = eitherForm(
  z.strictObject({
    count: z.int().min(1).max(MAX_KEYS).prefault(200_000),
    time: duration.refine((time) => time > 0, 'keys must be remembered for longer than nothing').prefault('1d'),
  }),
  (value) => (typeof value === 'number' ? { count: value } : value),
  { type: 'integer' },
)

export const ingest: SourceType = defineSource<Options>({
  name: 'ingest',
  summary: 'Takes lines by HTTP POST, and answers once they are durable: listens on 127.0.0.1 unless told otherwise.',
  replayable: false,
  options: shortForm(
    'listen',
    z
      .strictObject({
        listen: listenAddress,
        token: secretOption(z.string().regex(TOKEN, NO_TOKEN)).optional(),
        max_body: byteSize.prefault('16MiB'),
        in_flight: byteSize.prefault('64MiB'),
        max_line: byteSize.prefault('1MiB'),
        max_connections: z.int().min(1).prefault(256),
        timeout: duration.prefault('1m'),
        keys: keyLimits.prefault({}),
      })
      .check(({ value, issues }) => {
        const refuse = (message: string) => issues.push({ code: 'custom', message, input: value })
        if (value.token === undefined && !isLoopback(value.listen.host)) {
          const hint = "put 'token: ${TOKEN}' beside it, or listen on 127.0.0.1"
          refuse(`listens on ${value.listen.host}, which others can reach, and so needs a token: ${hint}`)
        }
        if (value.in_flight < value.max_body) refuse('has less room in_flight than one request may need, max_body')
      }),
  ),
  listens: ({ listen: address }) => [address],
  lookAhead: ({ listen: address }) => whyNotListening(address),
  async open(options, context) {
    // Loaded here, as an import at the top would take a sixth of the start of every command.
    const { createServer } = process.getBuiltinModule('node:http')
    const server = createServer({
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, options.timeout),
      requestTimeout: options.timeout,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    })
    server.maxConnections = options.max_connections
    const { address, isPublic } = await listen(server, options.listen, `source ${context.name}`)
    if (isPublic) context.warn(`${address} takes lines from everyone who has the token; nothing is encrypted`)
    return new IngestSource(server, `ingest http://${address}`, options, context)
  },
})

class IngestSource implements Source {
  readonly describe: string
  readonly #server: Server
  readonly #options: Options
  readonly #context: SourceContext
  readonly #maxBody: number
  readonly #keys: RecentKeys
  readonly #appends: RequestAppends
  /** Resolved when the run begins: the port is open before that. */
  readonly #deliver = Promise.withResolvers<Deliver>()
  readonly #closed = Promise.withResolvers<void>()
  readonly #answering = new Set<Promise<void>>()
  /** A request is under way from its head until it is answered and its lines are delivered. */
  readonly atRest: () => boolean = () => this.#answering.size === 0 && this.#underWay === 0
  #failure: unknown
  #underWay = 0
  #connections = 0

  constructor(server: Server, describe: string, options: Options, context: SourceContext) {
    this.describe = describe
    this.#server = server
    this.#options = options
    this.#context = context
    this.#maxBody = fitting(options.max_body, context)
    this.#keys = new RecentKeys(context.places, options.keys, {
      clock: context.clock,
      journal: context.journal,
      warn: context.warn,
      fail: (error) => this.#appends.fail(error),
    })
    this.#appends = new RequestAppends({
      context,
      keys: this.#keys,
      fail: (error) => {
        this.#failure ??= error
        this.#stop()
      },
    })
    const linesBefore = this.#appends.line
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      const answered = this.#answer(request, response).finally(() => this.#answering.delete(answered))
      this.#answering.add(answered)
    }
    server.on('request', answer)
    // A request whose head is refused is answered before its body is sent.
    server.on('checkContinue', answer)
    server.on('connection', (socket) => {
      this.#connections++
      socket.on('close', () => {
        this.#connections--
        if (context.untilEnd && this.#connections === 0 && this.#appends.line > linesBefore) this.#stop()
      })
    })
    server.on('close', () => this.#closed.resolve())
  }

  async run(deliver: Deliver): Promise<void> {
    using _ = addAbortListener(this.#context.signal, () => this.#stop())
    this.#deliver.resolve(deliver)
    await this.#closed.promise
    await Promise.all(this.#answering)
    this.#appends.close()
    await this.#keys.close()
    if (this.#failure !== undefined) throw this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
    this.#server.closeAllConnections()
  }

  /** Takes no more connections; requests under way are answered. */
  #stop(): void {
    if (this.#server.listening) this.#server.close()
    this.#server.closeIdleConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const room = new Room((bytes) => this.#reserve(bytes))
    const send = (status: number, body: object, headers: RequestError['headers'] = {}) => {
      if (this.#isClosing()) response.shouldKeepAlive = false
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(`${JSON.stringify(body)}\n`)
    }
    try {
      const { token, listen } = this.#options
      checkHead(request, { name: this.#context.name, token, host: listen.host, maxBody: this.#maxBody })
      this.#checkOpen()
      if (request.headers.expect !== undefined) response.writeContinue()
      const body = await readBody(request, this.#maxBody, (bytes) => room.hold(bytes))
      send(200, await this.#take(body, keyOf(request.headers), room))
    } catch (error) {
      if (error instanceof RequestError) return send(error.status, { error: error.message }, error.headers)
      if (error instanceof Failure) {
        return send(503, { error: `the lines could not be kept: ${error.message}` }, RETRY)
      }
      // The peer has gone: there is no answer, and nothing of the request was taken.
      request.destroy()
    } finally {
      room.give()
    }
  }

  /** Appends the lines of a body. Resolves with the answer once they are durable. */
  async #take(body: Uint8Array, key: string | undefined, room: Room): Promise<object> {
    const lines = linesOfBody(body, longestLine(this.#options.max_line, this.#context), this.#context)
    const keyed = key === undefined ? undefined : keyedBy(key, body)
    const deliver = await this.#deliver.promise
    this.#checkOpen()
    // From here until the key is added nothing waits: of two requests with one key, the second finds the first.
    const before = keyed === undefined ? undefined : this.#keys.find(keyed)
    if (before?.isSame === false) {
      throw new RequestError(
        422,
        'this Idempotency-Key came with other lines before: each request needs a key of its own',
      )
    }
    if (before === undefined && lines.count === 0) return { lines: 0 }
    await this.#untilDurable(before?.durable ?? this.#append(deliver, lines, keyed, room))
    return { lines: lines.count, ...(before !== undefined && { repeated: true }) }
  }

  #append(deliver: Deliver, lines: Records, keyed: KeyedRequest | undefined, room: Room): Promise<void> {
    const { durable, delivered } = this.#appends.add(deliver, lines, keyed)
    room.until = delivered.promise
    return durable.promise
  }

  /** Waits for lines to be durable, for `timeout` at most. */
  async #untilDurable(durable: Promise<void>): Promise<void> {
    const { timeout } = this.#options
    using answered = new DisposableStack()
    const stop = answered.adopt(new AbortController(), (controller) => controller.abort())
    const isLate = await Promise.race([durable.then(() => false), slept(this.#context.clock, timeout, stop.signal)])
    if (!isLate) return
    const hint = 'with an Idempotency-Key, sending it again adds nothing'
    throw new RequestError(
      503,
      `the lines are not durable after ${durationText(timeout)}, and may still become so: ${hint}`,
      RETRY,
    )
  }

  #checkOpen(): void {
    if (this.#isClosing()) throw new RequestError(503, 'tailrace is stopping: send it again later', RETRY)
    const waited = this.#appends.waited()
    if (waited <= STUCK_MS) return
    const state = `lines of earlier requests wait to be kept for ${roundSpan(waited)}`
    throw new RequestError(503, `${state} (\`tailrace status\` says why): send it again later`, RETRY)
  }

  #isClosing(): boolean {
    return this.#failure !== undefined || this.#context.signal.aborted
  }

  #reserve(bytes: number): void {
    if (bytes > 0 && this.#underWay + bytes > this.#options.in_flight) {
      throw new RequestError(
        429,
        `${byteText(this.#options.in_flight)} are under way (in_flight): send it again later`,
        RETRY,
      )
    }
    this.#underWay += bytes
  }
}

const RETRY = { 'retry-after': '1' }

/** The share of a request in the bytes that may be under way. */
class Room {
  /** Resolves when the request is delivered. */
  until: Promise<void> = Promise.resolve()
  readonly #reserve: (bytes: number) => void
  #held = 0

  constructor(reserve: (bytes: number) => void) {
    this.#reserve = reserve
  }

  /** Holds at least `bytes`. What a head announces is not held: a peer that sends nothing would keep the others out. */
  hold(bytes: number): void {
    if (bytes <= this.#held) return
    this.#reserve(bytes - this.#held)
    this.#held = bytes
  }

  give(): void {
    this.until.then(() => this.#reserve(-this.#held))
  }
}
