/** `/api/v1/groups`: the readers of the pipeline's topics, and how far each is. */
import * as z from 'zod'
import { groupStatus } from '../../../run/status/schema.ts'
import { namedPart } from '../../open-run.ts'
import { defineRoute, inJson, page, pageOf, paging, type Route } from '../route.ts'

export const groups: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/groups',
  summary:
    'The consumer groups of the pipeline, and those of others that read its topics: committed offsets, lag, and members.',
  query: z.object({ ...paging }),
  answer: inJson(page(groupStatus)),
  async handle({ query }, { feed }) {
    const { groups } = await feed.status()
    return pageOf(groups, query, ({ name }) => name)
  },
})

export const group: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/groups/{group}',
  summary: 'A consumer group: its committed offset and its lag in each partition, and its members.',
  params: z.object({ group: z.string() }),
  answer: inJson(groupStatus),
  async handle({ params }, { feed }) {
    const { groups } = await feed.status()
    return namedPart(params.group, groups, 'group')
  },
})
