/** Puts a route into the server: what a request brings is checked by what the route says of itself, and its answer is sent. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { RequestError } from '../source/request-error.ts'
import { type AskedBy, isTrusted } from './access/access.ts'
import { errorAnswer } from './error-answer.ts'
import type { AnswerContent, Route, RouteContext, RouteRequest, ServerEvent } from './routes/route.ts'
import { eventPieces } from './stream/event-text.ts'
import type { Streams } from './stream/streams.ts'

/** What all routes share. */
export type Serving = {
  readonly context: RouteContext
  readonly streams: Streams
  /** Aborted when the server closes. */
  readonly closing: AbortSignal
}

/** What is known of the one that asks. */
export const askedBy = ({ method, headers, raw: { socket } }: FastifyRequest): AskedBy => ({
  method,
  headers,
  peer: socket.remoteAddress ?? '',
  port: socket.localPort ?? 0,
})

/** Adds a route. */
export function serveRoute(app: FastifyInstance, route: Route, serving: Serving): void {
  const { context, streams, closing } = serving
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { isOpen: route.isOpen ?? false },
    async handler(request, reply) {
      const isEvents = route.answer.kind === 'events'
      if (isEvents) streams.refuseBeyond(true)
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const asked = { ...askedOf(route, request, context), signal: AbortSignal.any([gone.signal, closing]) }
      const handled = await route.handle(asked, context)
      if (isEvents) return sendEvents(reply, handled as AsyncIterable<ServerEvent>, serving)
      if (route.answer.kind === 'json' && !isContent(handled)) return reply.send(handled)
      return sendContent(reply, handled as AnswerContent, serving)
    },
  })
}

function askedOf(
  route: Route,
  request: FastifyRequest,
  { access }: RouteContext,
): Omit<RouteRequest<unknown, unknown, unknown>, 'signal'> {
  const { headers } = request
  const by = askedBy(request)
  refuseUnknownNames(route.query, request.query as Members)
  return {
    params: checked(route.params, request.params, 'path'),
    query: checked(route.query, request.query, 'query'),
    body: checked(route.body, request.body, 'body'),
    lastEventId: headers['last-event-id']?.toString(),
    accept: headers.accept ?? '',
    isTrusted: isTrusted(by, access),
    by,
  }
}

/** What a part of a request has in it. Throws a RequestError that says what is wrong with which member. */
function checked(form: z.ZodType | undefined, given: unknown, where: string): unknown {
  const result = form?.safeParse(given)
  if (result === undefined || result.success) return result?.data
  const [{ path, message } = { path: [], message: '' }] = result.error.issues
  const place = path.length === 0 ? where : `${where}: ${path.join('.')}`
  throw new RequestError(400, `${place}: ${wordsOf(valueAt(given, path), where) ?? message}`)
}

type Members = { readonly [name: string]: unknown }

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Members | undefined)?.[String(name)], given)

/** What is wrong with a value, where its form would speak of what it was made into, such as NaN; undefined: the form knows best. */
function wordsOf(value: unknown, where: string): string | undefined {
  if (value === undefined) return 'it is missing'
  return where === 'query' && Array.isArray(value) ? 'it is there more than once' : undefined
}

/** A parameter that is written wrongly would be passed over, and all be answered as if nobody had asked for less. */
function refuseUnknownNames(form: z.ZodType | undefined, given: Members): void {
  if (!(form instanceof z.ZodObject)) return
  const names = Object.keys(form.shape)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new RequestError(400, `query: there is no parameter "${unknown}"; there are: ${names.join(', ')}`)
}

const CONTENT = new Set(['status', 'type', 'fileName', 'headers', 'body'])

/** JSON may have members of these names, too, but not these alone. */
const isContent = (handled: unknown): handled is AnswerContent =>
  typeof handled === 'object' &&
  handled !== null &&
  'type' in handled &&
  'body' in handled &&
  Object.keys(handled).every((member) => CONTENT.has(member))

function sendContent(reply: FastifyReply, content: AnswerContent, { context, streams }: Serving): FastifyReply {
  const { status = 200, type, fileName, headers = {}, body } = content
  if (fileName !== undefined) {
    reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`)
  }
  const isText = type.startsWith('text/') && !type.includes('charset')
  reply.code(status).type(isText ? `${type}; charset=utf-8` : type)
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  if (typeof body === 'string') return reply.send(body)
  streams.refuseBeyond(false)
  sendPieces(reply, body, streams.send).catch((error: unknown) => {
    // Its length is not known before, so a client only sees from the missing end that something is missing.
    context.warn(`an answer broke off: ${errorAnswer(error, context.run.mask).body.error}`)
    reply.raw.destroy()
  })
  return reply
}

function sendEvents(reply: FastifyReply, events: AsyncIterable<ServerEvent>, { context, streams }: Serving) {
  reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no')
  const pieces = eventPieces(events, (error) => errorAnswer(error, context.run.mask).body)
  void sendPieces(reply, pieces, (response, all) => streams.send(response, all, true))
  return reply
}

type Send = (response: FastifyReply['raw'], pieces: AsyncIterable<Uint8Array | string>) => Promise<void>

/** The response is written to directly: fastify would put a stream between, for each answer. */
async function sendPieces(reply: FastifyReply, pieces: AsyncIterable<Uint8Array | string>, send: Send): Promise<void> {
  reply.hijack()
  const { raw, request, statusCode } = reply
  const headers = reply.getHeaders()
  raw.writeHead(statusCode, Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)))
  if (request.method !== 'HEAD') return await send(raw, pieces)
  raw.end()
  await pieces[Symbol.asyncIterator]().return?.()
}
