import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { deliveryOf, type MadeRecord } from '../../../test/contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../../../test/contract/sink.ts'
import { testClock } from '../../../test/sim/running.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { seededRandom } from '../../base/random.ts'
import { type HdfsTrouble, startTestHdfs, type TestHdfs } from '../../client/webhdfs/webhdfs-server.test-tool.ts'
import { STRING, TIMESTAMP } from '../../record/type.ts'
import { localFiles } from '../hdfs/kept.test-tool.ts'
import type { SinkContext } from '../sink.ts'
import { keptTexts, parquetRowsIn, storedTexts } from './kept-rows.test-tool.ts'
import { parquet } from './parquet.ts'

async function onDisk(options: object): Promise<SinkTarget> {
  const folder = await makeFolder()
  const find = () => localFiles(join(folder, 'lake'))
  return {
    options: { path: 'lake/day=%d', ...options },
    folder,
    stored: async () => storedTexts(await find()),
    kept: () => keptTexts(join(folder, '.scratch'), find),
  }
}

async function inHdfs(server: TestHdfs, options: object): Promise<SinkTarget> {
  const folder = await makeFolder()
  const find = () => localFiles(server.root)
  let life = 0
  return {
    get options() {
      return { hdfs: { url: server.url, user: `life${life}` }, path: '/lake/day=%d', ...options }
    },
    folder,
    begin() {
      server.dead.add(`life${life++}`)
    },
    stored: async () => storedTexts(await find()),
    kept: () => keptTexts(join(folder, '.scratch'), find),
  }
}

const RUNS = 12
const HDFS_RUNS = 6

describe('on the disk', () => sinkContract(parquet, 'rows', () => onDisk({}), RUNS))
describe('on the disk, rolled and closed often, in groups of two', () =>
  sinkContract(parquet, 'rows', () => onDisk({ roll: '1s', max_open: 2, row_group: 2, compression: 'zstd' }), RUNS))
describe('in HDFS', () =>
  sinkContract(parquet, 'rows', async () => inHdfs(await startTestHdfs(), { roll_count: 2 }), HDFS_RUNS))

/** The deliveries of the loop have times and sizes, and every record is a row. */
describe('delivered', () => deliveredSinkContract(parquet, () => onDisk({ max_open: 1, roll_count: 4 }), RUNS))

let seed = 0
describe('delivered to an unreliable server, whose troubles have seeds 1, 2, 3 …', () =>
  deliveredSinkContract(
    parquet,
    async () => {
      const server = await startTestHdfs()
      const random = seededRandom(++seed)
      const troubles: HdfsTrouble[] = ['drop', 'lose', 'half']
      server.trouble = () => (random.next() < 0.2 ? troubles[random.below(troubles.length)] : undefined)
      return inHdfs(server, { max_open: 1, roll_count: 4 })
    },
    HDFS_RUNS,
  ))

const at = (text: string, time?: string): MadeRecord => ({
  text,
  time: time === undefined ? undefined : Date.parse(time),
})
const open = (folder: string, options: object, context: Partial<SinkContext> = {}) =>
  openSinkAt(parquet, { options: { path: 'lake/day=%Y-%m-%d/hour=%H', ...options }, folder }, context)

const namesIn = async (folder: string): Promise<string[]> =>
  (await localFiles(folder)).map(({ path }) => path.replace(/\d{8}T\d{9}Z/, 'LIFE').replace(/0{15}/g, '')).sort()

test('rows are in folders that are partitions, and nothing else is there before a file is whole', async () => {
  const folder = await makeFolder()
  const sink = await open(folder, {}, { timezone: 'America/New_York' })
  await sink.write(
    deliveryOf(0, 0, [
      at('a', '1995-07-01T03:59:59Z'),
      at('b', '1995-07-01T04:00:00Z'),
      at('?'),
      at('c', '1995-07-01T04:59:00Z'),
    ]),
  )
  await sink.flush()
  expect(await readdir(folder)).toEqual(['.scratch'])
  await sink.finish?.()
  await sink[Symbol.asyncDispose]()
  // What is no row is not there: an archive of records as they came is that of `files`.
  expect(await namesIn(join(folder, 'lake'))).toEqual([
    'day=1995-06-30/hour=23/out-LIFE-p0-00000-00000.parquet',
    'day=1995-07-01/hour=00/out-LIFE-p0-00001-00003.parquet',
  ])
  expect(await readdir(join(folder, '.scratch'))).toEqual([])
})

test('rows without an event time are in the partition of NULL', async () => {
  const folder = await makeFolder()
  const delivery = deliveryOf(0, 0, [at('a', '1995-07-01T00:00:00Z'), at('b', '1995-07-01T00:00:00Z')])
  const [time] = delivery.rows.columns
  if (time !== undefined) time.nulls = Uint8Array.of(0, 1)
  for (const path of ['lake/day=%Y-%m-%d/x/hour=%H', 'flat/%Y-%m-%d/hour=%H']) {
    const sink = await open(folder, { path })
    await sink.write(delivery)
    await sink.finish?.()
    await sink[Symbol.asyncDispose]()
  }
  const names = await namesIn(folder)
  expect(names.map((path) => path.replace(/\/[^/]*$/, ''))).toEqual([
    'flat/1995-07-01/hour=00',
    'flat/undated',
    'lake/day=1995-07-01/x/hour=00',
    'lake/day=__HIVE_DEFAULT_PARTITION__/x/hour=__HIVE_DEFAULT_PARTITION__',
  ])
})

test('a file goes on growing after a restart, and a query with other columns begins a new one', async () => {
  const folder = await makeFolder()
  const clock = testClock()
  const first = await open(folder, { path: 'lake' }, { clock })
  await first.write(deliveryOf(0, 0, [at('a', '1995-07-01T00:00:00Z')]))
  const state = await first.flush()
  await first[Symbol.asyncDispose]()
  expect(parquet.lost?.(state, parquet.options.parse({ path: 'lake' }), where(folder))).toEqual([])
  const second = await open(folder, { path: 'lake' }, { clock, state })
  await second.write(deliveryOf(0, 1, [at('b', '1995-07-01T00:00:00Z')]))
  const later = await second.flush()
  await second[Symbol.asyncDispose]()
  const { rows, ...rest } = deliveryOf(0, 2, [at('c', '1995-07-01T00:00:00Z')])
  const fields = [
    { name: 'ts', type: TIMESTAMP },
    { name: 'other', type: STRING },
  ]
  const columns = [rows.columns[0], rows.columns[2]].filter((column) => column !== undefined)
  const third = await open(folder, { path: 'lake' }, { clock, state: later, fields })
  await third.write({ ...rest, rows: { ...rows, columns } })
  await third.finish?.()
  await third[Symbol.asyncDispose]()
  const found = (await localFiles(join(folder, 'lake'))).sort((a, b) => (a.path < b.path ? -1 : 1))
  const ts = Date.parse('1995-07-01T00:00:00Z')
  expect(await Promise.all(found.map(parquetRowsIn))).toEqual([
    [
      { ts, size: 1n, text: 'a' },
      { ts, size: 1n, text: 'b' },
    ],
    [{ ts, other: 'c' }],
  ])
})

const where = (folder: string) => ({
  disk: nodeDisk,
  folder,
  name: 'out',
  scratch: join(folder, '.scratch'),
})

test('a file that is gone or cut is named', async () => {
  const folder = await makeFolder()
  const options = parquet.options.parse({ path: 'lake' })
  const sink = await open(folder, { path: 'lake' })
  await sink.write(deliveryOf(0, 0, [at('abc', '1995-07-01T00:00:00Z')]))
  const state = await sink.flush()
  await sink[Symbol.asyncDispose]()
  const [name = ''] = await readdir(join(folder, '.scratch'))
  const path = join(folder, '.scratch', name)
  nodeDisk.open(path, 'write').truncate(3)
  expect(parquet.lost?.(state, options, where(folder))).toMatchObject([
    { path, nature: expect.stringMatching(/^has 3 bytes/) },
  ])
  await expect(open(folder, { path: 'lake' }, { state })).rejects.toThrow(/has 3 bytes/)
  nodeDisk.unlink(path)
  expect(parquet.lost?.(state, options, where(folder))).toMatchObject([
    { path, nature: expect.stringMatching(/^is gone/) },
  ])
})

test('columns that Parquet cannot have are refused', () => {
  const rows = {
    pipeline: 'p',
    from: 'q',
    topic: 'p.q',
    partitions: 1,
    rowtime: undefined,
    rowKey: undefined,
    rowKeyParts: undefined,
    timezone: 'UTC',
    fields: [
      { name: 'a', type: STRING },
      { name: 'a', type: STRING },
      { name: 'd', type: { kind: 'INTERVAL_DAY' } as const },
    ],
  }
  expect(parquet.check?.(parquet.options.parse('lake'), rows).map(({ failure }) => failure.message)).toEqual([
    'column a of q cannot be in a Parquet file: there are two of that name',
    'column d of q cannot be in a Parquet file: Parquet has no type for an INTERVAL',
  ])
})

test('names that HDFS cannot have are refused', () => {
  const at = (options: object) =>
    parquet.options.safeParse({ hdfs: 'hdfs://nn', ...options }).error?.issues.map(({ path }) => path[0])
  expect(at({ path: '/lake/day=%d' })).toBeUndefined()
  expect(at({ path: 'lake' })).toEqual(['path'])
  expect(at({ path: '/lake', suffix: ':x' })).toEqual(['suffix'])
  expect(at({ path: '/lake', prefix: 'a:b' })).toEqual(['prefix'])
})
