import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { linesOf, runSource, sourceContract, textsOf } from '../../../test/contract/source.ts'
import { type Clock, systemClock } from '../../base/clock.ts'
import type { Deliver, SourcePlace } from '../source.ts'
import { options, urlOf, withIngest } from './ingest.test-tool.ts'
import { ingest } from './ingest.ts'

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

// Promise: A request that is answered with 200 is kept, whatever else came with its Idempotency-Key.
test('of requests that wait for the run with one key and other lines, one is taken and the others are refused', async () => {
  const stop = new AbortController()
  const warnings: string[] = []
  const context = { name: 'input', folder: '/nowhere', clock: systemClock, place: undefined, places: [undefined] }
  const warn = (message: string) => warnings.push(message)
  await using source = await ingest.open(ingest.options.parse(options()), {
    ...context,
    untilEnd: false,
    signal: stop.signal,
    warn,
  })
  const post = (body: string) =>
    fetch(urlOf(source.describe), { method: 'POST', body, headers: { 'idempotency-key': 'k' } })
  const answers = ['one', 'two', 'one', 'three'].map(post)
  // All have come before the run begins once an answer to a later request is there.
  await fetch(`${urlOf(source.describe)}/other`, { method: 'POST' })
  const kept: string[] = []
  const running = source.run(async (lines, _, of) => {
    kept.push(...textsOf(lines))
    if (of !== undefined && 'partition' in of) of.appended(Promise.resolve())
  })
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  stop.abort()
  await running
  expect(kept).toHaveLength(1)
  const sent = ['one', 'two', 'one', 'three']
  expect(statuses).toEqual(sent.map((body) => (body === kept[0] ? 200 : 422)))
})

// Holds ingest-once.
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

test('requests go to partitions in turn, and the oldest keys are forgotten', async () => {
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
  expect(all.map(({ place }) => place.request)).toEqual(all.map((_, request) => request + 1))
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

test('a body that is announced and does not come takes no room from others', async () => {
  const all = await withIngest({ max_body: '100B', in_flight: '100B' }, async (post, url) => {
    const port = Number(new URL(url).port)
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n'
    const idle = [1, 2, 3].map(() => connect(port, '127.0.0.1'))
    await Promise.all(idle.map((socket) => new Promise((sent) => socket.on('error', () => {}).write(head, sent))))
    expect(await post('x'.repeat(100))).toMatchObject({ status: 200 })
    for (const socket of idle) socket.destroy()
  })
  expect(all).toHaveLength(1)
})

// Promise: While lines cannot be kept, a request is answered with 503; it does not wait without an answer.
test('while lines cannot be made durable, requests are told to come again', async () => {
  let now = 0
  const disk = Promise.withResolvers<void>()
  let timeout = Promise.withResolvers<void>()
  const clock: Clock = { ...systemClock, elapsed: () => now, sleep: () => timeout.promise }
  const kept: string[] = []
  const take: Deliver = async (lines) => {
    kept.push(...textsOf(lines))
    await disk.promise
  }
  const headers = { 'idempotency-key': 'k' }
  await withIngest(
    {},
    async (post) => {
      const first = post('first', headers)
      while (kept.length === 0) await new Promise(setImmediate)
      now = 6000
      const second = await post('second')
      expect(second.body.error).toMatch(/^lines of earlier requests wait to be kept for 6 s .*: send it again later$/)
      expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1'])
      timeout.resolve()
      timeout = Promise.withResolvers()
      expect((await first).body.error).toMatch(/^the lines are not durable after 5s, and may still become so/)
      disk.resolve()
      while ((await post('third')).status === 503) await new Promise(setImmediate)
      expect(await post('first', headers)).toMatchObject({ status: 200, body: { lines: 1, repeated: true } })
    },
    { clock, take, durable: disk.promise },
  )
  expect(kept).toEqual(['first', 'third'])
})

test('a request that is not ended is not taken, and a slow one is cut off', async () => {
  const all = await withIngest({ timeout: '1s' }, async (post, url) => {
    const port = Number(new URL(url).port)
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf'
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

test('keys are a count, or a count and a time, with defaults for what is left out', () => {
  const read = (keys: unknown) => ingest.options.safeParse({ listen: 0, keys })
  const full = { count: 200_000, time: 86_400_000 }
  const given: [unknown, object][] = [
    [undefined, full],
    [600, { ...full, count: 600 }],
    [{ time: '10m' }, { ...full, time: 600_000 }],
  ]
  for (const [keys, limits] of given) expect(read(keys)).toMatchObject({ success: true, data: { keys: limits } })
  for (const keys of [0, 6_000_000, '10m', { time: '0s' }, { tiem: '1m' }]) expect(read(keys).success).toBe(false)
})

test.each(['a b', 'a\tb', ' ', 'schlüssel', 'a\nb'])('a token that no request could send is refused: %j', (token) => {
  const read = ingest.options.safeParse({ listen: 0, token })
  expect(read.error?.issues[0]?.message).toMatch(/has a blank, or a character that is not ASCII/)
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
