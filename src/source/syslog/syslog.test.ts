import { describe, expect, test } from 'vitest'
import { linesOf, runSource, sourceContract } from '../../../test/contract/source.ts'
import { systemClock } from '../../base/clock.ts'
import { closed, dial, send, stillToSend } from '../tcp.test-tool.ts'
import { portIn, sendDatagrams, takeRecords } from './syslog.test-tool.ts'
import { syslogSource } from './syslog.ts'

sourceContract(syslogSource, async () => ({
  options: { tcp: 0 },
  expected: ['<1>one', '<2>two', '<3>three\nof two lines', '<4>last'],
  send: (text) => send(text, '<1>one\n<2>', 'two\n2', '1 <3>three\nof two lines', '<4>last'),
}))

describe('peers', () => {
  test('several addresses of each kind are one source', async () => {
    const use = async (text: string) => {
      expect(text).toMatch(/^syslog udp 127\.0\.0\.1:\d+, tcp 127\.0\.0\.1:\d+, tcp \[::1\]:\d+$/)
      await sendDatagrams(portIn(text, 'udp'), ['<1>udp'])
      await send(text.split(', ')[1] as string, '<2>tcp')
    }
    const all = await takeRecords({ udp: 0, tcp: [0, '[::1]:0'] }, 2, use)
    expect(linesOf(all).sort()).toEqual(['<1>udp', '<2>tcp'])
  })

  test('a connection whose lengths are wrong is closed with a warning, and the others go on', async () => {
    const warnings: string[] = []
    const all = await runSource(
      syslogSource,
      { tcp: 0 },
      {
        warnings,
        async started(text) {
          const good = await dial(text)
          const bad = await dial(text)
          bad.write('4 <1>abc5 <1>de')
          await closed(bad.resume())
          good.end('<2>good\n')
          await closed(good.resume())
        },
      },
    )
    expect(linesOf(all).sort()).toEqual(['<1>a', '<2>good'])
    expect(warnings).toEqual([
      expect.stringMatching(/was closed: a message is not as long as the length in front of it/),
    ])
  })

  test('a page in a browser cannot post messages', async () => {
    const warnings: string[] = []
    const use = async (text: string) => {
      const page = await dial(text)
      page.on('error', () => {}).write('POST / HTTP/1.1\r\nHost: x\r\n\r\n<1>no\n')
      await closed(page.resume())
    }
    expect(await takeRecords({ tcp: 0 }, 0, use, { warnings })).toEqual([])
    expect(warnings).toEqual([
      expect.stringMatching(/closed: it sent an HTTP request, and this port takes syslog messages$/),
    ])
  })

  test('a peer that begins a message and does not end it is closed after `timeout`, a byte now and then or not', async () => {
    let elapsed = 0
    const wakes: (() => void)[] = []
    const clock = {
      ...systemClock,
      elapsed: () => elapsed,
      sleep: (_: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
          wakes.push(resolve)
        }),
    }
    const warnings: string[] = []
    const use = async (text: string) => {
      const idle = await dial(text)
      const drip = await dial(text)
      let isOpen = true
      const ended = closed(drip.on('error', () => {}).resume()).then(() => (isOpen = false))
      await new Promise((sent) => drip.write('60000 <1>', sent))
      while (isOpen) {
        await new Promise((settled) => setImmediate(settled))
        if (drip.writable) drip.write('x')
        elapsed += 1000
        for (const wake of wakes.splice(0)) wake()
      }
      await ended
      expect(idle.closed).toBe(false)
      idle.end()
    }
    await takeRecords({ tcp: 0 }, 0, use, { warnings, clock })
    expect(warnings[0]).toMatch(/was closed: what it began was not whole after 1m \(timeout\)$/)
  })

  test('while a delivery waits, senders are held back, and nothing is lost', async () => {
    const count = 48 * 1024
    const held = Promise.withResolvers<void>()
    let delivered = 0
    await runSource(
      syslogSource,
      { tcp: 0 },
      {
        async onDelivery({ lines }) {
          delivered += lines.length
          await held.promise
        },
        async started(text) {
          const socket = await dial(text)
          for (let sent = 0; sent < count; sent += 64) socket.write(`<1>${'x'.repeat(1020)}\n`.repeat(64))
          socket.end()
          const left = await stillToSend(socket)
          expect(left).toBeGreaterThan(0)
          held.resolve()
        },
      },
    )
    expect(delivered).toBe(count)
  })
})

test('options as people write them', () => {
  const parse = (options: unknown) => syslogSource.options.safeParse(options)
  const own = { host: '127.0.0.1', port: 5514 }
  expect(parse(5514).data).toMatchObject({ udp: [own], tcp: [own], framing: 'auto', max_message: 65536 })
  expect(parse({ udp: '127.0.0.1:5514' }).data).toMatchObject({ udp: [own] })
  expect(parse({}).error?.issues[0]?.message).toMatch(/^listens nowhere/)
  expect(parse({ tls: { listen: 1 } }).success).toBe(false)
})
