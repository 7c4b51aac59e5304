/**
 * Checks the head of an HTTP request and reads its body, unpacked. A request that is not taken is answered with a status and one
 * sentence that says what to send instead.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { byteText } from '../../base/units.ts'
import type { Packing } from '../../bytes/byte-kind.ts'
import { Feed } from '../../bytes/feed.ts'
import { type Fault, faultText, unpack } from '../../bytes/unpack.ts'
import { hasToken } from '../bearer-token.ts'
import { RequestError } from '../request-error.ts'
import { isLoopback } from '../tcp-listen.ts'

export type RequestRules = {
  readonly token: string | undefined
  /** The host that the source listens on. */
  readonly host: string
  readonly maxBody: number
  /** What it takes, in the plural, for messages: "lines". */
  readonly takes: string
  /** The addresses at which it takes requests. */
  readonly paths: readonly string[]
  /** Throws a RequestError where the kind of content is not taken, or another header is wrong. */
  checkContent(headers: IncomingHttpHeaders): void
}

const CHUNK_BYTES = 64 << 10
const PACKED = new Map<string, Packing | undefined>([
  ['', undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['zstd', 'zstd'],
])

/** Checks all that can be checked before the body comes. Throws a RequestError. */
export function checkHead(
  { method, url = '/', headers }: IncomingMessage,
  { token, host, maxBody, takes, paths, checkContent }: RequestRules,
): void {
  if (token === undefined) refusePages(headers, host, takes)
  else if (!hasToken(headers.authorization, token)) {
    throw new RequestError(401, "send the source's token: Authorization: Bearer TOKEN", {
      'www-authenticate': 'Bearer',
    })
  }
  const path = url.split('?')[0] ?? ''
  if (!paths.includes(path)) {
    throw new RequestError(404, `there is no ${path} here: ${takes} are taken at ${paths.join(' and ')}`)
  }
  if (method !== 'POST') throw new RequestError(405, `send ${takes} with POST`, { allow: 'POST' })
  checkContent(headers)
  packingOf(headers)
  if (Number(headers['content-length'] ?? 0) > maxBody) throw tooLarge(maxBody)
}

/**
 * Refuses what a page in a browser sends. Without a token, any page could post to this machine: the browser says where the
 * request is from (Origin, Sec-Fetch-Site), and a name that was made to point here (DNS rebinding) stands in Host.
 */
function refusePages(headers: IncomingHttpHeaders, listensOn: string, takes: string): void {
  const hint = 'give the source a token, and send it, to allow this'
  const site = headers['sec-fetch-site'] ?? 'none'
  if (headers.origin !== undefined || site !== 'none') {
    throw new RequestError(403, `a page in a browser may not send ${takes} here: ${hint}`)
  }
  const [, v6, name = v6] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(headers.host ?? listensOn) ?? []
  if (name === undefined || !(isLoopback(name.toLowerCase()) || name === listensOn)) {
    throw new RequestError(403, `Host ${headers.host} is not this machine: send to ${listensOn}, or ${hint}`)
  }
}

function packingOf(headers: IncomingHttpHeaders): Packing | undefined {
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase()
  if (PACKED.has(encoding)) return PACKED.get(encoding)
  throw new RequestError(415, `Content-Encoding ${encoding} is not taken: send gzip, zstd, or plain text`, {
    'accept-encoding': 'gzip, zstd',
  })
}

/**
 * The unpacked body. `reserve` is called with its length so far at every piece, and throws when there is no room. Throws a
 * RequestError where the body is too long or damaged, and another Error where the peer has gone.
 */
export async function readBody(
  request: IncomingMessage,
  maxBody: number,
  reserve: (bytes: number) => void,
): Promise<Uint8Array> {
  const packing = packingOf(request.headers)
  // The socket outlives the reading: a request that is not taken must still be answered.
  const raw = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  const fault = (found: Fault) => {
    throw new RequestError(400, `${faultText('the body', found)}; nothing was taken`)
  }
  const text = packing === undefined ? raw : unpack(new Feed(raw), packing, { chunkBytes: CHUNK_BYTES, fault })
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of text) {
    bytes += piece.length
    if (bytes > maxBody) throw tooLarge(maxBody)
    reserve(bytes)
    pieces.push(piece)
  }
  if (!request.complete) throw new Error('the connection ended before the body did')
  return Buffer.concat(pieces)
}

const tooLarge = (maxBody: number): RequestError =>
  new RequestError(413, `the body is larger than max_body, ${byteText(maxBody)}, unpacked: send it in several requests`)
