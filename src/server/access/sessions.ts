/**
 * Sessions of browsers, which cannot send a token with each request: EventSource and links have no headers. The cookie of a session
 * has a random id, never the token, and no script can read it. Sessions are kept in memory, so a restart ends them all.
 *
 * Browsers send cookies to every port of a host. So the name of the cookie has the port: the pipelines of a machine do not end
 * each other's sessions.
 */
import type { Clock } from '../../base/clock.ts'

const MAX_SESSIONS = 256
const SESSION_MS = 24 * 3_600_000
const ID_BYTES = 32

/** The sessions of one server. */
export class BrowserSessions {
  readonly #clock: Clock
  readonly #isEncrypted: boolean
  /** By the hash of the id: how long a look-up takes then tells nothing about the ids. The oldest is first. */
  readonly #ends = new Map<string, number>()

  constructor(clock: Clock, isEncrypted: boolean) {
    this.#clock = clock
    this.#isEncrypted = isEncrypted
  }

  /** A new session, as the value of `set-cookie`. The oldest one ends where there are too many. */
  begin(port: number): string {
    const { randomBytes } = process.getBuiltinModule('node:crypto')
    const id = randomBytes(ID_BYTES).toString('base64url')
    const now = this.#clock.elapsed()
    for (const [known, end] of this.#ends) {
      if (end > now && this.#ends.size < MAX_SESSIONS) break
      this.#ends.delete(known)
    }
    this.#ends.set(hashOf(id), now + SESSION_MS)
    return this.#cookie(port, id, SESSION_MS / 1000)
  }

  /** Ends the session of a request; gives the `set-cookie` that makes the browser forget it. */
  end(cookies: string | undefined, port: number): string {
    for (const id of this.#idsOf(cookies, port)) this.#ends.delete(hashOf(id))
    return this.#cookie(port, '', 0)
  }

  /** Whether the cookies of a request have a session that goes on. */
  has(cookies: string | undefined, port: number): boolean {
    const now = this.#clock.elapsed()
    return this.#idsOf(cookies, port).some((id) => (this.#ends.get(hashOf(id)) ?? 0) > now)
  }

  #idsOf(cookies: string | undefined, port: number): readonly string[] {
    const name = this.#name(port)
    const given = (cookies ?? '').split(';').map((cookie) => cookie.trim())
    return given.flatMap((cookie) => (cookie.startsWith(`${name}=`) ? [cookie.slice(name.length + 1)] : []))
  }

  /** A cookie whose name begins with `__Host-` can be set over TLS only, and by this host alone. */
  #name(port: number): string {
    return `${this.#isEncrypted ? '__Host-' : ''}tailrace-${port}`
  }

  #cookie(port: number, id: string, seconds: number): string {
    const secure = this.#isEncrypted ? '; Secure' : ''
    return `${this.#name(port)}=${id}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`
  }
}

const hashOf = (id: string): string => process.getBuiltinModule('node:crypto').hash('sha256', id, 'base64')
