/**
 * The OpenAPI document of the API, made of what the routes say of themselves: each address with what it takes, and each answer that it
 * can give. Forms that several routes share have names, and are described once.
 */
import * as z from 'zod'
import { pipelineStatus } from '../../run/status/schema.ts'
import { errorBody } from '../error-answer.ts'
import type { Answer, Route } from '../routes/route.ts'

export type OpenApiOptions = {
  /** The version of the program. */
  readonly version: string
  /** Whether requests need the token. */
  readonly needsToken: boolean
}

type Json = { readonly [member: string]: unknown }

/** The document. The order of the routes is that of its addresses. */
export function openApi(routes: readonly Route[], { version, needsToken }: OpenApiOptions): Json {
  const named = namesOf(routes)
  const paths = [...Map.groupBy(routes, ({ path }) => path)].map(([path, some]) => [
    path,
    Object.fromEntries(some.map((route) => [route.method.toLowerCase(), operationOf(route, named, needsToken)])),
  ])
  return {
    openapi: '3.1.0',
    info: {
      title: 'tailrace',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { ...schemasOf(named, 'answer'), ...schemasOf(named, 'body') },
      responses: Object.fromEntries(Object.entries(ERRORS).map(([status, why]) => [NAMES[Number(status)], error(why)])),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'tailrace-PORT', description: 'See POST /api/v1/session.' },
      },
    },
  }
}

const DESCRIPTION = `How a pipeline stands, what it has computed, and what it can be asked to do. Every error is \`{ error, hint? }\`. \
Every list has \`items\`, and \`next\`: what brings the part behind it, as \`after\`; null is the end. Streams are server-sent events: a client \
that was cut off sends the last id that it has seen as \`Last-Event-ID\`, and a stream that fails ends with an event \`failure\`, whose data is an error.`

/** What any address can answer: by status, why. */
const ERRORS: { readonly [status: number]: string } = {
  400: 'The request is not of this form.',
  401: 'The token is missing or wrong.',
  403: 'A page of another site asks, or a name that is not of this machine.',
  404: 'There is nothing of this name.',
  413: 'The body is too large.',
  415: 'The body is no JSON.',
  429: 'The address asks too often.',
  431: 'The head of the request, which has the address, is too large.',
  503: 'The pipeline is starting, something that it needs does not answer, or too many streams are open.',
}
const NAMES: { readonly [status: number]: string } = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  413: 'TooLarge',
  415: 'NoJson',
  429: 'TooOften',
  431: 'HeadTooLarge',
  503: 'Unavailable',
}

const inType = (type: string, schema: Json): Json => ({ [type]: { schema } })
const error = (description: string): Json => ({ description, content: inType('application/json', refTo('Error')) })
const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

type Role = 'answer' | 'body'
type Named = ReadonlyMap<z.ZodType, { readonly name: string; readonly role: Role }>

/** The names of forms: those that many use have one of their own, the others that of the first route that has them. */
function namesOf(routes: readonly Route[]): Named {
  const names = new Map<z.ZodType, { readonly name: string; readonly role: Role }>([
    [errorBody, { name: 'Error', role: 'answer' }],
    [pipelineStatus, { name: 'Status', role: 'answer' }],
  ])
  const give = (form: z.ZodType | undefined, name: string, role: Role) => {
    if (form !== undefined && !names.has(form)) names.set(form, { name, role })
  }
  for (const route of routes) {
    const own = nameOf(route)
    const { answer, body } = route
    if (answer.kind === 'json') give(answer.schema, `${own}Answer`, 'answer')
    if (answer.kind === 'events') {
      for (const [event, form] of Object.entries(answer.events)) give(form, `${own}${capital(event)}Event`, 'answer')
    }
    if (takesBody(route)) give(body, `${own}Body`, 'body')
  }
  return names
}

/** `GET /api/v1/topics/{topic}/records`: `GetTopicsTopicRecords`. */
const nameOf = ({ method, path }: Route): string =>
  [method.toLowerCase(), ...path.replace('/api/v1/', '/').split('/')]
    .map((part) => capital(part.replaceAll(/\W/g, '')))
    .join('')

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function schemasOf(named: Named, role: Role): Json {
  const registry = z.registry<{ id: string }>()
  for (const [form, { name, role: one }] of named) if (one === role) registry.add(form, { id: name })
  const { schemas } = z.toJSONSchema(registry, {
    io: role === 'answer' ? 'output' : 'input',
    unrepresentable: 'any',
    uri: (name) => `#/components/schemas/${name}`,
  })
  // The document says which dialect it is, and a name within it is no address of its own.
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema as Json]),
  )
}

function operationOf(route: Route, named: Named, needsToken: boolean): Json {
  const { path, summary, body } = route
  const tag = /^\/api\/v1\/([^/]+)/.exec(path)?.[1] ?? 'probes'
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query'), ...resumeOf(route)]
  return {
    operationId: nameOf(route).replace(/^./, (first) => first.toLowerCase()),
    tags: [tag],
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(takesBody(route) &&
      body !== undefined && {
        requestBody: { required: true, content: inType('application/json', refTo(named.get(body)?.name ?? '')) },
      }),
    responses: responsesOf(route, named, parameters.length > 0),
    security: needsToken && !(route.isOpen ?? false) ? [{ token: [] }, { session: [] }] : [],
  }
}

/** Whether a form of a body was given: without one anything is taken, and nothing is looked at. */
const takesBody = ({ method, body }: Route): boolean =>
  method !== 'GET' && body !== undefined && !(body instanceof z.ZodUnknown)

function parametersOf(form: z.ZodType | undefined, where: 'path' | 'query'): readonly Json[] {
  if (form === undefined) return []
  const schema = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' }) as {
    readonly properties?: { readonly [name: string]: Json }
    readonly required?: readonly string[]
  }
  return Object.entries(schema.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || (schema.required ?? []).includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }))
}

const resumeOf = ({ answer }: Route): readonly Json[] =>
  answer.kind === 'events'
    ? [
        {
          name: 'Last-Event-ID',
          in: 'header',
          required: false,
          description: 'go on behind this event',
          schema: { type: 'string' },
        },
      ]
    : []

function responsesOf(route: Route, named: Named, takesParameters: boolean): Json {
  const { isOpen = false, answer, alsoAs = {}, refusals = {} } = route
  const content = contentOf(answer, named)
  const errors = Object.keys(ERRORS).filter((status) => {
    if (status === '404') return takesParameters || takesBody(route)
    // Of those that anybody may ask, what takes a body looks at the token in it.
    if (status === '413' || status === '415') return takesBody(route)
    return status !== '401' || !isOpen || takesBody(route)
  })
  const also = Object.entries(alsoAs).map(([status, description]) => [status, { description, content }])
  return {
    200: { description: route.summary, content },
    ...Object.fromEntries(
      errors.map((status) => [status, { $ref: `#/components/responses/${NAMES[Number(status)]}` }]),
    ),
    ...Object.fromEntries(also),
    ...Object.fromEntries(Object.entries(refusals).map(([status, why]) => [status, error(why)])),
  }
}

/** Each event of a stream, as OpenAPI 3.2 describes them: its fields are those of the HTML standard. */
const eventForm = (event: string, data: Json): Json => ({
  type: 'object',
  required: ['event', 'data'],
  properties: {
    event: { const: event },
    id: { type: 'string' },
    data: { type: 'string', contentMediaType: 'application/json', contentSchema: data },
  },
})

function contentOf(answer: Answer, named: Named): Json {
  const form = (schema: z.ZodType): Json => refTo(named.get(schema)?.name ?? '')
  switch (answer.kind) {
    case 'json':
      return inType('application/json', form(answer.schema))
    case 'content':
      return Object.fromEntries(
        answer.types.map((type) => [type, { schema: /\bjson\b/.test(type) ? {} : { type: 'string' } }]),
      )
    case 'events': {
      const events = { ...answer.events, failure: errorBody }
      const forms = Object.entries(events).map(([event, schema]) => eventForm(event, form(schema)))
      return inType('text/event-stream', { oneOf: forms })
    }
  }
}
