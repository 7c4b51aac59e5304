import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { makeFolder } from '../../../test/contract/folder.ts'
import { type HttpClient, openHttpClient } from './client.ts'
import { startServer } from './http-server.test-tool.ts'
import { httpOptions } from './options.ts'
import { reachFailure } from './trouble.ts'

const schema = z.strictObject(httpOptions)

async function client(
  options: object = {},
  context: { folder?: string; maxAnswer?: number } = {},
): Promise<HttpClient> {
  const parsed = schema.parse({ url: 'http://127.0.0.1/', ...options })
  const opened = await openHttpClient(parsed, { folder: '/nowhere', of: 'source api', maxAnswer: 1 << 20, ...context })
  onTestFinished(() => opened.close())
  return opened
}

test('a request has the headers and the auth of the options, and its own', async () => {
  const { url, asked } = await startServer((_, response) => void response.setHeader('X-One', 'a').end('{"a":1}'))
  const { send } = await client({ headers: { Accept: 'application/json', 'X-N': 3 }, auth: { bearer: 'secret' } })
  const answer = await send({ method: 'GET', url: `${url}/path?a=b`, headers: { 'X-Own': 'yes' } })
  expect(answer).toMatchObject({ status: 200, headers: { 'x-one': 'a' }, url: `${url}/path?a=b` })
  expect(answer.body.toString()).toBe('{"a":1}')
  expect(asked[0]).toMatchObject({
    url: '/path?a=b',
    headers: { accept: 'application/json', 'x-n': '3', 'x-own': 'yes', authorization: 'Bearer secret' },
  })
})

test.each([
  [{ basic: { user: 'ann', password: 'pässword' } }, { authorization: `Basic ${btoa('ann:p\u00c3\u00a4ssword')}` }],
  [{ header: { name: 'X-Key', value: 'k' } }, { 'x-key': 'k' }],
])('auth %j is sent as %j', async (auth, headers) => {
  const { url, asked } = await startServer((_, response) => void response.end())
  await (await client({ auth })).send({ method: 'GET', url })
  expect(asked[0]?.headers).toMatchObject(headers)
})

test('a body goes out whole, packed where it is wanted, and a connection is used again', async () => {
  const { url, asked, server } = await startServer((_, response) => void response.end())
  let connections = 0
  server.on('connection', () => connections++)
  const { send } = await client()
  await send({ method: 'POST', url, body: 'plain' })
  await send({ method: 'POST', url, body: Buffer.from('packed'), gzip: true })
  await send({ method: 'POST', url })
  expect(asked[0]).toMatchObject({ body: Buffer.from('plain'), headers: { 'content-length': '5' } })
  expect(asked[1]?.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(asked[1]?.body ?? '').toString()).toBe('packed')
  expect(asked[2]?.headers['content-length']).toBe('0')
  expect(connections).toBe(1)
})

test('a packed answer is unpacked; one that is too long, packed or not, is a Failure', async () => {
  const bodies: { readonly [path: string]: Buffer } = {
    '/short': gzipSync('{"a":1}'),
    '/long': gzipSync(Buffer.alloc(5000)),
    '/cut': gzipSync('{"a":1}'.repeat(100)).subarray(0, 20),
  }
  const { url } = await startServer(({ url: path }, response) => {
    const body = bodies[path]
    if (body !== undefined) response.setHeader('content-encoding', 'gzip')
    response.end(body ?? Buffer.alloc(5000))
  })
  const { send } = await client({}, { maxAnswer: 1000 })
  expect((await send({ method: 'GET', url: `${url}/short` })).body.toString()).toBe('{"a":1}')
  const long = { code: 'limit', message: `an answer of ${url}/long is longer than 1KB`, retryable: false }
  await expect(send({ method: 'GET', url: `${url}/long` })).rejects.toMatchObject(long)
  await expect(send({ method: 'GET', url: `${url}/plain` })).rejects.toMatchObject({ code: 'limit' })
  const cut = { code: 'io', message: `cannot reach ${url}: the answer is cut short`, retryable: true }
  await expect(send({ method: 'GET', url: `${url}/cut` })).rejects.toMatchObject(cut)
})

test('an answer that does not come, comes in part, or never ends is a Failure that may pass', async () => {
  const { url } = await startServer(({ url: path }, response) => {
    if (path === '/cut') {
      response.setHeader('content-length', '100').write('half')
      setImmediate(() => response.destroy())
    } else if (path === '/reset') response.destroy()
    else if (path === '/half') response.write('half')
  })
  const { send } = await client({ timeout: '100ms' })
  const broken = { code: 'io', message: `cannot reach ${url}: the connection broke`, retryable: true }
  await expect(send({ method: 'POST', url: `${url}/reset` })).rejects.toMatchObject(broken)
  await expect(send({ method: 'GET', url: `${url}/cut` })).rejects.toMatchObject(broken)
  const slow = { code: 'io', message: `cannot reach ${url}: no answer in time`, retryable: true }
  await expect(send({ method: 'GET', url: `${url}/silent` })).rejects.toMatchObject(slow)
  await expect(send({ method: 'GET', url: `${url}/half` })).rejects.toMatchObject(slow)
})

test('what answers otherwise than HTTP, refuses, or is not there is a Failure in words', async () => {
  const other = createServer(
    (socket) =>
      void socket
        .resume()
        .on('error', () => {})
        .end('SSH-2.0-OpenSSH\r\n'),
  )
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const { send } = await client()
  await expect(send({ method: 'GET', url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
    message: expect.stringMatching(/it does not answer as HTTP does/),
    retryable: true,
  })
  await expect(send({ method: 'GET', url: `https://127.0.0.1:${port}` })).rejects.toMatchObject({
    message: expect.stringMatching(/it does not speak TLS on this port/),
  })
  await new Promise((resolve) => other.close(resolve))
  await expect(send({ method: 'GET', url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
    message: `cannot reach http://127.0.0.1:${port}: the connection was refused`,
    hint: 'is it up, and is this its port?',
    retryable: true,
  })
})

test('a signal ends a request with its reason', async () => {
  const stop = new AbortController()
  const { url } = await startServer(() => stop.abort(new Error('stopped')))
  await expect((await client()).send({ method: 'GET', url, signal: stop.signal })).rejects.toThrow('stopped')
})

test('a connection that the server closes at the moment of use: a GET is sent again, a POST is a Failure', async () => {
  let first = true
  const { url, asked } = await startServer((_, response) => {
    if (!first) response.socket?.destroy()
    else response.end('ok')
    first = !first
  })
  const { send } = await client()
  await send({ method: 'GET', url })
  expect((await send({ method: 'GET', url })).body.toString()).toBe('ok')
  expect(asked).toHaveLength(3)
  first = true
  await send({ method: 'GET', url })
  await expect(send({ method: 'POST', url, body: 'x' })).rejects.toMatchObject({ retryable: true })
  expect(asked).toHaveLength(5)
})

test('a redirect is followed, and another host sees neither the auth nor other headers of the file', async () => {
  const other = await startServer((_, response) => void response.end('other'))
  const { url, asked } = await startServer(({ url: path }, response) => {
    if (path === '/same') response.writeHead(302, { location: '/here' }).end()
    else if (path === '/other') response.writeHead(307, { location: `${other.url}/there` }).end()
    else if (path === '/loop') response.writeHead(301, { location: '/loop' }).end()
    else if (path === '/file') response.writeHead(301, { location: 'file:///etc/passwd' }).end()
    else if (path === '/post') response.writeHead(302, { location: '/here' }).end()
    else response.end('here')
  })
  const { send, refusal } = await client({ auth: { bearer: 'secret' }, headers: { 'X-Key': 'k', Accept: 'a/b' } })
  const same = await send({ method: 'GET', url: `${url}/same` })
  expect(same).toMatchObject({ url: `${url}/here` })
  expect(asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer secret', 'x-key': 'k' })
  await send({ method: 'POST', url: `${url}/other`, body: 'body' })
  expect(other.asked[0]).toMatchObject({ method: 'POST', url: '/there', body: Buffer.from('body') })
  expect(other.asked[0]?.headers).toMatchObject({ accept: 'a/b' })
  expect(other.asked[0]?.headers).not.toHaveProperty('authorization')
  expect(other.asked[0]?.headers).not.toHaveProperty('x-key')
  await expect(send({ method: 'GET', url: `${url}/loop` })).rejects.toThrow('redirects more than 5 times')
  await expect(send({ method: 'GET', url: `${url}/file` })).rejects.toThrow(
    `${url}/file redirects to file:///etc/passwd, which is not followed`,
  )
  // The body would be lost on the way.
  const post = await send({ method: 'POST', url: `${url}/post`, body: 'body' })
  expect(refusal(post)).toMatchObject({ hint: expect.stringContaining('it names another address'), retryable: false })
})

test('the Failure of an answer has the text of the server, without secrets', async () => {
  const { url } = await startServer(({ url: path }, response) => {
    const status = Number(/\d+/.exec(path)?.[0])
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":\n"token s3cret is bad"}')
  })
  const { send, refusal } = await client({ auth: { header: { name: 'Authorization', value: 's3cret' } } })
  const failure = async (status: number) => refusal(await send({ method: 'GET', url: `${url}/${status}?key=k` }))
  expect(await failure(401)).toMatchObject({
    code: 'denied',
    message: `${url}/401 answers 401 Unauthorized: {"error": "token *** is bad"}`,
    hint: 'it wants another `auth`',
    retryable: false,
  })
  expect(await failure(404)).toMatchObject({ code: 'not-found', retryable: false })
  expect(await failure(429)).toMatchObject({ code: 'io', retryable: true })
  expect(await failure(503)).toMatchObject({ code: 'io', retryable: true })
})

test('a server whose certificate is not trusted is refused, until `tls` names it', async () => {
  const folder = await makeFolder()
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:made.example', '-days', '30']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', files.key, '-out', files.cert, ...subject], {
    stdio: 'pipe',
  })
  const pair = { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.cert, 'utf8') }
  const { url } = await startServer((_, response) => void response.end('ok'), pair)
  await expect((await client()).send({ method: 'GET', url })).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringContaining('its certificate is not trusted'),
    hint: 'name the certificate that signed it: tls: { ca: … }',
  })
  const trusting = await client({ tls: { ca: 'cert.pem' } }, { folder })
  expect((await trusting.send({ method: 'GET', url })).status).toBe(200)
  const renamed = url.replace('127.0.0.1', 'localhost')
  await expect(trusting.send({ method: 'GET', url: renamed })).rejects.toMatchObject({
    code: 'denied',
    message: `cannot reach ${renamed}: its certificate is for 127.0.0.1, made.example`,
    hint: expect.stringContaining('tls: { server_name: … }'),
  })
  const named = await client({ tls: { ca: 'cert.pem', server_name: 'made.example' } }, { folder })
  expect((await named.send({ method: 'GET', url: renamed })).status).toBe(200)
})

test.each([
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet'],
])('%s is said in words', (code, reason) => {
  const failure = reachFailure('https://x', Object.assign(new Error('no'), { code }))
  expect(failure).toMatchObject({ code: 'denied', message: `cannot reach https://x: ${reason}`, retryable: false })
})

test.each([
  [{ url: 'ftp://host/' }, 'expected an address as http://HOST:PORT/PATH'],
  [{ url: 'http://ann:pw@host/' }, 'the address has a user in it'],
  [{ headers: { 'a b': 'c' } }, 'Invalid key in record'],
  [{ headers: { a: 'c\nd' } }, 'one line without control characters'],
  [{ headers: { Authorization: 'x' } }, 'would be shown with the file'],
  [{ headers: { 'Content-Length': '1' } }, 'is made from the request itself'],
  [{ auth: { bearer: 'a', basic: { user: 'u', password: 'p' } } }, 'name one of basic, bearer and header'],
  [{ auth: {} }, 'name one of basic, bearer and header'],
  [{ timeout: '0s' }, 'a timeout is longer than 0 s'],
])('options %j are refused', (options, message) => {
  const result = schema.safeParse({ url: 'http://127.0.0.1/', ...options })
  expect(JSON.stringify(result.error?.issues)).toContain(message)
})
