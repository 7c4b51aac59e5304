/**
 * A connection to one broker, made on demand and made again after it broke. Every error of it is a Failure in words.
 *
 * A broker answers the requests of a connection one after the other. So a request that waits, such as a fetch at the end of
 * a partition, has a link of its own.
 */
import { isIP } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { Connection, type SASLOptions } from '@platformatic/kafka'
import { Failure } from '../../base/failure.ts'
import { addressText, type BrokerAddress } from './address.ts'
import { LATE, type LastAnswers } from './last-answers.ts'
import { type LinkFailure, linkFailure } from './link-failure.ts'

/** The most bytes of an answer. A fetch may be larger than what was asked for by one batch only. */
const MAX_ANSWER_BYTES = 256 << 20
/** A broker that does not answer a request within this time is taken to be gone. */
const REQUEST_TIMEOUT_MS = 20_000
const CONNECT_TIMEOUT_MS = 10_000

export type LinkOptions = {
  readonly clientId: string
  readonly tls?: TlsOptions | undefined
  readonly sasl?: SASLOptions | undefined
  readonly requestTimeoutMs?: number | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly maxAnswerBytes?: number | undefined
  /** How long answers are waited for near the end; without it, as long as ever. */
  readonly lastAnswers?: LastAnswers | undefined
}

export type Link = {
  readonly address: BrokerAddress
  /**
   * Makes a request of the connection. Rejects with a Failure; a broker's error code is no failure here, but part of the
   * answer.
   */
  use<Answer>(request: (connection: Connection) => Promise<Answer>): Promise<Answer>
  close(): void
}

type Open = { readonly connection: Connection; received: number }

/** A link to the broker at an address; it connects with the first request. */
export function openLink(address: BrokerAddress, options: LinkOptions): Link {
  const { sasl, tls } = options
  const user = typeof sasl?.username === 'string' ? { user: sasl.username } : {}
  const failureOf = (error: unknown): LinkFailure =>
    linkFailure(error, addressText(address), { tls: tls !== undefined, hasWorked, ...user })
  let opening: Promise<Open> | undefined
  let isClosed = false
  let hasWorked = false
  const openOnce = (): Promise<Open> => {
    if (opening !== undefined) return opening
    const forget = () => {
      if (opening === attempt) opening = undefined
    }
    const attempt = connectTo(address, options, forget)
    opening = attempt
    attempt.catch(forget)
    return attempt
  }
  return {
    address,
    async use(request) {
      if (isClosed) throw new Failure('io', 'the connection to Kafka is closed', { retryable: true })
      let open: Open | undefined
      const opened = openOnce()
      try {
        open = await opened
        if (isClosed) open.connection.socket.destroy()
        const answer = await inTime(address, options, answerOf(request(open.connection)))
        open.received = 0
        hasWorked = true
        return answer
      } catch (error) {
        const { failure, isUnreadable } = failureOf(error)
        // What is asked next would wait behind a request that is given up.
        if (open !== undefined && (isUnreadable || error === LATE)) {
          if (opening === opened) opening = undefined
          open.connection.socket.destroy()
        }
        throw failure
      }
    },
    close() {
      isClosed = true
      opening?.then(
        ({ connection }) => connection.socket.destroy(),
        () => {},
      )
    },
  }
}

/** Connects and logs in; `forget` is called when the connection is of no use any more. */
async function connectTo(address: BrokerAddress, options: LinkOptions, forget: () => void): Promise<Open> {
  const { clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs, maxAnswerBytes = MAX_ANSWER_BYTES } = options
  const connection = new Connection(clientId, {
    connectTimeout: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    ...(tls === undefined ? {} : { tls, tlsServerName: tls.servername ?? isIP(address.host) === 0 }),
    ...(sasl === undefined ? {} : { sasl }),
  })
  connection.on('error', forget)
  connection.on('close', forget)
  try {
    await inTime(address, options, Promise.resolve(connection.connect(address.host, address.port)))
  } catch (error) {
    connection.socket.destroy()
    throw error
  }
  const open = { connection, received: 0 }
  connection.socket.on('data', (chunk: Buffer) => {
    open.received += chunk.length
    if (open.received <= maxAnswerBytes) return
    connection.socket.destroy(new Error(`it cannot be read: it has more than ${maxAnswerBytes} bytes`))
  })
  return open
}

const inTime = <Value>(address: BrokerAddress, { lastAnswers }: LinkOptions, awaited: Promise<Value>): Promise<Value> =>
  lastAnswers?.of(addressText(address), awaited) ?? awaited

/** The answer, also where the library throws it because it has an error code. */
async function answerOf<Answer>(answered: Promise<Answer>): Promise<Answer> {
  try {
    return await answered
  } catch (error) {
    const { response } = error as { readonly response?: Answer }
    if (response === undefined || response === null) throw error
    return response
  }
}
