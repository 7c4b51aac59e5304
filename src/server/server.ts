/**
 * The HTTP server of `run`: the dashboard, and the API under it: how the pipeline stands, for people, probes, Prometheus and scripts.
 * Each file in `routes/` serves one address. A run that ends closes it last.
 *
 * Everything that comes from outside is limited: the head of a request, its body, its time, how often an address asks, and the
 * number of connections. The server listens from the start of the run on, and loads what answers when it is asked first.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ServedRun } from '../run/served/served-run.ts'
import { type Address, listen } from '../source/tcp-listen.ts'
import { type AccessOptions, openAccess } from './access/access.ts'
import type { RouteContext } from './routes/route.ts'
import { openStatusFeed } from './status-feed.ts'
import { openStreams } from './stream/streams.ts'
import { openTls, type ServerTlsFiles } from './tls.ts'

/** Room for what a list of many partitions goes on behind. */
const MAX_HEAD_BYTES = 32 << 10
/** Room for as many streams of events as may be open, and for as many requests beside them. */
const MAX_CONNECTIONS = 512
const HEAD_MS = 5000
const REQUEST_MS = 10_000
/** How often connections that take too long are searched for. */
const CHECK_MS = 1000
/** Prometheus keeps its connection from one scrape to the next only where they are close together. */
const KEEP_ALIVE_MS = 30_000
/** What is still being answered when the server closes has this long. */
const CLOSE_MS = 1000

export type ServerOptions = {
  readonly address: Address
  readonly access: Omit<AccessOptions, 'isEncrypted'>
  /** Given, the server speaks TLS. */
  readonly tls: ServerTlsFiles | undefined
  /** The option that named the address, for messages. */
  readonly who: string
  /** The version of the program. */
  readonly version: string
  warn(message: string): void
  /** Called with the address that it listens on: `http://127.0.0.1:7070`. */
  listens(address: string): void
}

/** Serves a run until it is disposed of. Rejects with a Failure where the address cannot be listened on. */
export async function openServer(run: ServedRun, options: ServerOptions): Promise<AsyncDisposable> {
  const { address, version, warn, who } = options
  const access = openAccess(run.clock, { ...options.access, isEncrypted: options.tls !== undefined })
  await using opening = new AsyncDisposableStack()
  const streams = opening.use(openStreams(run.clock))
  const closing = new AbortController()
  const feed = openStatusFeed(run, closing.signal)
  const context: RouteContext = { run, version, feed, access, warn }
  const { server, scheme } = await makeServer(options, run, opening)
  const load = once(async () =>
    (await import('./app.ts')).openApp(server, { context, streams, closing: closing.signal }),
  )
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    load().then(
      (handle) => handle(request, response),
      (error: unknown) => refuseAll(error, response, warn),
    )
  })
  server.on('clientError', refuseNonsense)
  server.maxConnections = MAX_CONNECTIONS
  const got = await listen(server, address, who)
  if (got.isPublic) warnOfOthers(got.address, options)
  options.listens(`${scheme}://${got.address}`)
  opening.defer(async () => {
    closing.abort()
    await closed(server)
  })
  return opening.move()
}

const LIMITS = {
  maxHeaderSize: MAX_HEAD_BYTES,
  headersTimeout: HEAD_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: CHECK_MS,
}

async function makeServer({ tls, warn }: ServerOptions, { clock }: ServedRun, opening: AsyncDisposableStack) {
  if (tls === undefined) {
    const { createServer } = process.getBuiltinModule('node:http')
    return { server: createServer(LIMITS), scheme: 'http' }
  }
  const files = await openTls(tls, clock, warn)
  const { createServer } = process.getBuiltinModule('node:https')
  const server = createServer({ ...LIMITS, ...files.first })
  opening.use(files.watch((changed) => server.setSecureContext(changed)))
  return { server: server as Server, scheme: 'https' }
}

function warnOfOthers(address: string, { access: { token }, tls, warn }: ServerOptions): void {
  if (token === undefined) {
    warn(
      `--insecure: ${address} lets everyone who can reach it see this pipeline and its data, and steer it: it asks for no token`,
    )
  }
  if (tls === undefined)
    warn(
      `${address} is not encrypted: who is on the way can read the data${token === undefined ? '' : ', and the token'}`,
    )
}

/** Does the work at the first call; a later one gets the same result. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let doing: Promise<Result> | undefined
  return () => (doing ??= work())
}

function refuseAll(error: unknown, response: ServerResponse, warn: (message: string) => void): void {
  warn(`a bug in tailrace: the server cannot answer: ${String(error)}`)
  response
    .writeHead(500, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: 'the server cannot answer' }))
}

const NONSENSE: { readonly [code: string]: readonly [line: string, error: string] } = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    `the head of a request has ${MAX_HEAD_BYTES} bytes at most`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    `the head of a request has to be there within ${HEAD_MS / 1000} s, all of it within ${REQUEST_MS / 1000} s`,
  ],
}

/** Answers what is no request, too large, or too slow, and ends its connection. */
function refuseNonsense({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy()
  const [line, error] = NONSENSE[code] ?? ['400 Bad Request', 'this is no HTTP request']
  const body = JSON.stringify({ error })
  const head = `HTTP/1.1 ${line}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}

/** Resolves when nobody is connected any more: idle connections end at once, all others soon. */
async function closed(server: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  await ended
  clearTimeout(timer)
}
