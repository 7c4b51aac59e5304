/**
 * Serves the population of nations as the API of DataUSA does, with faults to dial in.
 *
 *   node server.ts --port 8090                          the same answer each time
 *   node server.ts --changing --every 10                a new year or a revised number after each 10 answers
 *   node server.ts --nations 5 --seed 7                 several nations
 *   node server.ts --fault-every 7 --faults 500,cut     each 7th answer is a fault, in turn
 *
 *   GET  /population            the whole answer; ?limit=5&page=2 or ?limit=5&cursor=5 a page of it, ?pretty=1 with line ends
 *   GET  /changes?after=0       the changes after a number, as a feed: { data, next }; ?limit=5 for at most 5
 *   POST /change                makes a change now; with a body { "ID Nation", "ID Year", "Population" }, this one
 *   POST /faults                { "next": ["500", "cut"] } are the next answers; { "every": 7, "faults": ["slow"] } as above
 *   POST /hook                  prints what it gets: a webhook for alerts to try
 *   GET  /served                what was sent whole so far: { version, answers, faults }
 *
 * Faults: 500, 503, 401, 404, 429 (with Retry-After), slow, cut (ends in the middle), reset, schema (other names), type (a page
 * with status 200), empty. `?fault=cut` is one for that request alone. Answers have an ETag and honour If-None-Match. Only an
 * answer that was sent whole, or a 304, counts: so no version is passed over because of a fault.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { documentOf, MOST_NATIONS, openPopulation, type Population } from './population.ts'

const FAULTS = ['500', '503', '401', '404', '429', 'slow', 'cut', 'reset', 'schema', 'type', 'empty'] as const
const BODY_LIMIT = 64 << 10

type Fault = (typeof FAULTS)[number]

export type PopulationOptions = {
  /** 0: any that is free. */
  readonly port: number
  readonly seed: number
  readonly nations: number
  /** The number of answers from one change to the next; infinite: none changes by itself. */
  readonly every: number
  /** How long `slow` waits. */
  readonly slowMs: number
  /** What `Retry-After` says with 429, in seconds. */
  readonly retryAfter: string
  /** The number of answers from one fault to the next; the faults come in turn. Infinite: no fault. */
  readonly faultEvery: number
  readonly faults: readonly Fault[]
}

export type PopulationServer = {
  readonly url: string
  readonly population: Population
  /** The next answers are these. */
  fail(...faults: readonly Fault[]): void
  /** Answers sent whole, and faults, so far. */
  served(): { readonly version: number; readonly answers: number; readonly faults: number }
  close(): Promise<void>
}

const DEFAULTS: PopulationOptions = {
  port: 0,
  seed: 1,
  nations: 1,
  every: Number.POSITIVE_INFINITY,
  slowMs: 3000,
  retryAfter: '1',
  faultEvery: Number.POSITIVE_INFINITY,
  faults: ['500', '429', 'slow', 'cut', 'schema', 'type'],
}

/** Listens on the loopback address. */
export async function startPopulation(some: Partial<PopulationOptions> = {}): Promise<PopulationServer> {
  const options = { ...DEFAULTS, ...some }
  const population = openPopulation(options.seed, options.nations)
  const state: State = {
    options,
    population,
    answers: 0,
    faults: 0,
    asked: 0,
    next: [],
    every: options.faultEvery,
    kinds: options.faults,
  }
  const server = createServer((request, response) => {
    answer(state, request, response).catch((error: Error) => {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`${error.message}\n`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    population,
    fail: (...faults) => void state.next.push(...faults),
    served: () => servedOf(state),
    close: () => close(server),
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

type State = {
  readonly options: PopulationOptions
  readonly population: Population
  /** Sent whole. */
  answers: number
  faults: number
  /** Requests for data. */
  asked: number
  readonly next: Fault[]
  every: number
  kinds: readonly Fault[]
}

const servedOf = ({ population, answers, faults }: State) => ({ version: population.version(), answers, faults })

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const route = `${request.method} ${url.pathname}`
  if (route === 'GET /served') return void sendJson(response, servedOf(state))
  if (route === 'POST /change') return void sendJson(response, changeTo(state, await textOf(request)))
  if (route === 'POST /hook') {
    process.stdout.write(`${await textOf(request)}\n`)
    return void response.writeHead(204).end()
  }
  if (route === 'POST /faults') return void sendJson(response, dial(state, JSON.parse(await textOf(request))))
  const isData = url.pathname === '/population' || url.pathname === '/changes'
  if (!isData)
    return void response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /population or /changes\n')
  request.resume()
  const given = url.searchParams.get('fault')
  const fault = given === null ? faultOf(state) : faultNamed(given)
  const { body, headers } = url.pathname === '/changes' ? changesFor(state, url) : populationFor(state, url)
  if (fault !== undefined) {
    state.faults++
    await sendFault(state, { fault, body }, response)
    if (fault !== 'slow' || response.destroyed) return
  }
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
  const isKnown = (request.headers['if-none-match'] ?? '').split(/\s*,\s*/).includes(etag)
  const head = { 'content-type': 'application/json; charset=utf-8', etag, ...headers }
  response.on('finish', () => sent(state))
  if (isKnown) response.writeHead(304, head).end()
  else response.writeHead(200, head).end(body)
}

/** Counts an answer; the data changes after every `every` of them. */
function sent(state: State): void {
  state.answers++
  if (state.answers % state.options.every === 0) state.population.change()
}

function faultOf(state: State): Fault | undefined {
  const turn = ++state.asked
  if (state.next.length > 0) return state.next.shift()
  return turn % state.every === 0 ? state.kinds[(turn / state.every - 1) % state.kinds.length] : undefined
}

type Body = { readonly body: string; readonly headers?: { readonly [name: string]: string } }

function populationFor({ population }: State, url: URL): Body {
  const rows = population.rows()
  const number = (name: string, otherwise: number) => Math.max(0, Number(url.searchParams.get(name) ?? otherwise) || 0)
  const limit = number('limit', 0)
  const text = (value: object) => JSON.stringify(value, null, url.searchParams.has('pretty') ? 2 : 0)
  if (limit === 0) return { body: text(documentOf(rows)) }
  const isByPage = url.searchParams.has('page')
  const start = isByPage ? (Math.max(1, number('page', 1)) - 1) * limit : number('cursor', 0)
  const next = start + limit < rows.length ? start + limit : null
  const whole = { ...documentOf(rows.slice(start, start + limit)), next }
  if (next === null) return { body: text(whole) }
  const link = new URL(url)
  link.searchParams.set(
    ...((isByPage ? ['page', String(next / limit + 1)] : ['cursor', String(next)]) as [string, string]),
  )
  return { body: text(whole), headers: { link: `<${link.pathname}${link.search}>; rel="next"` } }
}

/** A feed that only grows: each change has a number. */
function changesFor({ population }: State, url: URL): Body {
  const after = Math.max(0, Number(url.searchParams.get('after') ?? 0) || 0)
  const limit = Math.max(1, Number(url.searchParams.get('limit') ?? 100) || 100)
  const changes = population.changes().map((row, i) => ({ number: i + 1, ...row }))
  const data = changes.slice(after, after + limit)
  return { body: JSON.stringify({ data, next: after + data.length }) }
}

async function sendFault(
  state: State,
  { fault, body }: { fault: Fault; body: string },
  response: ServerResponse,
): Promise<void> {
  const json = { 'content-type': 'application/json; charset=utf-8' }
  switch (fault) {
    case '429':
      return void response
        .writeHead(429, { ...json, 'retry-after': state.options.retryAfter })
        .end('{"error":"slow down"}')
    case '500':
    case '503':
    case '401':
    case '404':
      return void response.writeHead(Number(fault), json).end(`{"error":"fault ${fault}"}`)
    case 'slow':
      return await new Promise((resolve) => setTimeout(resolve, state.options.slowMs))
    case 'reset':
      return void response.destroy()
    case 'cut':
      response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(body) })
      response.write(body.slice(0, body.length / 2), () => response.destroy())
      return
    case 'schema':
      return void response
        .writeHead(200, json)
        .end(body.replace('"data":', '"rows":').replaceAll('"Population":', '"People":'))
    case 'type':
      return void response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<html><body>Be right back</body></html>\n')
    case 'empty':
      return void response.writeHead(200, json).end()
  }
}

/** The next change, or the one that the body wants. */
function changeTo({ population }: State, body: string): object {
  if (body === '') return population.change()
  const wanted = JSON.parse(body)
  return population.revise(wanted['ID Nation'], wanted['ID Year'], wanted.Population)
}

/** Dials in what a body says. */
function dial(state: State, wanted: { next?: string[]; every?: number; faults?: string[] }): object {
  state.next.push(...(wanted.next ?? []).map(faultNamed))
  if (wanted.faults !== undefined) state.kinds = wanted.faults.map(faultNamed)
  if (wanted.every !== undefined) state.every = wanted.every > 0 ? wanted.every : Number.POSITIVE_INFINITY
  return { next: state.next, every: Number.isFinite(state.every) ? state.every : null, faults: state.kinds }
}

function faultNamed(name: string): Fault {
  const found = FAULTS.find((fault) => fault === name)
  if (found === undefined) throw new Error(`there is no fault ${name}: ${FAULTS.join(', ')}`)
  return found
}

const sendJson = (response: ServerResponse, value: object): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > BODY_LIMIT) throw new Error('the body is too long')
  }
  return text
}

/** The options of a command line. Throws an Error with a message for a person. */
function optionsOf(args: readonly string[]): Partial<PopulationOptions> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { ...text, default: '8090' },
      seed: { ...text, default: '1' },
      nations: { ...text, default: '1' },
      changing: { type: 'boolean', default: false },
      every: { ...text, default: '10' },
      'slow-ms': { ...text, default: '3000' },
      'retry-after': { ...text, default: '1' },
      'fault-every': text,
      faults: { ...text, default: DEFAULTS.faults.join(',') },
    },
  })
  const number = (name: string, value: string, least: number, most: number) => {
    const found = Number(value)
    if (Number.isInteger(found) && found >= least && found <= most) return found
    throw new Error(`--${name} ${value}: expected a whole number from ${least} to ${most}`)
  }
  const never = Number.POSITIVE_INFINITY
  return {
    port: number('port', values.port, 0, 65_535),
    seed: number('seed', values.seed, 0, 2 ** 31),
    nations: number('nations', values.nations, 1, MOST_NATIONS),
    every: values.changing ? number('every', values.every, 1, 1e9) : never,
    slowMs: number('slow-ms', values['slow-ms'], 0, 1e7),
    retryAfter: values['retry-after'],
    faultEvery: values['fault-every'] === undefined ? never : number('fault-every', values['fault-every'], 1, 1e9),
    faults: values.faults.split(',').map(faultNamed),
  }
}

if (import.meta.main) {
  try {
    const { url } = await startPopulation(optionsOf(process.argv.slice(2)))
    process.stdout.write(`serving ${url}/population\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 2
  }
}
