/** Puts a route into the server: what a request brings is checked by what the route says of itself, and its answer is sent. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type * as z from 'zod'
import { RequestError } from '../source/request-error.ts'
import { isTrusted } from './access.ts'
import type { AnswerContent, Route, RouteContext, RouteRequest, ServerEvent } from './routes/route.ts'

/** A comment is sent after this time without an event, so that proxies keep the connection and a lost client is noticed. */
const BEAT_MS = 15_000

/** Adds a route; `closing` is aborted when the server closes. */
export function serveRoute(app: FastifyInstance, route: Route, context: RouteContext, closing: AbortSignal): void {
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { isOpen: route.isOpen ?? false },
    async handler(request, reply) {
      const gone = new AbortController()
      // The request's own 'close' comes as soon as its body was read.
      reply.raw.once('close', () => gone.abort())
      const asked = askedOf(route, request, { context, signal: AbortSignal.any([gone.signal, closing]) })
      const handled = await route.handle(asked, context)
      if (route.answer.kind === 'events') return sendEvents(reply, handled as AsyncIterable<ServerEvent>)
      if (route.answer.kind === 'json' && !isContent(handled)) return reply.send(handled)
      return sendContent(reply, handled as AnswerContent)
    },
  })
}

type Around = { readonly context: RouteContext; readonly signal: AbortSignal }

function askedOf(
  route: Route,
  request: FastifyRequest,
  { context, signal }: Around,
): RouteRequest<unknown, unknown, unknown> {
  const { headers } = request
  return {
    params: checked(route.params, request.params, 'path'),
    query: checked(route.query, request.query, 'query'),
    body: checked(route.body, request.body, 'body'),
    lastEventId: headers['last-event-id']?.toString(),
    signal,
    accept: headers.accept ?? '',
    isTrusted: isTrusted(headers, context.access),
  }
}

/** What a part of a request has in it. Throws a RequestError that says what is wrong with which member. */
function checked(form: z.ZodType | undefined, given: unknown, where: string): unknown {
  const result = form?.safeParse(given)
  if (result === undefined || result.success) return result?.data
  const [issue] = result.error.issues
  const place = issue === undefined || issue.path.length === 0 ? where : `${where}: ${issue.path.join('.')}`
  throw new RequestError(400, `${place}: ${issue?.message}`)
}

const isContent = (handled: unknown): handled is AnswerContent =>
  typeof handled === 'object' && handled !== null && 'type' in handled && 'body' in handled

function sendContent(reply: FastifyReply, { status = 200, type, fileName, body }: AnswerContent): FastifyReply {
  if (fileName !== undefined) {
    reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`)
  }
  const isText = type.startsWith('text/') && !type.includes('charset')
  reply.code(status).type(isText ? `${type}; charset=utf-8` : type)
  return reply.send(typeof body === 'string' ? body : Readable.from(body, { objectMode: false }))
}

/** As the HTML standard has them: https://html.spec.whatwg.org/multipage/server-sent-events.html */
function sendEvents(reply: FastifyReply, all: AsyncIterable<ServerEvent>): FastifyReply {
  reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no')
  return reply.send(Readable.from(withBeats(all), { objectMode: false, highWaterMark: 64 << 10 }))
}

async function* withBeats(all: AsyncIterable<ServerEvent>): AsyncGenerator<string> {
  yield ': tailrace\n\n'
  const iterator = all[Symbol.asyncIterator]()
  try {
    let next = iterator.next()
    for (;;) {
      const got = await Promise.race([next, beat()])
      if (got === undefined) yield ':\n\n'
      else if (got.done === true) return
      else {
        yield eventText(got.value)
        next = iterator.next()
      }
    }
  } finally {
    await iterator.return?.()
  }
}

const beat = () => new Promise<undefined>((resolve) => setTimeout(resolve, BEAT_MS, undefined).unref())

/** JSON has no line breaks, so the data is one line. */
function eventText({ event, id, data }: ServerEvent): string {
  const place = id === undefined ? '' : `id: ${id}\n`
  return `event: ${event}\n${place}data: ${JSON.stringify(data)}\n\n`
}
