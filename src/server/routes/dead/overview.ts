/** `/api/v1/dead`: which topics have dead letters. */
import * as z from 'zod'
import { defineRoute, inJson, page, pageOf, paging, type Route } from '../route.ts'
import { deadTopic } from './forms.ts'

export const deadOverview: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/dead',
  summary: 'The topics whose records may become dead letters, and how many of these are kept.',
  query: z.object({ ...paging }),
  answer: inJson(page(deadTopic)),
  async handle({ query }, { feed }) {
    const { topics } = await feed.status()
    const all = topics.flatMap(({ name, dead }) =>
      dead === null ? [] : [{ topic: name, kept: dead.kept, run: dead.run }],
    )
    return pageOf(all, query, ({ topic }) => topic)
  },
})
