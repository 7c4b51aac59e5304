/** Which address is asked for next: the first of a poll, and the next page after an answer. */
import { Failure } from '../../base/failure.ts'
import type { HttpAnswer } from '../../client/http/client.ts'
import { withoutQuery } from '../../client/http/trouble.ts'
import { assertJson } from './answer-records.ts'
import { type JsonPath, textInJson } from './json-path.ts'
import type { HttpSourceOptions, Paging } from './options.ts'
import { LONGEST_KEPT, shortDigest } from './place.ts'

/** A page to ask for. `key` names it among those of all polls. */
export type AskedPage = {
  readonly url: string
  readonly key: string
  readonly number: number
  readonly cursor?: string
}

/** Where a poll begins. */
export function firstPage(options: HttpSourceOptions, cursor: string | undefined): AskedPage {
  const { pages } = options
  if (pages?.kind === 'cursor') return cursorPage(options, pages.query, cursor, 0)
  if (pages?.kind === 'page') return numberedPage(options, pages, 0)
  return { url: urlWith(options), key: '0', number: 0 }
}

/** The page after one, by its answer, which had `count` records; undefined: there is none. Throws a Failure. */
export function nextPage(
  options: HttpSourceOptions,
  page: AskedPage,
  answer: HttpAnswer,
  count: number,
): AskedPage | undefined {
  const { pages } = options
  const number = page.number + 1
  switch (pages?.kind) {
    case undefined:
      return undefined
    case 'page':
      return count === 0 ? undefined : numberedPage(options, pages, number)
    case 'cursor': {
      const next = textAt(pages.from, answer)
      if (next === undefined) return undefined
      if (next.length > LONGEST_KEPT) {
        throw new Failure('limit', `the cursor of ${withoutQuery(page.url)} is longer than ${LONGEST_KEPT} characters`)
      }
      return cursorPage(options, pages.query, next, number)
    }
    case 'link': {
      const link = pages.from === 'header' ? nextOfLinks(answer.headers.link) : textAt(pages.from, answer)
      if (link === undefined) return undefined
      const url = URL.parse(link, answer.url)
      // The auth of the options goes with every page.
      if (url === null || url.origin !== new URL(options.url).origin) {
        const message = `the next page of ${withoutQuery(page.url)} is at another server: ${withoutQuery(link)}`
        throw new Failure('denied', message, { hint: 'pages are read from the server of `url` alone' })
      }
      return { url: url.href, key: String(number), number }
    }
  }
}

function cursorPage(options: HttpSourceOptions, query: string, cursor: string | undefined, number: number): AskedPage {
  if (cursor === undefined) return { url: urlWith(options), key: '', number }
  return { url: urlWith(options, [query, cursor]), key: shortDigest(cursor), number, cursor }
}

function numberedPage(
  options: HttpSourceOptions,
  pages: Paging & { readonly kind: 'page' },
  number: number,
): AskedPage {
  const value = pages.from + number * pages.by
  return { url: urlWith(options, [pages.query, String(value)]), key: String(number), number }
}

function urlWith({ url, query = {} }: HttpSourceOptions, also?: readonly [name: string, value: string]): string {
  const whole = new URL(url)
  for (const [name, value] of Object.entries(query)) whole.searchParams.append(name, value)
  if (also !== undefined) whole.searchParams.set(...also)
  whole.hash = ''
  return whole.href
}

/** The text or number at a path; undefined where there is none, or it is empty: then there is no next page. */
function textAt(path: JsonPath, { body, url }: HttpAnswer): string | undefined {
  if (body.length === 0) return undefined
  assertJson(body, withoutQuery(url))
  return textInJson(body, path) || undefined
}

/** The address of `rel="next"` in a header `Link` (RFC 8288). */
export function nextOfLinks(header = ''): string | undefined {
  for (const [, link, parameters = ''] of header.matchAll(
    /<([^>]*)>((?:\s*;\s*[^,;="]+(?:=(?:"[^"]*"|[^,;"]*))?)*)/g,
  )) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^,;\s]*))/i.exec(parameters)
    const names = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/)
    if (names.includes('next')) return link
  }
  return undefined
}
