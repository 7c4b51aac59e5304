/** How the writer waits and what it posts, against a server of the test; test/services has the real ones. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { zoneRules } from '../../base/timezone.ts'
import { columnOf } from '../../record/column.ts'
import { BIGINT, TIMESTAMP_LTZ } from '../../record/type.ts'
import { pointEncoder } from './line/encoder.ts'
import { influxdbOptions } from './options.ts'
import { openPointWriter } from './writer.ts'

type Asked = { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A writer to a server that gives these answers, and then 204. */
async function start(answers: readonly Answer[], options: object = {}) {
  const asked: Asked[] = []
  const left = [...answers]
  const server = createServer(async (request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers, body: await buffer(request) })
    const { status, headers = {}, body = '' } = left.shift() ?? { status: 204 }
    response.writeHead(status, headers).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const slept: number[] = []
  let now = 1000
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    sleep: async (ms) => {
      slept.push(ms)
      now += ms
    },
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/influx`
  const parsed = influxdbOptions.parse({ url, bucket: 'b c', measurement: 'm', ...options })
  const writer = await openPointWriter(parsed, { name: 'sink s', folder: '.', clock })
  closing.push(
    () => writer.close(),
    () => server.close(),
  )
  const encode = pointEncoder(
    {
      columns: [BIGINT, TIMESTAMP_LTZ].map((type, i) => ({ name: `${i}`, type, source: { kind: 'row' } })),
      measurement: { name: 'm' },
      tags: [],
      fields: [{ name: 'n', column: 0 }],
      time: 1,
      precision: 'ms',
      tellsByTime: false,
    },
    zoneRules('UTC'),
  )
  const write = (...values: readonly number[]) =>
    writer.write(
      {
        count: values.length,
        columns: [columnOf(BIGINT, values.map(BigInt)), columnOf(TIMESTAMP_LTZ, values)],
        refused: new Map(),
      },
      encode,
      undefined,
    )
  return { write, asked, slept, look: () => writer.look() }
}

test('points are posted with org, bucket, precision and token, packed if wanted', async () => {
  const { write, asked } = await start([], { org: 'o&p', token: 's3cret', gzip: true })
  expect(await write(1, 2)).toBeUndefined()
  expect(asked[0]?.url).toBe('/influx/api/v2/write?org=o%26p&bucket=b+c&precision=ms')
  expect(asked[0]?.headers).toMatchObject({ authorization: 'Token s3cret', 'content-encoding': 'gzip' })
  expect(gunzipSync(asked[0]?.body ?? '').toString()).toBe('m n=1i 1\nm n=2i 2\n')
})

test('a server that wants to be left alone is asked again when it said so, and no earlier', async () => {
  const { write, slept } = await start([
    { status: 429, headers: { 'retry-after': '7' } },
    { status: 503, headers: { 'retry-after': '3600' } },
    { status: 503 },
  ])
  await expect(write(1)).rejects.toMatchObject({ name: 'Failure', retryable: true })
  expect(slept).toEqual([])
  await expect(write(1)).rejects.toMatchObject({ retryable: true })
  expect(slept).toEqual([7000])
  await expect(write(1)).rejects.toMatchObject({ retryable: true })
  expect(await write(1)).toBeUndefined()
  // A pause of an hour is none that anybody means.
  expect(slept).toEqual([7000, 60_000])
})

test('the points that a server does not name are written again without those that it names', async () => {
  const { write, asked } = await start([
    { status: 400, body: JSON.stringify({ error: "unable to parse 'm n=2i 2': no" }) },
  ])
  expect(await write(1, 2, 3)).toEqual({
    kind: 'rows',
    rows: [{ row: 1, reason: 'InfluxDB cannot parse its point: no' }],
  })
  expect(asked.map(({ body }) => body.toString())).toEqual(['m n=1i 1\nm n=2i 2\nm n=3i 3\n', 'm n=1i 1\nm n=3i 3\n'])
})

test('a look writes nothing, and tells a bucket that is there from one that is not', async () => {
  const { look, asked } = await start([
    { status: 400, body: JSON.stringify({ code: 'invalid', message: 'writing requires points' }) },
    { status: 204, headers: { 'x-influxdb-version': '1.8.10' } },
    { status: 404, body: JSON.stringify({ code: 'not found', message: 'bucket "b c" not found' }) },
    { status: 400, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: 'invalid org' }) },
  ])
  expect(await look()).toEqual({ version: undefined })
  expect(await look()).toEqual({ version: '1.8.10' })
  await expect(look()).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('no bucket b c') })
  await expect(look()).rejects.toThrow('invalid org')
  expect(asked.map(({ body }) => body.length)).toEqual([0, 0, 0, 0])
})

test('rows without any point cost no request', async () => {
  const { write, asked } = await start([])
  expect(await write()).toBeUndefined()
  expect(asked).toEqual([])
})

test('a token is never in a message', async () => {
  const { write } = await start([{ status: 500, headers: { 'content-type': 'text/plain' }, body: 'Token s3cret' }], {
    token: 's3cret',
  })
  const failure = await write(1).catch((error) => error)
  expect(failure.message).toContain('answers 500')
  expect(failure.message).not.toContain('s3cret')
})
