/** The options of sources that take requests of HTTP, and how they begin to listen. */
import type { Server } from 'node:http'
import * as z from 'zod'
import { secretOption } from '../../base/options.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import { NO_TOKEN, TOKEN } from '../bearer-token.ts'
import type { SourceContext } from '../source.ts'
import { type Address, isLoopback, listen, listenAddress } from '../tcp-listen.ts'

const HEADERS_TIMEOUT_MS = 10_000
/** How often connections that take too long are searched for. */
const CHECK_INTERVAL_MS = 1000

export type PostedOptions = {
  readonly listen: Address
  readonly token?: string | undefined
  readonly max_body: number
  readonly in_flight: number
  readonly max_connections: number
  readonly timeout: number
}

type PostedShape = { readonly [Name in keyof PostedOptions]-?: z.ZodType<PostedOptions[Name]> }

/** The schema of each of these options. */
export const postedShape: PostedShape = {
  listen: listenAddress,
  token: secretOption(z.string().regex(TOKEN, NO_TOKEN)).optional(),
  max_body: byteSize.prefault('16MiB'),
  in_flight: byteSize.prefault('64MiB'),
  max_connections: z.int().min(1).prefault(256),
  timeout: duration.prefault('1m'),
}

/** What these options have to do with each other, as `check` of a schema. */
export function checkPosted({ value, issues }: z.core.ParsePayload<PostedOptions>): void {
  const refuse = (message: string) => issues.push({ code: 'custom', message, input: value })
  if (value.token === undefined && !isLoopback(value.listen.host)) {
    const hint = "put 'token: ${TOKEN}' beside it, or listen on 127.0.0.1"
    refuse(`listens on ${value.listen.host}, which others can reach, and so needs a token: ${hint}`)
  }
  if (value.in_flight < value.max_body) refuse('has less room in_flight than one request may need, max_body')
}

/** A server that listens, and its address in words: `http://127.0.0.1:8081`. Rejects with a Failure. */
export async function listenForPosts(
  options: PostedOptions,
  { name, warn }: SourceContext,
  takes: string,
): Promise<{ readonly server: Server; readonly address: string }> {
  // Loaded here, as an import at the top would take a sixth of the start of every command.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer({
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, options.timeout),
    requestTimeout: options.timeout,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
  })
  server.maxConnections = options.max_connections
  const { address, isPublic } = await listen(server, options.listen, `source ${name}`)
  if (isPublic) warn(`${address} takes ${takes} from everyone with the token; nothing is encrypted`)
  return { server, address: `http://${address}` }
}
