/**
 * Connections of peers, over TCP or TLS, to one or more addresses: how many, how long, and what happens at their limits.
 *
 * Where `maxConnections` are open, a new peer takes the place of the one that has sent nothing whole for longest, if that is
 * longer than `SILENT_MS`. A peer that begins something and does not end it within `timeout` is closed, so one that sends a byte a
 * minute does not hold memory. While sockets are not read, no time passes for them.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { type Clock, every, slept } from '../../base/clock.ts'
import { oneLine } from '../../base/one-line.ts'
import type { Duration } from '../../base/quantity.ts'
import { durationText, roundSpan } from '../../base/units.ts'
import { foreignProtocol, LONGEST_HEAD } from '../foreign-protocol.ts'
import { type Address, listen } from '../tcp-listen.ts'
import type { PacedWarnings } from './warnings.ts'

/** After this silence, the system asks a peer whether it is still there. */
const KEEPALIVE_MS = 60_000
const SILENT_MS = 5 * 60_000
/** How long a peer may take to read its answers when the run ends. */
const CLOSE_MS = 2000
const LOOKS_IN_TIMEOUT = 4
const NEWLINE = 10

/** What is done with the bytes of one peer. */
export type PeerReader = {
  /** Takes bytes. True if something whole was among them. */
  data(chunk: Uint8Array): boolean
  /** The peer has sent all. Resolves when it has its answers: then the connection is closed. */
  end(): Promise<void>
  /** Whether something has begun that is not whole. */
  isPartial(): boolean
  /** The connection is gone. */
  closed?(): void
}

export type Peer = {
  /** Its address: "127.0.0.1:40112". */
  readonly name: string
  /** Sends bytes, unless it has gone. */
  send(bytes: Uint8Array): void
  /** Whether its socket is not read, besides that no socket may be. */
  hold(isHeld: boolean): void
  /** Closes the connection, with a warning: "it sent …". */
  refuse(why: string): void
}

export type PeersOptions = {
  /** The source, for messages. */
  readonly name: string
  readonly clock: Clock
  readonly warnings: PacedWarnings
  readonly maxConnections: number
  /** Absent: a peer may take any time for anything. */
  readonly timeout?: Duration | undefined
  /** What this port takes, for a person: "syslog messages". */
  readonly takes: string
  /** Makes the reader of a new peer. */
  accept(peer: Peer): PeerReader
  /** A connection is gone. */
  left(): void
}

type Connection = {
  readonly name: string
  /** What its bytes come from; under TLS, only once keys are agreed on. */
  socket: Socket
  reader: PeerReader | undefined
  /** When something whole came last, or what is not whole began, by `Clock.elapsed`. */
  wholeAt: Duration
  isHeld: boolean
  /** Whether what was sent to it waits in memory. */
  isClogged: boolean
  isRefused: boolean
  /** Its first bytes, while they may be of another protocol. */
  head: Uint8Array | undefined
}

/** The connections of a source. */
export class Peers {
  readonly #options: PeersOptions
  readonly #servers: Server[] = []
  readonly #connections = new Map<string, Connection>()
  #isPaused = false
  #isClosed = false

  constructor(options: PeersOptions) {
    this.#options = options
  }

  /** How many connections are open. */
  get count(): number {
    return this.#connections.size
  }

  /** Listens on one more address. Gives it in words, and whether other machines can reach it. Rejects with a Failure. */
  async listen(at: Address, tls?: TlsOptions): Promise<{ readonly address: string; readonly isPublic: boolean }> {
    // A peer that has sent all still waits for its answers.
    const halfOpen = { allowHalfOpen: true }
    const server =
      tls === undefined
        ? createServer(halfOpen)
        : process.getBuiltinModule('node:tls').createServer({ ...tls, ...halfOpen })
    const listening = await listen(server, at, `source ${this.#options.name}`)
    this.#servers.push(server)
    server.on('connection', (socket: Socket) => {
      const connection = this.#connected(socket)
      if (connection !== undefined && tls === undefined) this.#read(connection, socket)
    })
    server.on('secureConnection', (socket: Socket) => {
      const connection = this.#connections.get(nameOf(socket))
      if (connection === undefined) socket.destroy()
      else this.#read(connection, socket)
    })
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      const who = socket.remoteAddress === undefined ? 'a peer' : nameOf(socket)
      this.#options.warnings.say('tls', `${who} could not agree on TLS: ${oneLine(error.message)}`)
    })
    return listening
  }

  /** Closes peers that take too long for what they have begun, until it is disposed of. */
  begin(): AsyncDisposable {
    const { clock, timeout } = this.#options
    if (timeout === undefined) return { async [Symbol.asyncDispose]() {} }
    return every(clock, timeout / LOOKS_IN_TIMEOUT, () => this.#closeSlow(timeout))
  }

  /** Reads no socket until `resume`. */
  pause(): void {
    this.#isPaused = true
    // Under TLS a connection without a reader agrees on keys, which must go on.
    for (const { socket, reader } of this.#connections.values()) if (reader !== undefined) socket.pause()
  }

  resume(): void {
    if (this.#isClosed) return
    this.#isPaused = false
    for (const connection of this.#connections.values()) {
      connection.wholeAt = this.#options.clock.elapsed()
      this.#readOn(connection)
    }
  }

  #readOn({ socket, reader, isHeld, isClogged }: Connection): void {
    if (!this.#isPaused && !isHeld && !isClogged && reader !== undefined) socket.resume()
  }

  /** Takes no more connections, and reads none of those that are open. */
  stop(): void {
    this.#isClosed = true
    for (const server of this.#servers) server.close()
    this.pause()
  }

  /** Takes no more connections; those that are open are read. */
  closeServers(): void {
    for (const server of this.#servers) server.close()
  }

  /** Closes all connections once what was sent to them is out, or after `CLOSE_MS`: a peer may never read it. */
  async close(): Promise<void> {
    this.stop()
    const open = [...this.#connections.values()]
    const closed = new AbortController()
    const all = Promise.all(open.map(({ socket }) => new Promise((gone) => socket.once('close', gone))))
    for (const { socket } of open) socket.destroySoon()
    void all.then(() => closed.abort())
    if (open.length > 0) await slept(this.#options.clock, CLOSE_MS, closed.signal)
    for (const { socket } of open) socket.destroy()
  }

  #connected(socket: Socket): Connection | undefined {
    const { warnings, maxConnections, clock } = this.#options
    const name = nameOf(socket)
    if (this.#isClosed || (this.#connections.size >= maxConnections && !this.#makeRoom())) {
      warnings.say('connections', `a connection was refused: ${maxConnections} are open (max_connections)`)
      socket.on('error', () => {}).destroy()
      return undefined
    }
    const wholeAt = clock.elapsed()
    const flags = { isHeld: false, isClogged: false, isRefused: false }
    const connection: Connection = { name, socket, reader: undefined, wholeAt, ...flags, head: new Uint8Array(0) }
    this.#connections.set(name, connection)
    socket.setKeepAlive(true, KEEPALIVE_MS)
    // A TLS socket tells of the same error.
    socket.on('error', (error) => {
      if (connection.socket === socket) warnings.say('broke', `the connection from ${name} broke: ${error.message}`)
    })
    socket.on('close', () => this.#gone(connection))
    return connection
  }

  #gone(connection: Connection): void {
    const { name, reader } = connection
    if (this.#connections.get(name) === connection) this.#connections.delete(name)
    connection.reader = undefined
    reader?.closed?.()
    this.#options.left()
  }

  #read(connection: Connection, socket: Socket): void {
    const { warnings, clock, accept } = this.#options
    const { name } = connection
    const isPlain = connection.socket === socket
    connection.socket = socket
    const reader = accept({
      name,
      send: (bytes) => {
        if (!socket.writable || socket.write(bytes)) return
        // It does not read its answers, so it gets no more to answer.
        connection.isClogged = true
        socket.pause()
      },
      hold: (isHeld) => {
        connection.isHeld = isHeld
        if (isHeld) socket.pause()
        else this.#readOn(connection)
      },
      refuse: (why) => this.#refuse(connection, why),
    })
    connection.reader = reader
    if (!isPlain) {
      socket.on('error', (error) => warnings.say('broke', `the connection from ${name} broke: ${error.message}`))
      socket.on('close', () => this.#gone(connection))
    }
    socket.on('data', (chunk: Uint8Array) => {
      if (connection.isRefused || !this.#isOfPort(connection, chunk)) return
      const began = !reader.isPartial()
      if (reader.data(chunk) || began) connection.wholeAt = clock.elapsed()
    })
    socket.on('drain', () => {
      connection.isClogged = false
      this.#readOn(connection)
    })
    socket.on('end', () => {
      if (connection.isRefused) return
      reader.end().then(
        () => socket.end(),
        () => socket.destroy(),
      )
    })
    if (this.#isPaused) socket.pause()
  }

  /** Looks at the first line of a peer. One that speaks HTTP or TLS is not read: a page in a browser can post to any port. */
  #isOfPort(connection: Connection, chunk: Uint8Array): boolean {
    if (connection.head === undefined) return true
    const head = Buffer.concat([connection.head, chunk.subarray(0, LONGEST_HEAD + 1)])
    connection.head = head.includes(NEWLINE) || head.length > LONGEST_HEAD ? undefined : head
    const foreign = foreignProtocol(head)
    if (foreign === undefined) return true
    this.#refuse(connection, `it sent ${foreign}, and this port takes ${this.#options.takes}`)
    return false
  }

  #refuse(connection: Connection, why: string): void {
    if (connection.isRefused) return
    connection.isRefused = true
    this.#options.warnings.say('refused', `the connection from ${connection.name} was closed: ${why}`)
    connection.socket.destroySoon()
    connection.socket.resume()
  }

  /** Closes the connection that has sent nothing whole for longest, if it was for long enough. */
  #makeRoom(): boolean {
    const [first, ...others] = this.#connections.values()
    if (first === undefined || this.#isPaused) return false
    const silent = others.reduce((a, b) => (b.wholeAt < a.wholeAt ? b : a), first)
    const span = this.#options.clock.elapsed() - silent.wholeAt
    if (span < SILENT_MS) return false
    const limit = `${this.#options.maxConnections} are open (max_connections)`
    const message = `the connection from ${silent.name}, silent for ${roundSpan(span)}, was closed for a new one: ${limit}`
    this.#options.warnings.say('silent', message)
    this.#connections.delete(silent.name)
    silent.socket.destroy()
    return true
  }

  #closeSlow(timeout: Duration): void {
    if (this.#isPaused) return
    const now = this.#options.clock.elapsed()
    for (const connection of this.#connections.values()) {
      const { reader, wholeAt, isHeld, isClogged } = connection
      if (reader === undefined || isHeld || isClogged || !reader.isPartial() || now - wholeAt < timeout) continue
      this.#refuse(connection, `what it began was not whole after ${durationText(timeout)} (timeout)`)
    }
  }
}

const nameOf = ({ remoteAddress, remoteFamily, remotePort }: Socket): string =>
  remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
