/**
 * Paths and parameters of URLs, also of those in access logs, which begin with their path: PARSE_URL, as in Flink, wants a whole URL
 * and decodes nothing.
 */
import { defineText } from '../define.ts'
import type { ScalarFunction } from '../function.ts'

/** scheme://authority, path, ?query and #fragment, as in appendix B of RFC 3986. */
const PARTS = /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/

const path = defineText({
  summary: 'The path of a URL, whole or as in access logs: /shop of /shop?page=2.',
  usage: 'URL_PATH(url)',
  takes: ['string'],
  text: ([url]) => PARTS.exec(String(url))?.[1],
})

const parameter = defineText({
  summary: 'The decoded value of the first parameter of a name in the query of a URL; NULL where it is not there.',
  usage: 'URL_PARAMETER(url, name)',
  takes: ['string', 'string'],
  text([url, name]) {
    const query = PARTS.exec(String(url))?.[2]
    if (query === undefined) return undefined
    return new URLSearchParams(query).get(String(name)) ?? undefined
  },
})

export const webFunctions: readonly ScalarFunction[] = [path, parameter]
