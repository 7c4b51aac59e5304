import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { deliveryOf, type MadeRecord } from '../../../test/contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, sinkContract } from '../../../test/contract/sink.ts'
import { testClock } from '../../../test/sim/running.ts'
import { systemClock } from '../../base/clock.ts'
import { countedDisk } from '../../base/disk/counted-disk.test-tool.ts'
import { hastyDisk } from '../../data/data-folder.test-tool.ts'
import { mistakesOf } from '../message/mistakes.test-tool.ts'
import { files } from './files.ts'

/** The content of every file below the folder, by path, with LIFE for the life in its name. */
async function contents(folder: string): Promise<{ [path: string]: string }> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name))
  const entries = paths.sort().map(async (path) => {
    const name = path.slice(folder.length + 1).replace(/\d{8}T\d{9}Z/, 'LIFE')
    return [name.replace(/0{15}/g, ''), await readFile(path, 'utf8')]
  })
  return Object.fromEntries(await Promise.all(entries))
}

const linesIn = async (folder: string): Promise<string[]> =>
  Object.values(await contents(folder)).flatMap((text) => text.split('\n').slice(0, -1))

const target = async (options: object, textOf: (line: string) => string) => {
  const folder = await makeFolder()
  return {
    options,
    folder,
    stored: async () => (await linesIn(folder)).filter((line) => line !== 'ts,size,text').map(textOf),
  }
}

describe('raw', () => sinkContract(files, 'records', () => target({ path: 'a/%y-%m-%d' }, (line) => line)))
describe('raw, delivered', () =>
  deliveredSinkContract(files, () => target({ path: 'a/%y-%m-%d', max_open: 1 }, (line) => line)))
describe('raw, rolled and closed often', () =>
  sinkContract(files, 'records', () => target({ path: '%m-%d', roll: '1s', max_open: 2 }, (line) => line)))
describe('ndjson', () =>
  sinkContract(files, 'rows', () => target({ path: '%d', format: 'ndjson' }, (line) => JSON.parse(line).text)))
describe('csv, in one folder', () =>
  sinkContract(files, 'rows', () =>
    target({ path: 'all', format: 'csv', roll: '1s' }, (line) => line.split(',').at(-1) ?? ''),
  ))

const at = (text: string, time?: string): MadeRecord => ({
  text,
  time: time === undefined ? undefined : Date.parse(time),
})
const open = (folder: string, path: string, context = {}, options = {}) =>
  openSinkAt(files, { options: { path, ...options }, folder }, context)

test('records go to the folder of their day, by the clock of the time zone; undecoded ones to "undated"', async () => {
  const folder = await makeFolder()
  const records = [
    at('a', '1995-07-01T03:59:59Z'),
    at('b', '1995-07-01T04:00:00Z'),
    at('?'),
    at('c', '1995-07-01T03:00:00Z'),
  ]
  {
    await using sink = await open(folder, 'archive/%y-%m-%d', { timezone: 'America/New_York' })
    await sink.write(deliveryOf(0, 0, records))
    await sink.write(deliveryOf(1, 7, [at('d', '1995-07-02T00:00:00Z')]))
    expect(Object.keys(await contents(folder))).toEqual([
      'archive/95-06-30/out-LIFE-p0-00000.tmp',
      'archive/95-07-01/out-LIFE-p0-00001.tmp',
      'archive/95-07-01/out-LIFE-p1-00007.tmp',
      'archive/undated/out-LIFE-p0-00002.tmp',
    ])
  }
  expect(await contents(folder)).toEqual({
    'archive/95-06-30/out-LIFE-p0-00000-00003.log': 'a\nc\n',
    'archive/95-07-01/out-LIFE-p0-00001-00001.log': 'b\n',
    'archive/95-07-01/out-LIFE-p1-00007-00007.log': 'd\n',
    'archive/undated/out-LIFE-p0-00002-00002.log': '?\n',
  })
})

test('a checkpoint closes no file: a file is closed when its time is up, or when another one needs its place', async () => {
  const folder = await makeFolder()
  const clock = testClock()
  await using sink = await open(folder, '%d', { clock }, { roll: '10m', max_open: 2 })
  for (let offset = 0; offset < 5; offset++) {
    await sink.write(deliveryOf(0, offset, [at(`${offset}`, '1995-07-01T00:00:00Z')]))
    await sink.flush()
  }
  expect(Object.keys(await contents(folder))).toEqual(['01/out-LIFE-p0-00000.tmp'])
  await sink.write(deliveryOf(0, 5, [at('5', '1995-07-02T00:00:00Z'), at('6', '1995-07-03T00:00:00Z')]))
  expect(Object.keys(await contents(folder))).toEqual([
    '01/out-LIFE-p0-00000-00004.log',
    '02/out-LIFE-p0-00005.tmp',
    '03/out-LIFE-p0-00006.tmp',
  ])
  clock.advance(600_000)
  expect(await sink.flush()).toMatchObject({ parts: [] })
  expect(Object.keys(await contents(folder))).toEqual([
    '01/out-LIFE-p0-00000-00004.log',
    '02/out-LIFE-p0-00005-00005.log',
    '03/out-LIFE-p0-00006-00006.log',
  ])
})

test('another life of the pipeline writes files beside those of the first', async () => {
  const folder = await makeFolder()
  for (const now of [0, 1000]) {
    await using sink = await open(folder, 'all', { clock: { ...systemClock, now: () => now } })
    await sink.write(deliveryOf(0, 0, [at('a', '1995-07-01T00:00:00Z')]))
  }
  expect(await readdir(join(folder, 'all'))).toEqual([
    'out-19700101T000000000Z-p0-00000000000000000000-00000000000000000000.log',
    'out-19700101T000001000Z-p0-00000000000000000000-00000000000000000000.log',
  ])
})

test('a change of format closes the open files and begins new ones', async () => {
  const folder = await makeFolder()
  const first = await open(folder, 'all')
  await first.write(deliveryOf(0, 0, [at('a', '1995-07-01T00:00:00Z')]))
  const state = await first.flush()
  {
    await using sink = await open(folder, 'all', { state }, { format: 'csv' })
    await sink.write(deliveryOf(0, 1, [at('b', '1995-07-01T00:00:00Z')]))
  }
  expect(await contents(folder)).toEqual({
    'all/out-LIFE-p0-00000-00000.log': 'a\n',
    'all/out-LIFE-p0-00001-00001.csv': 'ts,size,text\n1995-07-01T00:00:00.000Z,1,b\n',
  })
})

test('a file that is gone or too short is one clear failure', async () => {
  const folder = await makeFolder()
  const sink = await open(folder, 'all')
  await sink.write(deliveryOf(0, 0, [at('abc', '1995-07-01T00:00:00Z')]))
  const state = await sink.flush()
  const path = join(folder, 'all', (await readdir(join(folder, 'all')))[0] as string)
  await truncate(path, 2)
  await expect(open(folder, 'all', { state })).rejects.toMatchObject({
    code: 'corrupt',
    message: `sink out: ${path} has 2 bytes, but 4 were written to it`,
  })
  await rm(path)
  await expect(open(folder, 'all', { state })).rejects.toMatchObject({
    code: 'corrupt',
    message: `sink out: ${path} is gone, which had records up to offset 0`,
    hint: 'put it back, or let the sink write to another path',
  })
})

test('paths: an unknown directive is refused with a list of the known ones, and a dated path needs an event time', async () => {
  expect(files.options.safeParse('a/%Y-%q').error?.issues[0]?.message).toBe(
    "'%q' is not known in a path: there is %Y year, %y its last two digits, %m month, %d day, %H hour, %M minute, %S second, %% a percent sign",
  )
  expect(files.options.safeParse({ path: 'a/%' }).success).toBe(false)
  expect(mistakesOf(files, { path: 'a', prefix: '%d-' })).toEqual(['prefix: t has no event time to name files by'])
  expect(mistakesOf(files, { path: '%d' })).toEqual(['path: t has no event time to name folders by'])
  expect(mistakesOf(files, { path: '%d' }, { rowtime: 0 })).toEqual([])
  const { path } = files.options.parse('100%%/%Y/%m/%d/%H%M/x') as {
    path: { at(wall: number): string; undated: string }
  }
  expect(path.at(Date.UTC(1995, 6, 1, 4, 5))).toBe('100%/1995/07/01/0405/x')
  expect(path.undated).toBe('100%/undated')
})

test('rows of more bytes than a file keeps in memory are written', async () => {
  const folder = await makeFolder()
  const text = 'x'.repeat(100_000)
  {
    await using sink = await open(folder, 'all', {}, { format: 'ndjson' })
    await sink.write(deliveryOf(0, 0, [at(text, '1995-07-01T00:00:00Z')]))
  }
  expect(await linesIn(folder)).toEqual([`{"ts":"1995-07-01T00:00:00.000Z","size":100000,"text":"${text}"}`])
})

test('a prefix may be dated, and times are rounded down: a file has the records of ten minutes', async () => {
  const folder = await makeFolder()
  const records = ['00:09:59', '00:10:00', '00:05:00', '01:19:59'].map((time) => at(time, `1995-07-01T${time}Z`))
  const options = { prefix: 'apache_logs-%H%M', suffix: '.txt', round: '10m' }
  {
    await using sink = await open(folder, '%y-%m-%d', {}, options)
    await sink.write(deliveryOf(0, 0, [...records, at('?')]))
  }
  expect(await contents(folder)).toEqual({
    '95-07-01/apache_logs-0000-LIFE-p0-00000-00002.txt': '00:09:59\n00:05:00\n',
    '95-07-01/apache_logs-0010-LIFE-p0-00001-00001.txt': '00:10:00\n',
    '95-07-01/apache_logs-0110-LIFE-p0-00003-00003.txt': '01:19:59\n',
    'undated/apache_logs-undated-LIFE-p0-00004-00004.txt': '?\n',
  })
})

test('a file is closed when it has enough records, or enough bytes', async () => {
  const folder = await makeFolder()
  const records = ['a', 'bb', 'ccc', 'd', 'e'].map((text) => at(text, '1995-07-01T00:00:00Z'))
  await using counted = await open(folder, 'counted', {}, { roll_count: 2 })
  await counted.write(deliveryOf(0, 0, records))
  await using sized = await open(folder, 'sized', {}, { roll_size: '4B' })
  for (const [offset, record] of records.entries()) await sized.write(deliveryOf(0, offset, [record]))
  expect(await contents(folder)).toEqual({
    'counted/out-LIFE-p0-00000-00001.log': 'a\nbb\n',
    'counted/out-LIFE-p0-00002-00003.log': 'ccc\nd\n',
    'counted/out-LIFE-p0-00004.tmp': 'e\n',
    'sized/out-LIFE-p0-00000-00001.log': 'a\nbb\n',
    'sized/out-LIFE-p0-00002-00002.log': 'ccc\n',
    'sized/out-LIFE-p0-00003-00004.log': 'd\ne\n',
  })
})

describe.each(['gzip', 'zstd'] as const)('packed with %s', (compression) => {
  const unpack = compression === 'gzip' ? gunzipSync : zstdDecompressSync
  const unpacked = async (folder: string): Promise<string[]> => {
    const names = await readdir(folder, { recursive: true, withFileTypes: true })
    const found = names
      .filter((name) => name.isFile())
      .map(async ({ parentPath, name }) => {
        const bytes = await readFile(join(parentPath, name))
        expect(name).toMatch(/\.tmp$|\.log\.(gz|zst)$/)
        return (name.endsWith('.tmp') ? bytes : unpack(bytes)).toString().split('\n').slice(0, -1)
      })
    return (await Promise.all(found)).flat()
  }
  sinkContract(files, 'records', async () => {
    const folder = await makeFolder()
    return { options: { path: '%d', compression, roll: '1s' }, folder, stored: () => unpacked(folder) }
  })

  test('a crash after a file was packed, and before the plain one was removed, leaves its records once', async () => {
    const folder = await makeFolder()
    const record = at('a', '1995-07-01T00:00:00Z')
    const sink = await open(folder, 'all', {}, { compression })
    await sink.write(deliveryOf(0, 0, [record]))
    const state = await sink.flush()
    const [name = ''] = await readdir(join(folder, 'all'))
    const grown = join(folder, 'all', name)
    const bytes = await readFile(grown)
    await sink[Symbol.asyncDispose]()
    await writeFile(grown, bytes)
    await writeFile(join(folder, 'all', `${name.slice(0, -'.tmp'.length)}-${'0'.repeat(20)}.log.gz.tmp`), 'half')
    await using again = await open(folder, 'all', { state }, { compression })
    await again.write(deliveryOf(0, 0, [record]))
    expect(await unpacked(folder)).toEqual(['a'])
    expect(await readdir(join(folder, 'all'))).toHaveLength(1)
  })
})

test('names that would not be known again are refused', () => {
  const reasons = (options: object) =>
    files.options.safeParse({ path: 'a', ...options }).error?.issues.map(({ message }) => message)
  expect(reasons({ prefix: 'a/b' })).toEqual([
    'expected the begin of a name, without a slash, and without a dot in front',
  ])
  expect(reasons({ suffix: '.tmp' })).toEqual(['.tmp is for files that are not whole'])
  expect(reasons({ suffix: '0.log' })).toHaveLength(1)
  expect(reasons({ round: '7m' })?.[0]).toMatch(/fits into a day/)
  expect(reasons({ prefix: 'a%q' })?.[0]).toMatch(/'%q' is not known in a prefix/)
})

test('a start that fails leaves no file open', async () => {
  const folder = await makeFolder()
  const { disk, open: count } = countedDisk()
  const sink = await open(folder, '%y-%m-%d', { disk })
  await sink.write(deliveryOf(0, 0, [at('a', '1995-07-01T12:00:00Z'), at('b', '1995-07-02T12:00:00Z')]))
  const state = await sink.flush()
  expect(count()).toBe(2)
  // What a crash leaves: no file was closed under its last name.
  const crashed = await makeFolder()
  await cp(folder, crashed, { recursive: true })
  await sink[Symbol.asyncDispose]()
  await rm(join(crashed, '95-07-02'), { recursive: true })
  await expect(open(crashed, '%y-%m-%d', { disk, state })).rejects.toMatchObject({ code: 'corrupt' })
  expect(count()).toBe(0)
})

// Promise: Records whose times scatter them over very many files are said once, as a warning, and are all kept.
test('a path that scatters records over many files is said, once', async () => {
  const folder = await makeFolder()
  const warnings: string[] = []
  const sink = await open(
    folder,
    '%y/%m-%d',
    { disk: hastyDisk, warn: (text: string) => void warnings.push(text) },
    { max_open: 4 },
  )
  const records = Array.from({ length: 550 }, (_, day) => at(`line ${day}`, new Date(day * 86_400_000).toISOString()))
  await sink.write(deliveryOf(0, 0, records))
  await sink.finish?.()
  await sink[Symbol.asyncDispose]()
  expect(warnings).toEqual([
    expect.stringMatching(/^its records are scattered over more than 500 files.*4 may be open/),
  ])
  expect(await linesIn(folder)).toHaveLength(550)
})
