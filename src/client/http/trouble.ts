/** Failures of HTTP in plain words: of the network, of TLS, and of the answers in which a server says no. */
import { STATUS_CODES } from 'node:http'
import { Failure, type FailureCode } from '../../base/failure.ts'
import { oneLine } from '../../base/one-line.ts'

const REASONS: { readonly [code: string]: string } = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'no answer in time',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection broke',
  HPE_INVALID_EOF_STATE: 'the answer is cut short',
  Z_BUF_ERROR: 'the answer is cut short',
  Z_DATA_ERROR: 'the packed bytes of the answer are damaged',
}

const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_\w+|HOSTNAME_MISMATCH)$/
const NO_TLS = /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/

/** What an error of the network says, in words. */
export const networkReason = (code: string, message: string): string => REASONS[code] ?? message

/** The Failure of a request to `server` that broke. An error that does not come from the network is returned unchanged. */
export function reachFailure(server: string, error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return error
  const failure = (of: FailureCode, reason: string, hint: string | undefined, retryable: boolean) =>
    new Failure(of, `cannot reach ${server}: ${reason}`, { hint, retryable, cause: error })
  if (CERTIFICATE.test(code)) {
    const { reason, hint } = certificateTrouble(code, error)
    return failure('denied', reason, hint, false)
  }
  if (NO_TLS.test(code)) return failure('io', 'it does not speak TLS on this port', 'write http:// instead', true)
  if (/^HPE_(?!INVALID_EOF)/.test(code)) {
    return failure('io', `it does not answer as HTTP does (${message})`, 'is this its port, and https:// wanted?', true)
  }
  const hint = code === 'ECONNREFUSED' ? 'is it up, and is this its port?' : undefined
  return failure(code === 'ENOTFOUND' ? 'not-found' : 'io', networkReason(code, message), hint, true)
}

/** What is wrong with the certificate of a server, and what to do about it. */
function certificateTrouble(code: string, error: Error): { readonly reason: string; readonly hint: string } {
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH': {
      const { cert } = error as { readonly cert?: { readonly subjectaltname?: string } }
      const names = cert?.subjectaltname?.replace(/\b(DNS|IP Address):/g, '').slice(0) ?? 'another name'
      return {
        reason: `its certificate is for ${names}`,
        hint: 'take the address that it names, or say that it is meant: tls: { server_name: … }',
      }
    }
    case 'CERT_HAS_EXPIRED':
      return { reason: 'its certificate has expired', hint: 'the server needs a new one; is the clock right?' }
    case 'CERT_NOT_YET_VALID':
      return { reason: 'its certificate is not valid yet', hint: 'is the clock right, here and there?' }
    default:
      return {
        reason: `its certificate is not trusted (${code})`,
        hint: 'name the certificate that signed it: tls: { ca: … }',
      }
  }
}

/** What the Failure of an answer is made of. */
export type BadStatus = {
  readonly url: string
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
}

/** The Failure of an answer outside 2xx; retryable where the same request may succeed later. */
export function statusFailure({ url, status, headers, body }: BadStatus): Failure {
  const words = STATUS_CODES[status] === undefined ? '' : ` ${STATUS_CODES[status]}`
  const quoted = quotedText(headers['content-type'] ?? '', body)
  const said = quoted === '' ? '' : `: ${quoted}`
  const retryable = status >= 500 || [408, 425, 429].includes(status)
  const to = status >= 300 && status < 400 ? headers.location : undefined
  const hint = to === undefined ? HINTS[status] : `it names another address: ${withoutQuery(to)}`
  return new Failure(codeOf(status), `${withoutQuery(url)} answers ${status}${words}${said}`, { hint, retryable })
}

const codeOf = (status: number): FailureCode =>
  status === 401 || status === 403 ? 'denied' : status === 404 || status === 410 ? 'not-found' : 'io'

const HINTS: { readonly [status: number]: string } = {
  401: 'it wants another `auth`',
  403: 'it does not let this `auth` do that',
  404: 'is the path right?',
  405: 'is the `method` right?',
  407: 'a proxy between wants a password',
}

/** Some of a text for people; nothing of a page or of bytes. */
function quotedText(type: string, body: Uint8Array): string {
  if (!/^(text\/plain|application\/(\w+\.)*([\w-]+\+)?json)\b/i.test(type)) return ''
  return oneLine(body)
}

/** An address as messages show it: without its query, which may have a key in it. */
export function withoutQuery(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null) return url.split('?', 1)[0] ?? ''
  const { origin, protocol, host, pathname } = parsed
  // Only schemes of the web have an origin.
  return `${origin === 'null' ? `${protocol}//${host}` : origin}${pathname === '/' ? '' : pathname}`
}
