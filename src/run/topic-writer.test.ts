import { expect, test } from 'vitest'
import { keptTopic } from '../../test/sim/kept-topic.ts'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { makeRecords } from '../record/lines-split.ts'
import { linesWithin } from '../record/lines-within.ts'
import { openTopicWriter } from './topic-writer.ts'

const linesOf = (text: string) =>
  linesWithin(Buffer.from(text), { limit: 100, tooLong: () => {}, position: 0 }, makeRecords(1))

test('a source whose lines could not be kept gets the failure, and waits no more', async () => {
  const failing = { ...keptTopic(1), append: () => Promise.reject(new Error('the disk is gone')) }
  const writer = await openTopicWriter(failing, systemClock)
  const delivered = writer.deliver('input')(linesOf('one\n'), { line: 1 })
  expect(writer.atRest()).toBe(false)
  await delivered.catch(() => undefined)
  await expect(writer.deliver('input')(linesOf('two\n'), { line: 2 })).rejects.toThrow('the disk is gone')
  expect(writer.atRest()).toBe(true)
})

// Promise in-flight: Lines that are read and not yet durable are limited; a source waits.
test('a topic is not at rest while lines are on their way into it', async () => {
  const kept = Promise.withResolvers<number>()
  const writer = await openTopicWriter({ ...keptTopic(1), append: () => kept.promise }, systemClock)
  await writer.deliver('input')(linesOf('one\n'), { line: 1 })
  expect(writer.atRest()).toBe(false)
  kept.resolve(0)
  await writer.settled()
  expect(writer.atRest()).toBe(true)
})

// Promise: A source learns when its lines are durable, and not only that they were taken over, so it can acknowledge them then.
test('lines are delivered before they are durable, and a source learns both', async () => {
  const kept = Promise.withResolvers<number>()
  const writer = await openTopicWriter({ ...keptTopic(2), append: () => kept.promise }, systemClock)
  const told: string[] = []
  const appended = (durable: Promise<void>) => void durable.then(() => told.push('durable'))
  await writer.deliver('input')(linesOf('one\ntwo\n'), { line: 2 }, { partition: 1, appended })
  told.push('delivered')
  await new Promise(setImmediate)
  expect(told).toEqual(['delivered'])
  kept.resolve(0)
  await writer.settled()
  expect(told).toEqual(['delivered', 'durable'])
  const failing = await openTopicWriter(
    { ...keptTopic(1), append: () => Promise.reject(new Error('the disk is gone')) },
    systemClock,
  )
  const lost = Promise.withResolvers<void>()
  await failing
    .deliver('input')(linesOf('one\n'), { line: 1 }, { partition: 0, appended: (durable) => lost.resolve(durable) })
    .catch(() => undefined)
  await expect(lost.promise).rejects.toThrow('the disk is gone')
})

test('a place that the bus refuses as too long is explained by its source', async () => {
  const refused = new Failure('limit', 'a position of 70000 bytes is longer than the 65536 that the log keeps')
  const refusing = { ...keptTopic(1), append: () => Promise.reject(refused) }
  const writer = await openTopicWriter(refusing, systemClock)
  await writer.deliver('many')(linesOf('one\n'), { line: 1, files: 'x'.repeat(70_000) })
  await expect(writer.settled()).rejects.toThrow('the place of source many is longer than the 64 KiB')
})
