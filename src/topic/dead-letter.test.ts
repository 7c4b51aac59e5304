import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { seededRandom } from '../base/random.ts'
import { appendOf, linesOf, readAll } from '../bus/appends.test-tool.ts'
import type { Bus } from '../bus/bus.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { appendForeign, foreignOf, memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { hastyDisk, temporaryFolder } from '../data/data-folder.test-tool.ts'
import type { DeadCheckpoint } from './checkpoint.ts'
import { openDeadLetters } from './dead-letter.ts'

/** Reports record 0 as a reader does that starts from the beginning. */
async function report(bus: Bus, before: DeadCheckpoint | undefined): Promise<DeadCheckpoint> {
  const origin = await bus.topic('t', 1)
  const dead = await openDeadLetters('t', await bus.topic('t.dead', 1), before, systemClock)
  const fetched = await origin.read(0, 0, 1000)
  if (fetched === undefined) throw new Error('the record is there')
  dead.undecodable(0, fetched, [{ record: 0, byte: 3, reason: 'broken' }])
  return dead.place()
}

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
