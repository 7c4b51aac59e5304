/**
 * `/api/v1/events`: the status each second, for pages that are looked at. Each event has all of it, so a client that was cut off
 * only waits for the next.
 */
import { slept } from '../../base/clock.ts'
import { pipelineStatus } from '../../run/status/schema.ts'
import { asEvents, defineRoute, type Route, type RouteContext, type ServerEvent } from './route.ts'

const STEP_MS = 1000

export const statusEvents: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/events',
  summary: 'How each part of the pipeline stands, once a second.',
  answer: asEvents({ status: pipelineStatus }),
  handle: ({ signal }, context) => statuses(context, signal),
})

async function* statuses({ feed, run }: RouteContext, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  do yield { event: 'status', data: await feed.status() }
  while (await slept(run.clock, STEP_MS, signal))
}
