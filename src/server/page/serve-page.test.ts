import { brotliCompressSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { servePage } from './serve-page.ts'

const PAGE = '<!doctype html>'
const SCRIPT = 'x = 1'
const file = (type: string, text: string) => ({
  type,
  etag: `"${text.length}"`,
  brotli: brotliCompressSync(text).toString('base64'),
})

// What the build makes is a file of `dist/`, which a checkout does not have.
vi.mock('./assets.ts', () => ({
  loadPage: () => ({ files: { '/': file('text/html', PAGE), '/app-0123ABCD.js': file('text/javascript', SCRIPT) } }),
}))

async function app() {
  const { fastify } = await import('fastify')
  const served = fastify()
  servePage(served)
  return served
}

test('the page is asked for again each time, and its files are kept for good', async () => {
  const served = await app()
  const page = await served.inject('/')
  expect({ status: page.statusCode, body: page.body, cache: page.headers['cache-control'] }).toEqual({
    status: 200,
    body: PAGE,
    cache: 'no-cache',
  })
  const script = await served.inject('/app-0123ABCD.js?again')
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  })
  for (const url of ['/app-0123ABCE.js', '/app.js', '/app-0123ABCD.js/'])
    expect((await served.inject(url)).statusCode).toBe(404)
})

test('brotli goes to clients that take it, and nothing to those that have the file', async () => {
  const served = await app()
  const packed = async (accepts: string) =>
    (await served.inject({ url: '/', headers: { 'accept-encoding': accepts } })).headers['content-encoding']
  for (const accepts of ['br', 'gzip, deflate, br, zstd', 'gzip;q=1.0, br;q=0.5', 'BR'])
    expect(await packed(accepts)).toBe('br')
  for (const accepts of ['', 'gzip', 'br;q=0', 'br; q=0.000', 'brx', '*;q=0.1'])
    expect(await packed(accepts)).toBeUndefined()
  const known = async (tags: string) =>
    (await served.inject({ url: '/', headers: { 'if-none-match': tags } })).statusCode
  for (const tags of ['"15"', 'W/"15"', '"1", "15"', '*']) expect(await known(tags)).toBe(304)
  for (const tags of ['"1"', '15', '']) expect(await known(tags)).toBe(200)
})
