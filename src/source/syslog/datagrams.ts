/**
 * Syslog over UDP (RFC 5426): one datagram, one message. Nobody hears of a datagram that is lost, so what can be known of it is said:
 * how many the system has dropped, and how many came while records could not be taken.
 */
import type { Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { type Clock, every } from '../../base/clock.ts'
import { byteText } from '../../base/units.ts'
import type { Records } from '../../record/column.ts'
import { makeRecords } from '../../record/lines-split.ts'
import type { PacedWarnings } from '../network/warnings.ts'
import { type Obstacle, obstaclesTo } from '../obstacle.ts'
import { type Address, isLoopback, listenFailure } from '../tcp-listen.ts'
import { addMessage } from './frames.ts'
import { systemDrops } from './udp-drops.ts'

const LOOK_MS = 10_000

export type DatagramsOptions = {
  /** The source, for messages. */
  readonly name: string
  readonly clock: Clock
  readonly warnings: PacedWarnings
  warn(message: string): void
  /** Bytes that the system is asked to keep for the socket. */
  readonly receiveBuffer: number
  /** The most bytes of a message, and what a longer one is, in words. */
  readonly longest: { readonly bytes: number; readonly tooLong: string }
  /** Takes a message, which is valid for this call. False: there is no room. */
  take(message: Records): boolean
}

/** A socket that takes datagrams. */
export class Datagrams {
  readonly #options: DatagramsOptions
  readonly #socket: Socket
  readonly #port: number
  #unread = 0
  #drops = 0
  readonly address: string
  readonly isPublic: boolean

  private constructor(socket: Socket, options: DatagramsOptions) {
    this.#options = options
    this.#socket = socket
    const { address, port } = socket.address()
    this.#port = port
    this.address = `${isIPv6(address) ? `[${address}]` : address}:${port}`
    this.isPublic = !isLoopback(address)
    socket.on('message', (message, { address, port }) => this.#take(message, `${address}:${port}`))
    socket.on('error', (error) => options.warnings.say('udp', `UDP ${this.address}: ${error.message}`))
  }

  /** Listens on an address. Rejects with a Failure. */
  static async listen(at: Address, options: DatagramsOptions): Promise<Datagrams> {
    return new Datagrams(await bind(at, `source ${options.name}`, options.receiveBuffer), options)
  }

  /** Looks for drops, again and again until it is disposed of, and then once more. */
  begin(): AsyncDisposable {
    const looks = every(this.#options.clock, LOOK_MS, () => void this.tellDrops())
    return {
      [Symbol.asyncDispose]: async () => {
        await looks[Symbol.asyncDispose]()
        await this.tellDrops()
      },
    }
  }

  /** Warns of the datagrams that were dropped since the last look. */
  async tellDrops(): Promise<void> {
    const { warn, receiveBuffer } = this.#options
    if (this.#unread > 0) {
      warn(`${this.#unread} datagrams to ${this.address} were dropped, as the topic took no more records`)
      this.#unread = 0
    }
    const drops = await systemDrops(this.#port)
    if (drops === undefined || drops <= this.#drops) return
    const more = drops - this.#drops
    this.#drops = drops
    const message = `the system has dropped ${more} datagrams to ${this.address}, which came faster than they were read`
    const hint = `raise receive_buffer (${byteText(receiveBuffer)}) and net.core.rmem_max, or have it sent over TCP`
    warn(`${message}: ${hint}`)
  }

  async close(): Promise<void> {
    await new Promise<void>((closed) => this.#socket.close(closed))
  }

  #take(message: Uint8Array, from: string): void {
    const { longest, warnings, take } = this.#options
    const one = makeRecords(1)
    one.bytes = message
    addMessage(one, 0, message.length)
    if (one.count === 0) return
    if ((one.end[0] as number) > longest.bytes) {
      warnings.say('long', `a message from ${from} is left out: it is ${longest.tooLong}`)
    } else if (!take(one)) this.#unread++
  }
}

/** Why a run could not take datagrams at an address now: it is tried, and the address given back at once. */
export const whyNoDatagrams = (at: Address): Promise<readonly Obstacle[]> =>
  obstaclesTo(async (who) => {
    const socket = await bind(at, who, 0)
    socket.close()
  })

async function bind({ host, port }: Address, who: string, receiveBuffer: number): Promise<Socket> {
  const { createSocket } = process.getBuiltinModule('node:dgram')
  const socket = createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    ...(receiveBuffer > 0 && { recvBufferSize: receiveBuffer }),
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      reject(listenFailure(error, { host, port }, who))
    })
    socket.bind(port, host, () => {
      socket.removeAllListeners('error')
      resolve()
    })
  })
  return socket
}
