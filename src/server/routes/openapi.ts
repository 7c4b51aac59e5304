/** `/api/v1/openapi.json`: what every address takes and answers, for programs that make clients of it. */
import * as z from 'zod'
import { openApi } from '../openapi/openapi.ts'
import { defineRoute, inJson, type Route } from './route.ts'

/** The address of the document that describes these routes, and itself. */
export const openApiRoute = (others: readonly Route[]): Route => {
  const route: Route = defineRoute({
    method: 'GET',
    path: '/api/v1/openapi.json',
    summary: 'This document: what every address takes and answers.',
    answer: inJson(z.record(z.string(), z.unknown())),
    handle: (_, { version, access }) =>
      openApi([...others, route], { version, needsToken: access.token !== undefined }),
  })
  return route
}
