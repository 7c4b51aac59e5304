import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import type { Failure } from '../../base/failure.ts'
import { seededRandom } from '../../base/random.ts'
import { openPatiences } from '../patience.ts'
import { addressText, parseAddress } from './address.ts'
import { openCluster } from './cluster.ts'
import { strangeServer } from './strange-server.test-tool.ts'

const MAX_ANSWER_BYTES = 1 << 20

/** Time passes only while something sleeps, and then at once. */
function hastyClock(): Clock & { readonly slept: number[] } {
  let elapsed = 0
  const slept: number[] = []
  return {
    slept,
    now: () => elapsed,
    elapsed: () => elapsed,
    async sleep(time, signal) {
      signal?.throwIfAborted()
      slept.push(time)
      elapsed += time
    },
  }
}

/** What opening a cluster on such a server says; `meet` is called with each connection. */
async function opening(meet: (socket: Socket) => void, before: readonly string[] = []) {
  await using server = await strangeServer(meet)
  const clock = hastyClock()
  const warnings: string[] = []
  const failure: Failure = await openCluster({
    brokers: [...before, server.address],
    clientId: 'test',
    clock,
    random: seededRandom(1),
    openMs: 20_000,
    persistMs: 0,
    requestTimeoutMs: 100,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    warn: (message) => warnings.push(message),
  }).then(
    () => expect.unreachable('no broker is there'),
    (error) => error,
  )
  return { failure, warnings, clock, connections: server.connections(), address: server.address }
}

const randomBytes = (seed: number, length: number): Buffer => {
  const random = seededRandom(seed)
  return Buffer.from(Array.from({ length }, () => random.below(256)))
}

/** A whole answer with the number of the first request, and this content. */
const answer = (content: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeInt32BE(content.length + 4)
  head.writeInt32BE(1, 4)
  return Buffer.concat([head, content])
}

const STRANGERS: Readonly<Record<string, (socket: Socket) => void>> = {
  'closes each connection': (socket) => socket.end(),
  'closes it after a request': (socket) => void socket.once('data', () => socket.end()),
  'resets it': (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  'is silent': () => {},
  'speaks HTTP': (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'answers a request that nobody made': (socket) => void socket.once('data', () => socket.write(Buffer.alloc(64, 1))),
  'has an answer without content': (socket) => void socket.once('data', () => socket.write(answer(Buffer.alloc(0)))),
  'has an answer that is longer than any': (socket) =>
    void socket.once('data', () => {
      socket.write(Buffer.from([0x70, 0, 0, 0]))
      for (let i = 0; i < 40; i++) socket.write(Buffer.alloc(MAX_ANSWER_BYTES / 16))
    }),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].flatMap((seed) => [
      [`sends noise ${seed}`, (socket: Socket) => void socket.once('data', () => socket.write(randomBytes(seed, 200)))],
      [
        `answers with noise ${seed}`,
        (socket: Socket) => void socket.once('data', () => socket.write(answer(randomBytes(seed, 200)))),
      ],
    ]),
  ),
}

test.each(Object.entries(STRANGERS))(
  'a server that %s: one message with its address, and pauses between tries',
  async (_, meet) => {
    const { failure, warnings, clock, connections, address } = await opening(meet)
    expect(failure).toMatchObject({ name: 'Failure', code: 'io', retryable: true })
    expect(failure.message).toContain(address)
    expect(clock.slept.length).toBeLessThan(25)
    expect(connections).toBeLessThanOrEqual(clock.slept.length + 1)
    // Each pause is at most twice the one before it, up to the longest.
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(2000)
    expect(new Set(warnings).size).toBe(warnings.length)
    expect(warnings.length).toBeGreaterThan(0)
  },
)

test('a server that speaks TLS is refused at once', async () => {
  const { failure, clock } = await opening((socket) => {
    socket.once('data', () => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 10])))
  })
  expect(failure).toMatchObject({ code: 'denied', message: expect.stringContaining('speaks TLS') })
  expect(clock.slept).toEqual([])
})

const UNKNOWN_HOST = 'no-such-host.invalid:9092'

test('a host that nobody knows is refused at once, unless another broker may start yet', async () => {
  const clock = hastyClock()
  const opened = openCluster({
    brokers: [UNKNOWN_HOST],
    clientId: 'test',
    clock,
    random: seededRandom(1),
    openMs: 20_000,
    persistMs: 0,
    warn() {},
  })
  await expect(opened).rejects.toMatchObject({
    code: 'not-found',
    retryable: false,
    message: `the Kafka broker at ${UNKNOWN_HOST} cannot be found: its name is not known`,
  })
  expect(clock.slept).toEqual([])
  const two = await opening((socket) => socket.end(), [UNKNOWN_HOST])
  expect(two.failure).toMatchObject({ code: 'io', hint: expect.stringMatching(/`sasl`.*`tls`/) })
  expect(two.failure.message).toContain(two.address)
})

test('those that wait for the same thing are reported once, and once when the last of them goes on', async () => {
  const clock = hastyClock()
  const warnings: string[] = []
  const closed = new AbortController()
  const patiences = openPatiences({
    clock,
    random: seededRandom(2),
    closed: closed.signal,
    warn: (said) => warnings.push(said),
  })
  const failure = (message: string) => ({ name: 'Failure', message }) as Failure
  const [one, two] = [patiences.open(), patiences.open()]
  for (let i = 0; i < 10; i++)
    for (const patience of [one, two]) expect(await patience.pause(failure('it rains'))).toBe(true)
  expect(warnings).toEqual(['Kafka: waits and tries again, because it rains'])
  expect(patiences.troubles()).toEqual(['it rains'])
  one.over()
  expect(warnings).toHaveLength(1)
  for (const reason of ['it snows', 'it rains', 'it snows']) await two.pause(failure(reason))
  two.over()
  expect(warnings.slice(1)).toEqual([
    'Kafka: waits and tries again, because it snows',
    expect.stringMatching(/^Kafka: goes on after \d+ s: it had waited because it rains; it snows$/),
  ])
  expect([one.lasts(), two.lasts(), patiences.troubles()]).toEqual([0, 0, []])
  closed.abort()
  expect(await one.pause(failure('it rains'))).toBe(false)
})

test('once somebody waits for the end, an election has time, and a broker that is gone has not', async () => {
  const giveUp = new AbortController()
  const clock = hastyClock()
  const patiences = openPatiences({
    clock,
    random: seededRandom(3),
    closed: new AbortController().signal,
    giveUp: giveUp.signal,
    warn() {},
  })
  giveUp.abort()
  const patience = patiences.open()
  while (await patience.pause({ message: 'it is gone' } as Failure)) expect(clock.elapsed()).toBeLessThan(5000)
  expect(clock.elapsed()).toBeGreaterThan(5000)
  expect(clock.elapsed()).toBeLessThan(7001)
  const gone = clock.elapsed()
  expect(await patiences.open().pause({ message: 'it is gone' } as Failure)).toBe(false)
  expect(clock.elapsed()).toBe(gone)
  patience.over()
  expect(await patiences.open().pause({ message: 'an election' } as Failure)).toBe(true)
})

test('an address has a host and a port, in brackets where the host has colons', () => {
  expect(parseAddress('kafka-1.example.com:9092')).toEqual({ host: 'kafka-1.example.com', port: 9092 })
  expect(parseAddress('[::1]:65535')).toEqual({ host: '::1', port: 65535 })
  for (const text of ['kafka:9092', '[::1]:65535'])
    expect(addressText(parseAddress(text) ?? expect.unreachable())).toBe(text)
  for (const text of ['', 'kafka', ':9092', 'kafka:', 'kafka:0', 'kafka:65536', 'a b:1', '::1:9092', 'kafka:1:2']) {
    expect(parseAddress(text), text).toBeUndefined()
  }
})
