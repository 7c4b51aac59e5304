/**
 * One address of the server. It says of itself what it takes and what it answers: requests are checked by it, and the OpenAPI
 * document is made of it. A new one is a file beside this one, and a line in `all.ts`.
 */
import * as z from 'zod'
import type { ServedRun } from '../../run/served/served-run.ts'
import { RequestError } from '../../source/request-error.ts'
import type { Access, AskedBy } from '../access/access.ts'
import type { ServerEvent } from '../server-event.ts'
import type { StatusFeed } from '../status-feed.ts'

export type RouteContext = {
  readonly run: ServedRun
  /** The version of the program. */
  readonly version: string
  readonly feed: StatusFeed
  readonly access: Access
  /** Tells the person who runs the pipeline. */
  warn(message: string): void
}

/** What is checked of a request, and what a handler may need of it. */
export type RouteRequest<Params, Query, Body> = {
  /** The parts of the path that have a name: `{topic}`. */
  readonly params: Params
  /** What stands behind `?`. */
  readonly query: Query
  readonly body: Body
  /** The id of the last event that the client has seen of this address. */
  readonly lastEventId: string | undefined
  /** Aborted when nobody waits for the answer any more, and when the server closes. */
  readonly signal: AbortSignal
  /** What the client would take: the header `accept`. */
  readonly accept: string
  /** Whether it may be told everything: it has brought the token, or there is none. */
  readonly isTrusted: boolean
  readonly by: AskedBy
}

export type { ServerEvent }

/** An answer that is no JSON, or has another status than 200. Chunks are sent as fast as the client takes them. */
export type AnswerContent = {
  readonly status?: number
  readonly type: string
  /** The name under which a browser saves it. */
  readonly fileName?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body: string | AsyncIterable<string | Uint8Array>
}

/** The form of an answer. */
export type Answer<Value = unknown> =
  | { readonly kind: 'json'; readonly schema: z.ZodType<Value> }
  /** AnswerContent of one of these types. */
  | { readonly kind: 'content'; readonly types: readonly string[] }
  /** Server-sent events, and the form of the data of each. */
  | { readonly kind: 'events'; readonly events: { readonly [event: string]: z.ZodType } }

type Handled<Value> = Value | AnswerContent | AsyncIterable<ServerEvent>

export type RouteDefinition<Params, Query, Body, Value> = {
  /** A GET changes nothing. */
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As OpenAPI writes it: `/api/v1/topics/{topic}/records`. */
  readonly path: string
  /** What it is for, in one sentence. */
  readonly summary: string
  /** Whether it answers requests without the token, too. */
  readonly isOpen?: boolean
  readonly params?: z.ZodType<Params>
  /** Its members are texts in the request: use `z.coerce`. */
  readonly query?: z.ZodType<Query>
  readonly body?: z.ZodType<Body>
  readonly answer: Answer<Value>
  /** By status: when the answer, of the same form, has another one than 200. Errors that any address can answer are not named. */
  readonly alsoAs?: { readonly [status: number]: string }
  /** By status: why it refuses what any other address could not refuse. */
  readonly refusals?: { readonly [status: number]: string }
  /**
   * Throws a RequestError, or a Failure, where the request is refused. A handler of events throws it before it gives the events:
   * what they throw is sent as an event, `failure`, the last one.
   */
  handle(
    asked: RouteRequest<Params, Query, Body>,
    context: RouteContext,
  ): Handled<NoInfer<Value>> | Promise<Handled<NoInfer<Value>>>
}

/** A route of which only its own handler knows what it takes. */
export type Route = Omit<RouteDefinition<unknown, unknown, unknown, unknown>, 'handle'> & {
  handle(asked: RouteRequest<unknown, unknown, unknown>, context: RouteContext): unknown
}

const nothing = z.unknown()

const MAX_ITEMS = 1000
const USUAL_ITEMS = 100
const MAX_CURSOR_CHARACTERS = 2048

/** Which part of a list is asked for. */
export type ListAsked = { readonly limit: number; readonly after?: string | undefined }

/** What every list takes, as members of its `query`: `z.object({ ...paging, partition: … })`. */
export const paging: { limit: z.ZodType<number>; after: z.ZodOptional<z.ZodString> } = {
  limit: z.coerce.number().int().min(1).max(MAX_ITEMS).default(USUAL_ITEMS),
  after: z.string().min(1).max(MAX_CURSOR_CHARACTERS).optional(),
}

/** A part of a list. `next` is what brings the part behind it, as `after`; null: there is none. Clients do not look into it. */
export type ListPage<Item> = { readonly items: readonly Item[]; readonly next: string | null }

/** The form of the answer of every list: `answer: inJson(page(item))`. */
export const page = <Item>(item: z.ZodType<Item>): z.ZodType<ListPage<Item>> =>
  z.strictObject({ items: z.array(item).readonly(), next: z.string().nullable() })

/** The part that is asked for of a list in memory, whose items have keys of their own. */
export function pageOf<Item>(all: readonly Item[], asked: ListAsked, keyOf: (item: Item) => string): ListPage<Item> {
  const { limit, after } = asked
  const before = after === undefined ? -1 : all.findIndex((item) => keyOf(item) === after)
  if (after !== undefined && before < 0) {
    throw new RequestError(400, 'query: after: the list has nothing of this name any more: begin at its start')
  }
  const items = all.slice(before + 1, before + 1 + limit)
  const last = items.at(-1)
  const isEnd = last === undefined || before + 1 + limit >= all.length
  return { items, next: isEnd ? null : keyOf(last) }
}

/** A route as the server keeps it: what it takes is checked before `handle` is called. */
export function defineRoute<Params, Query, Body, Value>(
  definition: RouteDefinition<Params, Query, Body, Value>,
): Route {
  const { params = nothing, query = nothing, body = nothing } = definition
  return { ...definition, params, query, body } as Route
}

/** An answer in JSON. */
export const inJson = <Value>(schema: z.ZodType<Value>): Answer<Value> => ({ kind: 'json', schema })
/** AnswerContent of these types. */
export const asContent = (...types: readonly string[]): Answer<never> => ({ kind: 'content', types })
/** Server-sent events. */
export const asEvents = (forms: { readonly [event: string]: z.ZodType }): Answer<never> => ({
  kind: 'events',
  events: forms,
})
