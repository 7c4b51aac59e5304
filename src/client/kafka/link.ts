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
import { linkFailure } from './link-failure.ts'

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
}

export type Address = { readonly host: string; readonly port: number }

/** `host:port`, as brokers are named. */
export const addressText = ({ host, port }: Address): string => `${host}:${port}`

/** The address in a text; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const found = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  return host === undefined || port < 1 || port > 65535 ? undefined : { host, port }
}

export type Link = {
  readonly address: Address
  /**
   * Makes a request of the connection. Rejects with a Failure; a broker's error code is no failure here, but part of the
   * answer.
   */
  use<Answer>(request: (connection: Connection) => Promise<Answer>): Promise<Answer>
  close(): void
}

type Open = { readonly connection: Connection; received: number }

/** A link to the broker at an address; it connects with the first request. */
export function openLink(address: Address, options: LinkOptions): Link {
  let opening: Promise<Open> | undefined
  let isClosed = false
  const failureOf = (error: unknown): Failure =>
    linkFailure(error, addressText(address), {
      tls: options.tls !== undefined,
      ...(typeof options.sasl?.username === 'string' ? { user: options.sasl.username } : {}),
    })
  const connect = async (): Promise<Open> => {
    const connection = new Connection(options.clientId, {
      connectTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      ...(options.tls === undefined ? {} : { tls: options.tls, tlsServerName: options.tls.servername ?? isIP(address.host) === 0 }),
      ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    })
    const forget = () => {
      opening = undefined
    }
    connection.on('error', forget)
    connection.on('close', forget)
    try {
      await connection.connect(address.host, address.port)
    } catch (error) {
      connection.socket.destroy()
      throw error
    }
    const open = { connection, received: 0 }
    connection.socket.on('data', (chunk: Buffer) => {
      open.received += chunk.length
      if (open.received > MAX_ANSWER_BYTES) {
        connection.socket.destroy(new Error(`it is longer than ${MAX_ANSWER_BYTES} bytes`))
      }
    })
    return open
  }
  const openOnce = (): Promise<Open> => {
    if (opening !== undefined) return opening
    const attempt = connect()
    opening = attempt
    attempt.catch(() => {
      if (opening === attempt) opening = undefined
    })
    return attempt
  }
  return {
    address,
    async use(request) {
      if (isClosed) throw new Failure('io', 'the connection to Kafka is closed', { retryable: true })
      let open: Open | undefined
      try {
        open = await openOnce()
        if (isClosed) open.connection.socket.destroy()
        const answer = await answerOf(request(open.connection))
        open.received = 0
        return answer
      } catch (error) {
        const failure = failureOf(error)
        // After an answer that cannot be read nothing on this connection can be relied on.
        if (open !== undefined && failure.message.includes('cannot be read')) open.connection.socket.destroy()
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
