/** `/api/v1/status`: what `tailrace status --json` prints; `tailrace schema status` has its form. */
import { pipelineStatus } from '../../run/status/schema.ts'
import { defineRoute, inJson, type Route } from './route.ts'

export const status: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/status',
  summary: 'How each part of the pipeline stands.',
  answer: inJson(pipelineStatus),
  handle: (_, { feed }) => feed.status(),
})
