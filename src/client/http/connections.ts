/**
 * One request over HTTP, by node:http. (Node's `fetch` cannot write to HDFS: a DataNode sends `100 Continue` unasked, which
 * undici takes for a bad answer.) The answer comes with its body not yet read; `client.ts` reads it whole.
 */
import * as http from 'node:http'
import * as https from 'node:https'
import type { Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import type { ConnectionOptions } from 'node:tls'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'

/** Connections to one server that are kept open and used again. */
const IDLE_CONNECTIONS = 8
/** How long it may take to reach a server: one that is there answers in much less. */
const CONNECT_MS: Duration = 10_000

export type Request = {
  readonly method: string
  readonly url: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Ends the request with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Wants a connection of its own, which is closed after it. */
  readonly isFresh?: boolean
}

export type Connections = {
  /**
   * The answer, its body not yet read. Rejects with the error of the network, `ETIMEDOUT` where no byte came or went in time;
   * `isReused` in it says that the connection was one that had been kept open.
   */
  send(request: Request): Promise<http.IncomingMessage>
  /** Requests that are under way fail, and so does every later one. */
  close(): void
}

export type ConnectionsOptions = {
  /** How long a connection may be silent. */
  readonly timeoutMs: Duration
  /** Besides what `https:` alone means. */
  readonly tls?: ConnectionOptions | undefined
  /** The server, for messages: "HDFS". */
  readonly to: string
}

/** Connections that are used again. */
export function openConnections({ timeoutMs, tls, to }: ConnectionsOptions): Connections {
  const options = { keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS }
  let isClosed = false
  const agents = { http: new http.Agent(options), https: new https.Agent({ ...options, ...tls }) }
  return {
    async send({ method, url, headers, body, signal, isFresh = false }) {
      if (isClosed) throw new Failure('io', `the connections to ${to} are closed`)
      signal?.throwIfAborted()
      const isSecure = url.startsWith('https:')
      const request = (isSecure ? https : http).request(url, {
        method,
        agent: isFresh ? false : isSecure ? agents.https : agents.http,
        ...(isFresh && isSecure && tls),
        headers: { ...lengthOf(body, method), ...headers },
        ...(signal !== undefined && { signal }),
      })
      request.setTimeout(timeoutMs, () => request.destroy(timedOut(`silent for ${timeoutMs / 1000} s`)))
      request.on('socket', (socket) => limitConnecting(socket, request, Math.min(timeoutMs, CONNECT_MS)))
      return answerTo(request, body)
    },
    close() {
      isClosed = true
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

/** The error of what took too long. */
export const timedOut = (message: string): Error => Object.assign(new Error(message), { code: 'ETIMEDOUT' })

/** A request without a body says so where a server would wait for one. */
function lengthOf(body: Request['body'], method: string): { readonly [name: string]: string } {
  if (body instanceof Uint8Array) return { 'content-length': String(body.length) }
  return body === undefined && method !== 'GET' && method !== 'HEAD' ? { 'content-length': '0' } : {}
}

/** The timeout of a request counts bytes that came or went, and begins only once there is a connection. */
function limitConnecting(socket: Socket, request: http.ClientRequest, limitMs: Duration): void {
  if (!socket.connecting) return
  const timer = setTimeout(() => request.destroy(timedOut('no connection')), limitMs)
  const stop = () => clearTimeout(timer)
  socket.once('connect', stop)
  socket.once('close', stop)
}

/** A server may answer before it has the whole body: that answer says why, and the rest is not sent. */
function answerTo(request: http.ClientRequest, body: Request['body']): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', (error) => reject(Object.assign(error, { isReused: request.reusedSocket })))
    request.on('response', (answer) => {
      answer.on('close', () => {
        if (!request.writableFinished) request.destroy()
      })
      resolve(answer)
    })
    if (body === undefined) request.end()
    else if (body instanceof Uint8Array) request.end(body)
    else sendBody(request, body).catch((error: Error) => request.destroy(error))
  })
}

/** Sends a body until it ends, or the server has answered or gone. */
async function sendBody(request: http.ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  let isOver = false
  let wake = () => {}
  const end = () => {
    isOver = true
    wake()
  }
  request.on('drain', () => wake())
  request.on('response', end)
  request.on('close', end)
  for await (const chunk of body) {
    const hasRoom = request.write(chunk)
    if (!hasRoom && !isOver) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (isOver) return
  }
  request.end()
}

/** Reads the rest of an answer, so that its connection can be used again. */
export async function readToEnd(answer: http.IncomingMessage): Promise<void> {
  answer.resume()
  await finished(answer)
}
