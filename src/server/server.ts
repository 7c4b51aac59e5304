/**
 * The HTTP server of `run --listen`: how the pipeline stands, for probes, Prometheus and scripts. Each file in `routes/` serves
 * one address. It only answers from what the run knows, and a run that ends closes it last.
 *
 * Everything that comes from outside is limited: the head of a request, its body, its time, and the number of connections.
 * Answers have no stack traces. Fastify is loaded here, when `--listen` asks for it.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Failure } from '../base/failure.ts'
import type { ServedRun } from '../run/served/served-run.ts'
import { RequestError } from '../source/request-error.ts'
import { type Address, listen } from '../source/tcp-listen.ts'
import { type Access, checkAccess } from './access.ts'
import { servePage } from './page/serve-page.ts'
import { routes } from './routes/all.ts'
import type { RouteContext } from './routes/route.ts'
import { serveRoute } from './serve-route.ts'
import { openStatusFeed } from './status-feed.ts'

const MAX_HEAD_BYTES = 16 << 10
const MAX_BODY_BYTES = 64 << 10
const MAX_CONNECTIONS = 64
const HEAD_MS = 5000
const REQUEST_MS = 10_000
/** How often connections that take too long are searched for. */
const CHECK_MS = 1000
/** Prometheus keeps its connection from one scrape to the next only where they are close together. */
const KEEP_ALIVE_MS = 30_000

export type ServerOptions = {
  readonly address: Address
  readonly access: Access
  /** The version of the program. */
  readonly version: string
  warn(message: string): void
  /** Called with the address that it listens on: `http://127.0.0.1:7070`. */
  listens(address: string): void
}

/** Serves a run until it is disposed of. Rejects with a Failure where the address cannot be listened on. */
export async function openServer(run: ServedRun, options: ServerOptions): Promise<AsyncDisposable> {
  const { address, access, version, warn } = options
  const context: RouteContext = { run, version, feed: openStatusFeed(run), access }
  const closing = new AbortController()
  const app = await makeApp(context, closing.signal)
  await app.ready()
  app.server.maxConnections = MAX_CONNECTIONS
  try {
    const got = await listen(app.server, address, '--listen')
    if (got.isPublic) warn(publicWarning(got.address, access))
    options.listens(`http://${got.address}`)
  } catch (error) {
    await app.close()
    throw error
  }
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await app.close()
    },
  }
}

const publicWarning = (address: string, { token }: Access): string =>
  token === undefined
    ? `--insecure: ${address} tells everyone who can reach it how this pipeline stands, and asks for no token`
    : `${address} answers every request that has the token; nothing is encrypted`

async function makeApp(context: RouteContext, closing: AbortSignal): Promise<FastifyInstance> {
  const { fastify } = await import('fastify')
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    http: { maxHeaderSize: MAX_HEAD_BYTES, headersTimeout: HEAD_MS, connectionsCheckingInterval: CHECK_MS },
    // An address that cannot be decoded is answered as any other mistake.
    frameworkErrors: (error, _, reply: FastifyReply) => void reply.code(error.statusCode ?? 400).send(said(error)),
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const { isOpen = false } = request.routeOptions.config as { readonly isOpen?: boolean }
    checkAccess(request.headers, context.access, isOpen)
  })
  app.setErrorHandler((error, _, reply) => {
    if (error instanceof RequestError) return reply.code(error.status).headers(error.headers).send(said(error))
    if (error instanceof Failure) return reply.code(503).send(said(error))
    const { statusCode = 500 } = error as { readonly statusCode?: number }
    // What a person has to report is in words; where it was in the code stays here.
    const text = statusCode < 500 ? (error as Error).message : `a bug in tailrace: ${String(error)}`
    return reply.code(statusCode).send({ error: text })
  })
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `there is no ${request.method} ${request.url.split('?')[0]} here: ${offered()}` }),
  )
  for (const route of routes) serveRoute(app, route, context, closing)
  servePage(app)
  return app
}

const said = ({ message }: Error) => ({ error: message })
const offered = (): string => routes.map(({ path }) => path).join(', ')
