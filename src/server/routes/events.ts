/**
 * `/api/v1/events`: the status each second, for pages that are looked at. Each event has all of it, so a client that was cut off
 * only waits for the next.
 */
import { pipelineStatus } from '../../run/status/schema.ts'
import { asEvents, defineRoute, type Route } from './route.ts'

export const statusEvents: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/events',
  summary: 'How each part of the pipeline stands, once a second.',
  answer: asEvents({ status: pipelineStatus }),
  handle: ({ lastEventId, signal }, { feed }) => feed.events(lastEventId, signal),
})
