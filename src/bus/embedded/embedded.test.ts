import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { busContract } from '../../../test/contract/bus.ts'
import { systemClock } from '../../base/clock.ts'
import { openFullDisk } from '../../base/disk/full-disk.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import { type Troubles, temporaryFolder, troubledDisk } from '../../data/data-folder.test-tool.ts'
import { appendOf, linesOf, markOf, readAll } from '../appends.test-tool.ts'
import { otherProcess, ownEmbedded } from './embedded.test-tool.ts'

const open = (folder: string, segmentBytes?: number) => ownEmbedded(folder, { disk: nodeDisk, segmentBytes })

for (const segmentBytes of [128 * 1024 * 1024, 200]) {
  busContract(`embedded, segments of ${segmentBytes} bytes`, async () => {
    const folder = temporaryFolder()
    return {
      open: () => ownEmbedded(join(folder.path, 'data'), { segmentBytes }),
      [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
    }
  })
}

// Holds record-limit.
test('segments are rolled at their size, and named by the offset of their first record', async () => {
  await using folder = temporaryFolder()
  await using bus = await open(folder.path, 1000)
  const topic = await bus.topic('t', 1)
  for (let i = 0; i < 40; i++) await topic.append(0, appendOf(linesOf('x'.repeat(100))))
  const names = readdirSync(join(folder.path, 'topics/t-0')).filter((name) => name.endsWith('.log'))
  expect(names).toEqual([0, 5, 10, 15, 20, 25, 30, 35].map((base) => `${String(base).padStart(20, '0')}.log`))
  expect(await readAll(topic, 0, 150)).toHaveLength(40)
})

test('a mark is found however many segments ago it was written, with the indexes or without', async () => {
  await using folder = temporaryFolder()
  {
    await using bus = await open(folder.path, 1000)
    const topic = await bus.topic('t', 1)
    await topic.append(0, appendOf(linesOf('a'), 0, 'here'))
    for (let i = 0; i < 40; i++) await topic.append(0, appendOf(linesOf('x'.repeat(100))))
  }
  const partition = join(folder.path, 'topics/t-0')
  for (const lost of [() => false, (_: string, index: number) => index % 2 === 1, () => true]) {
    const points = readdirSync(partition).filter((name) => name.endsWith('.points'))
    for (const name of points.filter(lost)) rmSync(join(partition, name))
    await using bus = await open(folder.path, 1000)
    const topic = await bus.topic('t', 1)
    expect(await markOf(topic, 0)).toBe('here')
    expect(await readAll(topic, 0)).toHaveLength(41)
    expect((await topic.read(0, 17, 1))?.baseOffset).toBe(17)
  }
})

/** Another process that opens the folder and keeps it, or prints why it cannot. */
async function otherOwner(folder: string): Promise<{ readonly process: ChildProcess; readonly said: string }> {
  const child = otherProcess(`
    try {
      await ownEmbedded(${JSON.stringify(folder)}, { disk: nodeDisk })
      console.log('open')
      setInterval(() => {}, 1e6)
    } catch (error) {
      console.log(error.message)
    }`)
  const [said] = await once(child.stdout, 'data')
  return { process: child, said: String(said).trim() }
}

// Promise one-owner: One process owns a data folder; another is told which.
test('a second process learns which one has the folder; the lock ends with its owner, even by SIGKILL', async () => {
  await using folder = temporaryFolder()
  const other = await otherOwner(folder.path)
  expect(other.said).toBe('open')
  const message = `${folder.path} is in use by process ${other.process.pid}, since`
  await expect(open(folder.path)).rejects.toMatchObject({ code: 'in-use', message: expect.stringContaining(message) })
  other.process.kill('SIGKILL')
  await once(other.process, 'exit')
  await using bus = await open(folder.path)
  expect(await bus.topics()).toEqual([])
  // A second try in the same process must not release the lock.
  await expect(open(folder.path)).rejects.toThrow(`in use by process ${process.pid}`)
  expect((await otherOwner(folder.path)).said).toContain(`in use by process ${process.pid}`)
})

test('a folder of another version, with files of another kind, or that cannot be made is refused in words', async () => {
  await using folder = temporaryFolder()
  const made = (name: string) => {
    mkdirSync(join(folder.path, name))
    return join(folder.path, name)
  }
  const [newer, foreign, spoilt] = [made('newer'), made('foreign'), made('spoilt')]
  writeFileSync(join(newer, 'format.json'), '{"product":"tailrace","version":7}')
  await expect(open(newer)).rejects.toThrow(/version 7 .* reads 2/)
  writeFileSync(join(spoilt, 'format.json'), '{"product":"tai')
  await expect(open(spoilt)).rejects.toMatchObject({ code: 'corrupt' })
  writeFileSync(join(foreign, 'thesis.doc'), '')
  await expect(open(foreign)).rejects.toThrow(/not a data folder of tailrace: it has thesis.doc/)
  expect(readdirSync(foreign)).toEqual(['thesis.doc'])
  await expect(open(join(foreign, 'thesis.doc'))).rejects.toMatchObject({ name: 'Failure' })
  await (await open(join(folder.path, 'a/b/c')))[Symbol.asyncDispose]()
})

test('a damaged group file is named, and a topic that lost its segments is not taken for a new one', async () => {
  await using folder = temporaryFolder()
  {
    await using bus = await open(folder.path)
    await bus.topic('t', 1)
    await bus.commit('g', 't', { 0: 12 })
  }
  const group = join(folder.path, 'groups/g.json')
  writeFileSync(group, readFileSync(group, 'utf8').replace('12', '13'))
  {
    await using bus = await open(folder.path)
    await expect(bus.committed('g', 't')).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(group),
    })
    await expect(bus.topic('t', 1)).resolves.toBeDefined()
  }
  for (const name of readdirSync(join(folder.path, 'topics/t-0'))) rmSync(join(folder.path, 'topics/t-0', name))
  await using bus = await open(folder.path)
  await expect(bus.topic('t', 1)).rejects.toThrow(/lost its segments/)
})

test('a full disk holds back appends, in order, with half of them written; with room they go on, with one warning', async () => {
  await using folder = temporaryFolder()
  let refusals = 0
  const noRoom = () => {
    if (refusals-- > 0) throw new Failure('full', 'no space', { retryable: true })
  }
  const told: string[] = []
  const clock = { ...systemClock, sleep: async () => {} }
  const disk = troubledDisk({ write: noRoom })
  {
    await using bus = await ownEmbedded(folder.path, { disk, clock, segmentBytes: 300, warn: (m) => told.push(m) })
    const topic = await bus.topic('t', 2)
    for (const round of [0, 1, 2]) {
      refusals = 5
      const appended = [0, 1, 2].map((i) => topic.append(0, appendOf(linesOf(`${i}`, 'x'), 0, `mark ${round} ${i}`)))
      expect(await Promise.all(appended)).toEqual([0, 2, 4].map((offset) => round * 6 + offset))
    }
  }
  const once = [`disk full at ${folder.path}: waiting for room`, `there is room again at ${folder.path}: going on`]
  expect(told).toEqual([...once, ...once, ...once])
  await using bus = await open(folder.path)
  const topic = await bus.topic('t', 2)
  const values = (await readAll(topic, 0)).map(({ value }) => value).join('')
  expect(values).toBe('0x1x2x'.repeat(3))
  expect(await markOf(topic, 0)).toBe('mark 2 2')
})

test('when the wait for room is given up, waiting and later appends are refused, and the log is as it was', async () => {
  await using folder = temporaryFolder()
  const troubles: Troubles = {}
  const stop = new AbortController()
  const fullDisk = openFullDisk({ folder: folder.path, clock: systemClock, giveUp: stop.signal, tell() {} })
  const bus = await ownEmbedded(folder.path, { disk: troubledDisk(troubles), fullDisk })
  const topic = await bus.topic('t', 2)
  await topic.append(0, appendOf(linesOf('kept')))
  const tried = Promise.withResolvers<void>()
  troubles.write = (path) => {
    if (!path.endsWith('.log')) return
    tried.resolve()
    throw new Failure('full', 'no space', { retryable: true })
  }
  const waiting = [topic.append(0, appendOf(linesOf('a'))), topic.append(1, appendOf(linesOf('b')))]
  await tried.promise
  stop.abort()
  for (const append of waiting) await expect(append).rejects.toMatchObject({ code: 'full' })
  delete troubles.write
  await expect(topic.append(0, appendOf(linesOf('c')))).rejects.toMatchObject({ code: 'full' })
  await bus[Symbol.asyncDispose]()
  await using again = await open(folder.path)
  expect((await readAll(await again.topic('t', 2), 0)).map(({ value }) => value)).toEqual(['kept'])
})

test('a bus that is closed while its disk is full does not wait for room', async () => {
  await using folder = temporaryFolder()
  const troubles: Troubles = {}
  const bus = await ownEmbedded(folder.path, { disk: troubledDisk(troubles) })
  const topic = await bus.topic('t', 1)
  troubles.write = () => {
    throw new Failure('full', 'no space', { retryable: true })
  }
  const waiting = topic.append(0, appendOf(linesOf('a')))
  await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'full' }), bus[Symbol.asyncDispose]()])
})

// Promise failed-sync: After a failed fsync nothing is acknowledged.
test('once a sync has failed no append is acknowledged, though later syncs would succeed', async () => {
  await using folder = temporaryFolder()
  const troubles: Troubles = {}
  const bus = await ownEmbedded(folder.path, { disk: troubledDisk(troubles) })
  const topic = await bus.topic('t', 2)
  await topic.append(0, appendOf(linesOf('kept')))
  let syncs = 0
  troubles.sync = (path) => {
    if (path.includes('t-1') && syncs++ === 0) throw new Failure('io', `cannot sync ${path}`)
  }
  const both = await Promise.allSettled([
    topic.append(0, appendOf(linesOf('a'))),
    topic.append(1, appendOf(linesOf('b'))),
  ])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  for (const partition of [0, 1]) {
    await expect(topic.append(partition, appendOf(linesOf('c')))).rejects.toThrow(
      /accepts no more records: cannot sync/,
    )
  }
  expect(topic.bounds(0)).toEqual({ start: 0, end: 1 })
  expect((await readAll(topic, 0)).map(({ value }) => value)).toEqual(['kept'])
  await bus[Symbol.asyncDispose]()
})

// Promise read-after-sync: A record is handed to queries, and can be read, only once it is durable.
test('records that are not synced yet are neither acknowledged, nor handed over, nor read', async () => {
  await using folder = temporaryFolder()
  const gate = Promise.withResolvers<void>()
  const troubles: Troubles = {}
  await using bus = await ownEmbedded(folder.path, { disk: troubledDisk(troubles) })
  const topic = await bus.topic('t', 1)
  const reached = Promise.withResolvers<void>()
  troubles.sync = async () => {
    reached.resolve()
    await gate.promise
  }
  const cursor = topic.cursor({})
  const appended = topic.append(0, appendOf(linesOf('a', 'b')))
  await reached.promise
  expect(topic.bounds(0).end).toBe(0)
  expect(await topic.read(0, 0, 100)).toBeUndefined()
  expect([cursor.hasMore(0), cursor.take(0)]).toEqual([false, undefined])
  gate.resolve()
  expect(await appended).toBe(0)
  expect(cursor.take(0)?.values.count).toBe(2)
})

test('all appends of one turn are written in one commit', async () => {
  await using folder = temporaryFolder()
  const troubles: Troubles = {}
  await using bus = await ownEmbedded(folder.path, { disk: troubledDisk(troubles) })
  const topic = await bus.topic('t', 1)
  let syncs = 0
  troubles.sync = () => {
    syncs++
  }
  await Promise.all(Array.from({ length: 100 }, (_, i) => topic.append(0, appendOf(linesOf(`${i}`)))))
  expect(syncs).toBe(1)
})

// Promise record-limit: A record, a batch and a segment are bounded; a longer record is refused by name.
test('a record beyond the limit is refused by name, and the next one is taken', async () => {
  await using folder = temporaryFolder()
  await using bus = await open(folder.path)
  const topic = await bus.topic('t', 1)
  const huge = Buffer.alloc(16 * 1024 * 1024 + 1)
  await expect(topic.append(0, appendOf([{ value: huge }]))).rejects.toMatchObject({ name: 'Failure', code: 'limit' })
  const largest = huge.subarray(1)
  expect(await topic.append(0, appendOf([{ value: largest }, { value: Buffer.from('x') }]))).toBe(0)
  expect((await readAll(topic, 0)).map(({ value }) => value.length)).toEqual([largest.length, 1])
})
