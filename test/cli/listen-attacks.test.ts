/** Attacks on the server of `run`: what pages of other sites, and clients that mean harm, get from it. */
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { demo } from './demo.ts'
import { folderWith, type Running } from './tailrace.ts'

const TCP = demo('tcp: 127.0.0.1:0')
const LISTENS = /^dashboard: http:/
const BODY = 'Content-Type: application/json\r\nContent-Length: 14\r\n'
const TOKEN_BODY = '{"token":"me"}'

/** Runs a pipeline and calls `use` with the port of its server; the run must end as it would have without. */
async function attacked(use: (port: number, running: Running) => Promise<void>, ...more: readonly string[]) {
  using folder = folderWith({ 'p.yaml': TCP, token: 'right\n' })
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0', ...more)
  const port = await running.port(LISTENS)
  await running.line(/^demo runs:/)
  await use(port, running)
  const ended = await running.stop()
  expect(ended).toMatchObject({ code: 0 })
  expect(ended.stderr).not.toMatch(/a bug in tailrace|^ +at /m)
}

type Sending = { readonly socket: Socket; readonly ended: Promise<string> }

/** Sends bytes; `ended` resolves with all that came back, when the connection has ended. */
function sending(port: number, bytes: string): Sending {
  let got = ''
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
  socket.setEncoding('latin1').on('data', (text: string) => (got += text))
  const ended = new Promise<string>((resolve) => socket.on('error', () => {}).on('close', () => resolve(got)))
  return { socket, ended }
}

const raw = (port: number, bytes: string): Promise<string> => sending(port, bytes).ended

/** A request that asks for the connection to be closed behind it. */
const request = (line: string, head = 'Host: localhost\r\n', body = ''): string =>
  `${line} HTTP/1.1\r\n${head}Connection: close\r\n\r\n${body}`

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

test('a page of another site gets nothing: rebinding, cross-site posts, foreign frames and scripts', async () => {
  await attacked(async (port) => {
    const own = `Host: localhost:${port}\r\n`
    const cases: readonly (readonly [what: string, bytes: string, status: number])[] = [
      ['rebinding', request('GET /api/v1/status', 'Host: evil.example\r\n'), 403],
      ['rebinding with the port', request('GET /api/v1/status', `Host: evil.example:${port}\r\n`), 403],
      ['rebinding of the page', request('GET /', 'Host: evil.example\r\n'), 403],
      ['no Host', 'GET /api/v1/status HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
      ['two Hosts', request('GET /api/v1/status', `${own}Host: evil.example\r\n`), 400],
      [
        'our page',
        request('POST /api/v1/session', `${own}Origin: http://localhost:${port}\r\n${BODY}`, TOKEN_BODY),
        200,
      ],
      ['a program', request('POST /api/v1/session', `${own}${BODY}`, TOKEN_BODY), 200],
      [
        'a foreign page',
        request('POST /api/v1/session', `${own}Origin: http://evil.example\r\n${BODY}`, TOKEN_BODY),
        403,
      ],
      ['a sandbox', request('POST /api/v1/session', `${own}Origin: null\r\n${BODY}`, TOKEN_BODY), 403],
      ['another port', request('POST /api/v1/session', `${own}Origin: http://localhost:1\r\n${BODY}`, TOKEN_BODY), 403],
      [
        'a longer name',
        request('DELETE /api/v1/session', `${own}Origin: http://localhost:${port}.evil.example\r\n`),
        403,
      ],
      [
        'a user in the origin',
        request('DELETE /api/v1/session', `${own}Origin: http://localhost:${port}@evil.example\r\n`),
        403,
      ],
      ['a page beside', request('GET /api/v1/status', `${own}Sec-Fetch-Site: same-site\r\n`), 403],
      ['a foreign script', request('GET /api/v1/status', `${own}Sec-Fetch-Site: cross-site\r\n`), 403],
      ['our script', request('GET /version', `${own}Sec-Fetch-Site: same-origin\r\n`), 200],
      [
        'a form',
        request('POST /api/v1/session', `${own}Content-Type: text/plain\r\nContent-Length: 14\r\n`, TOKEN_BODY),
        415,
      ],
      [
        'a form of fields',
        request(
          'POST /api/v1/session',
          `${own}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n`,
          'token=me',
        ),
        415,
      ],
      ['no type', request('POST /api/v1/session', `${own}Content-Length: 14\r\n`, TOKEN_BODY), 415],
    ]
    for (const [what, bytes, status] of cases) {
      const answer = await raw(port, bytes)
      expect({ what, status: statusOf(answer) }).toEqual({ what, status })
      expect(answer).not.toMatch(/access-control-/i)
    }
    const link = await raw(port, request('GET /', `${own}Sec-Fetch-Site: cross-site\r\n`))
    expect(statusOf(link)).not.toBe(403)
    for (const header of [
      "content-security-policy: default-src 'none'",
      "frame-ancestors 'none'",
      'cross-origin-resource-policy: same-origin',
      'cross-origin-opener-policy: same-origin',
      'referrer-policy: no-referrer',
      'x-content-type-options: nosniff',
    ]) {
      expect(link).toContain(header)
    }
  })
})

test('no path of a request leads to a file, and no name becomes a header', async () => {
  await attacked(async (port) => {
    const paths = [
      '/../../../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2f..%2fetc%2fpasswd',
      '/app-12345678.js/../../../package.json',
      '/app-..%2fabcde.js',
      '//etc/passwd',
      '/__proto__',
      '/constructor',
      '/toString',
      '/api/v1/__proto__',
      '/api/v1/status/..',
      '/api/v1/%00',
      '/api/v1/status%0d%0aSet-Cookie:%20a=b',
      '/%0d%0aSet-Cookie:%20a=b',
    ]
    for (const path of paths) {
      const answer = await raw(port, request(`GET ${path}`))
      expect({ path, status: statusOf(answer) }).toEqual({ path, status: 404 })
      const [head = ''] = answer.split('\r\n\r\n')
      expect(head).not.toMatch(/set-cookie/i)
      expect(answer).not.toMatch(/root:|"devDependencies"/)
    }
    const split = await raw(port, request('GET /api/v1/status', 'Host: localhost\r\nX-A: b\nSet-Cookie: a=b\r\n'))
    expect(split).not.toMatch(/set-cookie/i)
    // Two lengths, of which a proxy may believe the other.
    const smuggled = await raw(
      port,
      request(
        'POST /api/v1/session',
        'Host: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n',
        '0\r\n\r\nGET /',
      ),
    )
    expect(statusOf(smuggled)).toBe(400)
  })
})

test('bodies and heads that are too large, too slow, or too deep are refused, and others are answered meanwhile', async () => {
  await attacked(async (port) => {
    const post = (length: string) =>
      request('POST /api/v1/session', `Host: localhost\r\nContent-Type: application/json\r\n${length}`)
    // None of these ends: the server has to.
    const slow = [
      'GET / HTTP/1.1\r\nHost: local',
      post('Content-Length: 30\r\n'),
      post('Transfer-Encoding: chunked\r\n'),
    ]
    const hanging = slow.map((bytes) => sending(port, bytes))
    const large = await raw(port, post('Content-Length: 100000\r\n'))
    expect(statusOf(large)).toBe(413)
    expect(large).toContain('{"error":"the body of a request has 64 KiB at most"}')
    const chunk = `${(20_000).toString(16)}\r\n${'x'.repeat(20_000)}\r\n`
    const chunks = await raw(port, post('Transfer-Encoding: chunked\r\n') + chunk.repeat(5))
    expect(statusOf(chunks)).toBe(413)
    const head = await raw(port, request('GET /version', `Host: localhost\r\nX: ${'x'.repeat(40_000)}\r\n`))
    expect(statusOf(head)).toBe(431)
    expect(head).toContain('{"error":"the head of a request has 32768 bytes at most"}')
    for (const body of [
      '['.repeat(30_000),
      '{"token":'.repeat(3000),
      '{"__proto__":{"token":"me"}}',
      '{"token":',
      '"me"',
      '',
    ]) {
      const length = `Content-Length: ${body.length}\r\n`
      const answer = await raw(port, post(length) + body)
      expect({ body: body.slice(0, 20), status: statusOf(answer) }).toEqual({ body: body.slice(0, 20), status: 400 })
    }
    for (const { ended } of hanging) expect(statusOf(await ended)).toBe(408)
  })
}, 60_000)

test('streams of events have a limit, which leaves room for all other requests', async () => {
  await attacked(async (port) => {
    const stream = () => sending(port, 'GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const opened = (sent: Sending) =>
      new Promise<number>((resolve) => sent.socket.once('data', (text) => resolve(statusOf(String(text)))))
    const open = Array.from({ length: 256 }, stream)
    expect(new Set(await Promise.all(open.map(opened)))).toEqual(new Set([200]))
    const more = stream()
    expect(await opened(more)).toBe(503)
    more.socket.destroy()
    expect(statusOf(await raw(port, request('GET /healthz')))).toBe(200)
    for (const { socket } of open.slice(0, 200)) socket.destroy()
    // Clients that went make room; the rest are closed when the run stops.
    const late = stream()
    expect(await opened(late)).toBe(200)
  })
})

test('wrong tokens are refused after some, and a browser with a session is not kept out by them', async () => {
  await attacked(
    async (port) => {
      const url = `http://127.0.0.1:${port}`
      const given = (token: string) => fetch(`${url}/version`, { headers: { authorization: `Bearer ${token}` } })
      const begin = (token: string) =>
        fetch(`${url}/api/v1/session`, {
          method: 'POST',
          body: JSON.stringify({ token }),
          headers: { 'content-type': 'application/json' },
        })
      const cookie = (await begin('right')).headers.get('set-cookie')?.split(';')[0] ?? ''
      const statuses: number[] = []
      for (let attempt = 0; attempt < 12; attempt++) {
        statuses.push((await (attempt % 2 === 0 ? given('wrong') : begin('wrong'))).status)
      }
      expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
      expect((await given('right')).status).toBe(429)
      expect((await fetch(`${url}/version`, { headers: { cookie } })).status).toBe(200)
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
    },
    '--token-file',
    'token',
  )
})
