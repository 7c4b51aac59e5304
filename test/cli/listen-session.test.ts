/** Sessions of browsers, and TLS from files, of `run --listen`. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { routes } from '../../src/server/routes/all.ts'
import { makePems } from '../../src/source/network/pem.test-tool.ts'
import { demo } from './demo.ts'
import { expectRefused } from './refused.ts'
import { folderWith } from './tailrace.ts'

const TCP = demo('tcp: 127.0.0.1:0')

test('a browser gives the token once, and its session is of no use to anybody else', async () => {
  using folder = folderWith({ 'p.yaml': TCP, token: 'right\n' })
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0', '--token-file', 'token')
  const port = await running.port(/^dashboard: http:/)
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    const body = response.headers.get('content-type')?.includes('json') ? await response.json() : await response.text()
    return { status: response.status, cookie: response.headers.get('set-cookie'), body }
  }
  const withCookie = (cookie: string) => ({ headers: { cookie } })
  const post = (token: string) => ({
    method: 'POST',
    body: JSON.stringify({ token }),
    headers: { 'content-type': 'application/json' },
  })
  expect(await ask('/api/v1/session')).toMatchObject({ status: 200, body: { needed: true, open: false } })
  expect(await ask('/api/v1/session', post('wrong'))).toMatchObject({ status: 401, cookie: null })
  const begun = await ask('/api/v1/session', post('right'))
  expect(begun).toMatchObject({ status: 200, body: { needed: true, open: true } })
  expect(begun.cookie).toMatch(
    new RegExp(`^tailrace-${port}=[\\w-]{43}; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict$`),
  )
  expect(begun.cookie).not.toContain('right')
  const cookie = begun.cookie?.split(';')[0] ?? ''
  const [name, id = ''] = cookie.split('=')
  expect(await ask('/api/v1/session', withCookie(cookie))).toMatchObject({ body: { needed: true, open: true } })
  expect(await ask('/version', withCookie(`other=1; ${cookie}`))).toMatchObject({ status: 200 })
  for (const useless of [
    `${name}=`,
    `${name}=right`,
    `${name}=${id}x`,
    `x${cookie}`,
    id,
    `tailrace-1=${id}`,
    `${name}="${id}"`,
  ]) {
    expect({ useless, ...(await ask('/version', withCookie(useless))) }).toMatchObject({ useless, status: 401 })
  }
  // A page of another port is of the same site for the browser, which sends it the cookie.
  const foreign = { method: 'DELETE', headers: { cookie, origin: 'http://127.0.0.1:1' } }
  expect(await ask('/api/v1/session', foreign)).toMatchObject({ status: 403 })
  const second = (await ask('/api/v1/session', post('right'))).cookie?.split(';')[0] ?? ''
  expect(second).not.toBe(cookie)
  const ended = await ask('/api/v1/session', { method: 'DELETE', headers: { cookie } })
  expect(ended).toMatchObject({ status: 200, body: { needed: true, open: false } })
  expect(ended.cookie).toContain(`${name}=; Path=/; Max-Age=0`)
  expect(await ask('/version', withCookie(cookie))).toMatchObject({ status: 401 })
  expect(await ask('/version', withCookie(second))).toMatchObject({ status: 200 })
  await running.stop()
})

test('every address but those that have no data needs the token', async () => {
  using folder = folderWith({ 'p.yaml': TCP, token: 'right\n' })
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0', '--token-file', 'token')
  const port = await running.port(/^dashboard: http:/)
  const answered = await Promise.all(
    routes.map(async ({ method, path }) => {
      const { status } = await fetch(`http://127.0.0.1:${port}${path.replaceAll(/[{}]/g, '')}`, { method })
      return status === 401 ? [] : [`${method} ${path}`]
    }),
  )
  expect(answered.flat().sort()).toEqual([
    'DELETE /api/v1/session',
    'GET /api/v1/session',
    'GET /healthz',
    'GET /readyz',
    'POST /api/v1/session',
  ])
  await running.stop()
})

test('without a token a session is neither needed nor given', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0')
  const url = `http://127.0.0.1:${await running.port(/^dashboard: http:/)}/api/v1/session`
  expect(await (await fetch(url)).json()).toEqual({ needed: false, open: true })
  const headers = { 'content-type': 'application/json' }
  const begun = await fetch(url, { method: 'POST', body: '{"token":"any"}', headers })
  expect({ cookie: begun.headers.get('set-cookie'), body: await begun.json() }).toEqual({
    cookie: null,
    body: { needed: false, open: true },
  })
  await running.stop()
})

test('TLS from files: the session is for TLS alone, and a renewed certificate is used without a restart', async () => {
  using folder = folderWith({ 'p.yaml': TCP, token: 'right\n' })
  await makePems(folder.path)
  copyFileSync(folder.at('server.pem'), folder.at('cert.pem'))
  copyFileSync(folder.at('server.key'), folder.at('key.pem'))
  const tls = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem']
  const running = folder.start('run', 'p.yaml', '--listen', '0.0.0.0:0', '--token-file', 'token', ...tls)
  const port = Number(/:(\d+)$/.exec(await running.line(/^dashboard: https:/))?.[1])
  const ca = folder.read('ca.pem')
  const ask = (method: string, path: string, body = '') =>
    new Promise<{ readonly status: number | undefined; readonly headers: object; readonly peer: string }>(
      (resolve, reject) => {
        const headers = { authorization: 'Bearer right', 'content-type': 'application/json' }
        // A connection of its own: an open one keeps its certificate.
        const options = {
          host: '127.0.0.1',
          port,
          method,
          path,
          ca,
          headers,
          agent: new Agent({ maxCachedSessions: 0 }),
        }
        request(options, (response) => {
          const peer = (response.socket as TLSSocket).getPeerCertificate().serialNumber
          response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers, peer }))
        })
          .on('error', reject)
          .end(body)
      },
    )
  const first = await ask('POST', '/api/v1/session', '{"token":"right"}')
  expect(first).toMatchObject({
    status: 200,
    headers: {
      'strict-transport-security': expect.stringContaining('max-age='),
      'set-cookie': [expect.stringMatching(new RegExp(`^__Host-tailrace-${port}=.*; SameSite=Strict; Secure$`))],
    },
  })
  expect(await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => 'refused')).toBe('refused')

  writeFileSync(folder.at('cert.pem'), 'half of a certificate')
  await running.line(/^warning: the certificate stays as it was: .*cert\.pem.*nothing in PEM form/)
  expect(await ask('GET', '/version')).toMatchObject({ status: 200, peer: first.peer })
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
  const args = ['x509', '-req', '-days', '30', '-in', 'server.csr', '-out', 'renewed.pem', ...authority]
  execFileSync('openssl', args, { cwd: folder.path, stdio: 'pipe' })
  renameSync(folder.at('renewed.pem'), folder.at('cert.pem'))
  for (;;) {
    const { status, peer } = await ask('GET', '/version')
    expect(status).toBe(200)
    if (peer !== first.peer) break
  }
  const ended = await running.stop()
  expect(ended.code).toBe(0)
  expect(ended.stderr).not.toContain('not encrypted')
}, 60_000)

test('files of TLS that cannot be used are refused at the start', async () => {
  using folder = folderWith({ 'p.yaml': TCP, 'not.pem': 'x' })
  await makePems(folder.path)
  const at = (...more: readonly string[]) => ['run', 'p.yaml', '--listen', '127.0.0.1:0', ...more]
  await expectRefused(folder, [at('--tls-cert', 'server.pem'), 2, '--tls-cert and --tls-key need each other'])
  await expectRefused(folder, [at('--tls-cert', 'none.pem', '--tls-key', 'server.key'), 1, 'cannot read', 'none.pem'])
  await expectRefused(folder, [at('--tls-cert', 'not.pem', '--tls-key', 'server.key'), 1, 'nothing in PEM form'])
  await expectRefused(folder, [at('--tls-cert', 'server.pem', '--tls-key', 'client.key'), 1, 'TLS cannot be used'])
})
