/**
 * `/api/v1/session`: a browser gives the token once, and gets a cookie for it. The page asks first whether it has to. None of this needs
 * the token in a header.
 */
import * as z from 'zod'
import { RequestError } from '../../source/request-error.ts'
import { isRight } from '../access/access.ts'
import { type AnswerContent, defineRoute, inJson, type Route } from './route.ts'

const PATH = '/api/v1/session'
const MAX_TOKEN_CHARACTERS = 4096

const state = z.strictObject({
  needed: z.boolean().describe('whether requests need the token'),
  open: z.boolean().describe('whether this request has brought it, or a session, or needs none'),
})

export const sessionState: Route = defineRoute({
  method: 'GET',
  path: PATH,
  summary: 'Whether requests need the token, and whether this one may ask.',
  isOpen: true,
  answer: inJson(state),
  handle: ({ isTrusted }, { access }) => ({ needed: access.token !== undefined, open: isTrusted }),
})

export const beginSession: Route = defineRoute({
  method: 'POST',
  path: PATH,
  summary: 'Begins a session: the cookie of the answer stands for the token.',
  isOpen: true,
  body: z.strictObject({ token: z.string().max(MAX_TOKEN_CHARACTERS) }),
  answer: inJson(state),
  handle({ body: { token }, by: { peer, port } }, { access }) {
    if (!isRight(`Bearer ${token}`, peer, access)) throw new RequestError(401, 'this is not the token')
    if (access.token === undefined) return { needed: false, open: true }
    return withCookie({ needed: true, open: true }, access.sessions.begin(port))
  },
})

export const endSession: Route = defineRoute({
  method: 'DELETE',
  path: PATH,
  summary: 'Ends the session of the cookie.',
  isOpen: true,
  answer: inJson(state),
  handle({ by: { headers, port } }, { access }) {
    const needed = access.token !== undefined
    return withCookie({ needed, open: !needed }, access.sessions.end(headers.cookie, port))
  },
})

const withCookie = (body: z.infer<typeof state>, cookie: string): AnswerContent => ({
  type: 'application/json',
  headers: { 'set-cookie': cookie },
  body: JSON.stringify(body),
})
