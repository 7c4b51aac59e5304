import { createSocket } from 'node:dgram'
import { expect, test } from 'vitest'
import { linesOf, runSource } from '../../../test/contract/source.ts'
import { systemClock } from '../../base/clock.ts'
import { portIn, sendDatagrams, takeRecords } from './syslog.test-tool.ts'
import { syslogSource } from './syslog.ts'

test('a datagram is a record, whatever is in it; line ends and NULs at its end are no part of it', async () => {
  const warnings: string[] = []
  const messages = ['<1>one', '', '<2>two\nlines\n', '<3>nul\0', Buffer.alloc(65, 'x'), '\n', '<4>last']
  const use = (text: string) => sendDatagrams(portIn(text, 'udp'), messages)
  const all = await takeRecords({ udp: 0, max_message: '64B' }, 4, use, { warnings })
  expect(linesOf(all)).toEqual(['<1>one', '<2>two\nlines', '<3>nul', '<4>last'])
  expect(warnings).toEqual([
    expect.stringMatching(/^a message from 127\.0\.0\.1:\d+ is left out: it is longer than max_message, 64B$/),
  ])
})

test('a run to the end of the input ends when nothing has come for a while', async () => {
  let elapsed = 0
  // Each sleep ends at once, in a later turn of the event loop, and is over when it would have been.
  const clock = {
    ...systemClock,
    elapsed: () => elapsed,
    async sleep(time: number, signal?: AbortSignal) {
      await new Promise(setImmediate)
      signal?.throwIfAborted()
      elapsed += time
    },
  }
  const all = await runSource(
    syslogSource,
    { udp: [0, 0] },
    {
      clock,
      async started(text) {
        await sendDatagrams(portIn(text, 'udp'), ['<1>one'])
      },
    },
  )
  expect(linesOf(all)).toEqual(['<1>one'])
})

// Promise: Datagrams that cannot be taken while a topic is held back are counted, and said.
test('datagrams that come while records cannot be taken are dropped and counted', async () => {
  const warnings: string[] = []
  const held = Promise.withResolvers<void>()
  const stop = new AbortController()
  const large = Buffer.alloc(60_000, 'x')
  const all = await runSource(
    syslogSource,
    { udp: 0 },
    {
      untilEnd: false,
      signal: stop.signal,
      warnings,
      onDelivery: () => held.promise,
      async started(text) {
        for (let i = 0; i < 200; i++) {
          await sendDatagrams(portIn(text, 'udp'), [large])
          await new Promise(setImmediate)
        }
        stop.abort()
        held.resolve()
      },
    },
  )
  const dropped = warnings.flatMap(
    (warning) => /(\d+) datagrams to \S+ were dropped, as the topic/.exec(warning)?.[1] ?? [],
  )
  const bySystem = warnings.flatMap((warning) => /has dropped (\d+) datagrams/.exec(warning)?.[1] ?? [])
  const sum = [...dropped, ...bySystem].reduce((total, count) => total + Number(count), 0)
  expect(Number(dropped[0])).toBeGreaterThan(0)
  expect(linesOf(all).length).toBeGreaterThan(0)
  expect(linesOf(all).length + sum).toBeLessThanOrEqual(200)
})

test.skipIf(process.platform !== 'linux')('what the system drops is said', async () => {
  const warnings: string[] = []
  const use = async (text: string) => {
    const port = portIn(text, 'udp')
    const socket = createSocket('udp4')
    // Nothing is read before the event loop turns: the small buffer of the system is full long before.
    const sent = Array.from({ length: 500 }, () => new Promise((done) => socket.send('x'.repeat(500), port, done)))
    await Promise.all(sent)
    socket.close()
  }
  await takeRecords({ udp: 0, receive_buffer: '1KiB' }, 0, use, { warnings })
  expect(warnings.join('\n')).toMatch(
    /the system has dropped \d+ datagrams to 127\.0\.0\.1:\d+, which came faster than/,
  )
})
