/** What `check --connect` finds, of servers that answer as the documents of the stores say. OpenSearch is real in test/services. */
import { expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { FIELDS } from '../../../test/contract/made-deliveries.ts'
import { systemClock } from '../../base/clock.ts'
import { type Asked, startServer } from '../../client/http/http-server.test-tool.ts'
import type { SinkType, StoreLook } from '../sink.ts'
import { httpSink } from './http.ts'
import { clickhouse, elasticsearch, loki } from './presets.ts'

/** A server that answers each address with a status and a text; 404 where it has none. */
async function start(answers: { readonly [url: string]: readonly [status: number, text: string] }) {
  return await startServer(({ url }, response) => {
    const [status, text] = answers[url] ?? [404, 'no such page']
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
  })
}

async function look(type: SinkType, options: object): Promise<StoreLook | undefined> {
  const context = {
    folder: await makeFolder(),
    clock: systemClock,
    fields: FIELDS,
    from: 'q',
    key: [],
    timezone: 'UTC',
  }
  return await type.connect?.(type.options.parse(options), context as never)
}

const requests = (asked: readonly Asked[]) => asked.map(({ method, url, body }) => `${method} ${url} ${body.length}`)

test('http: any answer will do, and nothing is sent that a webhook could take for a row', async () => {
  const { url, asked } = await start({ '/hook': [405, 'POST me'] })
  expect(await look(httpSink, { url: `${url}/hook`, headers: { 'X-Row': '{{ text }}' } })).toEqual({
    found: `${url}/hook answers (405 to OPTIONS)`,
    failures: [],
    warnings: [],
  })
  expect(await look(httpSink, { url: `${url}/rows/{{ text }}` })).toMatchObject({
    found: `${url} answers (404 to OPTIONS)`,
  })
  expect(requests(asked)).toEqual(['OPTIONS /hook 0', 'OPTIONS / 0'])
})

test('a login that is refused is a failure, a fault of the server and a server that is away are out of reach', async () => {
  const { url } = await start({ '/': [401, 'who are you'], '/broken': [503, 'later'] })
  for (const [type, more] of [
    [httpSink, {}],
    [elasticsearch, { index: 'i' }],
  ] as const) {
    expect(await look(type, { url, ...more })).toMatchObject({ found: undefined, failures: [{ code: 'denied' }] })
  }
  await expect(look(httpSink, { url: `${url}/broken` })).rejects.toMatchObject({ retryable: true })
  await expect(look(loki, { url: 'http://127.0.0.1:1', labels: { a: 'b' } })).rejects.toMatchObject({
    message: expect.stringContaining('cannot reach http://127.0.0.1:1'),
  })
})

test('elasticsearch: which of the two it is, and its version', async () => {
  const answer = (version: object) => start({ '/': [200, JSON.stringify({ version })] })
  const found = async (url: string) => (await look(elasticsearch, { url, index: 'i' }))?.found
  const one = await answer({ number: '2.19.6', distribution: 'opensearch' })
  expect(await found(one.url)).toBe(`OpenSearch 2.19.6 at ${one.url}`)
  const other = await answer({ number: '9.2.1' })
  expect(await found(`${other.url}/`)).toBe(`Elasticsearch 9.2.1 at ${other.url}`)
  const page = await start({ '/': [200, '<html>'] })
  expect(await look(elasticsearch, { url: page.url, index: 'i' })).toMatchObject({
    found: undefined,
    failures: [{ message: `${page.url} answers 200, and not as Elasticsearch or OpenSearch does` }],
  })
})

test('clickhouse: its version, and whether the table is there', async () => {
  const version = '/?query=SELECT%20version()'
  const { url, asked } = await start({
    [version]: [200, '25.8.3.66\n'],
    '/?query=EXISTS%20TABLE%20logs.hits': [200, '1\n'],
    '/?query=EXISTS%20TABLE%20gone': [200, '0\n'],
  })
  const found = `ClickHouse 25.8.3.66 at ${url}`
  expect(await look(clickhouse, { url, table: 'logs.hits' })).toEqual({ found, failures: [], warnings: [] })
  const failures = [{ code: 'not-found', message: 'there is no table gone' }]
  expect(await look(clickhouse, { url, table: 'gone' })).toMatchObject({ found, failures })
  // Its HTTP interface lets a GET change nothing.
  expect(new Set(asked.map(({ method }) => method))).toEqual(new Set(['GET']))
  const other = await start({ '/?query=SELECT%20version()': [200, 'hello'] })
  expect(await look(clickhouse, { url: other.url, table: 't' })).toMatchObject({ failures: [{ code: 'not-found' }] })
})

test('loki: its version, of the tenant; other stores with its push API have no such page', async () => {
  const { url, asked } = await start({ '/loki/api/v1/status/buildinfo': [200, '{"version":"3.5.0"}'] })
  const labels = { job: 'x' }
  expect(await look(loki, { url, labels, tenant: 'ours' })).toMatchObject({ found: `Loki 3.5.0 at ${url}` })
  expect(asked[0]?.headers['x-scope-orgid']).toBe('ours')
  const other = await start({})
  expect(await look(loki, { url: other.url, labels })).toEqual({
    found: `a server without the version of Loki at ${other.url}`,
    failures: [],
    warnings: [],
  })
})
