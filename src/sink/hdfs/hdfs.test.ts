import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { deliveryOf, type MadeRecord } from '../../../test/contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../../../test/contract/sink.ts'
import { testClock } from '../../../test/sim/running.ts'
import { countedDisk } from '../../base/disk/counted-disk.test-tool.ts'
import { seededRandom } from '../../base/random.ts'
import { type HdfsTrouble, startTestHdfs, type TestHdfs } from '../../client/webhdfs/webhdfs-server.test-tool.ts'
import type { SinkContext } from '../sink.ts'
import { hdfs } from './hdfs.ts'
import { keptLines, localFiles, storedLines } from './kept.test-tool.ts'

async function target(server: TestHdfs, options: object): Promise<SinkTarget> {
  const folder = await makeFolder()
  const find = () => localFiles(server.root)
  let life = 0
  return {
    get options() {
      return { url: server.url, path: '/logs/%y-%m-%d', user: `life${life}`, ...options }
    },
    folder,
    begin() {
      server.dead.add(`life${life++}`)
    },
    stored: async () => storedLines(await find()),
    kept: () => keptLines(join(folder, '.scratch'), find),
  }
}

const started = async (options: object): Promise<SinkTarget> => target(await startTestHdfs(), options)
const textIn = (line: string): string => JSON.parse(line).text

/** A tenth of what the local disk gets: each file is six requests. */
const RUNS = 8

describe('raw', () => sinkContract(hdfs, 'records', () => started({}), RUNS))
describe('raw, rolled and closed often', () =>
  sinkContract(hdfs, 'records', () => started({ roll: '1s', max_open: 2, roll_count: 3 }), RUNS))
describe('gzip', () => sinkContract(hdfs, 'records', () => started({ compression: 'gzip', roll_size: '10B' }), RUNS))
describe('ndjson, zstd', () =>
  sinkContract(
    hdfs,
    'rows',
    async () => {
      const made = await started({ format: 'ndjson', compression: 'zstd', roll_count: 2 })
      const { stored, kept } = made
      return Object.assign(made, {
        stored: async () => (await stored()).map(textIn),
        kept: async () => ((await kept?.()) ?? []).map(textIn),
      })
    },
    RUNS,
  ))
describe('delivered', () => deliveredSinkContract(hdfs, () => started({ max_open: 1, roll_count: 4 }), RUNS))

/** A server on which, by chance, answers are lost, connections break, and requests are refused. */
async function unreliable(seed: number): Promise<TestHdfs> {
  const server = await startTestHdfs()
  const random = seededRandom(seed)
  const safeMode = { status: 403, exception: 'SafeModeException', message: 'Name node is in safe mode.' }
  const troubles: HdfsTrouble[] = ['drop', 'lose', 'half', safeMode]
  server.trouble = () => (random.next() < 0.2 ? troubles[random.below(troubles.length)] : undefined)
  return server
}

let seed = 0
describe('delivered to an unreliable server, whose troubles have seeds 1, 2, 3 …', () =>
  deliveredSinkContract(hdfs, async () => target(await unreliable(++seed), { max_open: 1, roll_count: 4 }), 2 * RUNS))

const at = (text: string, time?: string): MadeRecord => ({
  text,
  time: time === undefined ? undefined : Date.parse(time),
})
const NOON = '1995-07-01T12:00:00Z'

async function opened(options: object = {}, context: Partial<SinkContext> = {}) {
  const server = await startTestHdfs()
  const folder = await makeFolder()
  const open = (more: Partial<SinkContext> = {}) =>
    openSinkAt(
      hdfs,
      { options: { url: server.url, path: '/logs/%y-%m-%d', ...options }, folder },
      { ...context, ...more },
    )
  /** Names in HDFS, with LIFE for the life in them. */
  const names = async () =>
    (await localFiles(server.root)).map(({ path }) => path.replace(/\d{8}T\d{9}Z/, 'LIFE').replace(/0{15}/g, '')).sort()
  const scratch = () => readdir(join(folder, '.scratch')).catch(() => [])
  return { server, open, names, scratch }
}

// Promise: Folders of `hdfs` may be of ten minutes, as Flume's `hdfs.round` makes them, with files rolled by time and size.
test('folders of ten minutes, with files that are rolled by time and by size', async () => {
  const clock = testClock()
  const { open, names } = await opened(
    { path: '/case_pop/%y-%m-%d/%H%M', round: '10m', prefix: 'events', suffix: '.json', roll: '1m', roll_size: '20B' },
    { clock },
  )
  await using sink = await open()
  const minutes = ['12:00:00', '12:09:59', '12:10:00', '12:19:59'].map((time) => at('{"n":1}', `1995-07-01T${time}Z`))
  await sink.write(deliveryOf(0, 0, minutes))
  await sink.write(deliveryOf(0, 4, [at('{"n":2}', NOON)]))
  await sink.flush()
  const first = 'case_pop/95-07-01/1200/events-LIFE-p0-00000-00004.json'
  // It is full, so it is on its way while others grow.
  await vi.waitFor(async () => expect(await names()).toEqual([first]))
  clock.advance(60_000)
  await sink.flush()
  await sink.finish?.()
  expect(await names()).toEqual([first, 'case_pop/95-07-01/1210/events-LIFE-p0-00002-00003.json'])
})

test('files have the names that are asked for; until they are whole, HDFS has none of them', async () => {
  const { open, names, scratch } = await opened({ prefix: 'apache_logs', suffix: '.log', compression: 'gzip' })
  const sink = await open()
  await sink.write(deliveryOf(0, 0, [at('a', NOON), at('b', '1995-07-02T00:00:00Z'), at('?')]))
  expect(await sink.flush()).toMatchObject({ store: 'hdfs', parts: [{ first: 0 }, { first: 1 }, { first: 2 }] })
  expect(await names()).toEqual([])
  expect(await scratch()).toHaveLength(3)
  await sink.finish?.()
  expect(await names()).toEqual([
    'logs/95-07-01/apache_logs-LIFE-p0-00000-00000.log.gz',
    'logs/95-07-02/apache_logs-LIFE-p0-00001-00001.log.gz',
    'logs/undated/apache_logs-LIFE-p0-00002-00002.log.gz',
  ])
  expect(await scratch()).toEqual([])
  await sink[Symbol.asyncDispose]()
})

test('neither checkpoints nor restarts make small files', async () => {
  const { open, names } = await opened()
  let state: SinkContext['state']
  for (let offset = 0; offset < 5; offset++) {
    const sink = await open({ state })
    await sink.write(deliveryOf(0, offset, [at(`${offset}`, NOON)]))
    state = await sink.flush()
    await sink[Symbol.asyncDispose]()
  }
  const last = await open({ state })
  await last.finish?.()
  expect(await names()).toEqual(['logs/95-07-01/out-LIFE-p0-00000-00004.log'])
})

test('while HDFS is down files grow and checkpoints go on; a whole file waits, and then rows wait too', async () => {
  const clock = { ...testClock(), sleep: async () => {} }
  const { server, open, names, scratch } = await opened({ roll_count: 2, max_open: 1 }, { clock })
  const sink = await open()
  const write = (offset: number) => sink.write(deliveryOf(0, offset, [at(`${offset}`, NOON)]))
  await write(0)
  await server.down()
  let offset = 1
  while (
    await write(offset).then(
      () => true,
      () => false,
    )
  ) {
    offset++
  }
  expect(offset).toBeLessThan(8)
  await expect(write(offset)).rejects.toMatchObject({ code: 'io', retryable: true })
  expect((await sink.flush()).parts).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ first: 0, last: 1 })]),
  )
  await server.up()
  for (; offset < 8; offset++) await write(offset)
  await sink.finish?.()
  expect(await names()).toEqual(
    [0, 2, 4, 6].map((first) => `logs/95-07-01/out-LIFE-p0-0000${first}-0000${first + 1}.log`),
  )
  expect(await scratch()).toEqual([])
})

test('a file that was published after the checkpoint is known, whether its local copy is gone or not', async () => {
  for (const trouble of ['lose', undefined] as const) {
    const { server, open, names, scratch } = await opened()
    const record = [at('a', NOON), at('b', NOON)]
    const sink = await open()
    await sink.write(deliveryOf(0, 0, record.slice(0, 1)))
    const state = await sink.flush()
    await sink.write(deliveryOf(0, 1, record.slice(1)))
    server.trouble = (op) => (op === 'RENAME' ? trouble : undefined)
    if (trouble === undefined) await sink.finish?.()
    else await expect(sink.finish?.()).rejects.toMatchObject({ retryable: true })
    await sink[Symbol.asyncDispose]()
    server.trouble = () => undefined
    const again = await open({ state })
    await again.write(deliveryOf(0, 1, record.slice(1)))
    await again.finish?.()
    expect(await names()).toEqual(['logs/95-07-01/out-LIFE-p0-00000-00001.log'])
    expect(await scratch()).toEqual([])
  }
})

test('half a file that a crash left in HDFS is removed, also where the boundary has moved', async () => {
  const { server, open, names } = await opened()
  const sink = await open()
  await sink.write(deliveryOf(0, 0, [at('a', NOON)]))
  const state = await sink.flush()
  await sink.write(deliveryOf(0, 1, [at('b', NOON)]))
  server.trouble = (op, role) => (op === 'CREATE' && role === 'DataNode' ? 'half' : undefined)
  await expect(sink.finish?.()).rejects.toMatchObject({ retryable: true })
  await sink[Symbol.asyncDispose]()
  expect(await names()).toEqual(['logs/95-07-01/.out-LIFE-p0-00000-00001.log.tmp'])
  server.trouble = () => undefined
  const again = await open({ state })
  await again.finish?.()
  expect(await names()).toEqual(['logs/95-07-01/out-LIFE-p0-00000-00000.log'])
})

test('what is wrong for good is said at the start: a folder without permission, no such host, the state of another sink', async () => {
  const { server, open } = await opened()
  const denied = { status: 403, exception: 'AccessControlException', message: 'Permission denied: user=ann' }
  server.trouble = (op) => (op === 'CHECKACCESS' ? denied : undefined)
  await expect(open()).rejects.toMatchObject({ code: 'denied', retryable: false })
  expect(server.asked.at(-1)).toBe('NameNode CHECKACCESS /logs')
  server.trouble = () => undefined
  // A sink `files` of the same name had a file that grows; its records are in the past of this one.
  const state = {
    life: '19950701T000000000Z',
    format: 'raw',
    parts: [{ folder: 'a', partition: 0, first: 0, last: 0, length: 2 }],
  }
  const sink = await open({ state })
  expect(await sink.flush()).toMatchObject({ parts: [] })
})

test('a path may be the root, and end with a slash', async () => {
  for (const path of ['/', '/logs/', '/logs//%y/']) {
    const { open, names } = await opened({ path })
    const sink = await open()
    await sink.write(deliveryOf(0, 0, [at('a', NOON)]))
    await sink.finish?.()
    const folder = path.replace('%y', '95').split('/').filter(Boolean)
    expect(await names()).toEqual([[...folder, 'out-LIFE-p0-00000-00000.log'].join('/')])
    await sink[Symbol.asyncDispose]()
  }
})

test('a start that fails leaves no file open', async () => {
  const { disk, open } = countedDisk()
  const made = await opened({}, { disk, clock: { ...testClock(), sleep: async () => {} } })
  const { server } = made
  const sink = await made.open()
  await sink.write(deliveryOf(0, 0, [at('a', NOON), at('b', '1995-07-02T00:00:00Z')]))
  const state = await sink.flush()
  expect(open()).toBe(2)
  await sink[Symbol.asyncDispose]()
  // The file of the first day is open when the folder of the second one cannot be listed.
  server.trouble = () => (server.asked.at(-1)?.endsWith('LISTSTATUS_BATCH /logs/95-07-02') ? 'drop' : undefined)
  await expect(made.open({ state })).rejects.toMatchObject({ code: 'io', retryable: true })
  expect(open()).toBe(0)
})

test('options: the address, the path and the names are checked', () => {
  const reasons = (options: object) =>
    hdfs.options.safeParse({ url: 'hdfs://nn', path: '/a', ...options }).error?.issues.map(({ message }) => message)
  expect(reasons({})).toBe(undefined)
  expect(reasons({ url: 'nn:9870' })?.[0]).toMatch(/^'nn:9870' is not an address of HDFS/)
  expect(reasons({ url: 'hdfs://nn/logs' })).toEqual(["'hdfs://nn/logs' has a path: give it as `path`"])
  expect(reasons({ path: 'logs/%y' })?.[0]).toMatch(/^expected a whole path of HDFS/)
  expect(reasons({ path: '/a/../b' })).toHaveLength(1)
  expect(reasons({ prefix: 'a:b' })).toEqual(['HDFS has no names with a colon'])
})
