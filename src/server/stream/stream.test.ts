import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { openVirtualClock } from '../../testing/virtual-clock.ts'
import { eventBytes, eventPieces } from './event-text.ts'
import { openStreams, type Streams } from './streams.ts'

test('an event has its name, its id and its data on lines of their own, whatever is in them', () => {
  const text = (event: Parameters<typeof eventBytes>[0]) => Buffer.from(eventBytes(event)).toString()
  expect(text({ event: 'row', id: '7', data: { text: 'a\nb\r\n\ndata: c' } })).toBe(
    'event: row\nid: 7\ndata: {"text":"a\\nb\\r\\n\\ndata: c"}\n\n',
  )
  expect(text({ event: 'row', data: null })).toBe('event: row\ndata: null\n\n')
  expect(text({ event: 'row', id: 'a\nevent: b\r\0c', data: 1 })).toBe('event: row\nid: a event: b  c\ndata: 1\n\n')
})

test('an event that many streams send is encoded once', () => {
  let encoded = 0
  const event = { event: 'row', data: { toJSON: () => ++encoded } }
  expect(eventBytes(event)).toBe(eventBytes(event))
  expect(encoded).toBe(1)
})

test('what goes wrong under way is the last event', async () => {
  async function* events() {
    yield { event: 'row', data: 1 }
    throw new Error('the store is gone')
  }
  const pieces = eventPieces(events(), (error) => ({ error: (error as Error).message }))
  const text: string[] = []
  for await (const piece of pieces) text.push(Buffer.from(piece).toString())
  expect(text).toEqual([
    ': tailrace\n\n',
    'event: row\ndata: 1\n\n',
    'event: failure\ndata: {"error":"the store is gone"}\n\n',
  ])
})

type Sent = { readonly client: Socket; readonly response: ServerResponse }

/** A response that a client waits for; it reads nothing until it is told to. */
async function connected(use: (sent: Sent, streams: Streams, pass: (ms: number) => Promise<void>) => Promise<void>) {
  const clock = openVirtualClock(0)
  await using streams = openStreams(clock)
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).pause()
  client.on('error', () => {})
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const pass = (ms: number) => clock.goTo(clock.now() + ms, [], turn)
  try {
    await use({ client, response }, streams, pass)
  } finally {
    server.close().closeAllConnections()
  }
}

const MEBIBYTE = Buffer.alloc(1 << 20)

test('a client that takes nothing is cut off, and no more is made for it than it takes', async () => {
  await connected(async ({ response }, streams, pass) => {
    let made = 0
    let isLeft = false
    async function* pieces() {
      try {
        for (;;) {
          made++
          yield MEBIBYTE
        }
      } finally {
        isLeft = true
      }
    }
    const sending = streams.send(response, pieces())
    const waiting = () => response.writableNeedDrain
    while (!waiting()) await new Promise((resolve) => setImmediate(resolve))
    await pass(20_000)
    expect({ isDestroyed: response.destroyed, isLeft }).toEqual({ isDestroyed: false, isLeft: false })
    expect(made).toBeLessThan(20)
    await pass(20_000)
    await sending
    expect({ isDestroyed: response.destroyed, isLeft }).toEqual({ isDestroyed: true, isLeft: true })
  })
})

test('a client that waits gets a comment now and then, and one that is gone ends its stream', async () => {
  await connected(async ({ client, response }, streams, pass) => {
    let isLeft = false
    const never: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        async return() {
          isLeft = true
          return { done: true, value: undefined }
        },
      }),
    }
    let got = ''
    client.setEncoding('utf8').on('data', (text: string) => (got += text))
    client.resume()
    const sending = streams.send(response, never, true)
    const beats = () => got.split(':\n\n').length - 1
    const until = async (count: number) => {
      while (beats() < count) await new Promise((resolve) => setImmediate(resolve))
    }
    await pass(16_000)
    await until(1)
    await pass(31_000)
    await until(3)
    expect(beats()).toBe(3)
    client.destroy()
    await sending
    expect(isLeft).toBe(true)
  })
})
