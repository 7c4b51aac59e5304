/** `/version`: which program runs. */
import * as z from 'zod'
import { defineRoute, inJson, type Route } from './route.ts'

export const version: Route = defineRoute({
  method: 'GET',
  path: '/version',
  summary: 'Which program runs, and on which Node.',
  answer: inJson(z.strictObject({ name: z.string(), version: z.string(), node: z.string() })),
  handle: (_, context) => ({ name: 'tailrace', version: context.version, node: process.version }),
})
