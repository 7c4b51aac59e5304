/**
 * Keeps pages of other sites out: the browser of a trusted person sends their requests as well. Where no token is needed, the name that
 * a request was sent to (Host) must be this machine's: else any page could read how the pipeline stands through a name of its
 * own that was made to point here (DNS rebinding). What changes something must come from the page of this server itself, or
 * from no page at all (Origin, Sec-Fetch-Site).
 */
import type { IncomingHttpHeaders } from 'node:http'
import { RequestError } from '../../source/request-error.ts'
import { isLoopback } from '../../source/tcp-listen.ts'

/** Takes addresses, which no name server gives away, and the names of this machine. Throws a RequestError for any other. */
export function checkHost(given: string | undefined, listensOn: string): void {
  const [, v6, name = v6] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(given ?? listensOn) ?? []
  const { isIP } = process.getBuiltinModule('node:net')
  const host = name?.toLowerCase() ?? ''
  const isOurs = isIP(host) !== 0 ? !isLoopback(listensOn) || isLoopback(host) : isNameOfOurs(host, listensOn)
  if (!isOurs)
    throw new RequestError(403, `Host ${given} is not this machine: ask ${listensOn}, or start it with a token`)
}

/** Throws a RequestError for several Hosts, of which a proxy may believe another one (RFC 9112, 3.2). */
export function refuseHosts(rawHeaders: readonly string[]): void {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length > 1) throw new RequestError(400, 'a request has one Host')
}

function isNameOfOurs(host: string, listensOn: string): boolean {
  const { hostname } = process.getBuiltinModule('node:os')
  return host === 'localhost' || host === listensOn.toLowerCase() || host === hostname().toLowerCase()
}

/** Where a request comes from: `isPage`: it asks for the page itself, to which other sites may link. */
export type Navigation = { readonly method: string; readonly headers: IncomingHttpHeaders; readonly isPage: boolean }

/** Throws a RequestError for what a page of another site asks. Programs send neither header. */
export function checkOrigin({ method, headers, isPage }: Navigation): void {
  const { origin, host } = headers
  const from = headers['sec-fetch-site']
  const isReading = method === 'GET' || method === 'HEAD'
  const isForeign = from !== undefined && from !== 'same-origin' && from !== 'none'
  if (isForeign && !(isReading && isPage)) throw new RequestError(403, FOREIGN)
  // Of the origin, a proxy with TLS before this server changes the scheme; Host is passed on.
  if (origin !== undefined && !isReading && hostOf(origin) !== host?.toLowerCase()) {
    throw new RequestError(403, FOREIGN)
  }
}

const FOREIGN = 'a page of another site asks: only the page of this server may, and programs that send no Origin'

/** `null` has none, which is the origin of pages in sandboxes. */
const hostOf = (origin: string): string | undefined => /^https?:\/\/([^/?#@\s]+)$/i.exec(origin)?.[1]?.toLowerCase()
