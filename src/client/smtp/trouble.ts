/** Failures of SMTP in plain words, and which answers of a server are about the mail itself. */
import { Failure } from '../../base/failure.ts'
import { oneLine } from '../../base/one-line.ts'

/** An error of nodemailer; `response` is the server's answer, with its code in front. */
export type SmtpError = Error & {
  readonly code?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
  readonly recipient?: string
  readonly rejectedErrors?: readonly SmtpError[]
}

/**
 * Whether the server refuses this mail for good: all of its recipients, or its content. A sender that it does not let in, and a
 * sign-in that it refuses, are about no mail: those are Failures, and mails wait until somebody mends it.
 */
export function isRefusedMail(error: unknown): boolean {
  const { code, command, responseCode } = error as SmtpError
  // The server has said how large a mail may be.
  if (code === 'EMESSAGE' && responseCode === undefined) return true
  return (
    responseCode !== undefined &&
    responseCode >= 500 &&
    responseCode !== 503 &&
    (command === 'RCPT TO' || command === 'DATA')
  )
}

const REASONS: { readonly [code: string]: string } = {
  ENOTFOUND: 'there is no such host',
  EDNS: 'there is no such host',
  ECONNREFUSED: 'the connection was refused',
  ECONNECTION: 'the connection broke',
  ETIMEDOUT: 'no answer in time',
}

/** The Failure of a mail that was not sent. An error that does not come from SMTP is thrown unchanged. */
export function mailFailure(server: string, error: unknown): Failure {
  if (!(error instanceof Error)) throw error
  if (error instanceof Failure) return error
  const { code = '', command = '', response = '', responseCode, message } = error as SmtpError
  if (code === '') throw error
  const said = oneLine(response)
  if (code === 'EAUTH') {
    const why = said === '' ? oneLine(message) : said
    return new Failure('denied', `${server} refuses the sign-in: ${why}`, { hint: 'is `auth` right?', cause: error })
  }
  if (code === 'ETLS' || command === 'STARTTLS' || OF_TLS.test(message)) return tlsFailure(server, error)
  if (responseCode !== undefined) {
    const isPassing = responseCode < 500 || responseCode === 503
    const to = command === 'MAIL FROM' ? ' for this sender' : command === 'RCPT TO' ? ' for this recipient' : ''
    return new Failure(isPassing ? 'io' : 'denied', `${server} does not take the mail${to}: ${said}`, {
      retryable: isPassing,
      cause: error,
    })
  }
  const { code: below = code } = (error.cause ?? {}) as { readonly code?: string }
  const system = /\b(ECONNREFUSED|ENOTFOUND|ECONNRESET|EHOSTUNREACH)\b/.exec(message)?.[1] ?? below
  const reason = REASONS[system] ?? REASONS[code] ?? oneLine(message)
  return new Failure('io', `cannot reach ${server}: ${reason}`, { retryable: true, cause: error })
}

const OF_CERTIFICATE = /certificate|self.signed/i
/** OpenSSL says in words only what is wrong. */
const OF_TLS = new RegExp(`${OF_CERTIFICATE.source}|wrong version number|ssl|tls`, 'i')

function tlsFailure(server: string, error: SmtpError): Failure {
  const message = `cannot reach ${server}: ${oneLine(error.message)}`
  const hint = OF_CERTIFICATE.test(error.message)
    ? 'name the certificate that signed that of the server: ca: FILE'
    : 'tls: starttls wants a server that offers it, tls: implicit one that speaks TLS at once; tls: none sends in clear text'
  return new Failure('denied', message, { hint, cause: error })
}

/** The Failure of a mail that some recipients do not get yet. */
export function deferredFailure(server: string, errors: readonly SmtpError[]): Failure {
  const [first] = errors
  const who = errors.map(({ recipient }) => recipient).join(', ')
  const message = `${server} takes the mail later for ${who}: ${oneLine(first?.response ?? '')}`
  return new Failure('io', message, { retryable: true, cause: first })
}
