import { expect, test } from 'vitest'
import { httpSourceOptions } from './options.ts'
import { firstPage, nextOfLinks, nextPage } from './pages.ts'

const URL_OF = 'http://api.test/list?a=1'

function next(pages: object, answer: object, headers: { readonly [name: string]: string } = {}, count = 1) {
  const options = httpSourceOptions.parse({ url: URL_OF, every: '1s', records: '$.data[*]', pages })
  const page = firstPage(options, undefined)
  const body = Buffer.from(JSON.stringify(answer))
  return nextPage(options, page, { status: 200, headers, body, url: page.url }, count)
}

test.each([
  ['<http://api.test/2>; rel="next"', 'http://api.test/2'],
  ['</1>; rel=prev, </3>; rel=next', '/3'],
  ['</a,b>; title="x, y; rel=next"; rel="last", </c>; rel="prefetch NEXT"', '/c'],
  ['</1>; rel="prev"', undefined],
  ['nonsense', undefined],
])('Link: %s', (header, link) => {
  expect(nextOfLinks(header)).toBe(link)
})

test('a next link may be relative, and is of the same server', () => {
  const pages = { next_link: '$.links.next' }
  expect(next(pages, { links: { next: '/list?page=2' } })).toMatchObject({ url: 'http://api.test/list?page=2' })
  expect(next(pages, { links: { next: null } })).toBeUndefined()
  expect(next(pages, { links: {} })).toBeUndefined()
  expect(() => next(pages, { links: { next: 'http://evil.test/list' } })).toThrow('is at another server')
  expect(next({ next_link: 'header' }, {}, { link: '<?page=2>; rel="next"' })).toMatchObject({
    url: 'http://api.test/list?page=2',
  })
})

test('a cursor is a text or a number; pages count by what the file says', () => {
  const pages = { cursor: { from: '$.next', query: 'c' } }
  expect(next(pages, { next: 'a b&c' })).toMatchObject({ url: 'http://api.test/list?a=1&c=a+b%26c', cursor: 'a b&c' })
  expect(next(pages, { next: 0 })).toMatchObject({ cursor: '0' })
  expect(next(pages, { next: '' })).toBeUndefined()
  expect(() => next(pages, { next: 'x'.repeat(5000) })).toThrow('is longer than 4096 characters')
  expect(next({ page: { query: 'offset', from: 0, by: 50 } }, {})).toMatchObject({
    url: 'http://api.test/list?a=1&offset=50',
  })
  expect(next({ page: { query: 'page' } }, {}, {}, 0)).toBeUndefined()
})
