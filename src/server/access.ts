/**
 * Decides which requests are answered. Where it has a token, requests must bring it; then a page in a browser cannot ask, whatever name points
 * here. Without one, the name that a request was sent to (Host) must be this machine's, as else any page could read how the
 * pipeline stands through a name of its own that was made to point here (DNS rebinding).
 */
import type { IncomingHttpHeaders } from 'node:http'
import { hasToken } from '../source/bearer-token.ts'
import { RequestError } from '../source/request-error.ts'
import { isLoopback } from '../source/tcp-listen.ts'

export type Access = {
  /** What requests bring as `Authorization: Bearer TOKEN`; undefined: they need none. */
  readonly token: string | undefined
  /** The host that is listened on. */
  readonly host: string
}

/** Throws a RequestError where a request may not be answered. `isOpen`: what the route says is worth no token. */
export function checkAccess(headers: IncomingHttpHeaders, access: Access, isOpen: boolean): void {
  if (access.token === undefined) checkHost(headers.host, access.host)
  else if (!isOpen && !isTrusted(headers, access))
    throw new RequestError(401, 'send the token: Authorization: Bearer TOKEN', { 'www-authenticate': 'Bearer' })
}

/** Whether the request may be told everything. */
export const isTrusted = ({ authorization }: IncomingHttpHeaders, { token }: Access): boolean =>
  token === undefined || hasToken(authorization, token)

/** Takes addresses, which no name server gives away, and the names of this machine. */
function checkHost(given: string | undefined, listensOn: string): void {
  const [, v6, name = v6] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(given ?? listensOn) ?? []
  const { isIP } = process.getBuiltinModule('node:net')
  const host = name?.toLowerCase() ?? ''
  const isOurs = isIP(host) !== 0 ? !isLoopback(listensOn) || isLoopback(host) : isNameOfOurs(host, listensOn)
  if (!isOurs)
    throw new RequestError(403, `Host ${given} is not this machine: ask ${listensOn}, or start it with a token`)
}

function isNameOfOurs(host: string, listensOn: string): boolean {
  const { hostname } = process.getBuiltinModule('node:os')
  return host === 'localhost' || host === listensOn.toLowerCase() || host === hostname().toLowerCase()
}
