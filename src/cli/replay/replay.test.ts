import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createWebServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { generateAccessLog } from '../../source/made/lines/nasa-lines.ts'
import { startFtpServer } from './ftp-server.test-tool.ts'
import { type Replay, replay } from './replay.ts'

const never = new AbortController().signal

/** `text` resolves when the sender has ended. */
async function startReceiver(onText: (text: string, socket: Socket) => void = () => {}) {
  let text = ''
  let ended: (text: string) => void = () => {}
  const whole = new Promise<string>((resolve) => (ended = resolve))
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      text += chunk
      onText(text, socket)
    })
    socket.on('close', () => ended(text))
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    to: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => whole,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

async function run(options: Pick<Replay, 'input' | 'to'> & Partial<Replay>): Promise<string> {
  const stderr = new PassThrough()
  await replay({
    rate: 'max',
    shiftsToNow: false,
    clock: systemClock,
    signal: never,
    stdin: new PassThrough(),
    stderr,
    ...options,
  })
  return String(stderr.read())
}

const made = Buffer.concat([...generateAccessLog({ seed: 3, lines: 5000 })])

test('a file, plain or packed, arrives unchanged, and one line says its size', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-replay-'))
  const packed = { 'a.log': made, 'b.log.gz': gzipSync(made), 'c.log.zst': zstdCompressSync(made), d: gzipSync(made) }
  for (const [name, content] of Object.entries(packed)) {
    await writeFile(join(folder, name), content)
    await using receiver = await startReceiver()
    const message = await run({ input: join(folder, name), to: receiver.to })
    expect(await receiver.text()).toBe(made.toString())
    expect(message).toMatch(new RegExp(`^5000 lines, ${made.length} bytes, \\d+\\.\\d\\d s\\n$`))
  }
  await rm(folder, { recursive: true })
})

test('standard input: a last line without a line feed gets one', async () => {
  await using receiver = await startReceiver()
  const stdin = new PassThrough()
  stdin.end('one\ntwo')
  expect(await run({ input: '-', to: receiver.to, stdin })).toMatch(/^2 lines, 8 bytes, /)
  expect(await receiver.text()).toBe('one\ntwo\n')
})

test('a web address, packed or not; an error names its answer', async () => {
  const web = createWebServer((request, answer) => {
    if (request.url === '/log.gz') answer.end(gzipSync('one\ntwo\n'))
    else answer.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(web, 'listening')
  const base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
  await using receiver = await startReceiver()
  await run({ input: `${base}/log.gz`, to: receiver.to })
  expect(await receiver.text()).toBe('one\ntwo\n')
  await expect(run({ input: `${base}/none`, to: receiver.to })).rejects.toMatchObject({
    code: 'not-found',
    message: `replay: ${base}/none answered 404 Not Found`,
  })
  web.close()
})

test('a web address with a login sends it, and never shows it', async () => {
  const web = createWebServer((request, answer) => {
    const login = `Basic ${Buffer.from('me:pa ss').toString('base64')}`
    if (request.headers.authorization === login && request.url === '/log') answer.end('one\n')
    else answer.writeHead(401).end()
  }).listen(0, '127.0.0.1')
  await once(web, 'listening')
  const { port } = web.address() as AddressInfo
  await using receiver = await startReceiver()
  await run({ input: `http://me:pa%20ss@127.0.0.1:${port}/log`, to: receiver.to })
  expect(await receiver.text()).toBe('one\n')
  await expect(run({ input: `http://me:wrong@127.0.0.1:${port}/log`, to: receiver.to })).rejects.toMatchObject({
    message: `replay: http://127.0.0.1:${port}/log answered 401 Unauthorized`,
  })
  web.close()
})

test('an FTP address, packed or not; no message shows the password', async () => {
  await using ftp = await startFtpServer('me', 'pa:ss w@rd', {
    'logs/a b.gz': gzipSync(made),
    plain: Buffer.from('one\ntwo'),
    broken: undefined,
  })
  const at = (path: string, login = 'me:pa%3Ass%20w%40rd') => `ftp://${login}@127.0.0.1:${ftp.port}/${path}`
  await using receiver = await startReceiver()
  await run({ input: at('logs/a%20b.gz'), to: receiver.to })
  expect(await receiver.text()).toBe(made.toString())
  await using second = await startReceiver()
  await run({ input: at('plain'), to: second.to })
  expect(await second.text()).toBe('one\ntwo\n')

  const shown = `replay: ftp://127.0.0.1:${ftp.port}`
  const wrong: readonly (readonly [input: string, code: string, message: string])[] = [
    [at('plain', 'me:secret'), 'denied', `${shown}/plain: the server refuses the login: 530 Login incorrect.`],
    [at('none.gz'), 'not-found', `${shown}/none.gz: the server has no such file: 550 No such file.`],
    [at(''), 'usage', `${shown}/ names no file`],
    [at('a%0D%0ADELE%20b'), 'usage', `${shown}/a%0D%0ADELE%20b names no file`],
    [at('plain').replace('ftp:', 'sftp:'), 'usage', `s${shown.slice(8)}/plain: only http, https and ftp addresses`],
    [at('plain').replace(/:\d+\//, ':none/'), 'usage', 'an address that begins with ftp:// is malformed'],
    ['ftp://me:secret@127.0.0.1:1/a', 'io', 'replay: ftp://127.0.0.1:1/a cannot be read: connect ECONNREFUSED'],
    [at('broken'), 'io', `${shown}/broken cannot be read: `],
  ]
  for (const [input, code, message] of wrong) {
    await using third = await startReceiver()
    const failure = await run({ input, to: third.to }).catch((error) => error)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(`${failure.message} ${failure.hint}`).not.toMatch(/secret|pa%3Ass|pa:ss/)
  }
  expect(ftp.logins).toContain('me:pa:ss w@rd')
  expect(ftp.logins).toContain('me:secret')
})

test('--shift-to-now moves the times on their way, and says from where to where', async () => {
  const stdin = new PassThrough()
  stdin.end('h - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 5\nnone')
  await using receiver = await startReceiver()
  const now = Date.UTC(2026, 10, 29, 14, 30, 5, 678)
  const clock = { ...systemClock, now: () => now }
  const message = await run({ input: '-', to: receiver.to, stdin, shiftsToNow: true, clock })
  const moved = '[29/Nov/2026:10:30:05 -0400]'
  expect(await receiver.text()).toBe(`h - - ${moved} "GET / HTTP/1.0" 200 5\nnone\n`)
  const told = `times moved from [01/Jul/1995:00:00:01 -0400] to ${moved}; 1 line without a time sent unchanged`
  expect(message.split('\n')[1]).toBe(told)
})

test('answers are dropped, except for those that refuse lines or come before the end', async () => {
  await using takes = await startReceiver((_, socket) => void socket.write('OK\n'.repeat(1000)))
  await run({ input: 'generator:lines=5000', to: takes.to })
  await using refuses = await startReceiver((_, socket) => void socket.write('OK\nFAILED: no room\r\n'))
  await expect(run({ input: 'generator:lines=1', to: refuses.to })).rejects.toMatchObject({
    code: 'io',
    message: `${refuses.to.slice('tcp://'.length)} took 0 of 1 lines`,
    hint: 'It answered to the last that it did not take: FAILED: no room',
  })
  await using ends = await startReceiver((_, socket) => void socket.end('FAILED: too long\n'))
  const stdin = new PassThrough()
  stdin.write('one\n')
  const failed = run({ input: '-', to: ends.to, stdin }).catch((error) => error)
  await ends.text()
  stdin.write('two\n')
  expect((await failed).message).toMatch(/closed the connection after 1 line; its last answer was: FAILED: too long$/)
})

test('a generated log is that of the generator source', async () => {
  await using receiver = await startReceiver()
  await run({ input: 'generator:lines=5000,seed=3', to: receiver.to })
  expect(await receiver.text()).toBe(made.toString())
})

test('at 10/s, one line is sent every 0.1 s', async () => {
  const clock = jumpingClock()
  await using receiver = await startReceiver()
  const message = await run({ input: 'generator:lines=5', to: receiver.to, rate: '10/s', clock })
  expect(clock.slept).toEqual([100, 100, 100, 100])
  expect(message).toMatch(/^5 lines, \d+ bytes, 0\.40 s\n$/)
  expect(await receiver.text()).toBe(Buffer.concat([...generateAccessLog({ seed: 1, lines: 5 })]).toString())
})

test('a stop ends with a whole line and a message', async () => {
  const stop = new AbortController()
  await using receiver = await startReceiver((text) => {
    if (text.length > 1_000_000) stop.abort()
  })
  const message = await run({ input: 'generator:lines=10000000', to: receiver.to, signal: stop.signal })
  expect(message).toMatch(/^\d+ lines, \d+ bytes, [\d.]+ s, stopped\n$/)
  const text = await receiver.text()
  expect(text.endsWith('\n')).toBe(true)
  expect(text.length).toBe(Number(/, (\d+) bytes/.exec(message)?.[1]))
})

test('a stop works while standard input is silent', async () => {
  const stop = new AbortController()
  await using receiver = await startReceiver(() => stop.abort())
  const stdin = new PassThrough()
  stdin.write('one\nhal')
  expect(await run({ input: '-', to: receiver.to, stdin, signal: stop.signal })).toMatch(
    /^1 line, 4 bytes, .* stopped\n$/,
  )
})

test('each mistake is one clear failure', async () => {
  const closed = await startReceiver()
  await closed[Symbol.asyncDispose]()
  const address = closed.to.slice('tcp://'.length)
  await expect(run({ input: 'generator:lines=1', to: closed.to })).rejects.toMatchObject({
    code: 'io',
    message: `no process listens on ${address}`,
    hint: 'start the pipeline that takes the lines there, or give another --to',
  })
  await using breaks = await startReceiver((_, socket) => socket.resetAndDestroy())
  await expect(run({ input: 'generator:lines=2000000', to: breaks.to })).rejects.toMatchObject({
    code: 'io',
    message: expect.stringMatching(/^127\.0\.0\.1:\d+ (broke|closed) the connection.* after \d+ lines$/),
  })
  const wrong: readonly (readonly [options: Partial<Replay>, code: string, message: string])[] = [
    [{ input: '/none.log' }, 'not-found', 'replay: no such file: /none.log'],
    [{ to: '127.0.0.1:9999' }, 'usage', '--to 127.0.0.1:9999: expected tcp://HOST:PORT, as in tcp://127.0.0.1:9999'],
    [{ rate: 'fast' }, 'usage', "'fast' is not a rate: expected a number per s, m or h, as in 10/s or 600/m, or max"],
    [{ input: 'generator:line=1' }, 'usage', 'generator:line=1: expected generator:lines=200000,seed=1'],
  ]
  for (const [options, code, message] of wrong) {
    const replayed = run({ input: 'generator:lines=1', to: closed.to, ...options })
    await expect(replayed).rejects.toMatchObject({ code, message })
  }
})

test('all members and frames are sent, without a byte order mark and NULs that are not text', async () => {
  const inputs = [
    Buffer.concat([gzipSync('\ufeffone\n'), gzipSync('two\n\0\0\0three\n')]),
    Buffer.concat([zstdCompressSync('one\ntw'), zstdCompressSync('o\nthree')]),
  ]
  for (const input of inputs) {
    await using receiver = await startReceiver()
    const stdin = new PassThrough()
    stdin.end(input)
    await run({ input: '-', to: receiver.to, stdin })
    expect(await receiver.text()).toBe('one\ntwo\nthree\n')
  }
})

// Promise: Of damaged input, `replay` sends all whole lines before the damage, and fails.
test('of damaged input, the whole lines before the damage are sent, and it fails', async () => {
  await using receiver = await startReceiver()
  const stdin = new PassThrough()
  stdin.end(gzipSync('one\ntwo\nthr').subarray(0, -2))
  await expect(run({ input: '-', to: receiver.to, stdin })).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(/^standard input is cut short: .*; all lines before that were sent$/),
  })
  expect(await receiver.text()).toBe('one\ntwo\n')
  const other = new PassThrough()
  other.end(Buffer.from('PK\x03\x04\x14\0\0\0'))
  await expect(run({ input: '-', to: receiver.to, stdin: other })).rejects.toMatchObject({ code: 'not-text' })
})
