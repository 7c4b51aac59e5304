import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { linesOf } from '../../../test/contract/source.ts'
import { withIngest } from './ingest.test-tool.ts'
import { ingest } from './ingest.ts'

test('a request that is not taken is answered in a sentence, and leaves nothing behind', async () => {
  const bomb = gzipSync(Buffer.alloc(1 << 20))
  const json = { 'content-type': 'application/json' }
  const cases: [number, RegExp, string | Uint8Array, Record<string, string>, string?][] = [
    [404, /no \/other here: lines are taken at \/ and \/input/, 'x', {}, '/other'],
    [415, /Content-Type multipart\/form-data is not taken/, 'x', { 'content-type': 'multipart/form-data' }],
    [415, /Content-Encoding br is not taken: send gzip, zstd/, 'x', { 'content-encoding': 'br' }],
    [400, /the body does not begin as gzip does; nothing was taken/, 'no gzip', { 'content-encoding': 'gzip' }],
    [400, /the body is cut short/, gzipSync('x\n'.repeat(50)).subarray(0, 20), { 'content-encoding': 'gzip' }],
    [400, /behind its last member/, Buffer.concat([gzipSync('x\n'), Buffer.from('y')]), { 'content-encoding': 'gzip' }],
    [415, /the body is packed with gzip: say so with Content-Encoding: gzip/, gzipSync('x\n'), {}],
    [415, /the body is packed with bzip2, .*: send lines of UTF-8/, Buffer.from('BZh91AY&SY\0\0'), {}],
    [415, /the body is UTF-16 text/, Buffer.from('a line\n', 'utf16le'), {}],
    [400, /array is not lines/, ' [{"a":1}]', json],
    [400, /Idempotency-Key has 1 to 255/, 'x', { 'idempotency-key': 'k'.repeat(256) }],
    [413, /larger than max_body, 1KiB/, 'x\n'.repeat(600), {}],
    [413, /larger than max_body, 1KiB/, bomb, { 'content-encoding': 'gzip' }],
    [413, /the line at byte 2 is longer than max_line, 64B: no line was taken/, `a\n${'x'.repeat(65)}`, {}],
  ]
  const all = await withIngest({ max_body: '1KiB', in_flight: '4KiB', max_line: '64B' }, async (post, url) => {
    for (const [status, message, body, headers, path] of cases) {
      const answer = await post(body, headers, path)
      expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(message)])
    }
    const got = await fetch(url)
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
  })
  expect(all).toEqual([])
})

// Promise token: An address that others can reach is refused without a token.
test('a token is required, and without one the source listens to this machine only', async () => {
  const all = await withIngest({ token: 's3cret' }, async (post) => {
    expect(await post('a')).toMatchObject({ status: 401 })
    expect(await post('b', { authorization: 'Bearer s3cre' })).toMatchObject({ status: 401 })
    expect(await post('c', { authorization: 'Bearer s3cret' })).toMatchObject({ status: 200 })
  })
  expect(linesOf(all)).toEqual(['c'])
  expect(ingest.options.safeParse({ listen: '0.0.0.0:0' }).error?.issues[0]?.message).toMatch(/needs a token/)
  expect(ingest.options.safeParse({ listen: '0.0.0.0:0', token: 'x' }).success).toBe(true)
})

/** The status of a request with exactly these headers; `fetch` would set some of its own. */
const statusOf = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      response.on('close', () => resolve(response.statusCode)).resume()
    })
    sent.on('error', reject).end('x')
  })

test('without a token, what a page in a browser sends is refused', async () => {
  const page = { origin: 'https://evil.example' }
  const refused = [
    page,
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: 'rebound.evil.example' },
    { host: '127.evil.com:8081' },
    { host: '127.0.0.1.evil.com' },
    { host: '[::2]:80' },
  ]
  const taken = [{ host: 'localhost:1234' }, { host: 'LOCALHOST' }, { host: '127.0.0.9' }, { host: '[::1]:8081' }]
  const all = await withIngest({}, async (_, url) => {
    for (const headers of refused) expect([headers, await statusOf(url, headers)]).toEqual([headers, 403])
    for (const headers of taken) expect([headers, await statusOf(url, headers)]).toEqual([headers, 200])
  })
  expect(linesOf(all)).toEqual(taken.map(() => 'x'))
  const withToken = await withIngest({ token: 't' }, async (_, url) => {
    expect(await statusOf(url, { ...page, host: 'logs.example', authorization: 'Bearer t' })).toBe(200)
  })
  expect(linesOf(withToken)).toEqual(['x'])
})
