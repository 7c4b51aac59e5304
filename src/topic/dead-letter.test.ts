import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { seededRandom } from '../base/random.ts'
import { appendOf, linesOf, readAll } from '../bus/appends.test-tool.ts'
import type { Bus, Fetched } from '../bus/bus.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { appendForeign, foreignOf, memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { hastyDisk, temporaryFolder } from '../data/data-folder.test-tool.ts'
import { recordsOf } from '../record/records.ts'
import type { DeadCheckpoint } from './checkpoint.ts'
import { openDeadLetters } from './dead-letter.ts'
import type { DeadLetter } from './letter.ts'
import { lettersOf } from './letters.test-tool.ts'

/** Reports record 0 as a reader does that starts from the beginning. */
async function report(bus: Bus, before: DeadCheckpoint | undefined): Promise<DeadCheckpoint> {
  const origin = await bus.topic('t', 1)
  const dead = await openDeadLetters('t', await bus.topic('t.dead', 1), before, systemClock)
  const fetched = await origin.read(0, 0, 1000)
  if (fetched === undefined) throw new Error('the record is there')
  dead.undecodable(0, fetched, [{ record: 0, byte: 3, reason: 'broken' }])
  return dead.place()
}

// Holds dead-letter.
test('a letter is written once, though a run that wrote it and one that had not come to it again were killed', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  await (await bus.topic('t', 1)).append(0, appendOf(linesOf('a broken line')))
  const letters = async () => (await readAll(await bus.topic('t.dead', 1), 0)).map(({ value }) => JSON.parse(value))
  await report(bus, undefined) // Killed before its checkpoint.
  const second = await openDeadLetters('t', await bus.topic('t.dead', 1), undefined, systemClock)
  const atStart = await second.place() // Killed just after its first checkpoint.
  const third = await report(bus, JSON.parse(JSON.stringify(atStart)) as DeadCheckpoint)
  expect(third).toEqual({ ends: { 0: 1 }, decodedTo: { 0: 1 }, known: {} })
  expect(await letters()).toMatchObject([{ kind: 'format', offset: 0, byte: 3, record: 'a broken line' }])
})

test('letters are known again between NULL values and gaps, as another program leaves them', async () => {
  const store = memoryStore()
  const bus = openMemoryBus(store, { random: seededRandom(1) })
  await (await bus.topic('t', 1)).append(0, appendOf(linesOf('a broken line')))
  await bus.topic('t.dead', 1)
  const leave = () => appendForeign(store, ['t.dead', 0], foreignOf(null), 2)
  leave()
  await report(bus, undefined)
  leave()
  expect(await report(bus, undefined)).toEqual({ ends: { 0: 7 }, decodedTo: { 0: 1 }, known: {} })
})

const MINUTE = 60_000
const line = (offset: number) => `line ${offset} of a log, about as long as one of an access log is, so eighty bytes`

/** Late rows of a query at these offsets, reported as a reader does: batch by batch, with a flush behind each. */
async function reportLate(
  bus: Bus,
  before: DeadCheckpoint | undefined,
  { to, batch }: { readonly to: number; readonly batch: number },
) {
  const dead = await openDeadLetters('t', await bus.topic('t.dead', 1), before, systemClock)
  for (let from = 0; from < to; from += batch) {
    const count = Math.min(batch, to - from)
    const fetched = {
      baseOffset: from,
      values: recordsOf(Array.from({ length: count }, (_, i) => line(from + i))),
      lastTimestamp: MINUTE,
    } as Fetched
    const late = { watermark: 1e12, lateMs: 0, windows: 1, from: 0, to: MINUTE, counted: 0 }
    for (let origin = 0; origin < count; origin++) {
      // As the engine does: one object for all rows.
      late.lateMs = 1 + ((from + origin) % 1000)
      dead.row('q', { kind: 'late', scan: 0, partition: 0, origin, late }, fetched)
    }
    dead.flush()
  }
  return dead
}

const placesOf = async (bus: Bus): Promise<readonly number[]> =>
  lettersOf((await readAll(await bus.topic('t.dead', 1), 0)).map(({ value }) => value)).map(({ offset }) => offset)

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

// Promise late-flood: A flood of late rows writes no more bytes for each query than it brought.
test('of late rows the first of a minute are kept whole, the others by place, in fewer bytes than they brought', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const dead = await reportLate(bus, undefined, { to: 10_000, batch: 100 })
  expect(dead.tally.lateOf('q')).toMatchObject({ rows: 10_000, greatestMs: 1000 })
  await dead.settled()
  const letters = await bus.topic('t.dead', 1)
  expect(await placesOf(bus)).toEqual(upTo(10_000))
  const whole = (await readAll(letters, 0)).map(({ value }) => JSON.parse(value)).filter(({ record }) => record)
  expect(whole.map(({ offset, record }) => [offset, record])).toEqual(upTo(5).map((offset) => [offset, line(offset)]))
  expect(await letters.bytes(0)).toBeLessThan(10_000 * line(0).length)
})

// Promise late-once: A late row has one dead letter, through kill -9 at any moment and with another size of batches.
test('late rows that a run after a kill meets again are neither written nor counted twice', async () => {
  for (const [first, second] of [
    [100, 7],
    [7, 100],
  ] as const) {
    await using folder = temporaryFolder()
    await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
    const killed = await reportLate(bus, undefined, { to: 500, batch: first })
    await killed.settled() // Durable, but no checkpoint says so.
    const lost = await reportLate(bus, undefined, { to: 700, batch: second })
    expect(lost.tally.count('late')).toBe(200)
    // What was only in memory is gone with the process, and is met again.
    const there = (await placesOf(bus)).length
    expect(there).toBeLessThan(700)
    const last = await reportLate(bus, undefined, { to: 900, batch: first })
    expect(last.tally.count('late')).toBe(900 - there)
    await last.settled()
    expect(await placesOf(bus)).toEqual(upTo(900))
  }
})

// Promise letters-memory: What is known of dead letters after a kill takes memory by queries and partitions, not by letters.
test('a checkpoint after a restart keeps a few numbers of letters that will be met again', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  await (await reportLate(bus, undefined, { to: 3000, batch: 100 })).settled()
  const again = await openDeadLetters('t', await bus.topic('t.dead', 1), undefined, systemClock)
  const kept = JSON.parse(JSON.stringify(await again.place())) as DeadCheckpoint
  expect(kept.known).toEqual({ 'late q 0 0': [2999, 1] })
  expect((await reportLate(bus, kept, { to: 3001, batch: 100 })).tally.count('late')).toBe(1)
  const anew = await openDeadLetters('t', await bus.topic('t.dead', 1), kept, systemClock)
  anew.anew('q')
  expect((await anew.place()).known).toEqual({})
})

test('letters that version 0.1 left are known: late rows were whole, and a checkpoint named each letter', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const old = (offset: number) =>
    JSON.stringify({ kind: 'late', reason: '1 s late', topic: 't', partition: 0, offset, query: 'q', record: 'x' })
  const letters = await bus.topic('t.dead', 1)
  await letters.append(0, appendOf(linesOf(old(0), old(1), old(2))))
  const before = { ends: { 0: 2 }, decodedTo: { 0: 2 }, unmet: { 'late q 0 0 ': 1, 'late q 0 1 ': 1 } }
  expect((await reportLate(bus, before, { to: 4, batch: 2 })).tally.count('late')).toBe(1)
})

/** Late rows of no one record, as those that were counted together are. */
async function reportMerged(bus: Bus, count: number) {
  const dead = await openDeadLetters('t', await bus.topic('t.dead', 1), undefined, systemClock)
  const late = { watermark: 1e12, lateMs: 5, windows: 1, from: 0, to: MINUTE, counted: 0 }
  for (let row = 0; row < count; row++) {
    dead.row('q', { kind: 'late', scan: 0, partition: 0, origin: -1, late }, undefined)
  }
  await dead.settled()
  return dead.tally.count('late')
}

// Holds late-once.
test('late rows of no one record are counted: after a restart each that has a letter is known', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  expect(await reportMerged(bus, 3)).toBe(3)
  expect(await reportMerged(bus, 3)).toBe(0)
  expect(await reportMerged(bus, 5)).toBe(2)
  expect(await reportMerged(bus, 5)).toBe(0)
  expect(await placesOf(bus)).toEqual([-1, -1, -1, -1, -1])
})

test('what a tick made late is known by a field of its letter, and in letters of version 0.1 by their words', async () => {
  const late = { watermark: 1e12, lateMs: 5, windows: 1, from: 0, to: MINUTE, counted: 0 }
  const fetched = { baseOffset: 0, values: recordsOf([line(0), line(1)]), lastTimestamp: MINUTE } as Fetched
  const meet = async (bus: Bus) => {
    const dead = await openDeadLetters('t', await bus.topic('t.dead', 1), undefined, systemClock)
    for (const byTick of [true, false]) {
      dead.row('q', { kind: 'late', scan: 0, partition: 0, origin: byTick ? 0 : 1, late }, fetched, byTick)
    }
    await dead.settled()
    return dead.tally.count('late')
  }
  await using first = temporaryFolder()
  await using bus = await ownEmbedded(first.path, { disk: hastyDisk, clock: systemClock })
  expect(await meet(bus)).toBe(2)
  const letters = (await readAll(await bus.topic('t.dead', 1), 0)).map(({ value }) => JSON.parse(value))
  expect(letters.map(({ by_tick }) => by_tick)).toEqual([true, undefined])
  const leave = async (dataFolder: string, change: (letter: DeadLetter) => unknown) => {
    await using other = await ownEmbedded(dataFolder, { disk: hastyDisk, clock: systemClock })
    const texts = letters.map((letter) => JSON.stringify(change(letter)))
    await (await other.topic('t.dead', 1)).append(0, appendOf(linesOf(...texts)))
    return meet(other)
  }
  await using reworded = temporaryFolder()
  expect(await leave(reworded.path, (letter) => ({ ...letter, reason: 'in other words' }))).toBe(0)
  await using old = temporaryFolder()
  expect(await leave(old.path, ({ by_tick: _, ...letter }) => letter)).toBe(0)
})
