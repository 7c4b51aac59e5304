import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runSource } from '../../../test/contract/source.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { type Random, seededRandom } from '../../base/random.ts'
import type { Append, Position } from '../../bus/bus.ts'
import { recordText } from '../../record/records.ts'
import { type FilledTopic, openTopicWriter } from '../../run/topic-writer.ts'
import { http } from './http.ts'
import { startTestPopulation } from './population.test-tool.ts'

const PARTITIONS = 3
const ROUNDS = 60

type DurableTopic = FilledTopic & {
  readonly appends: { readonly partition: number; readonly lines: readonly string[] }[]
  /** The process dies in the append after these: its records are durable or not, and nobody hears of it. */
  dieAfter(appends: number, isKept: boolean): void
}

/** A topic that keeps what it has acknowledged, and of the append under way all or nothing. */
function durableTopic(): DurableTopic {
  const positions: (Position | undefined)[] = Array.from({ length: PARTITIONS }, () => undefined)
  const appends: DurableTopic['appends'] = []
  let left = Number.POSITIVE_INFINITY
  let isKept = true
  const keep = (partition: number, { values, position }: Append) => {
    appends.push({ partition, lines: Array.from({ length: values.count }, (_, i) => recordText(values, i)) })
    positions[partition] = structuredClone(position?.at)
  }
  return {
    appends,
    partitions: PARTITIONS,
    maxAppendBytes: Number.POSITIVE_INFINITY,
    dieAfter(count, kept) {
      left = count
      isKept = kept
    },
    async append(partition, append) {
      if (left-- > 0) keep(partition, append)
      else {
        // What is appended to another partition meanwhile may be kept although this one was not.
        if (left < -1 || isKept) keep(partition, append)
        await setImmediate()
        throw new Error('killed')
      }
      return 0
    },
    position: async () => positions,
  }
}

type Feed = { readonly url: string; readonly random: Random; readonly topic: DurableTopic }

/** One life of the source: until it dies in an append, or has polled `polls` times. */
async function live({ random, topic }: Feed, options: object, polls: number): Promise<void> {
  const writer = await openTopicWriter(topic, jumpingClock())
  const stop = new AbortController()
  const deliver = writer.deliver('api')
  const reached = Object.assign([] as undefined[], {
    push(): number {
      if (--polls === 0) stop.abort()
      return 0
    },
  })
  const { place, places } = writer.resume('api', http.replayable)
  const run = {
    place,
    places,
    untilEnd: false,
    random,
    clock: jumpingClock(),
    signal: stop.signal,
    unreachable: reached,
  }
  await runSource(http, options, {
    ...run,
    take: deliver,
    // What the topic says is what counts: the suite would say that it is durable.
    durable: new Promise(() => {}),
  }).catch((error: Error) => {
    if (error.message !== 'killed') throw error
  })
}

// Promise http-once: An `http` source that is killed at any moment goes on so that nothing that it can ask for again is missing or there twice.
test('killed in an append again and again, with faults between: a feed is there once, in order', async () => {
  const random = seededRandom(11)
  const { url, population, fail } = await startTestPopulation()
  const topic = durableTopic()
  const feed: Feed = { url, random, topic }
  const options = {
    url: `${url}/changes`,
    every: '1s',
    query: { limit: 3 },
    records: '$.data[*]',
    pages: { cursor: { from: '$.next', query: 'after' } },
  }
  const faults = ['500', '429', 'cut', 'schema', 'type', 'reset'] as const
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = random.below(8); i > 0; i--) population.change()
    if (random.below(2) === 0) fail(faults[random.below(faults.length)] as (typeof faults)[number])
    topic.dieAfter(random.below(3), random.below(2) === 0)
    await live(feed, options, 3)
  }
  topic.dieAfter(Number.POSITIVE_INFINITY, true)
  await live(feed, options, 3)
  const numbers = topic.appends.flatMap(({ lines }) => lines.map((line) => JSON.parse(line).number as number))
  expect(numbers).toEqual(population.changes().map((_, i) => i + 1))
  expect(topic.appends.map(({ partition }) => partition)).toEqual(topic.appends.map((_, i) => i % PARTITIONS))
})

test('killed in an append again and again: each version of an answer is there once', async () => {
  const random = seededRandom(5)
  // A life may take one answer with it: a server that gives each version twice loses none.
  const { url, served, population } = await startTestPopulation({ every: 4 })
  const topic = durableTopic()
  const options = { url: `${url}/population`, every: '1s' }
  for (let round = 0; round < ROUNDS; round++) {
    topic.dieAfter(random.below(2), random.below(2) === 0)
    await live({ url, random, topic }, options, 3)
  }
  topic.dieAfter(Number.POSITIVE_INFINITY, true)
  await live({ url, random, topic }, options, 3)
  const versions = topic.appends.flatMap(({ lines }) => lines)
  expect(new Set(versions)).toHaveLength(versions.length)
  expect(served().version).toBeGreaterThan(10)
  expect([population.version(), population.version() + 1]).toContain(versions.length)
})
