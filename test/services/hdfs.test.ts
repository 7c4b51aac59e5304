/** HDFS starts, takes and gives files, survives the death of its nodes, and leaves nothing behind. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type Hdfs, startHdfs } from '../../scripts/services/hdfs/hdfs.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { isMissing } from './missing.ts'
import { expectNothingLeft } from './remains.ts'

const testWithHdfs = test.skipIf(await isMissing('HDFS', () => installedJars('hdfs')))

/** By node:http, as fetch does not take the answer 100 that a DataNode gives without being asked. */
async function ask(method: string, url: string, body = ''): Promise<{ status: number; text: string }> {
  const sent = request(url, { method, headers: { 'content-length': Buffer.byteLength(body) } })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, text: await text(answer) }
}

/** The NameNode names the DataNode to which the question goes then. */
async function askDataNode(hdfs: Hdfs, operation: { method: string; path: string; op: string }, body?: string) {
  const { method, path, op } = operation
  const where = await ask(method, `${hdfs.webhdfs}/webhdfs/v1${path}?op=${op}&user.name=bigdata&noredirect=true`)
  expect(where.status).toBe(200)
  return await ask(method, JSON.parse(where.text).Location, body)
}

const create = (hdfs: Hdfs, path: string, body: string) =>
  askDataNode(hdfs, { method: 'PUT', path, op: 'CREATE' }, body)
const open = async (hdfs: Hdfs, path: string) => (await askDataNode(hdfs, { method: 'GET', path, op: 'OPEN' })).text

testWithHdfs('files are written and read, also after each node was killed and started again', async () => {
  await using hdfs = await startHdfs()
  const pids = [hdfs.pid('namenode'), hdfs.pid('datanode')]
  expect(await create(hdfs, '/user/bigdata/one.log', 'the first\n')).toMatchObject({ status: 201 })
  await hdfs.kill('datanode')
  await hdfs.restart('datanode')
  expect(await open(hdfs, '/user/bigdata/one.log')).toBe('the first\n')
  expect(await create(hdfs, '/user/bigdata/two.log', 'the second\n')).toMatchObject({ status: 201 })
  await hdfs.restart('namenode')
  // The DataNode finds out at its first request that the NameNode is another process now.
  await expect.poll(() => open(hdfs, '/user/bigdata/two.log'), { timeout: 60_000 }).toBe('the second\n')
  const files = await hdfs.shell(['-cat', '/user/bigdata/*.log'])
  expect(files.toString()).toBe('the first\nthe second\n')
  pids.push(hdfs.pid('namenode'), hdfs.pid('datanode'))
  await hdfs.stop()
  expectNothingLeft(hdfs.folder, pids)
})
