import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Disk } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import { hastyDisk, temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, linesOf, markOf, readAll } from '../appends.test-tool.ts'
import { ownEmbedded } from './embedded.test-tool.ts'
import { inspectFolder } from './fsck/fsck.ts'

const open = (folder: string, disk: Disk = hastyDisk) => ownEmbedded(folder, { disk, segmentBytes: 300 })

test('a crash at any step of a deletion leaves records without a gap, up to the end, and the mark', async () => {
  for (let steps = 0; steps < 12; steps++) {
    await using folder = temporaryFolder()
    {
      await using bus = await open(folder.path)
      const topic = await bus.topic('t', 1)
      await topic.append(0, appendOf(linesOf('first'), 0, 'here'))
      for (let i = 0; i < 8; i++) await topic.append(0, appendOf(linesOf('x'.repeat(200))))
    }
    let left = Number.POSITIVE_INFINITY
    const step = () => {
      if (left-- <= 0) throw new Failure('io', 'the machine is gone')
    }
    const disk: Disk = {
      ...hastyDisk,
      unlink(path) {
        step()
        hastyDisk.unlink(path)
      },
      async syncFolder(path) {
        if (path.endsWith('t-0')) step()
      },
    }
    {
      await using bus = await open(folder.path, disk)
      await bus.topic('t', 1)
      left = steps
      const trimmed = bus.space('t')?.trim(0, 4)
      if (steps < 12) await trimmed?.catch(() => {})
    }
    // The indexes cost time only, whichever are lost.
    const partition = join(folder.path, 'topics/t-0')
    for (const name of readdirSync(partition).filter((name) => name.endsWith('.points') && steps % 2 === 0))
      rmSync(join(partition, name))
    await using bus = await open(folder.path)
    const topic = await bus.topic('t', 1)
    const { start, end } = topic.bounds(0)
    expect(start).toBeLessThanOrEqual(4)
    expect(end).toBe(9)
    expect((await readAll(topic, 0)).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 9 - start }, (_, i) => start + i),
    )
    expect(await markOf(topic, 0)).toBe('here')
    const space = bus.space('t')
    expect(space?.stretches(0).map(({ maxTime }) => maxTime)).toEqual(space?.stretches(0).map(() => 0))
    await space?.trim(0, 9)
    expect(topic.bounds(0)).toEqual({ start: 8, end: 9 })
  }
})

test('a deletion that failed is finished by the next one, before later segments go', async () => {
  for (const failing of ['unlink', 'sync'] as const) {
    await using folder = temporaryFolder()
    let failures = 0
    const mayFail = (kind: 'unlink' | 'sync') => {
      if (kind === failing && failures-- > 0) throw new Failure('io', 'not now')
    }
    const disk: Disk = {
      ...hastyDisk,
      unlink(path) {
        mayFail('unlink')
        hastyDisk.unlink(path)
      },
      syncFolder: async () => mayFail('sync'),
    }
    {
      await using bus = await open(folder.path, disk)
      const topic = await bus.topic('t', 1)
      for (let i = 0; i < 6; i++) await topic.append(0, appendOf(linesOf('x'.repeat(200))))
      failures = 1
      await expect(bus.space('t')?.trim(0, 2)).rejects.toThrow('not now')
      await bus.space('t')?.trim(0, 3)
      expect(topic.bounds(0)).toEqual({ start: 3, end: 6 })
    }
    await using bus = await open(folder.path)
    const topic = await bus.topic('t', 1)
    expect(topic.bounds(0)).toEqual({ start: 3, end: 6 })
    expect(await readAll(topic, 0)).toHaveLength(3)
  }
})

test('an index without its segment, as a power cut may leave one, is removed', async () => {
  await using folder = temporaryFolder()
  {
    await using bus = await open(folder.path)
    const topic = await bus.topic('t', 1)
    for (let i = 0; i < 3; i++) await topic.append(0, appendOf(linesOf('x'.repeat(200))))
    const points = join(folder.path, 'topics/t-0/00000000000000000000.points')
    const index = readFileSync(points)
    await bus.space('t')?.trim(0, 1)
    writeFileSync(points, index)
  }
  await using bus = await open(folder.path)
  expect((await bus.topic('t', 1)).bounds(0)).toEqual({ start: 1, end: 3 })
  expect(readdirSync(join(folder.path, 'topics/t-0'))).not.toContain('00000000000000000000.points')
})

// Promise: The oldest records of a topic that are gone without having been deleted by tailrace are named, by a start and by fsck.
test('a segment that is removed by hand is told from one that was deleted', async () => {
  await using folder = temporaryFolder()
  const partition = join(folder.path, 'topics/t-0')
  {
    await using bus = await open(folder.path)
    const topic = await bus.topic('t', 1)
    for (let i = 0; i < 6; i++) await topic.append(0, appendOf(linesOf('x'.repeat(200))))
    await bus.space('t')?.trim(0, 2)
  }
  const missing = 'the segments of offsets 2 to 2 are missing, and tailrace did not delete them'
  const gaps = () => inspectFolder(hastyDisk, folder.path, false).findings.filter(({ isDamage }) => isDamage)
  expect(gaps()).toEqual([])
  const segment = join(partition, '00000000000000000002.log')
  renameSync(segment, join(folder.path, 'away'))
  expect(gaps()).toMatchObject([{ kind: 'gap', nature: missing, affected: { from: 2, to: 3 } }])
  {
    await using bus = await open(folder.path)
    await expect(bus.topic('t', 1)).rejects.toThrow(missing)
  }
  renameSync(join(folder.path, 'away'), segment)
  rmSync(join(partition, 'start.json'))
  rmSync(segment)
  // As in a folder of an earlier version: nobody knows.
  expect(gaps()).toEqual([])
  await using bus = await open(folder.path)
  expect((await bus.topic('t', 1)).bounds(0)).toEqual({ start: 3, end: 6 })
})
