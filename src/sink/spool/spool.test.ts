import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { deliveredSinkContract, openSinkAt, sinkContract } from '../../../test/contract/sink.ts'
import { testClock } from '../../../test/sim/running.ts'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import { seededRandom } from '../../base/random.ts'
import { hastyDisk, troubledDisk } from '../../data/data-folder.test-tool.ts'
import { ownDataFolder } from '../../data/data-folder.ts'
import type { SinkContext, SinkState } from '../sink.ts'
import { arrived, finishedIn } from './spool.test-tool.ts'
import { spoolSink } from './spool.ts'

const target = async (name: string) => {
  const folder = await makeFolder()
  return {
    options: { folder: 'in', name },
    folder,
    stored: async () => Object.values(await finishedIn(join(folder, 'in'))),
  }
}

describe('names with seconds', () => {
  sinkContract(spoolSink, 'records', () => target('record_%Y%m%d_%H%M%S.json'))
  deliveredSinkContract(spoolSink, () => target('record_%Y%m%d_%H%M%S.json'))
})
describe('one name', () => sinkContract(spoolSink, 'records', () => target('record'), 8))

const open = (folder: string, context: Partial<SinkContext> = {}, name = 'r_%Y%m%d_%H%M%S.json') =>
  openSinkAt(
    spoolSink,
    { options: { folder: 'in', name }, folder },
    { disk: hastyDisk, clock: testClock(), ...context },
  )

const NOON = Date.UTC(2026, 5, 1, 12)

// Promise spool-names: Each record becomes one file of `spool`, named by its arrival; records of one second are told apart, in order.
test('names: by the arrival in the zone of the pipeline; those of one second are numbered', async () => {
  const folder = await makeFolder()
  await using sink = await open(folder, { timezone: 'Europe/Berlin' })
  await sink.write(
    arrived(0, 0, [
      ['a', NOON],
      ['b', NOON + 999],
      ['c\n', NOON + 1000],
    ]),
  )
  await sink.write(arrived(0, 3, [['d', NOON + 1001]]))
  // Another partition that lags, and a clock that was set back.
  await sink.write(
    arrived(1, 7, [
      ['e', NOON],
      ['f', NOON + 1500],
      ['g', NOON + 2000],
    ]),
  )
  await sink.write(arrived(0, 4, [['h', NOON - 3_600_000]]))
  expect(await finishedIn(join(folder, 'in'))).toEqual({
    'r_20260601_140000.json': 'a',
    'r_20260601_140000_0001.json': 'b',
    'r_20260601_140001.json': 'c\n',
    'r_20260601_140001_0001.json': 'd',
    'r_20260601_140000_p1_7.json': 'e',
    'r_20260601_140001_0002.json': 'f',
    'r_20260601_140002.json': 'g',
    'r_20260601_130000_p0_4.json': 'h',
  })
})

test('a file that somebody else has put there is not replaced', async () => {
  const folder = await makeFolder()
  await using sink = await open(folder, {}, 'r.json')
  await writeFile(join(folder, 'in', 'r.json'), 'theirs')
  await sink.write(arrived(0, 0, [['a', NOON]]))
  await sink.write(arrived(0, 1, [['b', NOON]]))
  expect(await finishedIn(join(folder, 'in'))).toEqual({ 'r.json': 'theirs', 'r_0001.json': 'a', 'r_0002.json': 'b' })
})

test('a folder belongs to one data folder: another one would write over its files', async () => {
  const folder = await makeFolder()
  const dataOf = async (name: string) => {
    using data = await ownDataFolder(nodeDisk, join(folder, name), systemClock, seededRandom(name.length))
    return data.identity
  }
  const [ours, theirs] = [await dataOf('ours'), await dataOf('theirs')]
  {
    await using sink = await open(folder, { data: ours })
    await sink.write(arrived(0, 0, [['a', NOON]]))
  }
  await expect(open(folder, { data: theirs })).rejects.toMatchObject({
    code: 'in-use',
    message: expect.stringContaining(`${join(folder, 'in')} is written by sink`),
  })
  await using _ = await open(folder, { data: ours })
  // A data folder that is gone owns nothing.
  await rm(ours.path, { recursive: true })
  await using __ = await open(folder, { data: theirs })
})

test('a write that fails is repeated, and makes each file once', async () => {
  const folder = await makeFolder()
  let left = 0
  const full = () => {
    if (--left === 0) throw new Failure('full', 'no room', { retryable: true })
  }
  await using sink = await open(folder, {
    disk: { ...troubledDisk({ write: full, sync: full }), syncFolder: async () => full() },
  })
  const delivery = arrived(0, 0, [
    ['a', NOON],
    ['b', NOON],
    ['c', NOON],
  ])
  let failed = 0
  for (let at = 1; ; at++) {
    left = at
    const error = await sink.write(delivery).catch((refused: unknown) => refused)
    left = 0
    if (error === undefined) break
    expect(error).toMatchObject({ code: 'full' })
    failed++
  }
  expect(failed).toBeGreaterThan(8)
  expect(Object.values(await finishedIn(join(folder, 'in')))).toEqual(['a', 'b', 'c'])
  expect(await readdir(join(folder, 'in'))).toHaveLength(3)
})

test('records that come again after their files were taken make no second file', async () => {
  const folder = await makeFolder()
  let state: SinkState | undefined
  {
    await using sink = await open(folder)
    state = await sink.flush()
    await sink.write(
      arrived(0, 0, [
        ['a', NOON],
        ['b', NOON],
      ]),
    )
  }
  await rm(join(folder, 'in'), { recursive: true })
  await using sink = await open(folder, { state })
  await sink.write(
    arrived(0, 0, [
      ['a', NOON],
      ['b', NOON],
      ['c', NOON],
    ]),
  )
  expect(await finishedIn(join(folder, 'in'))).toEqual({ 'r_20260601_120000_0002.json': 'c' })
})

test('another delivery of the topic makes all files again; a note that is gone is a failure', async () => {
  const folder = await makeFolder()
  const clock = testClock()
  let state: SinkState = {}
  for (const name of ['a', 'b']) {
    await using sink = await open(folder, { clock })
    await sink.write(arrived(0, 0, [[name, NOON]]))
    state = await sink.flush()
    clock.advance(1)
  }
  expect(Object.values(await finishedIn(join(folder, 'in')))).toEqual(['a', 'b'])
  await rm(join(folder, '.scratch'), { recursive: true })
  await expect(open(folder, { state })).rejects.toMatchObject({
    code: 'corrupt',
    message: 'sink out: its note of the files that it has made is gone or old',
  })
  const where = { disk: hastyDisk, folder, name: 'out', scratch: join(folder, '.scratch') }
  expect(spoolSink.lost?.(state, {}, where)).toEqual([
    { path: join(folder, '.scratch', 'note.json'), nature: 'is gone or old, and says which files were made' },
  ])
})

test('names that no reader would take, or that are unknown, are refused', () => {
  const messages = (name: string) =>
    spoolSink.options.safeParse({ folder: 'in', name }).error?.issues.map(({ message }) => message)
  expect(messages('.a')).toEqual(['expected the name of a file, without a slash, and without a dot in front'])
  expect(messages('a/b')).toHaveLength(1)
  expect(messages('a.tmp')).toEqual(['names that end in .tmp or .part are for files that are not whole'])
  expect(messages('a%q')?.[0]).toMatch(/'%q' is not known in a name: there is %Y year/)
  expect(messages('a_%S.json')).toBeUndefined()
})
