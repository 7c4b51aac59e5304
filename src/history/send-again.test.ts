import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import { seededRandom } from '../base/random.ts'
import { appendOf, linesOf, markOf, readAll } from '../bus/appends.test-tool.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { appendForeign, foreignOf, memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import { hastyDisk, temporaryFolder } from '../data/data-folder.test-tool.ts'
import { recordsOf } from '../record/records.ts'
import type { DeadLetter, PlacedLetter } from '../topic/letter.ts'
import { recordsSentAgain, sendAgain, sentBefore } from './send-again.ts'

const LINES = ['good', 'bad 1', 'bad 2', 'good too', 'bad 3']

/** A letter that has only a part of its record. */
const letterOf = (offset: number): DeadLetter => {
  return { kind: 'format', reason: 'broken', topic: 't', partition: 0, offset, record: 'b' }
}

/** Three dead letters in their topic. */
async function setUp(dataFolder: string): Promise<readonly PlacedLetter[]> {
  await using bus = await ownEmbedded(dataFolder, { disk: hastyDisk, clock: systemClock })
  await (await bus.topic('t', 1)).append(0, appendOf(linesOf(...LINES), 5, 'place of a source'))
  const letters = [1, 2, 4].map(letterOf)
  await (await bus.topic('t.dead', 1)).append(0, appendOf(linesOf(...letters.map((letter) => JSON.stringify(letter)))))
  return letters.map((letter, offset) => ({ letter, partition: 0, offset, arrived: 0 }))
}

async function send(dataFolder: string, letters: readonly PlacedLetter[], disk: Disk = hastyDisk) {
  await using bus = await ownEmbedded(dataFolder, { disk, clock: systemClock })
  return await sendAgain('t', letters, { disk, dataFolder, bus, now: 9 })
}

async function valuesOf(dataFolder: string): Promise<readonly string[]> {
  await using bus = await ownEmbedded(dataFolder, { disk: hastyDisk, clock: systemClock })
  const topic = await bus.topic('t', 1)
  expect(await markOf(topic, 0)).toBe('place of a source')
  return (await readAll(topic, 0)).map(({ value }) => value)
}

// Promise send-again: A record that is sent again is sent once, through any crash.
test('the whole records come again, once, and the place of the source stays', async () => {
  await using folder = temporaryFolder()
  const letters = await setUp(folder.path)
  expect(sentBefore(hastyDisk, folder.path, 't')(letters[0] as PlacedLetter)).toBe(false)
  expect(await send(folder.path, letters.slice(0, 2))).toEqual({ sent: 2, gone: 0, earlier: 0 })
  expect(letters.map(sentBefore(hastyDisk, folder.path, 't'))).toEqual([true, true, false])
  expect(await send(folder.path, letters)).toEqual({ sent: 1, gone: 0, earlier: 2 })
  expect(recordsSentAgain(hastyDisk, folder.path, 't').get(0)).toEqual([1, 3, 4, 5])
  expect(await send(folder.path, letters)).toEqual({ sent: 0, gone: 0, earlier: 3 })
  expect(await valuesOf(folder.path)).toEqual([...LINES, 'bad 1', 'bad 2', 'bad 3'])
})

test('a record keeps its key: it may say which file the line is from', async () => {
  await using folder = temporaryFolder()
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(1) })
  const topic = await bus.topic('t', 1)
  const keys = recordsOf(['', '/var/log/a.log'])
  await topic.append(0, { values: recordsOf(['bad 0', 'bad 1']), keys, timestamp: 5, position: undefined })
  const letters = [0, 1].map((offset) => ({ letter: letterOf(offset), partition: 0, offset, arrived: 0 }))
  await sendAgain('t', letters, { disk: hastyDisk, dataFolder: folder.path, bus, now: 9 })
  expect((await readAll(topic, 0)).slice(2)).toMatchObject([
    { key: '', value: 'bad 0', time: 9 },
    { key: '/var/log/a.log', value: 'bad 1', time: 9 },
  ])
})

test('a record that is gone from the midst of its partition is not sent, nor is the one behind it', async () => {
  await using folder = temporaryFolder()
  const store = memoryStore()
  const bus = openMemoryBus(store, { random: seededRandom(1) })
  const topic = await bus.topic('t', 1)
  appendForeign(store, ['t', 0], foreignOf('bad 0', null), 2)
  appendForeign(store, ['t', 0], foreignOf('behind the gap'))
  await topic.refresh()
  const letters = [0, 1, 2].map((offset) => ({ letter: letterOf(offset), partition: 0, offset, arrived: 0 }))
  const sent = await sendAgain('t', letters, { disk: hastyDisk, dataFolder: folder.path, bus, now: 9 })
  expect(sent).toEqual({ sent: 1, gone: 2, earlier: 0 })
  expect((await readAll(topic, 0)).at(-1)).toMatchObject({ offset: 5, value: 'bad 0' })
})

test('offsets that a file of an earlier version lists are known, and the file is of ranges then', async () => {
  await using folder = temporaryFolder()
  const letters = await setUp(folder.path)
  const file = join(folder.path, 'sent-again/t.json')
  mkdirSync(join(folder.path, 'sent-again'))
  await writeChecked(hastyDisk, file, { sent: { 0: [0, 2] }, pending: null })
  expect(letters.map(sentBefore(hastyDisk, folder.path, 't'))).toEqual([true, false, true])
  expect(await send(folder.path, letters)).toEqual({ sent: 1, gone: 0, earlier: 2 })
  expect(readChecked(hastyDisk, file)).toEqual({ ranges: { 0: [0, 3] }, records: { 0: [2, 3] }, pending: null })
})

// Promise send-again-stop: A stop does not wait for dead letters that are sent again; the rest is sent when it is asked for once more.
test('a stop ends it between two appends, letters are asked for as they are sent, and the file stays small', async () => {
  await using folder = temporaryFolder()
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(1) })
  const topic = await bus.topic('t', 1)
  const count = 5000
  await topic.append(0, appendOf(linesOf(...Array.from({ length: count }, (_, i) => `bad ${i}`))))
  const stop = new AbortController()
  const asked: number[] = []
  async function* letters(stopAt: number): AsyncGenerator<PlacedLetter> {
    for (let offset = 0; offset < count; offset++) {
      if (offset === stopAt) stop.abort()
      asked.push(topic.bounds(0).end - count)
      yield { letter: letterOf(offset), partition: 0, offset, arrived: 0 }
    }
  }
  const sending = { disk: hastyDisk, dataFolder: folder.path, bus, now: 9 }
  await expect(sendAgain('t', letters(2500), { ...sending, stop: stop.signal })).rejects.toMatchObject({
    code: 'in-use',
    message: expect.stringContaining('the run is stopping'),
  })
  expect(topic.bounds(0).end).toBe(count + 2000)
  expect(asked.at(-1)).toBe(2000)
  expect(await sendAgain('t', letters(-1), sending)).toEqual({ sent: 3000, gone: 0, earlier: 2000 })
  const values = (await readAll(topic, 0)).slice(count).map(({ value }) => value)
  expect(values).toEqual(Array.from({ length: count }, (_, i) => `bad ${i}`))
  expect(statSync(join(folder.path, 'sent-again/t.json')).size).toBeLessThan(100)
})

// Holds send-again.
test('after a crash before any write, a second try sends the rest', async () => {
  for (let crash = 0, crashed = true; crashed; crash++) {
    await using folder = temporaryFolder()
    const letters = await setUp(folder.path)
    crashed = await send(folder.path, letters, crashingDisk(crash)).then(
      () => false,
      () => true,
    )
    await send(folder.path, letters)
    expect(await valuesOf(folder.path), `crash at ${crash}`).toEqual([...LINES, 'bad 1', 'bad 2', 'bad 3'])
  }
})

/** Refuses every write and rename from one of them on. */
function crashingDisk(after: number): Disk {
  let done = 0
  const check = () => {
    if (done++ >= after) throw new Error('crashed')
  }
  return {
    ...hastyDisk,
    open(path, access) {
      const file = hastyDisk.open(path, access)
      return {
        ...file,
        write(parts, position) {
          check()
          file.write(parts, position)
        },
      }
    },
    rename(from, to) {
      check()
      hastyDisk.rename(from, to)
    },
  }
}
