/** One address of the server. A new one is a file beside this one, and a line in `all.ts`. */
import type { FastifyInstance } from 'fastify'
import type { ServedRun } from '../../run/served/served-run.ts'
import type { Access } from '../access.ts'
import type { StatusFeed } from '../status-feed.ts'

export type RouteContext = {
  readonly run: ServedRun
  /** The version of the program. */
  readonly version: string
  readonly feed: StatusFeed
  readonly access: Access
}

export type Route = {
  readonly path: string
  /** Adds it to the server. `config: { isOpen: true }` of a route answers requests without the token, too. */
  add(app: FastifyInstance, context: RouteContext): void | Promise<void>
}
