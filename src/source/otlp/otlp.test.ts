import { Agent, request } from 'node:http'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { sourceContract } from '../../../test/contract/source.ts'
import { Failure } from '../../base/failure.ts'
import { LOGS_ANSWER, type LogRecord, STATUS } from '../../client/otlp/messages.ts'
import { decodeAll } from '../../format/decode.test-tool.ts'
import { otlp as format } from '../../format/otlp/otlp.ts'
import { JSON_TYPE, PROTOBUF } from './logs-request.ts'
import { decode, requestOf, TYPES, text, urlOf, withOtlp } from './otlp.test-tool.ts'
import { otlpSource } from './otlp.ts'

const NANOS = 1_764_583_200_123_456_789n
const TIME = '2025-12-01T10:00:00.123456789Z'
const at = (body: string): LogRecord => ({ timeUnixNano: NANOS, observedTimeUnixNano: NANOS, body: text(body) })
const lineOf = (body: string): string => `{"ts":"${TIME}","observed_ts":"${TIME}","body":"${body}"}`

sourceContract(otlpSource, async () => {
  const bodies = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'x'.repeat(i % 90)}`)
  return {
    options: { listen: '127.0.0.1:0', timeout: '5s' },
    expected: bodies.map(lineOf),
    async send(describe) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (const third of [0, 1, 2]) {
        const type = TYPES[third % 2] ?? PROTOBUF
        const body = requestOf(bodies.slice(third * 1000, third * 1000 + 1000).map(at), type)
        await new Promise<void>((resolve) => {
          const headers = { 'content-type': type }
          const sent = request(`${urlOf(describe)}/v1/logs`, { method: 'POST', agent, headers }, (response) => {
            response.on('close', resolve).resume()
          })
          sent.on('error', () => resolve()).end(body)
        })
      }
      agent.destroy()
    },
  }
})

const rowsOf = (lines: readonly string[]) => decodeAll(format.open({}, undefined), lines.join('\n'))

test.each(TYPES)('all of a log record is there, with every digit: %s', async (type) => {
  const record: LogRecord = {
    timeUnixNano: NANOS,
    observedTimeUnixNano: 2n ** 64n - 1n,
    severityNumber: 9,
    attributes: [
      { key: 'least', value: { intValue: -(2n ** 63n) } },
      { key: 'most', value: { intValue: 2n ** 63n - 1n } },
      { key: 'double', value: { doubleValue: -0.1 } },
      { key: 'none', value: { doubleValue: Number.NaN } },
      { key: 'bytes', value: { bytesValue: Buffer.from([0, 255]) } },
      { key: 'empty', value: { stringValue: '' } },
      { key: 'nothing', value: {} },
      { key: '__proto__', value: { boolValue: false } },
      { key: 'twice', value: text('first') },
      { key: 'twice', value: text('last') },
    ],
    flags: 0x101,
    droppedAttributesCount: 3,
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
  }
  const noIds: LogRecord = { ...at('x'), traceId: '0'.repeat(32), spanId: 'ab' }
  const lines = await withOtlp({}, async (post) => {
    expect(await post(requestOf([record, noIds], type), type)).toMatchObject({ status: 200 })
  })
  expect(lines).toEqual([
    `{"ts":"${TIME}","observed_ts":"2554-07-21T23:34:33.709551615Z","severity_number":9,` +
      '"attributes":{"least":-9223372036854775808,"most":9223372036854775807,"double":-0.1,"none":"NaN","bytes":"AP8=",' +
      '"empty":"","nothing":null,"__proto__":false,"twice":"last"},' +
      '"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","trace_flags":1,' +
      '"dropped_attributes_count":3}',
    lineOf('x'),
  ])
  expect(rowsOf(lines).rejects).toEqual([])
})

test('a record without a time has the one at which it was seen, or came', async () => {
  const lines = await withOtlp({}, async (post) => {
    await post(requestOf([{ observedTimeUnixNano: NANOS }, {}], PROTOBUF), PROTOBUF)
  })
  const [seen, came] = rowsOf(lines).rows
  expect(lines[0]).toBe(`{"ts":"${TIME}","observed_ts":"${TIME}"}`)
  expect(seen?.ts).toBe(seen?.observed_ts)
  expect(came?.ts).toBe(came?.observed_ts)
  expect(Number(came?.ts)).toBeGreaterThan(Date.parse('2026-01-01'))
})

// Promise otlp-partial: Of a request with log records beyond a limit the others are taken, and the answer says how many are not.
test.each(TYPES)('log records beyond a limit are rejected by themselves, and the answer says so: %s', async (type) => {
  const warnings: string[] = []
  const deep = (levels: number): LogRecord['body'] =>
    levels === 0 ? text('x') : { arrayValue: { values: [deep(levels - 1) ?? {}] } }
  const many = Array.from({ length: 10_001 }, (_, i) => ({ key: `k${i}`, value: text('v') }))
  const records = [
    at('a'),
    at('x'.repeat(100_000)),
    { ...at('b'), body: deep(60) ?? {} },
    { attributes: many },
    at('c'),
  ]
  const lines = await withOtlp(
    { max_record: '64KiB' },
    async (post) => {
      const answer = await post(requestOf(records, type), type)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type])
      expect(decode(LOGS_ANSWER, answer.body, type)).toEqual({
        partialSuccess: {
          rejectedLogRecords: 3n,
          errorMessage: '3 log records not taken, the first because its record is longer than max_record, 64KiB',
        },
      })
      expect(decode(LOGS_ANSWER, (await post(requestOf([at('d')], type), type)).body, type)).toEqual({})
    },
    { warnings },
  )
  expect(lines).toEqual(['a', 'c', 'd'].map(lineOf))
  expect(warnings).toEqual([
    '3 log records not taken, the first because its record is longer than max_record, 64KiB; the sender was told',
  ])
})

test.each(TYPES)('what is not taken is answered with a Status, and leaves nothing behind: %s', async (type) => {
  const good = requestOf([at('x')], type)
  const wide = requestOf(
    Array.from({ length: 3 }, () => at('x')),
    type,
    { resource: { attributes: [{ key: 'wide', value: text('x'.repeat(2000)) }] } },
  )
  const broken = type === PROTOBUF ? good.subarray(0, -1) : good.subarray(0, -2)
  const inner =
    type === PROTOBUF
      ? Buffer.from([10, 4, 18, 2, 18, 0, 10, 5, 18, 3, 18, 1, 8])
      : '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{"body":7}]}]}]}'
  const cases: [number, RegExp, string | Uint8Array, Record<string, string>, string?][] = [
    [404, /no \/v1\/traces here: log records are taken at \/v1\/logs/, good, {}, '/v1/traces'],
    [400, /the body is no request of OTLP: .*; nothing was taken/, broken, {}],
    [400, /log record 1: .*; nothing was taken/, inner, {}],
    [400, /does not begin as gzip does/, good, { 'content-encoding': 'gzip' }],
    [413, /larger than max_body, 4KiB/, Buffer.alloc(5000), {}],
    [413, /larger than max_body, 4KiB/, gzipSync(Buffer.alloc(50_000)), { 'content-encoding': 'gzip' }],
    [413, /records of the body take more than in_flight, 4KiB: send it in several/, wide, {}],
    [415, /Content-Encoding br is not taken/, good, { 'content-encoding': 'br' }],
  ]
  const lines = await withOtlp({ max_body: '4KiB', in_flight: '4KiB' }, async (post, url) => {
    for (const [status, message, body, headers, path] of cases) {
      const answer = await post(Buffer.from(body as Uint8Array), type, headers, path)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type])
      expect(decode(STATUS, answer.body, type)).toEqual({ message: expect.stringMatching(message) })
    }
    const got = await fetch(`${url}/v1/logs`)
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
    const other = await post(good, 'text/plain')
    expect([other.status, JSON.parse(Buffer.from(other.body).toString())]).toEqual([
      415,
      { message: 'Content-Type text/plain is not taken: send application/x-protobuf or application/json' },
    ])
  })
  expect(lines).toEqual([])
})

test('bodies may be packed, and empty requests are taken', async () => {
  const lines = await withOtlp({}, async (post) => {
    const body = (text: string) => requestOf([at(text)], PROTOBUF)
    expect(await post(gzipSync(body('a')), PROTOBUF, { 'content-encoding': 'gzip' })).toMatchObject({ status: 200 })
    expect(await post(zstdCompressSync(body('b')), PROTOBUF, { 'content-encoding': 'zstd' })).toMatchObject({
      status: 200,
    })
    expect(await post(Buffer.alloc(0), PROTOBUF)).toMatchObject({ status: 200 })
    expect(await post(Buffer.from('{"resourceLogs":[]}'), `${JSON_TYPE}; charset=utf-8`)).toMatchObject({ status: 200 })
  })
  expect(lines).toEqual(['a', 'b'].map(lineOf))
})

test('a token is required, and without one the source listens to this machine only', async () => {
  const lines = await withOtlp({ token: 's3cret' }, async (post) => {
    const send = (headers = {}) => post(requestOf([at('x')], JSON_TYPE), JSON_TYPE, headers)
    expect(await send()).toMatchObject({ status: 401 })
    expect(await send({ authorization: 'Bearer s3cret' })).toMatchObject({ status: 200 })
  })
  expect(lines).toEqual([lineOf('x')])
  expect(otlpSource.options.safeParse({ listen: '0.0.0.0:4318' }).error?.issues[0]?.message).toMatch(/needs a token/)
  expect(otlpSource.options.parse({})).toMatchObject({ listen: { host: '127.0.0.1', port: 4318 } })
  expect(otlpSource.options.parse('127.0.0.1:1')).toMatchObject({ listen: { host: '127.0.0.1', port: 1 } })
})

// Promise otlp-durable: Logs by OTLP are answered with 200 once they are durable, so none that was answered is lost.
test('a request is answered once its records are durable', async () => {
  const durable = Promise.withResolvers<void>()
  const delivered = Promise.withResolvers<void>()
  await withOtlp(
    {},
    async (post) => {
      let isAnswered = false
      const answer = post(requestOf([at('x')], PROTOBUF), PROTOBUF)
      void answer.then(() => {
        isAnswered = true
      })
      await delivered.promise
      // A request that is refused later is answered before.
      expect(await post(Buffer.alloc(0), 'text/plain')).toMatchObject({ status: 415 })
      expect(isAnswered).toBe(false)
      durable.resolve()
      expect(await answer).toMatchObject({ status: 200 })
    },
    { durable: durable.promise, onDelivery: () => delivered.resolve() },
  )
})

test('a failure to keep records is answered with 503, and ends the run', async () => {
  const failed = Promise.reject(new Failure('io', 'the disk is gone'))
  failed.catch(() => {})
  const run = withOtlp(
    {},
    async (post) => {
      const answer = await post(requestOf([at('x')], PROTOBUF), PROTOBUF)
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
      expect(decode(STATUS, answer.body, PROTOBUF).message).toBe('the log records could not be kept: the disk is gone')
    },
    { durable: failed },
  )
  await expect(run).rejects.toThrow('the disk is gone')
})

test('while deliveries wait, requests beyond in_flight are told to come again', async () => {
  const gate = Promise.withResolvers<void>()
  const first = Promise.withResolvers<void>()
  const body = requestOf([at('x'.repeat(3000))], PROTOBUF)
  const lines = await withOtlp(
    { max_body: '4KiB', in_flight: '4KiB' },
    async (post) => {
      const waiting = post(body, PROTOBUF)
      await first.promise
      const refused = await post(body, PROTOBUF)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
      gate.resolve()
      expect(await waiting).toMatchObject({ status: 200 })
    },
    {
      onDelivery() {
        first.resolve()
        return gate.promise
      },
      durable: gate.promise,
    },
  )
  expect(lines).toHaveLength(1)
})

test('where the topic takes little at once, a request goes into several appends', async () => {
  const bodies = Array.from({ length: 40 }, (_, i) => `${i} ${'x'.repeat(100)}`)
  const deliveries: number[] = []
  const lines = await withOtlp(
    {},
    async (post) => {
      expect(await post(requestOf(bodies.map(at), PROTOBUF), PROTOBUF)).toMatchObject({ status: 200 })
    },
    { maxAppendBytes: 4000, onDelivery: ({ lines }) => void deliveries.push(lines.length) },
  )
  expect(lines).toEqual(bodies.map(lineOf))
  expect(deliveries.length).toBeGreaterThan(3)
  expect(Math.max(...deliveries) * (lineOf(bodies[0] ?? '').length + 16)).toBeLessThanOrEqual(2000)
})
