import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { folderWith } from '../../test/cli/tailrace.ts'
import { ask } from '../../test/query/ask.ts'
import { startTestHdfs, type TestHdfs } from '../client/webhdfs/webhdfs-server.test-tool.ts'

const LINES = 20_000
const line = (i: number): string =>
  `h${i % 7} - - [01/Jul/1995:00:00:${String(i % 60).padStart(2, '0')} +0000] "GET /p${i % 11} HTTP/1.0" 200 ${i}\n`
const text = Array.from({ length: LINES }, (_, i) => line(i)).join('')
const COUNT = 'SELECT COUNT(*) AS n, SUM(body_bytes) AS total FROM log'
const SUM = (LINES * (LINES - 1)) / 2

async function hdfsWith(files: { readonly [path: string]: string | Uint8Array }): Promise<TestHdfs> {
  const hdfs = await startTestHdfs()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(hdfs.root, path)), { recursive: true })
    writeFileSync(join(hdfs.root, path), content)
  }
  return hdfs
}

test('a plain file is read in ranges, by any number of threads, also over broken connections', async () => {
  const hdfs = await hdfsWith({ 'logs/a.log': text })
  let opened = 0
  // Every fifth answer of a DataNode breaks in the middle.
  hdfs.trouble = (op, role) => (role === 'DataNode' && op === 'OPEN' && ++opened % 5 === 0 ? 'half' : undefined)
  for (const workers of [1, 2]) {
    const { values, lines, dead } = await ask(COUNT, `${hdfs.url}/logs/a.log`, { workers, unitBytes: 100_000 })
    expect({ values, lines, dead }).toEqual({ values: [[BigInt(LINES), BigInt(SUM)]], lines: LINES, dead: 0 })
  }
  expect(opened).toBeGreaterThan(2 * (text.length / 100_000))
})

test('a line that is longer than what is read beyond a range is whole', async () => {
  const long = 'x'.repeat(300_000)
  const hdfs = await hdfsWith({ f: `a\n${long}\nb\n` })
  const { values } = await ask('SELECT line FROM log', `${hdfs.url}/f`, { unitBytes: 100_000, format: 'lines' })
  expect(values).toEqual([['a'], [long], ['b']])
})

test('globs match in any folder, in order of name; files that are not whole are passed over', async () => {
  const hdfs = await hdfsWith({
    'logs/26-03-02/b.log.gz': gzipSync('3\n'),
    'logs/26-03-01/a.log': '1\n',
    'logs/26-03-01/b.log.zst': zstdCompressSync('2\n'),
    'logs/26-03-01/packed': gzipSync('x\n'),
    'logs/26-03-01/.a.log.tmp': 'hidden\n',
    'logs/26-03-01/_SUCCESS': 'hidden\n',
    'logs/26-04-01/a.log': 'another month\n',
  })
  const linesOf = async (pattern: string) =>
    (await ask('SELECT line FROM log', `${hdfs.url}${pattern}`, { format: 'lines' })).values.flat()
  expect(await linesOf('/logs/26-03-*/[ab].log*')).toEqual(['1', '2', '3'])
  expect(await linesOf('/logs/26-03-01/*')).toEqual(['1', '2', 'x'])
  expect(await linesOf('/logs/{26-04-01,26-03-02}/*')).toEqual(['3', 'another month'])
  expect(await linesOf('/logs/26-03-01/.a*')).toEqual(['hidden'])
})

test('all parts of packed files are read, and what is damaged or no text takes no other file along', async () => {
  const packed = gzipSync('5\n6\n7\n')
  const hdfs = await hdfsWith({
    'logs/a.log': '\ufeff1\n\0\0\0',
    'logs/b': Buffer.concat([gzipSync('2\n'), gzipSync('3\n')]),
    'logs/c': Buffer.concat([zstdCompressSync('4\n'), packed]),
    'logs/d': packed.subarray(0, -3),
    'logs/e': 'BZh91AY&SY\0\0',
    'logs/f': '8\n',
  })
  const { values, faults } = await ask('SELECT line FROM log', `${hdfs.url}/logs/*`, { format: 'lines' })
  expect(values.flat()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
  expect(faults.map(({ message, isLoss }) => [message.slice(hdfs.url.length).slice(0, 24), isLoss])).toEqual([
    ['/logs/e is packed with b', true],
    ['/logs/a.log has NULs tha', false],
    ['/logs/c has bytes behind', false],
    ['/logs/d is cut short: it', true],
  ])
})

test('files on the disk beside those in HDFS are looked at as well', async () => {
  const hdfs = await hdfsWith({ 'logs/a.csv': 'id,amt\n1,10\n' })
  using folder = folderWith({ 'b.csv': 'amt,id\n70,7\n', 'c.csv': '192.0.2.1,2\r3,4\r' })
  const patterns = [`${hdfs.url}/logs/a.csv`, folder.at('b.csv'), folder.at('c.csv')]
  const { values, faults } = await ask('SELECT * FROM log', [{ name: 'log', patterns, format: 'csv' }])
  expect(values).toEqual([[1n, 10n]])
  expect(faults.map(({ message }) => message.slice(folder.path.length))).toEqual([
    '/b.csv begins with the names amt,id, and the columns are id,amt',
    '/c.csv has CRs where lines end with LF, so all of it would be one line',
  ])
})

test('what is not there, or is a folder, is one clear failure', async () => {
  const hdfs = await hdfsWith({ 'logs/a.log': text })
  const asking = (path: string) => ask(COUNT, `${hdfs.url}${path}`)
  await expect(asking('/logs/b.log')).rejects.toMatchObject({
    code: 'not-found',
    message: `no such file: ${hdfs.url}/logs/b.log`,
  })
  await expect(asking('/logs/*.gz')).rejects.toMatchObject({
    code: 'not-found',
    message: `no file matches ${hdfs.url}/logs/*.gz`,
  })
  await expect(asking('/logs')).rejects.toMatchObject({ code: 'usage', hint: `Name its files: '${hdfs.url}/logs/*'.` })
  await expect(asking('')).rejects.toMatchObject({ code: 'usage' })
  hdfs.trouble = () => ({ status: 403, exception: 'AccessControlException', message: 'Permission denied: user=ann' })
  await expect(asking('/logs/a.log')).rejects.toMatchObject({ code: 'denied' })
})
