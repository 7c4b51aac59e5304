/**
 * One request over HTTP, by node:http. (Node's `fetch` cannot write to HDFS: a DataNode sends `100 Continue` unasked, which
 * undici takes for a bad answer.)
 */
import * as http from 'node:http'
import * as https from 'node:https'
import { finished } from 'node:stream/promises'
import { Failure } from '../../base/failure.ts'

/** Longest answer that is read whole: a page of a listing has a thousand names. */
const ANSWER_LIMIT = 16 << 20
/** Connections to one server that are kept open and used again. */
const IDLE_CONNECTIONS = 8

export type Request = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly url: string
  readonly body?: AsyncIterable<Uint8Array> | undefined
}

export type Connections = {
  /** The answer, its body not yet read. Rejects with the error of the network, `ETIMEDOUT` where no byte came or went in time. */
  send(request: Request): Promise<http.IncomingMessage>
  /** Requests that are under way fail, and so does every later one. */
  close(): void
}

/** Connections that are used again. `timeoutMs`: how long a connection may be silent. */
export function openConnections(timeoutMs: number): Connections {
  const options = { keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS }
  let isClosed = false
  const agents = { http: new http.Agent(options), https: new https.Agent(options) }
  return {
    async send({ method, url, body }) {
      if (isClosed) throw new Failure('io', 'the connections to HDFS are closed')
      const isSecure = url.startsWith('https:')
      const request = (isSecure ? https : http).request(url, {
        method,
        agent: isSecure ? agents.https : agents.http,
        // Without a body that is said, or the server waits for one.
        headers: body === undefined && method !== 'GET' ? { 'content-length': 0 } : {},
      })
      request.setTimeout(timeoutMs, () => {
        request.destroy(Object.assign(new Error(`silent for ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' }))
      })
      return answerTo(request, body)
    },
    close() {
      isClosed = true
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

/** A server may answer before it has the whole body: that answer says why, and the rest is not sent. */
function answerTo(request: http.ClientRequest, body: Request['body']): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (answer) => {
      answer.on('close', () => {
        if (!request.writableFinished) request.destroy()
      })
      resolve(answer)
    })
    if (body === undefined) request.end()
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

/** The whole body of an answer, as text. Rejects with a Failure `limit` where it is too long. */
export async function wholeText(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > ANSWER_LIMIT) throw new Failure('limit', `an answer of HDFS is longer than ${ANSWER_LIMIT >> 20} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Reads the rest of an answer, so that its connection can be used again. */
export async function readToEnd(answer: http.IncomingMessage): Promise<void> {
  answer.resume()
  await finished(answer)
}
