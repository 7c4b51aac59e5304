import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { seededRandom } from '../../base/random.ts'
import { parseHdfsAddress } from './address.ts'
import { WebHdfs } from './webhdfs.ts'
import { startTestHdfs, type TestHdfs } from './webhdfs-server.test-tool.ts'

const patient = { ...systemClock, sleep: async () => {} }
const clientOf = (url: string, timeoutMs = 30_000): WebHdfs =>
  new WebHdfs({ address: parseHdfsAddress(url), user: 'ann', timeoutMs, clock: patient, random: seededRandom(1) })

async function* bodyOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function readAll(bytes: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of bytes) text += chunk.toString()
  return text
}

/** The trouble for the first `count` requests of an operation. */
function troubleOnce(hdfs: TestHdfs, wanted: string, trouble: ReturnType<TestHdfs['trouble']>, count = 1): void {
  let left = count
  hdfs.trouble = (op, role) => (`${role} ${op}` === wanted && left-- > 0 ? trouble : undefined)
}

test('addresses: hosts, ports, user and path; anything else is refused', () => {
  expect(parseHdfsAddress('hdfs://ann@nn1:9870,nn2/a b?%')).toEqual({
    namenodes: ['http://nn1:9870', 'http://nn2:9870'],
    user: 'ann',
    path: '/a b?%',
  })
  expect(parseHdfsAddress('swebhdfs://nn').namenodes).toEqual(['https://nn:9871'])
  expect(parseHdfsAddress('http://[::1]:50070').namenodes).toEqual(['http://[::1]:50070'])
  for (const wrong of [
    'nn:9870',
    'ftp://nn',
    'hdfs://',
    'hdfs://nn:0',
    'hdfs://nn:99999',
    'hdfs://a,,b',
    'hdfs://a b',
  ]) {
    expect(() => parseHdfsAddress(wrong), wrong).toThrow(/expected hdfs:\/\/HOST:PORT/)
  }
})

test('files are written, appended to, read in parts, renamed, listed over several pages and removed', async () => {
  const { url, root } = await startTestHdfs()
  const client = clientOf(url)
  await client.mkdirs('/a/b')
  for (const name of ['1', '2', 'é %#?', '4', '5', '6', '7'])
    await client.create(`/a/b/${name}`, bodyOf('hello ', name))
  expect(await readFile(join(root, 'a/b/é %#?'), 'utf8')).toBe('hello é %#?')
  await client.append('/a/b/1', bodyOf('!'))
  expect(await readAll(client.read('/a/b/1'))).toBe('hello 1!')
  expect(await readAll(client.read('/a/b/1', 2, 3))).toBe('llo')
  expect(await client.rename('/a/b/1', '/a/b/9')).toBe(true)
  expect(await client.rename('/a/b/1', '/a/b/9')).toBe(false)
  await client.remove('/a/b/2')
  await client.remove('/a/b/2')
  expect((await client.list('/a/b'))?.map(({ name }) => name)).toEqual(['4', '5', '6', '7', '9', 'é %#?'])
  expect(await client.list('/a')).toEqual([{ name: 'b', isFolder: true, size: 0 }])
  expect(await client.status('/a/b/9')).toEqual({ name: '', isFolder: false, size: 8 })
  expect([await client.status('/x'), await client.list('/x')]).toEqual([undefined, undefined])
})

test('a file of more bytes than a connection takes at once is written', async () => {
  const { url, root } = await startTestHdfs()
  const texts = Array.from({ length: 40 }, (_, i) => `${i}`.padEnd(1 << 18, '.'))
  await clientOf(url).create('/large', bodyOf(...texts))
  expect((await readFile(join(root, 'large'), 'utf8')) === texts.join('')).toBe(true)
})

test('what can be asked again is asked again, and a broken read goes on where it broke', async () => {
  const hdfs = await startTestHdfs()
  const client = clientOf(hdfs.url)
  await client.create('/f', bodyOf('0123456789'))
  troubleOnce(hdfs, 'NameNode GETFILESTATUS', 'drop', 3)
  expect(await client.status('/f')).toMatchObject({ size: 10 })
  troubleOnce(hdfs, 'NameNode GETFILESTATUS', 'drop', 4)
  await expect(client.status('/f')).rejects.toMatchObject({ code: 'io', retryable: true })
  troubleOnce(hdfs, 'DataNode OPEN', 'half', 2)
  expect(await readAll(client.read('/f'))).toBe('0123456789')
  troubleOnce(hdfs, 'NameNode MKDIRS', {
    status: 403,
    exception: 'RetriableException',
    message: 'Name node is in safe mode.',
  })
  await client.mkdirs('/g')
})

test('a write whose answer is lost, or that broke, is for the caller to look after', async () => {
  const hdfs = await startTestHdfs()
  const client = clientOf(hdfs.url)
  for (const trouble of ['lose', 'half', 'drop', 'break'] as const) {
    troubleOnce(hdfs, 'DataNode CREATE', trouble)
    await expect(client.create('/f', bodyOf('x'.repeat(1000))), trouble).rejects.toMatchObject({
      code: 'io',
      retryable: true,
      message: expect.stringMatching(/^cannot write \/f: 127\.0\.0\.1:\d+: /),
    })
  }
  troubleOnce(hdfs, 'NameNode RENAME', 'lose')
  await expect(client.rename('/f', '/g')).rejects.toMatchObject({ code: 'io' })
  expect(hdfs.asked.filter((line) => line.includes('RENAME'))).toHaveLength(1)
})

test('a server that says nothing is given up in time, and one that refuses early is heard', async () => {
  const hdfs = await startTestHdfs()
  troubleOnce(hdfs, 'DataNode CREATE', 'silence')
  await expect(clientOf(hdfs.url, 50).create('/f', bodyOf('x'))).rejects.toMatchObject({
    message: expect.stringMatching(/no answer in time$/),
  })
  hdfs.trouble = (_, role) =>
    role === 'DataNode'
      ? { status: 403, exception: 'DSQuotaExceededException', message: 'The quota is exceeded' }
      : undefined
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(1 << 20)
  }
  await expect(clientOf(hdfs.url).create('/f', endless())).rejects.toMatchObject({
    code: 'full',
    hint: expect.stringMatching(/raise the quota/),
  })
})

test('of several NameNodes the active one is found, also after it has changed', async () => {
  const [one, other] = [await startTestHdfs(), await startTestHdfs()]
  const standby = { status: 403, exception: 'StandbyException', message: 'Operation category READ is not supported' }
  const client = clientOf(`${one.url},${other.url.slice('hdfs://'.length)}`)
  one.trouble = () => standby
  await client.mkdirs('/a')
  expect(await client.status('/a')).toMatchObject({ isFolder: true })
  expect(one.asked).toHaveLength(1)
  await mkdir(join(one.root, 'b'))
  one.trouble = () => undefined
  await other.down()
  expect(await client.status('/b')).toMatchObject({ isFolder: true })
  one.trouble = () => standby
  await expect(client.status('/b')).rejects.toMatchObject({ code: 'io', retryable: true })
})

test('an error of the source of the bytes is that error', async () => {
  const { url } = await startTestHdfs()
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x')
    throw new Error('the disk')
  }
  await expect(clientOf(url).create('/f', broken())).rejects.toThrow('the disk')
})

test('failures say what to do', async () => {
  const hdfs = await startTestHdfs()
  await writeFile(join(hdfs.root, 'f'), 'x')
  const client = clientOf(hdfs.url)
  const failing = async (exception: string, message: string) => {
    hdfs.trouble = () => ({ status: 403, exception, message })
    return client.mkdirs('/g').then(
      () => undefined,
      (error: unknown) => error,
    )
  }
  expect(await failing('AccessControlException', 'Permission denied: user=ann')).toMatchObject({
    code: 'denied',
    retryable: false,
    hint: 'let user ann do that (`hdfs dfs -chown ann PATH`), or name another user in the address',
  })
  expect(await failing('SafeModeException', 'Cannot create directory /g. Name node is in safe mode.')).toMatchObject({
    code: 'io',
    retryable: true,
    hint: expect.stringMatching(/enough DataNodes have reported/),
  })
  expect(
    await failing('IOException', 'File /g could only be written to 0 of the 1 minReplication nodes.'),
  ).toMatchObject({
    code: 'full',
    hint: expect.stringMatching(/no DataNode takes blocks/),
  })
  await expect(clientOf('hdfs://127.0.0.1:1').status('/')).rejects.toMatchObject({
    message: 'cannot look for /: http://127.0.0.1:1: the connection was refused',
    hint: 'is the NameNode up, and is this its HTTP port?',
  })
  await expect(clientOf('hdfs://no-such-host.invalid').status('/')).rejects.toMatchObject({
    code: expect.stringMatching(/not-found|io/),
  })
})

test('an answer of something else, and a request after the end, are failures', async () => {
  const server = createServer((_, answer) => answer.end('{}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = clientOf(`hdfs://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const asked = () => [
    client.status('/a'),
    client.list('/a'),
    client.rename('/a', '/b'),
    client.create('/a', bodyOf('x')),
    readAll(client.read('/a')),
  ]
  for (const one of asked()) await expect(one).rejects.toThrow(/^cannot .* answers HTTP 200, and not as WebHDFS does/)
  client.close()
  for (const one of asked()) await expect(one).rejects.toThrow('the connections to HDFS are closed')
  server.close()
})
