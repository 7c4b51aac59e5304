/** What goes wrong between this process and a broker, in words: the network, TLS, the password, answers that are none. */
import { Failure } from '../../base/failure.ts'

type Coded = Error & { readonly code?: unknown; readonly cause?: unknown; readonly errors?: readonly unknown[] }

const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_\w+|HOSTNAME_MISMATCH)$/

/** All errors from the outermost to the first cause. */
function causesOf(error: unknown): readonly Coded[] {
  const found: Coded[] = []
  const visit = (one: unknown): void => {
    if (!(one instanceof Error) || found.includes(one) || found.length > 20) return
    found.push(one)
    const { cause, errors } = one as Coded
    visit(cause)
    for (const other of Array.isArray(errors) ? errors : []) visit(other)
  }
  visit(error)
  return found
}

/** What is known of a connection. */
export type LinkState = {
  readonly tls: boolean
  readonly user?: string
  /** Whether the broker has ever answered. */
  readonly hasWorked: boolean
}

export type LinkFailure = {
  readonly failure: Failure
  /** Whether the broker gave an answer that cannot be read: then nothing that follows on its connection can be relied on. */
  readonly isUnreadable: boolean
}

/**
 * The Failure for an error of a connection to `address`. It is retryable where the broker may be reached later with the same
 * options.
 */
export function linkFailure(error: unknown, address: string, how: LinkState): LinkFailure {
  const known = error instanceof Failure ? error : knownFailure(error, address, how)
  if (known !== undefined) return { failure: known, isUnreadable: false }
  const words = causesOf(error).at(-1)?.message ?? String(error)
  const failure = new Failure('io', `the Kafka broker at ${address} gave an answer that cannot be read: ${words}`, {
    hint: 'Is it a Kafka broker?',
    retryable: true,
    cause: error,
  })
  return { failure, isUnreadable: true }
}

/** undefined: the answer cannot be read. */
function knownFailure(error: unknown, address: string, how: LinkState): Failure | undefined {
  const causes = causesOf(error)
  const has = (test: (text: string) => boolean): boolean => causes.some(({ message }) => test(message))
  const code = causes.map((one) => one.code).findLast((one) => typeof one === 'string' && !one.startsWith('PLT_'))
  const lost = (words: string, hint?: string) =>
    new Failure('io', `the Kafka broker at ${address} ${words}`, { hint, retryable: true, cause: error })
  const refused = (words: string, hint: string) =>
    new Failure('denied', `the Kafka broker at ${address} ${words}`, { hint, cause: error })

  if (has((text) => text.includes('SASL authentication failed'))) {
    return refused(
      `refuses user ${how.user ?? ''}: the name or the password is wrong`,
      'See `sasl` in the pipeline file, beside the brokers.',
    )
  }
  if (has((text) => text.includes('suitable SASL mechanism'))) {
    return refused('does not offer the SASL mechanism that the pipeline file names', 'See `mechanism` under `sasl`.')
  }
  if (typeof code === 'string' && CERTIFICATE.test(code)) {
    return refused(
      `has a certificate that is not trusted (${code})`,
      'Name the certificate that signed it: `ca` under `tls`, beside the brokers.',
    )
  }
  if (has((text) => text.includes('Broker requires TLS'))) {
    return refused(
      'speaks TLS on this port',
      'Write `tls: true` beside the brokers in the pipeline file, or name the port that has no TLS.',
    )
  }
  const isNoTls = code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG'
  if (isNoTls || has((text) => text.includes('verify the broker supports TLS'))) {
    return lost('does not speak TLS on this port', 'Name its TLS port, or leave out `tls`.')
  }
  switch (code) {
    case 'ECONNREFUSED':
      return lost('does not listen', 'Does it run, and is this its port?')
    case 'ENOTFOUND':
      return new Failure('not-found', `the Kafka broker at ${address} cannot be found: its name is not known`, {
        hint: 'Is the name right? See `bus` in the pipeline file.',
        retryable: true,
        cause: error,
      })
    case 'EAI_AGAIN':
      return lost('cannot be found: the name server does not answer', 'Is the name right, and the network up?')
    case 'ECONNRESET':
    case 'EPIPE':
      return lost('broke the connection')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return lost(`cannot be reached (${code})`)
  }
  if (has((text) => /timed out/i.test(text))) return lost('does not answer')
  if (has((text) => /closed/i.test(text))) {
    if (how.hasWorked) return lost('closed the connection')
    return lost('closed the connection', closedHint(how))
  }
  return undefined
}

/** What a broker may miss that closes each connection without a word. */
function closedHint({ tls, user }: LinkState): string {
  if (user === undefined) {
    const alone = tls ? 'If it does not speak TLS, leave out `tls`.' : 'If it speaks TLS, write `tls`.'
    return `If it wants a password, write \`sasl\` under the bus. ${alone}`
  }
  return tls ? 'Is it a port for TLS? If not, leave out `tls`.' : 'If it speaks TLS, write `tls` under the bus.'
}
