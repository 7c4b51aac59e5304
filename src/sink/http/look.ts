/** How a server that rows are sent to by HTTP is found, for `check --connect`: by requests that change nothing. */
import { Failure } from '../../base/failure.ts'
import { type HttpAnswer, type HttpClient, openHttpClient } from '../../client/http/client.ts'
import { withoutQuery } from '../../client/http/trouble.ts'
import type { SinkContext, StoreLook } from '../sink.ts'
import type { HttpSinkOptions } from './options.ts'

const LONGEST_ANSWER = 1 << 20

/** Asks a server, which answers with anything; throws the Failure of an answer that refuses this `auth`, or comes of a fault. */
type Asking = (path: string, headers?: { readonly [name: string]: string }) => Promise<HttpAnswer>

/** What a preset asks its store: what it is, in words, and what would keep rows out. */
export type PresetLook = (ask: Asking) => Promise<{ readonly found: string; readonly failures?: readonly Failure[] }>

type Where = Pick<SinkContext, 'folder'>

/** Statuses that are about the client, not about what it asks. */
const OF_LOGIN = [401, 403, 407]

/**
 * Whether the address of the sink `http` answers. What a webhook does with a request is not known, so it is asked for its OPTIONS, which
 * do nothing; any answer will do, but that it wants another login. Where the address has values of rows in it, its server is asked.
 */
export async function lookAtHttp(options: HttpSinkOptions, where: Where): Promise<StoreLook> {
  const url = options.url.includes('{{') ? new URL(options.url).origin : options.url
  return await withClient(options, where, async (client) => {
    const answer = judged(client, await client.send({ method: 'OPTIONS', url }))
    return { found: `${withoutQuery(url)} answers (${answer.status} to OPTIONS)` }
  })
}

/** What a store of a preset says. `url`: its address, without a path of the preset. */
export async function lookAtPreset(
  options: Omit<HttpSinkOptions, 'url'>,
  url: string,
  where: Where,
  look: PresetLook,
): Promise<StoreLook> {
  const base = url.replace(/\/+$/, '')
  return await withClient({ ...options, url }, where, async (client) => {
    const { found, failures } = await look(async (path, headers = {}) =>
      judged(client, await client.send({ method: 'GET', url: base + path, headers })),
    )
    return { found: `${found} at ${withoutQuery(url)}`, ...(failures !== undefined && { failures }) }
  })
}

type Found = { readonly found: string; readonly failures?: readonly Failure[] }

async function withClient(
  options: HttpSinkOptions,
  { folder }: Where,
  look: (client: HttpClient) => Promise<Found>,
): Promise<StoreLook> {
  // Values in headers are of rows, of which there are none.
  const headers = Object.fromEntries(Object.entries(options.headers ?? {}).filter(([, value]) => !value.includes('{{')))
  const client = await openHttpClient({ ...options, headers }, { folder, of: 'the check', maxAnswer: LONGEST_ANSWER })
  try {
    return { failures: [], warnings: [], ...(await look(client)) }
  } catch (error) {
    if (!(error instanceof Failure) || error.retryable) throw error
    return { found: undefined, failures: [error], warnings: [] }
  } finally {
    client.close()
  }
}

function judged(client: HttpClient, answer: HttpAnswer): HttpAnswer {
  if (OF_LOGIN.includes(answer.status) || answer.status >= 500) throw client.refusal(answer)
  return answer
}

/** The member of an answer in JSON at a path; undefined where there is none. */
export function memberOf({ body }: HttpAnswer, ...path: readonly string[]): string | undefined {
  try {
    const value = path.reduce<unknown>(
      (part, name) => (part as Record<string, unknown>)[name],
      JSON.parse(String(body)),
    )
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
