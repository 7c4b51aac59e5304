import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { linesOf, runSource, sourceContract } from '../../test/contract/source.ts'
import { systemClock } from '../base/clock.ts'
import { dial, port0, portOf, send } from './tcp.test-tool.ts'
import { tcp } from './tcp.ts'

sourceContract(tcp, async () => ({
  options: port0,
  expected: ['one', 'two', '', 'three', 'last'],
  send: (text) => send(text, 'one\ntw', 'o\n\nthree\nlast'),
}))

describe('many connections', () => {
  test('lines stay whole, and each connection keeps its order', async () => {
    const count = 40
    const all = await runSource(tcp, port0, {
      untilEnd: true,
      async started(text) {
        const sockets = await Promise.all(Array.from({ length: count }, () => dial(text)))
        for (const half of ['first ', 'half\nsecond ', 'half\nthird', '\n']) {
          for (const [who, socket] of sockets.entries()) socket.write(half.replaceAll(' ', ` ${who} `))
        }
        for (const socket of sockets) socket.end()
      },
    })
    const lines = linesOf(all)
    expect(lines).toHaveLength(3 * count)
    for (let who = 0; who < count; who++) {
      expect(lines.filter((line) => line.includes(` ${who} `))).toEqual([`first ${who} half`, `second ${who} half`])
    }
    expect(lines.filter((line) => line === 'third')).toHaveLength(count)
  })

  test('one more than allowed is refused and reported', async () => {
    const warnings: string[] = []
    await runSource(
      tcp,
      { listen: 0, max_connections: 1 },
      {
        warnings,
        async started(text) {
          const first = await dial(text)
          const second = connect(portOf(text), '127.0.0.1').resume()
          second.on('error', () => {})
          await once(second, 'close')
          first.end('x\n')
        },
      },
    )
    expect(warnings).toEqual(['a connection was refused: 1 are open (max_connections)'])
  })
})

test('at the limit, a new peer takes the place of one that was silent for five minutes', async () => {
  let now = 0
  const warnings: string[] = []
  const all = await runSource(
    tcp,
    { listen: 0, max_connections: 2 },
    {
      warnings,
      clock: { ...systemClock, elapsed: () => now },
      async started(text) {
        const silent = await dial(text)
        silent.on('error', () => {})
        const busy = await dial(text)
        now = 299_000
        await new Promise((sent) => busy.write('busy\n', sent))
        const early = connect(portOf(text), '127.0.0.1').resume()
        early.on('error', () => {})
        await once(early, 'close')
        now = 301_000
        const late = await dial(text)
        await once(silent.resume(), 'close')
        late.end('late\n')
        busy.end()
      },
    },
  )
  expect(linesOf(all).sort()).toEqual(['busy', 'late'])
  expect(warnings[0]).toBe('a connection was refused: 2 are open (max_connections)')
  expect(warnings[1]).toMatch(/^the connection from \S+, silent for 5 min, was closed for a new one: 2 are open/)
})

test.skipIf(process.platform !== 'linux')('the system asks a silent peer whether it is still there', async () => {
  await runSource(tcp, port0, {
    async started(text) {
      const socket = await dial(text)
      const port = portOf(text).toString(16).toUpperCase().padStart(4, '0')
      const established = new RegExp(`^ *\\d+: 0100007F:${port} \\S+ 01 \\S+ (..):`, 'm')
      let timer: string | undefined
      // The server's side of the connection is there a moment after the peer's.
      while (timer !== '02') {
        await new Promise(setImmediate)
        timer = established.exec(await readFile('/proc/net/tcp', 'latin1'))?.[1]
      }
      socket.end('x\n')
    },
  })
})

// Promise: A page in a browser cannot write lines to a source on this machine.
test('a peer that speaks HTTP or TLS is closed, and nothing of what it sent is taken', async () => {
  const warnings: string[] = []
  const post = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfoo\n'
  const foreign = [
    [post],
    ['GET /?x=%0A H', 'TTP/1.0\r\n\r\n'],
    [`GET /?${'x'.repeat(8171)} HTTP/1.1\r\n\r\nfoo\n`],
    [`POST /?${'x'.repeat(20_000)}`, `${'x'.repeat(2 << 20)} HTTP/1.1\r\n\r\nfoo\n`],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['\x16\x03\x01\x02\x00\x01'],
  ]
  const all = await runSource(tcp, port0, {
    warnings,
    async started(text) {
      for (const pieces of foreign) {
        const socket = await dial(text)
        // The source may close it while the request is still being sent.
        const closed = new Promise((resolve) =>
          socket
            .on('error', () => {})
            .on('close', resolve)
            .resume(),
        )
        for (const piece of pieces) {
          await new Promise((sent) => socket.write(Buffer.from(piece, 'latin1'), sent))
          await new Promise((settled) => setImmediate(settled))
        }
        await closed
      }
      await send(text, 'GET /logs were read HTTP/1.1\nPOST / HTTP/1.1\n')
    },
  })
  expect(linesOf(all)).toEqual(['GET /logs were read HTTP/1.1', 'POST / HTTP/1.1'])
  const words = warnings.map((warning) => /was closed: it sent (.*), and this port takes lines$/.exec(warning)?.[1])
  expect(words).toEqual([...Array(5).fill('an HTTP request'), 'a TLS handshake'])
})

// Promise tcp-kept: What came over TCP stays once it is in the topic; a sender is held back while a delivery waits.
test('while a delivery waits, the sender is held back, and nothing is lost', async () => {
  const line = `${'x'.repeat(1023)}\n`
  const lines = 64 * 1024
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  let delivered = 0
  let sentAtRelease = 0
  await runSource(tcp, port0, {
    async onDelivery(delivery) {
      delivered += delivery.lines.length
      await held
    },
    async started(text) {
      const socket = await dial(text)
      let sent = 0
      // The sender is held back once the queue and the system's buffers are full: then 'drain' does not come.
      while (sent < lines) {
        const block = Math.min(1024, lines - sent)
        const open = socket.write(line.repeat(block))
        sent += block
        if (open) continue
        const drained = once(socket, 'drain')
        const stuck = await Promise.race([
          drained.then(() => false),
          new Promise((quiet) => setTimeout(quiet, 50, true)),
        ])
        if (stuck && sentAtRelease === 0) {
          sentAtRelease = sent
          release()
        }
        await drained
      }
      release()
      socket.end()
    },
  })
  expect(delivered).toBe(lines)
  expect(sentAtRelease).toBeGreaterThan(0)
  expect(sentAtRelease).toBeLessThan(lines)
})

test('a peer that connects and sends nothing does not end the run', async () => {
  const all = await runSource(tcp, port0, {
    async started(text) {
      await send(text)
      await send(text, 'line\n')
    },
  })
  expect(all.map(({ lines }) => lines)).toEqual([['line']])
})

// Holds long-line.
test('a line that is too long is left out and reported with its sender', async () => {
  const warnings: string[] = []
  const all = await runSource(
    tcp,
    { ...port0, max_line: '10B' },
    {
      warnings,
      started: (text) => send(text, 'short\n', 'far too long a line\n', 'x'.repeat(50), 'x\nfine\n'),
    },
  )
  expect(linesOf(all)).toEqual(['short', 'fine'])
  expect(warnings.length).toBeGreaterThanOrEqual(1)
  for (const warning of warnings) {
    expect(warning).toMatch(/^a line from 127\.0\.0\.1:\d+ is left out: it is longer than max_line, 10B$/)
  }
})

test('half a line of a connection that breaks is not delivered', async () => {
  const warnings: string[] = []
  const all = await runSource(tcp, port0, {
    warnings,
    async started(text) {
      const socket = await dial(text)
      await new Promise((sent) => socket.write('whole\nGET /ha', sent))
      await new Promise((settled) => setImmediate(settled))
      socket.resetAndDestroy()
      await once(socket, 'close')
    },
  })
  expect(linesOf(all).filter((line) => line !== 'whole')).toEqual([])
  expect(warnings.join('\n')).toMatch(/the connection from 127\.0\.0\.1:\d+ broke: read ECONNRESET/)
})

test('an address that cannot be listened on is one clear failure', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  await expect(runSource(tcp, port)).rejects.toMatchObject({
    code: 'in-use',
    message: `source input: port ${port} of 127.0.0.1 is taken by another process`,
    hint: `stop it (lsof -i :${port} shows which it is), or listen on another port`,
  })
  taken.close()
  await expect(runSource(tcp, '203.0.113.7:9999')).rejects.toMatchObject({
    code: 'not-found',
    message: 'source input: 203.0.113.7 is not an address of this machine',
  })
})

test('addresses as people write them', () => {
  const listen = (options: unknown) => (tcp.options.parse(options) as { listen: unknown }).listen
  expect(listen('127.0.0.1:9999')).toEqual({ host: '127.0.0.1', port: 9999 })
  expect(listen(9999)).toEqual({ host: '127.0.0.1', port: 9999 })
  expect(listen({ listen: '[::1]:80' })).toEqual({ host: '::1', port: 80 })
  expect(listen(':9999')).toEqual({ host: '127.0.0.1', port: 9999 })
  for (const wrong of ['localhost', '1.2.3.4:70000', 'tcp://x:1']) {
    expect(tcp.options.safeParse(wrong).error?.issues[0]?.message).toBe(
      `'${wrong}' is not HOST:PORT or a port alone, as in 127.0.0.1:9999, [::1]:9999 or 9999`,
    )
  }
})

// Promise: A peer that sends packed bytes or no text is told apart from one that sends lines, and is not read.
test('what is packed or no text is refused, and a byte order mark and NULs before a line are left out', async () => {
  const warnings: string[] = []
  const all = await runSource(tcp, port0, {
    untilEnd: true,
    warnings,
    async started(text) {
      const held = await dial(text)
      for (const bytes of [gzipSync('a\n'), Buffer.from('a line of text\n', 'utf16le')]) {
        const socket = await dial(text)
        socket.on('error', () => {})
        socket.write(bytes)
        await once(socket, 'close')
      }
      held.write('\ufeffone\n\0\0')
      held.end('two\n\ufeffthree')
      await once(held, 'close')
    },
  })
  expect(linesOf(all)).toEqual(['one', 'two', '\ufeffthree'])
  expect(warnings.join('\n')).toMatch(/closed: it sent bytes packed with gzip, and this port takes lines/)
  expect(warnings.join('\n')).toMatch(/closed: it sent what is UTF-16 text, and this port takes lines/)
})
