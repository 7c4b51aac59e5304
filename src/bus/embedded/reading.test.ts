import { copyFileSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, linesOf, readAll, textsOf } from '../appends.test-tool.ts'
import type { TopicReader } from '../bus.ts'
import { readOffsets } from '../fetched.ts'
import { ownEmbedded } from './embedded.test-tool.ts'
import { openForReading } from './reading.ts'

/** A disk that fails the test if it is written to. */
const readOnly = {
  ...nodeDisk,
  open(path: string, access: 'read' | 'write') {
    if (access === 'write') throw new Error(`${path} is opened to be written`)
    return nodeDisk.open(path, access)
  },
  mkdir: () => Promise.reject(new Error('a folder is made')),
  lock: () => expect.unreachable('the folder is locked'),
}

const owner = (folder: string, segmentBytes = 1 << 20) => ownEmbedded(folder, { segmentBytes })

async function valuesOf(topic: TopicReader, maxBytes = 1 << 20): Promise<readonly string[]> {
  return (await readAll(topic, 0, maxBytes)).map(({ value }) => value)
}

const look = (folder: string) => openForReading(readOnly, folder, systemClock)

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { mtimeMs, size } = statSync(join(folder, name))
    return [name, mtimeMs, size]
  })

test('appended records are seen at the next look, over several segments, while another bus owns the folder', async () => {
  await using folder = temporaryFolder()
  await using bus = await owner(folder.path, 200)
  const topic = await bus.topic('t', 1)
  await using reader = look(folder.path)
  const seen = await reader.reader('t')
  expect(seen.bounds(0)).toEqual({ start: 0, end: 0 })
  const all: string[] = []
  for (let round = 0; round < 20; round++) {
    const lines = [`first of ${round}`, `second of ${round}`]
    await topic.append(0, appendOf(linesOf(...lines), round))
    all.push(...lines)
    expect(seen.bounds(0).end).toBe(all.length - 2)
    expect(await valuesOf(seen, 50)).toEqual(all)
  }
  expect(await reader.topics()).toEqual([{ name: 't', partitions: 1 }])
  expect(await seen.bytes(0)).toBeGreaterThan(200)
})

test('no file is written, and a torn log, or one without its index, is read as far as it is whole', async () => {
  await using folder = temporaryFolder()
  const log = join(folder.path, 'topics/t-0/00000000000000000000.log')
  const whole = join(folder.path, 'whole')
  {
    await using bus = await owner(folder.path)
    const topic = await bus.topic('t', 1)
    await bus.commit('g', 't', { 0: 1 })
    for (const line of ['a', 'b', 'c']) await topic.append(0, appendOf(linesOf(line)))
  }
  const before = filesOf(folder.path)
  await using reader = look(folder.path)
  expect(await valuesOf(await reader.reader('t'))).toEqual(['a', 'b', 'c'])
  expect((await reader.groups(['g'])).get('g')?.get('t')).toEqual({ 0: 1 })
  expect(filesOf(folder.path)).toEqual(before)

  rmSync(log.replace('.log', '.points'))
  copyFileSync(log, whole)
  const size = statSync(log).size
  for (let cut = size; cut >= 0; cut--) {
    truncateSync(log, cut)
    await using torn = look(folder.path)
    expect(await valuesOf(await torn.reader('t'))).toEqual(['a', 'b', 'c'].slice(0, Math.floor((cut * 3) / size)))
  }
})

test('a cursor hears of records at the next look, and of a folder that cannot be read any more', async () => {
  await using folder = temporaryFolder()
  await using bus = await owner(folder.path)
  const topic = await bus.topic('t', 1)
  let isGone = false
  const list = (path: string) => {
    if (isGone) throw new Failure('io', `cannot list ${path}`)
    return nodeDisk.list(path)
  }
  const looks = { ...systemClock, sleep: () => setImmediate() }
  await using reader = openForReading({ ...readOnly, list }, folder.path, looks)
  const cursor = (await reader.reader('t')).cursor({})
  const { signal } = new AbortController()
  const heard = cursor.waitForMore(signal)
  await topic.append(0, appendOf(linesOf('a')))
  await heard
  await cursor.load(0)
  expect(cursor.take(0)?.values.count).toBe(1)
  isGone = true
  await expect(cursor.waitForMore(signal)).rejects.toThrow('cannot list')
  cursor.close()
})

test('a reader whose records the owner deletes goes on with the first that are kept', async () => {
  await using folder = temporaryFolder()
  await using bus = await owner(folder.path, 200)
  const topic = await bus.topic('t', 1)
  for (let i = 0; i < 6; i++) await topic.append(0, appendOf(linesOf(`${i}`.padEnd(150))))
  await using reader = look(folder.path)
  const seen = await reader.reader('t')
  const found: string[] = []
  for await (const { values } of readOffsets(seen, 0, { maxBytes: 1 })) {
    found.push(...textsOf(values).map((text) => text.trim()))
    await bus.space('t')?.trim(0, 4)
  }
  expect(found).toEqual(['0', '4', '5'])
})

test('a folder that is no data folder, and a topic that does not exist, are refused in words', async () => {
  await using folder = temporaryFolder()
  expect(() => look(folder.path)).toThrow('is not a data folder of tailrace: it has no format.json')
  expect(() => look(`${folder.path}/none`)).toThrow('it does not exist')
  await (await owner(folder.path))[Symbol.asyncDispose]()
  await using reader = look(folder.path)
  await expect(reader.reader('t')).rejects.toThrow('there is no topic t')
})
