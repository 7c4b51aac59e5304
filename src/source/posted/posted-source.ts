/**
 * A source that takes requests of HTTP, and answers each once all of it is durable. What requests are, and how they are answered,
 * is a `RequestForm`.
 *
 * What one request brings goes to one partition in one append, so after any crash it is there whole or not at all: request n goes to
 * partition n modulo the number of partitions (docs/decisions/013-a-request-is-one-append.md). The bytes of requests that are not
 * delivered yet are limited; beyond the limit, requests get 429. While nothing can be kept, because the disk is full or a reader
 * holds the topic back, requests get 503 instead of no answer.
 */
import { addAbortListener } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { slept } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { byteText, durationText, roundSpan } from '../../base/units.ts'
import type { Records } from '../../record/column.ts'
import type { PacedWarnings } from '../network/warnings.ts'
import { RequestError } from '../request-error.ts'
import type { Deliver, Source, SourceContext } from '../source.ts'
import { RequestAppends } from './appends.ts'
import type { PostedOptions } from './options.ts'
import { checkHead, type RequestRules, readBody } from './request.ts'
import type { KeyedRequest, RequestKeys } from './request-keys.ts'

/** How long lines may wait to be durable before later requests are refused. */
const STUCK_MS = 5000

/** The body of an answer, and its `Content-Type`. */
export type PostAnswer = { readonly type: string; readonly body: string | Uint8Array }

/** What a request brings. */
export type Posted = {
  /** Each goes to one partition in one append: one, unless the topic takes less at once; none, where nothing came. */
  readonly appends: readonly Records[]
  readonly keyed?: KeyedRequest | undefined
  /** The answer to give once all of it is durable; or it was taken before, under its key. */
  answer(isRepeated: boolean): PostAnswer
}

export type RequestForm = Omit<RequestRules, 'token' | 'host'> & {
  /** What remembers requests; `fail` takes the failure after which nothing may be appended. */
  keys(fail: (error: unknown) => void): RequestKeys
  /** Reads a body. `hold` says how many bytes it takes up by now. Throws a RequestError. */
  read(body: Uint8Array, headers: IncomingHttpHeaders, hold: (bytes: number) => void): Posted
  /** The answer to a request that is not taken. */
  refused(message: string, headers: IncomingHttpHeaders): PostAnswer
  /** What to know of a request that was given up while it may still become durable. */
  readonly whenLate: string
  /** What it warns of, at a bounded pace; absent: nothing. */
  readonly warnings?: PacedWarnings
}

export type PostedSourceParts = {
  /** It listens already. */
  readonly server: Server
  readonly describe: string
  readonly options: PostedOptions
  readonly form: RequestForm
  readonly context: SourceContext
}

/** A source of requests of one form. */
export class PostedSource implements Source {
  readonly describe: string
  readonly #server: Server
  readonly #options: PostedOptions
  readonly #form: RequestForm
  readonly #context: SourceContext
  readonly #keys: RequestKeys
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

  constructor({ server, describe, options, form, context }: PostedSourceParts) {
    this.describe = describe
    this.#server = server
    this.#options = options
    this.#form = form
    this.#context = context
    this.#keys = form.keys((error) => this.#appends.fail(error))
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
    await using __ = this.#form.warnings?.begin()
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
    const form = this.#form
    const room = new Room((bytes) => this.#reserve(bytes))
    const send = (status: number, { type, body }: PostAnswer, headers: RequestError['headers'] = {}) => {
      if (this.#isClosing()) response.shouldKeepAlive = false
      response.writeHead(status, { 'content-type': type, ...headers })
      response.end(body)
    }
    try {
      const { token, listen } = this.#options
      checkHead(request, { token, host: listen.host, ...form })
      this.#checkOpen()
      if (request.headers.expect !== undefined) response.writeContinue()
      const hold = (bytes: number) => room.hold(bytes)
      const body = await readBody(request, form.maxBody, hold)
      send(200, await this.#take(form.read(body, request.headers, hold), room))
    } catch (error) {
      if (error instanceof RequestError) {
        return send(error.status, form.refused(error.message, request.headers), error.headers)
      }
      if (error instanceof Failure) {
        return send(503, form.refused(`the ${form.takes} could not be kept: ${error.message}`, request.headers), RETRY)
      }
      // The peer has gone: there is no answer, and nothing of the request was taken.
      request.destroy()
    } finally {
      room.give()
    }
  }

  /** Appends what a request has brought. Resolves with the answer once it is durable. */
  async #take({ appends, keyed, answer }: Posted, room: Room): Promise<PostAnswer> {
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
    if (before !== undefined) await this.#untilDurable(before.durable)
    else if (appends.length > 0) await this.#untilDurable(this.#append(deliver, appends, keyed, room))
    return answer(before !== undefined)
  }

  #append(deliver: Deliver, appends: Posted['appends'], keyed: KeyedRequest | undefined, room: Room): Promise<unknown> {
    const added = appends.map((lines) => this.#appends.add(deliver, lines, keyed))
    room.until = Promise.all(added.map(({ delivered }) => delivered.promise))
    return Promise.all(added.map(({ durable }) => durable.promise))
  }

  /** Waits for lines to be durable, for `timeout` at most. */
  async #untilDurable(durable: Promise<unknown>): Promise<void> {
    const { timeout } = this.#options
    using answered = new DisposableStack()
    const stop = answered.adopt(new AbortController(), (controller) => controller.abort())
    const isLate = await Promise.race([durable.then(() => false), slept(this.#context.clock, timeout, stop.signal)])
    if (!isLate) return
    const { takes, whenLate } = this.#form
    const state = `the ${takes} are not durable after ${durationText(timeout)}, and may still become so`
    throw new RequestError(503, `${state}: ${whenLate}`, RETRY)
  }

  #checkOpen(): void {
    if (this.#isClosing()) throw new RequestError(503, 'tailrace is stopping: send it again later', RETRY)
    const waited = this.#appends.waited()
    if (waited <= STUCK_MS) return
    const state = `${this.#form.takes} of earlier requests wait to be kept for ${roundSpan(waited)}`
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
  until: Promise<unknown> = Promise.resolve()
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
