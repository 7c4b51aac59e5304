import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Delivered, linesOf, runSource, type SourceRun, sourceContract } from '../../../test/contract/source.ts'
import type { SourcePlace } from '../source.ts'
import { ingest } from './ingest.ts'

const options = (more: object = {}) => ({ listen: '127.0.0.1:0', timeout: '5s', ...more })
const urlOf = (describe: string) => describe.replace('ingest ', '')

sourceContract(ingest, async () => {
  const expected = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'x'.repeat(i % 90)}`)
  return {
    options: options(),
    expected,
    async send(describe) {
      // One connection for all requests: a run to the end of its input ends when no peer is connected any more.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (const third of [0, 1, 2]) {
        const body = expected.slice(third * 1000, third * 1000 + 1000).join('\n')
        await new Promise<void>((resolve) => {
          const sent = request(urlOf(describe), { method: 'POST', agent }, (response) => {
            response.on('close', resolve).resume()
          })
          // A run that was stopped refuses later requests.
          sent.on('error', () => resolve()).end(body)
        })
      }
      agent.destroy()
    },
  }
})

type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> }
type Post = (body: string | Uint8Array, headers?: Record<string, string>, path?: string) => Promise<Answer>

/** Runs the source while `use` sends requests, then stops it. Gives all deliveries. */
async function withIngest(
  more: object,
  use: (post: Post, url: string) => Promise<void>,
  run: SourceRun = {},
): Promise<readonly Delivered[]> {
  const stop = new AbortController()
  return runSource(ingest, options(more), {
    untilEnd: false,
    signal: stop.signal,
    ...run,
    async started(describe) {
      const url = urlOf(describe)
      const post: Post = async (body, headers = {}, path = '/') => {
        const response = await fetch(url + path, {
          method: 'POST',
          body: Buffer.from(body as Uint8Array<ArrayBuffer>),
          headers,
        })
        const text = await response.text()
        expect(text).toMatch(/^\{.*\}\n$/)
        return { status: response.status, headers: response.headers, body: JSON.parse(text) }
      }
      try {
        await use(post, url)
      } finally {
        stop.abort()
      }
    },
  })
}

test('lines come plain or packed, at / and /NAME, the last with or without its end', async () => {
  const all = await withIngest({}, async (post) => {
    expect(await post('one\ntwo')).toMatchObject({ status: 200, body: { lines: 2 } })
    const ndjson = { 'content-type': 'application/x-ndjson' }
    expect(await post(gzipSync('{"a":3}\n'), { ...ndjson, 'content-encoding': 'gzip' }, '/input')).toMatchObject({
      status: 200,
      body: { lines: 1 },
    })
    expect(await post(zstdCompressSync(Buffer.from('four\nfive\n')), { 'content-encoding': 'zstd' })).toMatchObject({
      status: 200,
      body: { lines: 2 },
    })
    expect(await post('')).toMatchObject({ status: 200, body: { lines: 0 } })
  })
  expect(linesOf(all)).toEqual(['one', 'two', '{"a":3}', 'four', 'five'])
})

test('a request that is not taken is answered in a sentence, and leaves nothing behind', async () => {
  const bomb = gzipSync(Buffer.alloc(1 << 20))
  const json = { 'content-type': 'application/json' }
  const cases: [number, RegExp, string | Uint8Array, Record<string, string>, string?][] = [
    [404, /no \/other here: lines are taken at \/ and \/input/, 'x', {}, '/other'],
    [415, /Content-Type multipart\/form-data is not taken/, 'x', { 'content-type': 'multipart/form-data' }],
    [415, /Content-Encoding br is not taken: send gzip, zstd/, 'x', { 'content-encoding': 'br' }],
    [400, /the body does not begin as gzip does; no line was taken/, 'no gzip', { 'content-encoding': 'gzip' }],
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

test('the same key adds nothing again, also after a restart; other lines under it are refused', async () => {
  const key = { 'idempotency-key': 'batch-1' }
  const first = await withIngest({}, async (post) => {
    const both = await Promise.all([post('one\ntwo', key), post('one\ntwo', key)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(await post('one\ntwo', key)).toMatchObject({ status: 200, body: { lines: 2, repeated: true } })
    expect(await post('three', key)).toMatchObject({ status: 422 })
    expect(await post('three')).toMatchObject({ status: 200, body: { lines: 1 } })
  })
  expect(linesOf(first)).toEqual(['one', 'two', 'three'])
  const place = first.at(-1)?.place as SourcePlace
  const again = await withIngest(
    {},
    async (post) => {
      expect(await post('one\ntwo', key)).toMatchObject({ body: { repeated: true } })
      expect(await post('four', { 'idempotency-key': 'batch-2' })).toMatchObject({ body: { lines: 1 } })
    },
    { place },
  )
  expect(linesOf(again)).toEqual(['four'])
})

test('requests go to partitions in turn, and the oldest keys of each are forgotten', async () => {
  const places = [undefined, undefined, undefined]
  const all = await withIngest(
    { keys: 6 },
    async (post) => {
      for (let i = 0; i < 12; i++) await post(`line ${i}`, { 'idempotency-key': `key ${i}` })
      expect(await post('line 11', { 'idempotency-key': 'key 11' })).toMatchObject({ body: { repeated: true } })
      expect(await post('line 0', { 'idempotency-key': 'key 0' })).not.toMatchObject({ body: { repeated: true } })
    },
    { places },
  )
  for (const { place } of all) expect((place.keys as string[]).length).toBeLessThanOrEqual(2)
  expect(all).toHaveLength(13)
})

test('while deliveries wait, requests beyond in_flight are told to come again', async () => {
  const gate = Promise.withResolvers<void>()
  const all = await withIngest(
    { max_body: '100B', in_flight: '150B' },
    async (post) => {
      // Its lines are durable, but the delivery waits for the readers of the topic.
      expect(await post('x'.repeat(100))).toMatchObject({ status: 200 })
      const refused = await post('y'.repeat(100))
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
      expect(await post('z'.repeat(50))).toMatchObject({ status: 200 })
      gate.resolve()
      while ((await post('y'.repeat(100))).status === 429) await new Promise(setImmediate)
    },
    { onDelivery: () => gate.promise },
  )
  expect(linesOf(all).map((line) => line[0])).toEqual(['x', 'z', 'y'])
})

test('a request that is not ended is not taken, and a slow one is cut off', async () => {
  const all = await withIngest({ timeout: '1s' }, async (post, url) => {
    const port = Number(new URL(url).port)
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'
    const gone = connect(port, '127.0.0.1', () => gone.end(head))
    await new Promise((resolve) => gone.on('close', resolve).resume())
    const slow = connect(port, '127.0.0.1', () => slow.write(head))
    let answer = ''
    await new Promise((resolve) => slow.on('close', resolve).on('data', (text) => (answer += text)))
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(await post('whole')).toMatchObject({ status: 200 })
  })
  expect(linesOf(all)).toEqual(['whole'])
})

test('a stop answers the requests under way, and refuses later ones on an open connection', async () => {
  const stop = new AbortController()
  let answered: number | undefined
  let later: number | undefined
  const all = await runSource(ingest, options(), {
    untilEnd: false,
    signal: stop.signal,
    onDelivery: () => stop.abort(),
    async started(describe) {
      const response = await fetch(urlOf(describe), { method: 'POST', body: 'one\n' })
      answered = response.status
      later = await fetch(urlOf(describe), { method: 'POST', body: 'two\n' }).then(
        ({ status }) => status,
        () => 0,
      )
    },
  })
  expect([answered, linesOf(all)]).toEqual([200, ['one']])
  expect([0, 503]).toContain(later)
})

// Promise: A body is read whole: all members or frames of it, without a byte order mark.
test('a body of several members or frames is taken whole, and a byte order mark is no part of it', async () => {
  const all = await withIngest({}, async (post) => {
    const gzip = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')])
    const zstd = Buffer.concat([zstdCompressSync('three\n'), zstdCompressSync('four\n')])
    expect(await post(gzip, { 'content-encoding': 'gzip' })).toMatchObject({ status: 200, body: { lines: 2 } })
    expect(await post(zstd, { 'content-encoding': 'zstd' })).toMatchObject({ status: 200, body: { lines: 2 } })
    expect(await post('\ufefffive\n\0\0six\n', {})).toMatchObject({ status: 200, body: { lines: 2 } })
  })
  expect(linesOf(all)).toEqual(['one', 'two', 'three', 'four', 'five', 'six'])
})
