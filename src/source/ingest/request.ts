/**
 * Checks an HTTP request and reads its body, unpacked. A request that is not taken is answered with a status and one sentence
 * that says what to send instead.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { byteText } from '../../base/units.ts'
import type { Packing } from '../../bytes/byte-kind.ts'
import { Feed } from '../../bytes/feed.ts'
import { kindOfBytes } from '../../bytes/kind.ts'
import { refusal } from '../../bytes/refusal.ts'
import { type Fault, faultText, unpack } from '../../bytes/unpack.ts'
import type { Records } from '../../record/column.ts'
import { holeText } from '../../record/nuls.ts'
import type { OtherNames } from '../../record/spans.ts'
import { hasToken } from '../bearer-token.ts'
import { linesOfWholeBody } from '../body-lines.ts'
import { namesFailure } from '../other-names.ts'
import { RequestError } from '../request-error.ts'
import type { LongestLine, SourceContext } from '../source.ts'
import { isLoopback } from '../tcp-listen.ts'

export type RequestRules = {
  /** The name of the source: lines are taken at `/NAME` and at `/`. */
  readonly name: string
  readonly token: string | undefined
  /** The host that the source listens on. */
  readonly host: string
  readonly maxBody: number
}

const MAX_KEY_LENGTH = 255
const CHUNK_BYTES = 64 << 10
/** `curl --data-binary` sends any bytes as x-www-form-urlencoded. */
const LINES = /^(text\/|application\/(x-)?(ndjson|jsonl|json|json-lines|octet-stream|www-form-urlencoded)\b|$)/i
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
  { name, token, host, maxBody }: RequestRules,
): void {
  if (token === undefined) refusePages(headers, host)
  else if (!hasToken(headers.authorization, token)) {
    throw new RequestError(401, "send the source's token: Authorization: Bearer TOKEN", {
      'www-authenticate': 'Bearer',
    })
  }
  const path = url.split('?')[0]
  if (path !== '/' && path !== `/${name}`)
    throw new RequestError(404, `there is no ${path} here: lines are taken at / and /${name}`)
  if (method !== 'POST') throw new RequestError(405, 'send lines with POST', { allow: 'POST' })
  if (!LINES.test(headers['content-type'] ?? '')) {
    const hint = 'send text/plain or application/x-ndjson, one line a record'
    throw new RequestError(415, `Content-Type ${headers['content-type']} is not taken: ${hint}`)
  }
  packingOf(headers)
  keyOf(headers)
  if (Number(headers['content-length'] ?? 0) > maxBody) throw tooLarge(maxBody)
}

/**
 * Refuses what a page in a browser sends. Without a token, any page could post to this machine: the browser says where the
 * request is from (Origin, Sec-Fetch-Site), and a name that was made to point here (DNS rebinding) stands in Host.
 */
function refusePages(headers: IncomingHttpHeaders, listensOn: string): void {
  const hint = 'give the source a token, and send it, to allow this'
  const site = headers['sec-fetch-site'] ?? 'none'
  if (headers.origin !== undefined || site !== 'none') {
    throw new RequestError(403, `a page in a browser may not send lines here: ${hint}`)
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

/** The idempotency key of a request, if it has one. Throws a RequestError if the key is empty or too long. */
export function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  const text = String(key)
  if (text !== '' && text.length <= MAX_KEY_LENGTH) return text
  throw new RequestError(400, `an Idempotency-Key has 1 to ${MAX_KEY_LENGTH} characters`)
}

/**
 * The unpacked body. `reserve` is called with its length so far at every piece, and throws when there is no room. Throws a
 * RequestError where the body is too long, damaged or a JSON array, and another Error where the peer has gone.
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
    throw new RequestError(400, `${faultText('the body', found)}; no line was taken`)
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
  const body = Buffer.concat(pieces)
  refuseOther(body)
  if (/json/i.test(request.headers['content-type'] ?? '') && /^\s*\[/.test(body.toString('latin1', 0, 64))) {
    throw new RequestError(400, 'a JSON array is not lines: send one object a line (NDJSON)')
  }
  return body
}

/** Refuses a body that is not text, or packed without saying so. */
function refuseOther(body: Uint8Array): void {
  const kind = kindOfBytes(body)
  if (kind.kind === 'packed') {
    throw new RequestError(
      415,
      `the body is packed with ${kind.packing}: say so with Content-Encoding: ${kind.packing}`,
    )
  }
  if (kind.kind === 'other') throw new RequestError(415, `${refusal('the body', kind).message}: send lines of UTF-8`)
}

const tooLarge = (maxBody: number): RequestError =>
  new RequestError(413, `the body is larger than max_body, ${byteText(maxBody)}, of text: send it in several requests`)

/** The lines of a body. Throws a RequestError where one is longer than `longest`; a warning says where NULs are left out. */
export function linesOfBody(
  body: Uint8Array,
  longest: LongestLine,
  context: Pick<SourceContext, 'form' | 'warn'>,
): Records {
  const tooLong = (position: number) => {
    throw new RequestError(413, `the line at byte ${position} is ${longest.tooLong}: no line was taken`)
  }
  const hole = (position: number, bytes: number) => context.warn(holeText('a body', position, bytes))
  const names = (found: OtherNames) => {
    throw new RequestError(422, `${namesFailure('the body', found).message}: no line was taken`)
  }
  return linesOfWholeBody(body, longest.bytes, context.form, { tooLong, hole, names })
}
