import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { deliveryOf } from '../../../test/contract/made-deliveries.ts'
import { openSinkAt } from '../../../test/contract/sink.ts'
import { type Asked, startServer, type TestServer } from '../../client/http/http-server.test-tool.ts'
import { fastClock } from '../delivery/delivery.test-tool.ts'
import { mistakesOf } from '../message/mistakes.test-tool.ts'
import type { Sink, SinkContext } from '../sink.ts'
import { httpSink } from './http.ts'

type Answers = (asked: Asked) => number | readonly [status: number, headers: object, body?: string] | 'break'
type Opened = { readonly sink: Sink; readonly server: TestServer; readonly clock: ReturnType<typeof fastClock> }

/** The sink, and a server that answers as the function says. */
async function opened(
  options: object,
  answers: Answers = () => 204,
  context: Partial<SinkContext> = {},
): Promise<Opened> {
  const server = await startServer((asked, response) => {
    const answer = answers(asked)
    if (answer === 'break') return void response.destroy()
    const [status, headers, body] = typeof answer === 'number' ? [answer, {}] : answer
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body)
  })
  const clock = fastClock()
  const { url = '/', ...more } = options as { url?: string }
  const target = { options: { url: `${server.url}${url}`, ...more }, folder: await makeFolder() }
  const sink = await openSinkAt(httpSink, target, { clock, ...context })
  onTestFinished(() => sink[Symbol.asyncDispose]())
  return { sink, server, clock }
}

const records = (...texts: string[]) => texts.map((text, i) => ({ text, time: i }))
const sentOf = ({ asked }: TestServer) => asked.map(({ body }) => body.toString())
const row = (text: string, at = 0) => `{"ts":"1970-01-01T00:00:00.00${at}Z","size":${text.length},"text":"${text}"}`

test('each row is a request of its JSON, whose Idempotency-Key follows from the row', async () => {
  const { sink, server } = await opened({ headers: { 'X-Own': 'of {{ text }}' } })
  expect(await sink.write(deliveryOf(0, 7, records('a', 'bc')))).toBeUndefined()
  expect(sentOf(server)).toEqual([row('a'), row('bc', 1)])
  expect(server.asked[0]).toMatchObject({
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-own': 'of a' },
  })
  const keys = server.asked.map(({ headers }) => headers['idempotency-key'])
  expect(keys[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  const again = await opened({})
  await again.sink.write(deliveryOf(0, 8, records('bc')))
  expect(again.server.asked[0]?.headers['idempotency-key']).toBe(keys[1])
  const other = await opened({}, () => 204, { name: 'other' })
  await other.sink.write(deliveryOf(0, 8, records('bc')))
  expect(other.server.asked[0]?.headers['idempotency-key']).not.toBe(keys[1])
})

test('a batch is lines or an array, perhaps packed and within an envelope; the same batch has the same key', async () => {
  const lines = await opened({ send: 'lines', gzip: true })
  await lines.sink.write(deliveryOf(1, 0, records('a', 'b')))
  await lines.sink.write(deliveryOf(1, 2, records('c')))
  const other = await opened({ send: 'lines' })
  await other.sink.write(deliveryOf(1, 0, records('a', 'b')))
  const [first, third] = lines.server.asked
  const [second] = other.server.asked
  expect(gunzipSync(first?.body ?? '').toString()).toBe(`${row('a')}\n${row('b', 1)}\n`)
  expect(first?.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' })
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  expect(third?.headers['idempotency-key']).not.toBe(first?.headers['idempotency-key'])
  const array = await opened({ send: 'array', envelope: '{"n":1,"rows":{{ rows }}}', body: { t: 'x {{ text }}' } })
  await array.sink.write(deliveryOf(0, 0, records('a"', '{{ rows }}')))
  expect(JSON.parse(sentOf(array.server)[0] ?? '')).toEqual({ n: 1, rows: [{ t: 'x a"' }, { t: 'x {{ rows }}' }] })
  const many = await opened({ send: 'lines', body: [{ is: '{{ row.uuid }}' }, '{{ text }}'] })
  await many.sink.write(deliveryOf(0, 0, records('a', 'b')))
  expect(sentOf(many.server)[0]).toMatch(/^{"is":"[\da-f-]{36}"}\na\n{"is":"[\da-f-]{36}"}\nb\n$/)
})

test('a batch that comes again after a crash is cut as it was, and has the same key', async () => {
  const folder = await makeFolder()
  const options = { send: 'lines' }
  const before = await opened(options, () => 200, { scratch: folder })
  await before.sink.write(deliveryOf(0, 0, records('a')))
  await before.sink.write(deliveryOf(0, 1, records('b', 'c')))
  const bad = await opened(options, ({ body }) => (body.includes('bad') ? 400 : 200), { scratch: folder })
  // All that waits is one delivery now. What was refused is cut anew.
  const delivery = deliveryOf(0, 0, records('a', 'b', 'c', 'd', 'bad'))
  expect(await bad.sink.write(delivery)).toMatchObject({ kind: 'batch' })
  expect(await bad.sink.write(deliveryOf(0, 0, records('a', 'b')))).toBeUndefined()
  expect(await bad.sink.write(deliveryOf(0, 2, records('c', 'd', 'bad')))).toMatchObject({ kind: 'batch' })
  expect(await bad.sink.write(deliveryOf(0, 2, records('c')))).toBeUndefined()
  expect(await bad.sink.write(deliveryOf(0, 3, records('d', 'bad')))).toMatchObject({ kind: 'batch' })
  expect(await bad.sink.write(deliveryOf(0, 3, records('d')))).toBeUndefined()
  expect(await bad.sink.write(deliveryOf(0, 4, records('bad')))).toMatchObject({ kind: 'batch' })
  const after = await opened(options, () => 200, { scratch: folder })
  await after.sink.write(delivery)
  const keysOf = ({ asked }: TestServer) =>
    asked.map(
      ({ body, headers }) =>
        [
          body
            .toString()
            .match(/\w+(?="}\n)/g)
            ?.join(),
          headers['idempotency-key'],
        ] as const,
    )
  const keys = new Map(keysOf(before.server))
  expect([...keys.keys()]).toEqual(['a', 'b,c'])
  expect(keysOf(bad.server).slice(0, 2)).toEqual([...keys])
  expect(keysOf(bad.server).map(([texts]) => texts)).toEqual(['a', 'b,c', 'd,bad', 'd,bad', 'd,bad', 'd', 'bad'])
  const taken = new Map(keysOf(bad.server).filter(([texts]) => ['a', 'b,c', 'd'].includes(texts ?? '')))
  expect(keysOf(after.server).slice(0, 3)).toEqual([...taken])
})

test('values in an address are escaped, and never lead to another one', async () => {
  const { sink, server } = await opened({
    url: '/to/{{ text }}/x',
    query: { q: '{{ text }}&', id: '{{ message.id }}' },
    method: 'PUT',
  })
  const texts = ['a/b?c#d', 'ü', '..', '.', '%2e%2e', '\ud800', 'ok']
  expect(await sink.write(deliveryOf(0, 0, records(...texts)))).toEqual({
    kind: 'rows',
    rows: [
      { row: 2, reason: `${server.url}/to/../x would be another address` },
      { row: 3, reason: `${server.url}/to/./x would be another address` },
    ],
  })
  const paths = server.asked.map(({ url }) => url.split('&id=')[0])
  expect(paths).toEqual([
    '/to/a%2Fb%3Fc%23d/x?q=a%2Fb%3Fc%23d%26',
    '/to/%C3%BC/x?q=%C3%BC%26',
    '/to/%252e%252e/x?q=%252e%252e%26',
    '/to/%EF%BF%BD/x?q=%EF%BF%BD%26',
    '/to/ok/x?q=ok%26',
  ])
})

test('a value that would break a header is refused', async () => {
  const { sink, server } = await opened({ headers: { 'X-T': '{{ text }}' } })
  const refusal = await sink.write(deliveryOf(0, 0, records('a\r\nX-Evil: 1', 'b', '\u{1f600}')))
  const reason = 'the value of header X-T cannot be sent'
  expect(refusal).toEqual({
    kind: 'rows',
    rows: [
      { row: 0, reason },
      { row: 2, reason },
    ],
  })
  expect(server.asked).toHaveLength(1)
})

test('a row that is refused has the answer in its reason; the rows before a trouble are not sent again', async () => {
  let isDown = true
  const { sink, server } = await opened({}, ({ body }) => {
    if (body.includes('bad')) return [422, {}, 'no\nsuch thing']
    return body.includes('later') && isDown ? 503 : 200
  })
  const delivery = deliveryOf(0, 0, records('a', 'bad', 'later', 'z'))
  await expect(sink.write(delivery)).rejects.toMatchObject({ name: 'Failure', retryable: true })
  isDown = false
  expect(await sink.write(delivery)).toEqual({
    kind: 'rows',
    rows: [{ row: 1, reason: `${server.url} answers 422 Unprocessable Entity: no such thing` }],
  })
  expect(sentOf(server).map((text) => JSON.parse(text).text)).toEqual(['a', 'bad', 'later', 'later', 'later', 'z'])
})

test('a batch that is refused or too large is refused as a whole, so that its rows can be found', async () => {
  const { sink } = await opened({ send: 'lines' }, ({ body }) =>
    body.includes('bad') ? 400 : body.length > 100 ? 413 : 200,
  )
  expect(await sink.write(deliveryOf(0, 0, records('a', 'bad')))).toMatchObject({ kind: 'batch' })
  expect(await sink.write(deliveryOf(0, 0, records('a', 'b', 'c')))).toMatchObject({ kind: 'batch' })
  expect(await sink.write(deliveryOf(0, 0, records('a')))).toBeUndefined()
})

test.each([
  [500, true],
  [503, true],
  [408, true],
  [425, true],
  [429, true],
  [401, false],
  [403, false],
  [404, false],
  [301, false],
])('an answer of %i is no fault of the row: it waits', async (status, retryable) => {
  const { sink } = await opened({}, () => status)
  await expect(sink.write(deliveryOf(0, 0, records('a')))).rejects.toMatchObject({ name: 'Failure', retryable })
})

test('404 is about the row where the path is made of it, and any status where `refuse` says so', async () => {
  const path = await opened({ url: '/users/{{ text }}' }, () => 404)
  expect(await path.sink.write(deliveryOf(0, 0, records('a')))).toMatchObject({ kind: 'rows' })
  const refuse = await opened({ refuse: [403] }, () => 403)
  expect(await refuse.sink.write(deliveryOf(0, 0, records('a')))).toMatchObject({ kind: 'rows' })
})

test('a server that says when it wants to be asked again is left alone until then', async () => {
  let isFirst = true
  const { sink, server, clock } = await opened({}, () => {
    if (!isFirst) return 200
    isFirst = false
    return [429, { 'retry-after': '7' }]
  })
  await expect(sink.write(deliveryOf(0, 0, records('a')))).rejects.toMatchObject({ retryable: true })
  expect(await sink.write(deliveryOf(0, 0, records('a')))).toBeUndefined()
  expect(clock.slept).toEqual([7000])
  expect(server.asked).toHaveLength(2)
})

test('a connection that breaks, and a secret in an answer: a Failure without the secret', async () => {
  const broken = await opened({}, () => 'break')
  await expect(broken.sink.write(deliveryOf(0, 0, records('a')))).rejects.toMatchObject({
    name: 'Failure',
    retryable: true,
  })
  const { sink, server } = await opened({ auth: { bearer: 's3cret' } }, () => [401, {}, 'bad token s3cret'])
  const failure = await sink.write(deliveryOf(0, 0, records('a'))).catch((error: Error) => error)
  expect(String(failure)).toContain('bad token ***')
  expect(server.asked[0]?.headers.authorization).toBe('Bearer s3cret')
})

const mistakes = (options: object) => mistakesOf(httpSink, { url: 'http://localhost/', ...options })

test('mistakes in templates are said with their places', () => {
  expect(
    mistakes({
      url: 'http://localhost/{{ txt }}',
      headers: { A: '{{ b }}' },
      query: { c: '{{ d }}' },
      body: { e: ['{{ f }}'] },
    }),
  ).toEqual([
    'url: line 1:18: there is no column txt',
    'query.c: line 1:1: there is no column d',
    'headers.A: line 1:1: there is no column b',
    'body.e.0: line 1:1: there is no column f',
  ])
  expect(mistakes({ body: '{"a":"{{ text }}"}' })).toEqual([
    'body: warning: line 1:7: {{ text }} is not escaped: a value with a quote in it makes the body something else',
  ])
  expect(
    mistakes({
      send: 'lines',
      url: 'http://localhost/{{ text }}',
      envelope: '{}',
      body: [{ a: '{{ x }}' }, '{{ y }}'],
    }),
  ).toEqual([
    'url: line 1:18: there is no column text',
    'body.0.a: line 1:1: there is no column x',
    'body.1: line 1:1: there is no column y',
    'envelope: the rows are not in it',
  ])
})

test.each([
  [{ url: 'http://{{ text }}/' }, 'expected an address'],
  [{ envelope: '{{ rows }}' }, 'goes around several rows'],
  [{ answer: 'bulk' }, 'of several rows'],
  [{ body: 5 }, 'a body is a text, or a group of keys or a list'],
])('options %j are refused', (options, message) => {
  const result = httpSink.options.safeParse({ url: 'http://localhost/', ...options })
  expect(JSON.stringify(result.error?.issues)).toContain(message)
})
