/** Tokens that HTTP requests bring: `Authorization: Bearer TOKEN`. */

/** What can be sent in a header behind `Bearer`. */
export const TOKEN: RegExp = /^[\x21-\x7e]+$/
/** Said of any other token. */
export const NO_TOKEN: string =
  'has a blank, or a character that is not ASCII, or nothing in it: no request could send it as "Authorization: Bearer TOKEN"'

/** Compares hashes, so that the time it takes depends neither on the lengths nor on the first difference. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? ''
  const { hash, timingSafeEqual } = process.getBuiltinModule('node:crypto')
  const digest = (text: string) => hash('sha256', text, 'buffer')
  return timingSafeEqual(digest(given), digest(token))
}
