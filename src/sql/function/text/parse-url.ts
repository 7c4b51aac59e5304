/** PARSE_URL, by the rules of java.net.URL: unlike the URL of browsers it encodes and corrects nothing. */
import { defineText } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import type { RowResult } from '../rows.ts'
import { trimJava } from './bytes.ts'

export const parseUrl: ScalarFunction = defineText({
  summary: 'A part of a URL, or the value of a key of its query; NULL where it is not there.',
  usage: "PARSE_URL(url, 'HOST' | 'PATH' | 'QUERY' | 'REF' | 'PROTOCOL' | 'AUTHORITY' | 'FILE' | 'USERINFO'[, key])",
  takes: ['string', 'string', 'string?'],
  text([url, part, key]) {
    const found = urlPart(String(url), String(part))
    if (key === undefined) return found
    return part === 'QUERY' && found !== undefined ? queryValue(found, String(key)) : undefined
  },
})

function queryValue(query: string, key: string): RowResult<string> {
  // Flink puts the key into a regular expression unescaped; a key that means more there than itself fails the row.
  if (/[.*+?^${}()|[\]\\]/.test(key)) return { failed: `PARSE_URL: key '${key}' has signs of regular expressions` }
  return new RegExp(`(?:&|^)${key}=([^&]*)`).exec(query)?.[1]
}

type Url = { readonly protocol: string; readonly rest: string; readonly ref: string | undefined }

function splitUrl(text: string): Url | undefined {
  const match = /^(https?|ftp):([^#]*)(?:#(.*))?$/is.exec(trimJava(text))
  if (match === null) return undefined
  return { protocol: String(match[1]).toLowerCase(), rest: match[2] ?? '', ref: match[3] }
}

function urlPart(text: string, part: string): string | undefined {
  const url = splitUrl(text)
  if (url === undefined) return undefined
  const question = url.rest.indexOf('?')
  const query = question < 0 ? undefined : url.rest.slice(question + 1)
  const before = question < 0 ? url.rest : url.rest.slice(0, question)
  const slash = before.startsWith('//') ? before.indexOf('/', 2) : 0
  const authority = before.startsWith('//') ? before.slice(2, slash < 0 ? undefined : slash) : undefined
  const path = normalPath(slash < 0 ? '' : before.slice(slash))
  const host = hostOf(authority ?? '')
  if (host === undefined) return undefined
  switch (part) {
    case 'PROTOCOL':
      return url.protocol
    case 'HOST':
      return host.name
    case 'USERINFO':
      return host.user
    case 'AUTHORITY':
      return authority
    case 'PATH':
      return path
    case 'QUERY':
      return query
    case 'FILE':
      return query === undefined ? path : `${path}?${query}`
    case 'REF':
      return url.ref
    default:
      return undefined
  }
}

/** undefined where Java refuses the URL: a port that is no number, an IPv6 address without its last bracket. */
function hostOf(authority: string): { readonly name: string; readonly user: string | undefined } | undefined {
  const at = authority.indexOf('@')
  if (at >= 0 && at !== authority.lastIndexOf('@')) return { name: '', user: undefined }
  const user = at < 0 ? undefined : authority.slice(0, at)
  const address = authority.slice(at + 1)
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(address)
  return match === null ? undefined : { name: match[1] ?? '', user }
}

/** The path without the /./ and /../ that java.net.URL removes. */
function normalPath(written: string): string {
  let path = written
  while (path.includes('/./')) path = path.replace('/./', '/')
  for (let at = path.indexOf('/../'); at >= 0; at = path.indexOf('/../', at)) {
    const parent = at > 0 ? path.lastIndexOf('/', at - 1) : -1
    if (parent >= 0 && path.indexOf('/../', parent) !== 0) {
      path = path.slice(0, parent) + path.slice(at + 3)
      at = 0
    } else at += 3
  }
  while (path.endsWith('/..')) {
    const parent = path.lastIndexOf('/', path.indexOf('/..') - 1)
    if (path.indexOf('/..') === 0 || parent < 0) break
    path = path.slice(0, parent + 1)
  }
  if (path.startsWith('./') && path.length > 2) path = path.slice(2)
  return path.endsWith('/.') ? path.slice(0, -1) : path
}
