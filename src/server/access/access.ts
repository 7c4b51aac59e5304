/**
 * Decides which requests are answered. Where there is a token, requests must bring it, or the session that a browser got for it; where
 * there is none, each machine that can reach the server may ask. Pages of other sites may not, in both cases (`origin.ts`).
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../base/clock.ts'
import { hasToken } from '../../source/bearer-token.ts'
import { RequestError } from '../../source/request-error.ts'
import { Allowance, type Rate } from './allowance.ts'
import { checkHost, checkOrigin } from './origin.ts'
import { BrowserSessions } from './sessions.ts'

/** Far more than any page or program needs: it keeps a loop that went wild from slowing the pipeline. */
const REQUESTS: Rate = { burst: 2000, perSecond: 500 }
/** A token is long and cannot be guessed; this keeps one that is not from being tried out. */
const WRONG_TOKENS: Rate = { burst: 10, perSecond: 0.2 }

export type AccessOptions = {
  /** What requests bring as `Authorization: Bearer TOKEN`; undefined: they need none. */
  readonly token: string | undefined
  /** The host that is listened on. */
  readonly host: string
  /** Whether the server has TLS. */
  readonly isEncrypted: boolean
}

export type Access = AccessOptions & {
  readonly sessions: BrowserSessions
  readonly requests: Allowance
  readonly wrongTokens: Allowance
}

/** What is decided upon. */
export type AskedBy = {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** The address that it comes from, and the port that it came to. */
  readonly peer: string
  readonly port: number
}

/** The access to a server on which nobody has asked yet. */
export const openAccess = (clock: Clock, options: AccessOptions): Access => ({
  ...options,
  sessions: new BrowserSessions(clock, options.isEncrypted),
  requests: new Allowance(clock, REQUESTS),
  wrongTokens: new Allowance(clock, WRONG_TOKENS),
})

/** Throws a RequestError where a request may not be answered. `isOpen`: what the route says is worth no token. */
export function checkAccess(
  asked: AskedBy,
  access: Access,
  { isOpen, isPage }: { readonly isOpen: boolean; readonly isPage: boolean },
): void {
  refuseBeyond(access.requests.take(asked.peer), 'this address asks too often')
  if (access.token === undefined) checkHost(asked.headers.host, access.host)
  checkOrigin({ ...asked, isPage })
  if (!isOpen && !isTrusted(asked, access))
    throw new RequestError(401, 'send the token: Authorization: Bearer TOKEN', ASK)
}

const ASK = { 'www-authenticate': 'Bearer' }

/** Whether the request may be told everything. Throws a RequestError where its address has sent too many wrong tokens. */
export function isTrusted({ headers, peer, port }: AskedBy, access: Access): boolean {
  if (access.token === undefined || access.sessions.has(headers.cookie, port)) return true
  if (headers.authorization === undefined) return false
  return isRight(headers.authorization, peer, access)
}

/** Whether this is the token. Throws a RequestError where the address has sent too many wrong ones, whatever it sends now. */
export function isRight(authorization: string, peer: string, { token, wrongTokens }: Access): boolean {
  if (token === undefined) return true
  refuseBeyond(wrongTokens.wait(peer), 'this address has sent wrong tokens')
  if (hasToken(authorization, token)) return true
  wrongTokens.take(peer)
  return false
}

function refuseBeyond(seconds: number, why: string): void {
  if (seconds > 0) throw new RequestError(429, `${why}: wait for ${seconds} s`, { 'retry-after': String(seconds) })
}
