/**
 * What goes wrong between this process and a cluster, in words. Errors of the driver are known by their names and by the codes
 * of Cassandra's protocol: https://cassandra.apache.org/doc/latest/cassandra/reference/native-protocol.html, section 9.
 */
import { Failure, type FailureCode } from '../../base/failure.ts'

/** What was being done, as in "write to logspace.results", and of which cluster. */
export type Asking = { readonly what: string; readonly server: string }

type DriverError = Error & {
  readonly code?: unknown
  readonly innerErrors?: Readonly<Record<string, unknown>>
  readonly isSocketError?: boolean
}

/** Longest text of a server that a message repeats. */
const QUOTED_LENGTH = 300

const BAD_CREDENTIALS = 0x0100
const SYNTAX = 0x2000
const UNAUTHORIZED = 0x2100
const INVALID = 0x2200
const UNPREPARED = 0x2500

/** Why the server will never take this write; undefined: it is another error. It may also be that its table was changed. */
export function refusedReason(error: unknown): string | undefined {
  const { name, code, message } = error as DriverError
  return name === 'ResponseError' && code === INVALID ? message.slice(0, QUOTED_LENGTH) : undefined
}

/** Whether a prepared statement fits its table no longer, or no node knows it. */
export const isStale = (error: unknown): boolean => causesOf(error).some(({ code }) => code === UNPREPARED)

/** The Failure for an error of the driver; other errors are returned as they are. */
export function clusterFailure({ what, server }: Asking, error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  const causes = causesOf(error)
  const inner = causes.at(-1) ?? error
  const rule = RULES.find(({ when }) => causes.some(when))
  if (rule === undefined && !isOfDriver(error) && !causes.some(isOfNetwork)) return error
  const words = rule?.words?.(inner) ?? firstLine(inner.message)
  const message = `cannot ${what}: ${words} (${server})`
  return new Failure(rule?.code ?? 'io', message, {
    hint: rule?.hint,
    retryable: rule?.isPassing ?? true,
    cause: error,
  })
}

type Rule = {
  readonly when: (error: DriverError) => boolean
  readonly code: FailureCode
  readonly isPassing: boolean
  readonly words?: (error: DriverError) => string
  readonly hint?: string
}

const NEXT = 'Is a node up, and is this its port for clients (native_transport_port)?'
const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_\w+|HOSTNAME_MISMATCH)$/

const RULES: readonly Rule[] = [
  {
    when: ({ name, code, message }) =>
      code === BAD_CREDENTIALS || (name === 'AuthenticationError' && !/requires authentication/.test(message)),
    code: 'denied',
    isPassing: false,
    words: () => 'the name or the password is wrong',
    hint: 'See `username` and `password`.',
  },
  {
    when: ({ message }) => /requires authentication/.test(message),
    code: 'denied',
    isPassing: false,
    words: () => 'the cluster wants a user and a password',
    hint: 'Write `username` and `password`.',
  },
  {
    when: ({ code }) => code === UNAUTHORIZED,
    code: 'denied',
    isPassing: false,
    hint: 'Let the user do that (GRANT … ON KEYSPACE …), or name another one.',
  },
  {
    when: ({ code }) => typeof code === 'string' && CERTIFICATE.test(code),
    code: 'denied',
    isPassing: false,
    words: ({ code }) => `the certificate of the node is not trusted (${code})`,
    hint: 'Name the certificate that signed it: `ca` under `tls`.',
  },
  {
    when: ({ code }) => typeof code === 'string' && /^ERR_SSL_(WRONG_VERSION|PACKET_LENGTH)/.test(code),
    code: 'io',
    isPassing: true,
    words: () => 'the node does not speak TLS on this port',
    hint: 'Leave out `tls`, or name its TLS port.',
  },
  {
    when: ({ code }) => typeof code === 'string' && /^ERR_SSL_\w*ALERT|EPROTO/.test(code),
    code: 'denied',
    isPassing: false,
    words: () => 'the node takes no TLS from this client',
    hint: 'If it wants a certificate of its clients, name `cert` and `key` under `tls`.',
  },
  {
    when: ({ name, message }) => name === 'ArgumentError' && /[lL]ocalData[cC]enter|data centers?/.test(message),
    code: 'pipeline',
    isPassing: false,
    words: ({ message }) => firstLine(message),
    hint: 'Name the data centre in `local_datacenter`; `nodetool status` shows it.',
  },
  {
    when: ({ code }) => code === 'ECONNREFUSED',
    code: 'io',
    isPassing: true,
    words: () => 'no node listens',
    hint: NEXT,
  },
  {
    when: ({ code }) => code === 'ENOTFOUND',
    code: 'not-found',
    isPassing: true,
    words: () => 'the name of the contact point is not known',
    hint: 'Is the name right? See `contact_points`.',
  },
  {
    when: ({ code }) => code === 'ECONNRESET' || code === 'EPIPE',
    code: 'io',
    isPassing: true,
    words: () => 'the connection broke',
    hint: 'If the node speaks TLS alone, write `tls`.',
  },
  {
    when: ({ code }) => code === UNPREPARED,
    code: 'io',
    isPassing: true,
    words: () => 'the table was changed, or a node knows it no longer',
  },
  { when: ({ code }) => code === SYNTAX || code === INVALID, code: 'pipeline', isPassing: false },
  {
    when: ({ name }) => name === 'OperationTimedOutError',
    code: 'io',
    isPassing: true,
    words: () => 'no answer in time',
    hint: 'A node is slow or hangs; `timeout` says how long it is waited for.',
  },
]

/** The error, and those by which the driver explains it: one for each node that it asked. */
function causesOf(error: unknown): readonly DriverError[] {
  if (!(error instanceof Error)) return []
  const { innerErrors = {} } = error as DriverError
  return [error as DriverError, ...Object.values(innerErrors).flatMap(causesOf)]
}

const NAMES = /^(NoHostAvailable|Response|Authentication|OperationTimedOut|BusyConnection|Driver|DriverInternal)Error$/

const isOfDriver = ({ name, isSocketError }: DriverError): boolean => NAMES.test(name) || isSocketError === true
const isOfNetwork = ({ code }: DriverError): boolean =>
  typeof code === 'string' && /^(E[A-Z]+|ERR_(SSL|TLS)_.*)$/.test(code)

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, QUOTED_LENGTH)
