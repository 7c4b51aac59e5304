/**
 * The presets against servers that take nothing but what the documents of the stores describe. Real ones are in
 * `test/services/stores-by-http.test.ts`.
 */
import { gunzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { deliveryOf, FIELDS } from '../../../test/contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../../../test/contract/sink.ts'
import { type Asked, startServer } from '../../client/http/http-server.test-tool.ts'
import { mistakesOf } from '../message/mistakes.test-tool.ts'
import type { Sink, SinkType } from '../sink.ts'
import { clickhouse, elasticsearch, loki } from './presets.ts'

const bodyOf = ({ headers, body }: Asked): string =>
  (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
const linesOf = (asked: Asked): unknown[] => {
  const text = bodyOf(asked)
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}
const records = (...texts: string[]) => texts.map((text, i) => ({ text, time: i }))

type Row = { readonly text: string; readonly size: number; readonly ts: string }
/** `status` of a document, where it is not taken. */
type Bulk = { readonly documents: Map<string, Row>; status: (row: Row) => number | undefined }

/** An index that reads `_bulk` as Elasticsearch documents it. */
async function startBulk(): Promise<Bulk & { readonly url: string }> {
  const bulk: Bulk = { documents: new Map(), status: () => undefined }
  const { url } = await startServer((asked, response) => {
    expect(asked.url.split('?')[0]).toBe('/_bulk')
    expect(asked.headers['content-type']).toBe('application/x-ndjson')
    const lines = linesOf(asked)
    const items = []
    for (let i = 0; i < lines.length; i += 2) {
      const [action, about] = Object.entries(lines[i] as { [action: string]: { _index: string; _id: string } })[0] ?? [
        '',
      ]
      const row = lines[i + 1] as Row
      const name = `${about?._index}/${about?._id}`
      const exists = action === 'create' && bulk.documents.has(name)
      const status = exists ? 409 : (bulk.status(row) ?? (bulk.documents.has(name) ? 200 : 201))
      if (status < 300) bulk.documents.set(name, row)
      const error = status < 300 ? {} : { error: { type: 'some_exception', reason: `no ${row.text}` } }
      items.push({ [action]: { status, ...error } })
    }
    response.end(JSON.stringify({ errors: items.some((item) => 'error' in (Object.values(item)[0] ?? {})), items }))
  })
  return Object.assign(bulk, { url })
}

async function opened(type: SinkType, options: object): Promise<Sink> {
  const sink = await openSinkAt(type, { options, folder: await makeFolder() })
  onTestFinished(() => sink[Symbol.asyncDispose]())
  return sink
}

describe('elasticsearch', () => {
  test('a row is a document with a name of its own; what is refused is said by row, and the others are there', async () => {
    const bulk = await startBulk()
    bulk.status = ({ text }) => (text === 'bad' ? 400 : undefined)
    const sink = await opened(elasticsearch, { url: `${bulk.url}/`, index: 'logs-{{ size }}' })
    expect(await sink.write(deliveryOf(0, 0, records('a', 'bad', 'c"\n')))).toEqual({
      kind: 'rows',
      rows: [{ row: 1, reason: `${bulk.url}/_bulk answers 400 for a row: some_exception: no bad` }],
    })
    const found = [...bulk.documents]
    expect(found.map(([, { text }]) => text)).toEqual(['a', 'c"\n'])
    expect(found[0]?.[0]).toMatch(/^logs-1\/[\da-f]{8}-[\da-f]{4}-5/)
    expect(found[1]?.[0]).toMatch(/^logs-3\//)
  })

  test('documents that have to come again, and those of an index that is closed, hold the batch; then nothing is double', async () => {
    const bulk = await startBulk()
    for (const action of ['index', 'create']) {
      bulk.documents.clear()
      const sink = await opened(elasticsearch, { url: bulk.url, index: 'logs', action })
      for (const [status, retryable] of [
        [429, true],
        [503, true],
        [403, false],
        [404, false],
      ] as const) {
        bulk.status = ({ text }) => (text === 'b' ? status : undefined)
        const write = sink.write(deliveryOf(0, 0, records('a', 'b')))
        await expect(write).rejects.toMatchObject({ name: 'Failure', retryable })
      }
      bulk.status = () => undefined
      expect(await sink.write(deliveryOf(0, 0, records('a', 'b')))).toBeUndefined()
      expect([...bulk.documents.values()].map(({ text }) => text)).toEqual(['a', 'b'])
    }
  })

  test.each(['not JSON', '{}', '{"errors":true,"items":[]}', '{"errors":true,"items":[{}]}'])(
    'an answer %j is a Failure, and no row is lost',
    async (text) => {
      const { url } = await startServer((_, response) => void response.end(text))
      const sink = await opened(elasticsearch, { url, index: 'logs' })
      const failure = { name: 'Failure', message: `${url}/_bulk does not answer as _bulk does` }
      await expect(sink.write(deliveryOf(0, 0, records('a')))).rejects.toMatchObject(failure)
    },
  )

  const start = async (): Promise<SinkTarget> => {
    const bulk = await startBulk()
    let asked = 0
    bulk.status = () => ([5, 30, 31, 90, 200].includes(++asked) ? 429 : undefined)
    return {
      options: { url: bulk.url, index: 'logs' },
      folder: await makeFolder(),
      stored: async () => [...bulk.documents.values()].map(({ text }) => text),
    }
  }
  const steady = async (): Promise<SinkTarget> => {
    const bulk = await startBulk()
    const stored = async () => [...bulk.documents.values()].map(({ text }) => text)
    return { options: { url: bulk.url, index: 'logs' }, folder: await makeFolder(), stored }
  }
  sinkContract(elasticsearch, 'rows', steady, 16)
  // Promise documents-once: `elasticsearch` has each row as one document after any crash.
  deliveredSinkContract(elasticsearch, start, 16)
})

test('clickhouse: an INSERT of lines, with a token that is the same when the batch comes again', async () => {
  const tokens = new Map<string, readonly Row[]>()
  let status = 200
  const { url, asked } = await startServer((request, response) => {
    const query = new URL(request.url, 'http://x').searchParams
    expect(query.get('query')).toBe('INSERT INTO logs.access FORMAT JSONEachRow')
    expect(query.get('date_time_input_format')).toBe('best_effort')
    expect(query.get('max_threads')).toBe('2')
    if (status !== 200) return void response.writeHead(status).end('Code: 27. DB::Exception: Cannot parse input')
    tokens.set(query.get('insert_deduplication_token') ?? '', linesOf(request) as Row[])
    response.end()
  })
  const options = {
    url,
    table: 'logs.access',
    settings: { max_threads: 2 },
    auth: { basic: { user: 'u', password: 'p' } },
  }
  const sink = await opened(clickhouse, options)
  await sink.write(deliveryOf(0, 0, records('a', 'b')))
  await sink.write(deliveryOf(0, 0, records('a', 'b')))
  await sink.write(deliveryOf(0, 2, records('c')))
  expect([...tokens.values()].flat().map(({ text }) => text)).toEqual(['a', 'b', 'c'])
  expect(asked[0]?.headers.authorization).toBe(`Basic ${btoa('u:p')}`)
  status = 400
  expect(await sink.write(deliveryOf(0, 3, records('d')))).toMatchObject({ kind: 'batch' })
  status = 404
  await expect(sink.write(deliveryOf(0, 3, records('d')))).rejects.toMatchObject({
    code: 'not-found',
    retryable: false,
  })
})

test('loki: a stream of labels for each row, with the time in nanoseconds, and the line as a text', async () => {
  const { url, asked } = await startServer((_, response) => void response.writeHead(204).end())
  const sink = await opened(loki, { url, labels: { job: 'x', size: 's{{ size }}' }, tenant: 'team' })
  await sink.write(deliveryOf(0, 0, records('a"', 'b')))
  const [request] = asked
  expect(request).toMatchObject({
    url: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': 'team' },
  })
  expect(JSON.parse(bodyOf(request as Asked))).toEqual({
    streams: [
      {
        stream: { job: 'x', size: 's2' },
        values: [['0000000', '{"ts":"1970-01-01T00:00:00.000Z","size":2,"text":"a\\""}']],
      },
      {
        stream: { job: 'x', size: 's1' },
        values: [['1000000', '{"ts":"1970-01-01T00:00:00.001Z","size":1,"text":"b"}']],
      },
    ],
  })
})

test('mistakes are said at the options of the preset', () => {
  const mistakes = (type: SinkType, options: object, rows = {}) =>
    mistakesOf(type, { url: 'http://h/', ...options }, rows)
  expect(mistakes(elasticsearch, { index: '{{ x }}' })).toEqual(['index: line 1:1: there is no column x'])
  expect(mistakes(loki, { labels: { a: '{{ x }}' }, line: '{{ y }}' })).toEqual([
    'labels.a: line 1:1: there is no column x',
    'line: line 1:1: there is no column y',
  ])
  const fields = FIELDS.map(({ name, type }) => ({ name, type }))
  expect(mistakes(loki, { labels: { a: 'b' } }, { fields })).toEqual([
    'labels: the rows of t have no time, which Loki wants',
  ])
  expect(clickhouse.options.safeParse({ url: 'http://h/', table: 'a; DROP TABLE b' }).success).toBe(false)
  expect(loki.options.safeParse({ url: 'http://h/', labels: {} }).success).toBe(false)
})

test('what a preset is short for is shown without its secrets', () => {
  const spelled = (type: SinkType, options: object) =>
    type.spelledOut?.(type.options.parse({ url: 'http://h/', ...options }))
  const auth = { header: { name: 'Authorization', value: 'ApiKey s3cret' } }
  expect(spelled(elasticsearch, { index: 'logs', auth })).toEqual({
    http: {
      url: 'http://h/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason',
      auth: '***',
      gzip: true,
      answer: 'bulk',
      send: 'lines',
      body: [{ index: { _index: 'logs', _id: '{{ row.uuid }}' } }, '{{ row | json }}'],
    },
  })
  expect(spelled(loki, { labels: { a: 'b' } })).toMatchObject({ http: { envelope: '{"streams":{{ rows }}}' } })
  expect(spelled(clickhouse, { table: 't' })).toMatchObject({ http: { url: 'http://h/', send: 'lines' } })
})
