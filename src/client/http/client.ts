/**
 * The HTTP client of sources, sinks and notifiers. Every answer is a value, whatever its status; `refusal` makes a Failure of
 * one outside 2xx. Trouble of the network is a Failure, `retryable` where the same request may succeed later.
 *
 * Nothing is sent again here: only the caller knows whether that does harm. The one exception is a connection that was kept open and
 * that the server closed at the moment of use: what changes nothing, or the same twice, is then sent on a new one.
 */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gzip as gzipWithCallback } from 'node:zlib'
import { Failure, reworded } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import { HIDDEN } from '../../base/secret.ts'
import { readTls } from '../tls.ts'
import { type Connections, openConnections, readToEnd, timedOut } from './connections.ts'
import { authHeader, authSecrets, type HttpOptions } from './options.ts'
import { reachFailure, statusFailure, withoutQuery } from './trouble.ts'
import { wholeBody } from './whole-body.ts'

const MAX_REDIRECTS = 5
/** These change nothing, or the same when they come twice. */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']
/** What another host may see of a request that is redirected to it: headers of the pipeline file may have keys in them. */
const HARMLESS = ['accept', 'accept-encoding', 'accept-language', 'user-agent', 'content-type', 'content-encoding']
const AGENT = 'tailrace'

export type HttpRequest = {
  readonly method: string
  readonly url: string
  /** Over those of the options; names in any case. */
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string | Uint8Array | undefined
  /** Packs the body, and adds the header that says so. */
  readonly gzip?: boolean
  /** Ends the request: `send` rejects with its reason. */
  readonly signal?: AbortSignal
}

export type HttpAnswer = {
  readonly status: number
  /** By their names in lower case; what came several times is joined by commas. */
  readonly headers: { readonly [name: string]: string }
  /** Unpacked. */
  readonly body: Buffer
  /** The address that answered, after redirects. */
  readonly url: string
}

export type HttpClient = {
  /**
   * Sends a request and reads its answer whole. Rejects with a Failure: of the network, `limit` where the answer is too long,
   * `io` where it redirects in a way that is not followed. A redirected GET or HEAD is followed; of other methods only
   * 307 and 308 are, as those keep the body, and the answer is given otherwise.
   */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** The Failure of an answer outside 2xx, without the secrets of the options. */
  refusal(answer: HttpAnswer): Failure
  /** Requests that are under way fail, and so does every later one. */
  close(): void
}

export type HttpClientContext = {
  /** Where relative paths of `tls` start from. */
  readonly folder: string
  /** The owner of the client, for messages: "source api". */
  readonly of: string
  /** The most bytes of an answer, packed or not. */
  readonly maxAnswer: number
}

/** A client with these options. Rejects with a Failure where a file of `tls` cannot be read. */
export async function openHttpClient(
  { headers, auth, timeout, tls }: Omit<HttpOptions, 'url'>,
  { folder, of, maxAnswer }: HttpClientContext,
): Promise<HttpClient> {
  const connections = openConnections({ timeoutMs: timeout, tls: await readTls(tls, folder, of), to: of })
  const who = authHeader(auth)
  const client: Client = {
    connections,
    maxAnswer,
    timeoutMs: timeout,
    headers: {
      'user-agent': AGENT,
      ...lowerCased(headers),
      ...(who !== undefined && { [who.name]: who.value }),
      'accept-encoding': 'gzip',
    },
  }
  const secrets = authSecrets(auth)
  const hide = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text)
  return {
    send: (request) => send(client, request),
    refusal: (answer) => reworded(statusFailure(answer), hide),
    close: () => connections.close(),
  }
}

type Client = {
  readonly connections: Connections
  readonly maxAnswer: number
  readonly timeoutMs: Duration
  readonly headers: { readonly [name: string]: string }
}

/** What is sent to one address. */
type Sent = {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array | undefined
}

async function send(client: Client, request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, body, gzip = false, signal } = request
  const tooLate = new AbortController()
  const timer = setTimeout(() => tooLate.abort(timedOut('too slow')), client.timeoutMs)
  const until = signal === undefined ? tooLate.signal : AbortSignal.any([signal, tooLate.signal])
  let sent: Sent = {
    method,
    url,
    headers: {
      ...client.headers,
      ...lowerCased(request.headers),
      ...(gzip && body !== undefined && { 'content-encoding': 'gzip' }),
    },
    body: await bodyOf(body, gzip),
  }
  try {
    for (let redirects = 0; ; redirects++) {
      const answer = await exchange(client, sent, until)
      const next = redirected(sent, answer)
      if (next === undefined) return await readAnswer(client, sent, answer)
      await readToEnd(answer)
      if (redirects === MAX_REDIRECTS) {
        throw new Failure('io', `${withoutQuery(url)} redirects more than ${MAX_REDIRECTS} times`, {
          hint: `the last address was ${withoutQuery(next.url)}`,
        })
      }
      sent = next
    }
  } catch (error) {
    signal?.throwIfAborted()
    const cause = tooLate.signal.aborted ? tooLate.signal.reason : error
    throw reachFailure(new URL(sent.url).origin, cause)
  } finally {
    clearTimeout(timer)
  }
}

async function exchange({ connections }: Client, sent: Sent, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    return await connections.send({ ...sent, signal })
  } catch (error) {
    const { code, isReused } = error as { readonly code?: string; readonly isReused?: boolean }
    const wasClosed = isReused === true && (code === 'ECONNRESET' || code === 'EPIPE')
    if (!wasClosed || !IDEMPOTENT.includes(sent.method) || signal.aborted) throw error
    return connections.send({ ...sent, signal, isFresh: true })
  }
}

async function readAnswer({ maxAnswer }: Client, { url }: Sent, answer: IncomingMessage): Promise<HttpAnswer> {
  const headers = Object.fromEntries(
    Object.entries(answer.headersDistinct).map(([name, values]) => [name, values?.join(', ') ?? '']),
  )
  return { status: answer.statusCode ?? 0, headers, body: await wholeBody(answer, maxAnswer, withoutQuery(url)), url }
}

/** What is sent next for an answer that redirects; undefined: it is an answer. Throws a Failure where it must not be followed. */
function redirected(sent: Sent, { statusCode = 0, headers: { location } }: IncomingMessage): Sent | undefined {
  const keepsMethod = statusCode === 307 || statusCode === 308
  const isReading = sent.method === 'GET' || sent.method === 'HEAD'
  const isFollowed = keepsMethod || (isReading && [301, 302, 303].includes(statusCode))
  if (!isFollowed || location === undefined) return undefined
  const from = new URL(sent.url)
  const to = URL.parse(location, sent.url)
  if (to === null || !/^https?:$/.test(to.protocol) || (from.protocol === 'https:' && to.protocol === 'http:')) {
    throw new Failure('io', `${withoutQuery(sent.url)} redirects to ${withoutQuery(location)}, which is not followed`, {
      hint: 'name the address that is meant; one of https: is never left for one without',
    })
  }
  to.hash = ''
  const headers =
    from.origin === to.origin
      ? sent.headers
      : Object.fromEntries(Object.entries(sent.headers).filter(([name]) => HARMLESS.includes(name)))
  return { ...sent, url: to.href, headers }
}

const packed = promisify(gzipWithCallback)

async function bodyOf(body: HttpRequest['body'], gzip: boolean): Promise<Uint8Array | undefined> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return bytes === undefined || !gzip ? bytes : packed(bytes)
}

const lowerCased = (headers: HttpOptions['headers'] = {}): { readonly [name: string]: string } =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
