import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf, runSource, sourceContract } from '../../../test/contract/source.ts'
import { systemClock } from '../../base/clock.ts'
import { makePems } from '../network/pem.test-tool.ts'
import { closed, dial, port0, portOf } from '../tcp.test-tool.ts'
import { beats } from './beats.ts'
import { Acks, batchOf, eventFrame, hangUp, packedFrame, sendBatch, windowFrame } from './lumberjack.test-tool.ts'

sourceContract(beats, async () => ({
  options: port0,
  expected: ['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}', '{"n":5}'],
  send: async (text) => {
    const socket = await dial(text)
    socket.on('error', () => {})
    const isTaken = (await sendBatch(socket, ['{"n":1}', '{"n":2}'])) && (await sendBatch(socket, ['{"n":3}'], true))
    if (isTaken) await sendBatch(socket, ['{"n":4}', '{"n":5}'], true)
    await hangUp(socket)
  },
}))

// Promise beats-durable: An event of a Beat is acknowledged once it is durable, so none that was acknowledged is lost.
test('events are acknowledged once they are durable, packed or not, and not before', async () => {
  const durable = Promise.withResolvers<void>()
  let acks: Acks | undefined
  let isFirst = true
  await runSource(beats, port0, {
    durable: durable.promise,
    async onDelivery() {
      if (isFirst) {
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
        expect(acks?.all).toEqual([])
      }
      isFirst = false
      durable.resolve()
    },
    async started(text) {
      const socket = await dial(text)
      acks = new Acks(socket)
      const inside = Buffer.concat([eventFrame(3, 'c'), eventFrame(4, 'd')])
      socket.write(
        Buffer.concat([windowFrame(4), eventFrame(1, 'a'), eventFrame(2, 'b'), packedFrame(deflateSync(inside))]),
      )
      await acks.reach(4)
      await hangUp(socket)
    },
  })
  expect(acks?.all.at(-1)).toBe(4)
  expect(acks?.all).toEqual([...(acks?.all ?? [])].sort())
})

// Promise: A Beat whose events wait to be durable is told every 5 seconds that they are not forgotten.
test('a peer that waits is told so, and one that does not wait is left alone', async () => {
  let elapsed = 0
  const wakes: (() => void)[] = []
  const clock = {
    ...systemClock,
    elapsed: () => elapsed,
    sleep: (time: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        if (time === 5000) wakes.push(resolve)
      }),
  }
  const durable = Promise.withResolvers<void>()
  const tick = () => {
    elapsed += 5000
    for (const wake of wakes.splice(0)) wake()
  }
  await runSource(beats, port0, {
    clock,
    durable: durable.promise,
    async started(text) {
      const [idle, waiting] = [await dial(text), await dial(text)]
      const [none, acks] = [new Acks(idle), new Acks(waiting)]
      waiting.write(batchOf(['a', 'b']))
      while (!acks.all.includes(0)) {
        await new Promise(setImmediate)
        tick()
      }
      durable.resolve()
      await acks.reach(2)
      tick()
      expect(acks.all.at(-1)).toBe(2)
      expect(none.all).toEqual([])
      await Promise.all([hangUp(idle), hangUp(waiting)])
    },
  })
})

test('a failure to keep events ends the run, and they are not acknowledged', async () => {
  const failed = Promise.reject(new Error('the disk is gone'))
  failed.catch(() => {})
  let acks: Acks | undefined
  const run = runSource(beats, port0, {
    untilEnd: false,
    durable: failed,
    async started(text) {
      const socket = await dial(text)
      acks = new Acks(socket)
      socket.write(batchOf(['a']))
      expect(await acks.reach(1)).toBe(false)
    },
  })
  await expect(run).rejects.toThrow('the disk is gone')
  expect(acks?.all).toEqual([])
})

test('what is read by a stop is kept and acknowledged before the connection is closed', async () => {
  const stop = new AbortController()
  let acks: Acks | undefined
  const all = await runSource(beats, port0, {
    untilEnd: false,
    signal: stop.signal,
    onDelivery: () => stop.abort(),
    async started(text) {
      const socket = await dial(text)
      acks = new Acks(socket)
      socket.write(batchOf(['a', 'b'], true))
      expect(await acks.reach(2)).toBe(true)
    },
  })
  expect(linesOf(all)).toEqual(['a', 'b'])
})

const bomb = deflateSync(Buffer.alloc(1 << 20))
const one = (frame: Buffer) => Buffer.concat([windowFrame(1), frame])

test.each([
  ['another protocol', Buffer.from('hello\n'), /it sent bytes that are no frame of Lumberjack/],
  ['HTTP', Buffer.from('POST / HTTP/1.1\r\n'), /it sent an HTTP request, and this port takes what Beats send/],
  ['TLS', Buffer.from([0x16, 3, 1]), /it sent a TLS handshake/],
  ['version 1', Buffer.from('1W\0\0\0\x01'), /it speaks version 1 of Lumberjack/],
  ['an event without a window', eventFrame(1, 'a'), /an event without a window, or more than its window has/],
  ['no zlib', one(packedFrame(Buffer.from('none'))), /a packed frame is damaged/],
  [
    'a cut pack',
    one(packedFrame(deflateSync(eventFrame(1, 'a').subarray(0, 9)))),
    /a packed frame ends within a frame/,
  ],
  ['a pack in a pack', one(packedFrame(deflateSync(packedFrame(bomb)))), /a packed frame has another one in it/],
  ['a bomb', one(packedFrame(bomb)), /a packed frame unpacks to more than max_batch/],
  ['a large pack', one(packedFrame(Buffer.alloc(70_000))), /of 70000 bytes is longer than max_batch/],
])('%s is refused in words, and the others go on', async (_, bytes, message) => {
  const warnings: string[] = []
  const all = await runSource(
    beats,
    { ...port0, max_batch: '64KiB' },
    {
      warnings,
      async started(text) {
        const good = await dial(text)
        const bad = await dial(text)
        bad.on('error', () => {}).write(bytes)
        await closed(bad.resume())
        expect(await sendBatch(good, ['good'])).toBe(true)
        await hangUp(good)
      },
    },
  )
  expect(linesOf(all)).toEqual(['good'])
  expect(warnings).toEqual([expect.stringMatching(/^the connection from \S+ was closed: /)])
  expect(warnings[0]).toMatch(message)
})

test('an event that is too long is left out with a warning, and acknowledged, as it would come again for ever', async () => {
  const warnings: string[] = []
  const all = await runSource(
    beats,
    { ...port0, max_event: '10B' },
    {
      warnings,
      async started(text) {
        const socket = await dial(text)
        for (const isPacked of [false, true]) {
          expect(await sendBatch(socket, ['short', 'x'.repeat(100_000), 'after', 'x'.repeat(11)], isPacked)).toBe(true)
        }
        await hangUp(socket)
      },
    },
  )
  expect(linesOf(all)).toEqual(['short', 'after', 'short', 'after'])
  expect(warnings[0]).toMatch(/^an event of 100000 bytes from \S+ is left out: it is longer than max_event, 10B$/)
})

test('senders that begin more than fits into in_flight are closed, and the memory is given back', async () => {
  const warnings: string[] = []
  const all = await runSource(
    beats,
    { ...port0, max_batch: '100KB', in_flight: '100KB' },
    {
      warnings,
      async started(text) {
        for (let round = 0; round < 3; round++) {
          const half = await dial(text)
          half.on('error', () => {}).write(packedFrame(Buffer.alloc(90_000)).subarray(0, 60_000))
          const more = await dial(text)
          more.on('error', () => {}).write(packedFrame(Buffer.alloc(90_000)).subarray(0, 60_000))
          await Promise.race([closed(half.resume()), closed(more.resume())])
          half.destroy()
          more.destroy()
        }
        const socket = await dial(text)
        expect(await sendBatch(socket, ['x'.repeat(90_000)])).toBe(true)
        await hangUp(socket)
      },
    },
  )
  expect(linesOf(all)).toHaveLength(1)
  expect(warnings.join('\n')).toMatch(/takes more memory than in_flight allows/)
})

test('with an authority, a Beat needs a certificate of it', async () => {
  const folder = await makePems()
  const read = (file: string) => readFileSync(join(folder, file))
  const tls = { cert: 'server.pem', key: 'server.key', ca: 'ca.pem' }
  const all = await runSource(
    beats,
    { ...port0, tls },
    {
      folder,
      async started(text) {
        const to = { port: portOf(text), host: '127.0.0.1', ca: read('ca.pem') }
        const stranger = connectTls(to)
        stranger.on('error', () => {}).write(batchOf(['no']))
        await closed(stranger.resume())
        const known = connectTls({ ...to, cert: read('client.pem'), key: read('client.key') })
        expect(await sendBatch(known, ['yes'], true)).toBe(true)
        await hangUp(known)
      },
    },
  )
  expect(linesOf(all)).toEqual(['yes'])
})

// Promise: Whatever bytes a peer sends to `beats`, the run goes on, and the events of other peers are taken.
test('random bytes close a connection at most, and good batches beside them are taken', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.array(fc.string({ maxLength: 10 }), { minLength: 1, maxLength: 4 }).map((events) => batchOf(events, true)),
    fc.array(fc.string({ maxLength: 10 }), { minLength: 1, maxLength: 4 }).map((events) => batchOf(events)),
  )
  const streams = fc.sample(
    fc.array(piece, { maxLength: 5 }).map((pieces) => Buffer.concat(pieces)),
    { numRuns: 200, seed: 7 },
  )
  const all = await runSource(
    beats,
    { ...port0, max_batch: '1MiB' },
    {
      async started(text) {
        const good = await dial(text)
        for (const [index, stream] of streams.entries()) {
          const bad = await dial(text)
          bad.on('error', () => {}).end(stream)
          await closed(bad.resume())
          if (index % 20 === 0) expect(await sendBatch(good, [`good ${index}`])).toBe(true)
        }
        await hangUp(good)
      },
    },
  )
  expect(linesOf(all).filter((line) => line.startsWith('good'))).toHaveLength(10)
})
