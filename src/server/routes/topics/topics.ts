/** `/api/v1/topics`: the topics of the pipeline, as in the status. */
import * as z from 'zod'
import { TOPIC_KINDS, topicStatus } from '../../../run/status/schema.ts'
import { defineRoute, inJson, page, pageOf, paging, type Route } from '../route.ts'

export const topics: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/topics',
  summary:
    'The topics of the pipeline: partitions with their leaders and copies, sizes, rates, and how far their readers are.',
  query: z.object({ ...paging, kind: z.enum(TOPIC_KINDS).optional() }),
  answer: inJson(page(topicStatus)),
  async handle({ query: { kind, ...asked } }, { feed }) {
    const { topics } = await feed.status()
    return pageOf(
      topics.filter((one) => (kind ?? one.kind) === one.kind),
      asked,
      ({ name }) => name,
    )
  },
})
