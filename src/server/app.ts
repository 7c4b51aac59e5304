/**
 * The addresses of the server, in fastify: access, limits of bodies, errors, and headers that every answer has. It is loaded when
 * the first request comes, as loading it takes longer than the rest of a start.
 *
 * Errors have no stack traces, and show no value that the pipeline file takes from the environment.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { RequestError } from '../source/request-error.ts'
import { checkAccess } from './access/access.ts'
import { refuseHosts } from './access/origin.ts'
import { errorAnswer } from './error-answer.ts'
import { servePage } from './page/serve-page.ts'
import { routes } from './routes/all.ts'
import type { Route } from './routes/route.ts'
import { askedBy, type Serving, serveRoute } from './serve-route.ts'

const MAX_BODY_BYTES = 64 << 10
/** Of one part of a path: names of topics have 249 characters. */
const MAX_PARAMETER_CHARACTERS = 1024

/** The page takes code, styles and data from this server alone, and nobody else may show it in a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join('; ')

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** For half a year, a browser asks this host by TLS alone. */
const ENCRYPTED = { 'strict-transport-security': 'max-age=15768000' }

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

type RouteConfig = { readonly isOpen?: boolean; readonly isPage?: boolean }

/** The handler of the requests of a server. */
export async function openApp(server: Server, serving: Serving): Promise<RequestHandler> {
  const { access, run } = serving.context
  const headers = access.isEncrypted ? { ...HEADERS, ...ENCRYPTED } : HEADERS
  const sendError = (error: unknown, reply: FastifyReply) => {
    const answer = errorAnswer(error, run.mask)
    return reply.code(answer.status).headers(answer.headers).send(answer.body)
  }
  let handle: RequestHandler | undefined
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    // Requests come from a server that listens already, and answers by itself what is no request.
    serverFactory(handler) {
      handle = handler
      return server
    },
    clientErrorHandler() {},
    // An address that cannot be decoded is answered as any other mistake.
    frameworkErrors: (error, _, reply: FastifyReply) => void sendError(error, reply.headers(headers)),
  })
  // What a form in a page of another site can send is no JSON.
  app.removeContentTypeParser('text/plain')
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    const { isOpen = false, isPage = false } = request.routeOptions.config as RouteConfig
    refuseHosts(request.raw.rawHeaders)
    checkAccess(askedBy(request), access, { isOpen, isPage })
    if (request.is404) refuseUnknown(request)
  })
  app.setErrorHandler((error, _, reply) => sendError(error, reply))
  for (const route of routes) serveRoute(app, route, serving)
  servePage(app)
  await app.ready()
  if (handle === undefined) throw new Error('fastify did not ask for a server')
  return handle
}

/** Throws a RequestError that says what there is instead. A body is not looked at. */
function refuseUnknown({ method, url }: FastifyRequest): never {
  const [path = ''] = url.split('?')
  const allow = methodsOf(path).join(', ')
  if (allow === '') throw new RequestError(404, `there is no ${path} here; ${WHAT_THERE_IS}`)
  throw new RequestError(405, `${path} takes ${allow}, not ${method}`, { allow })
}

/** The methods that a path takes; none: there is no such path. */
function methodsOf(path: string): readonly string[] {
  const found = routes.filter((route) => formOf(route).test(path))
  return [...new Set(found.flatMap(({ method }) => (method === 'GET' ? [method, 'HEAD'] : [method])))]
}

const formOf = (route: Route): RegExp =>
  new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)

const WHAT_THERE_IS = '/api/v1/openapi.json lists what there is'
