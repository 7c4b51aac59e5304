/** After a crash, a torn write or on a bad disk: acknowledged records are there, or their damage is named. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Disk } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import { hastyDisk, temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, flipped, linesOf, markOf, readAll } from '../appends.test-tool.ts'
import { ownEmbedded } from './embedded.test-tool.ts'

const LOG = 'topics/t-0/00000000000000000000.log'
const POINTS = 'topics/t-0/00000000000000000000.points'

/** A log of some appends, each of two records with a mark; `ends` are the lengths of the file after each. */
async function madeLog(appends: number) {
  const folder = temporaryFolder()
  const { path } = folder
  const [logFile, pointsFile] = [join(path, LOG), join(path, POINTS)]
  const ends = [0]
  {
    await using bus = await ownEmbedded(path)
    const topic = await bus.topic('t', 1)
    for (let i = 0; i < appends; i++) {
      await topic.append(0, appendOf(linesOf(`${i}a`, `${i}b`), i, `mark ${i}`))
      ends.push(readFileSync(logFile).length)
    }
  }
  return {
    ...folder,
    ends,
    log: readFileSync(logFile),
    points: readFileSync(pointsFile),
    /** Opens the files as a crash may have left them; without points, the index is lost. */
    left(log: Uint8Array, points: Uint8Array | undefined): Promise<Outcome> {
      writeFileSync(logFile, log)
      rmSync(pointsFile, { force: true })
      if (points !== undefined) writeFileSync(pointsFile, points)
      return reopen(path)
    },
  }
}

const valuesOf = (appends: number) => Array.from({ length: appends }, (_, i) => [`${i}a`, `${i}b`]).flat()

type Outcome = {
  readonly values: readonly string[]
  readonly mark: unknown
  readonly said: readonly string[]
  readonly failure: Failure | undefined
}

/** Opens the log and reads it all; then appends once more, to see that it goes on. */
async function reopen(folder: string): Promise<Outcome> {
  const said: string[] = []
  try {
    await using bus = await ownEmbedded(folder, { warn: (text) => said.push(text) })
    const topic = await bus.topic('t', 1)
    const values = (await readAll(topic, 0, 64)).map(({ value }) => value)
    const mark = await markOf(topic, 0)
    expect(await topic.append(0, appendOf(linesOf('next')))).toBe(values.length)
    return { values, mark, said, failure: undefined }
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure
    expect(failure.code, failure.message).toBe('corrupt')
    expect(failure.message).toMatch(/\.log is damaged at byte \d+ \(offset \d+\): ./)
    return { values: [], mark: undefined, said, failure }
  }
}

test('whatever a crash leaves behind the last synced byte, the acknowledged records are there, and no others', async () => {
  await using made = await madeLog(5)
  const { ends, log, points } = made
  // The sixth append, of which any part may have come to the disk, in any order, or zeros in its place.
  const next = Buffer.from(log.subarray(ends[4]))
  next.writeBigInt64BE(10n, 0)
  const torn = fc.oneof(
    fc.nat(next.length - 1).map((length) => next.subarray(0, length)),
    fc.nat(300).map((length) => Buffer.alloc(length)),
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(next.length - 1).map((at) => Buffer.concat([next.subarray(0, at), Buffer.alloc(next.length - at), next])),
  )
  await fc.assert(
    fc.asyncProperty(torn, async (tail) => {
      const { values, mark, said, failure } = await made.left(Buffer.concat([log, tail]), points)
      expect(failure).toBeUndefined()
      expect(values).toEqual(valuesOf(5))
      expect(mark).toBe('mark 4')
      expect(said).toEqual(
        tail.length === 0 ? [] : [expect.stringContaining(`${LOG}: cut at byte ${log.length} (offset 10)`)],
      )
      expect(await reopen(made.path)).toMatchObject({ values: [...valuesOf(5), 'next'], said: [] })
    }),
    { numRuns: 40 },
  )
})

test('a file that ends before what was acknowledged is named; without its index it is cut after the last whole append', async () => {
  await using made = await madeLog(4)
  const { ends, log, points } = made
  for (let length = 0; length < log.length; length += 7) {
    const short = log.subarray(0, length)
    expect((await made.left(short, points)).failure?.message).toContain('the file ends here')
    const { values, mark, said } = await made.left(short, undefined)
    const whole = ends.findLastIndex((end) => end <= length)
    expect(values).toEqual(valuesOf(whole))
    expect(mark).toBe(whole === 0 ? undefined : `mark ${whole - 1}`)
    expect(said).toHaveLength(ends.includes(length) ? 0 : 1)
  }
})

// Promise damage: Damage on the disk is found, named, and never read as data.
test('any flipped byte of a log is named or, where its index is lost, cut off with a warning; it is never read', async () => {
  await using made = await madeLog(3)
  const { log, points } = made
  for (const indexed of [true, false]) {
    for (let at = 0; at < log.length; at += indexed ? 1 : 3) {
      const { values, said, failure } = await made.left(flipped(log, at), indexed ? points : undefined)
      expect(indexed ? failure !== undefined : said.length === 1, `byte ${at}`).toBe(true)
      expect(values).toEqual(valuesOf(3).slice(0, values.length))
    }
  }
})

test('no flipped byte of an index changes anything', async () => {
  await using made = await madeLog(3)
  const { log, points } = made
  for (let at = 0; at < points.length; at++) {
    const outcome = await made.left(log, flipped(points, at))
    expect(outcome, `byte ${at}`).toMatchObject({ values: valuesOf(3), mark: 'mark 2', said: [] })
  }
})

test('damage in an earlier segment is named when it is read; the records before and behind it can be read', async () => {
  await using folder = temporaryFolder()
  const options = { segmentBytes: 600 }
  {
    await using bus = await ownEmbedded(folder.path, options)
    const topic = await bus.topic('t', 1)
    for (let i = 0; i < 20; i++) await topic.append(0, appendOf(linesOf(`${i}`.padEnd(100))))
  }
  const second = join(folder.path, 'topics/t-0/00000000000000000003.log')
  expect(existsSync(second)).toBe(true)
  const whole = readFileSync(second)
  for (const [bytes, nature] of [
    [flipped(whole, 100), /byte 0 \(offset 3\): the checksum/],
    [whole.subarray(0, -1), /cut short/],
    [whole.subarray(0, whole.length / 3), /the segment ends, though the next one begins at 6/],
  ] as const) {
    writeFileSync(second, bytes)
    await using bus = await ownEmbedded(folder.path, options)
    const topic = await bus.topic('t', 1)
    expect((await topic.read(0, 2, 1000))?.values.count).toBe(1)
    await expect(readAll(topic, 0)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringMatching(nature) })
    expect((await topic.read(0, 6, 1000))?.baseOffset).toBe(6)
  }
})

test('a topic that cannot be opened leaves no file open', async () => {
  await using folder = temporaryFolder()
  {
    await using bus = await ownEmbedded(folder.path)
    for (const partition of [0, 1]) await (await bus.topic('t', 2)).append(partition, appendOf(linesOf('a')))
  }
  const log = join(folder.path, 'topics/t-1/00000000000000000000.log')
  const whole = readFileSync(log)
  const opened = new Set<string>()
  const disk: Disk = {
    ...hastyDisk,
    open(path, access) {
      const file = hastyDisk.open(path, access)
      opened.add(path)
      return {
        ...file,
        close() {
          opened.delete(path)
          file.close()
        },
      }
    },
  }
  for (const spoilt of [whole.subarray(0, 20), Buffer.alloc(whole.length), undefined]) {
    if (spoilt === undefined) rmSync(log)
    else writeFileSync(log, spoilt)
    await using bus = await ownEmbedded(folder.path, { disk })
    await expect(bus.topic('t', 2)).rejects.toMatchObject({ code: 'corrupt' })
    expect([...opened]).toEqual([])
  }
})
