/**
 * A pipeline's topics and queries at work, without sources and sinks: a test appends to partitions as it likes and owns the
 * time. `settle` waits until everything appended was read and everything put out is durable.
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/base/clock.ts'
import type { Disk } from '../../src/base/disk/disk.ts'
import { openFullDisk } from '../../src/base/disk/full-disk.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import type { Bus, Topic } from '../../src/bus/bus.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import type { CheckedPipeline } from '../../src/pipeline/checked.ts'
import { groupOf } from '../../src/pipeline/group.ts'
import { recordsOf } from '../../src/record/records.ts'
import { openCheckpointer, readCheckpoint } from '../../src/run/checkpoint-file.ts'
import { closeWindows, openQueries } from '../../src/runner/open-queries.ts'
import { type OpenTopic, openTopics, topicOf } from '../../src/runner/open-topics.ts'
import type { Reset } from '../../src/runner/reset.ts'
import { openTopicClocks } from '../../src/runner/topic-clocks.ts'
import type { Latency } from '../../src/topic/latency.ts'
import { checkedText } from '../run/in-process.ts'

export type TestClock = Clock & {
  advance(milliseconds: number): void
  jump(milliseconds: number): void
  /** How much longer each sleeper sleeps, ms. */
  sleeping(): readonly number[]
}

/** Time moves when it is told to; `jump` moves the wall clock alone, as an administrator does. */
export function testClock(wallStart: number = Date.UTC(2026, 0, 1)): TestClock {
  let elapsed = 0
  let wall = wallStart
  const sleeping = new Set<{ readonly until: number; wake(): void }>()
  return {
    now: () => wall,
    elapsed: () => elapsed,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          sleeping.delete(sleeper)
          reject(signal?.reason)
        }
        const wake = () => {
          sleeping.delete(sleeper)
          signal?.removeEventListener('abort', stop)
          resolve()
        }
        const sleeper = { until: elapsed + milliseconds, wake }
        sleeping.add(sleeper)
        if (signal?.aborted) stop()
        else signal?.addEventListener('abort', stop, { once: true })
      }),
    advance(milliseconds) {
      elapsed += milliseconds
      wall += milliseconds
      for (const sleeper of [...sleeping]) if (sleeper.until <= elapsed) sleeper.wake()
    },
    jump(milliseconds) {
      wall += milliseconds
    },
    sleeping: () => [...sleeping].map(({ until }) => until - elapsed),
  }
}

export type Starting = {
  /** If not given, one of its own, removed at the end. */
  readonly folder?: string
  readonly text: string
  readonly disk?: Disk
  /** What CURRENT_TIMESTAMP is. */
  readonly now?: number
  readonly clock?: TestClock
  readonly reset?: ReadonlyMap<string, Reset>
  /** Instead of the embedded bus in the folder. */
  readonly bus?: Bus
  atRest?(): boolean
}

export type Running = {
  /** Appends records to a partition of a topic. */
  append(topic: string, partition: number, records: readonly string[]): Promise<void>
  /** Appends ticks as they were written by another run. */
  appendTicks(topic: string, partition: number, ticks: readonly string[]): Promise<void>
  settle(): Promise<void>
  /** Moves time on in small steps, and lets everything happen that is due at each. */
  pass(milliseconds: number, step?: number): Promise<void>
  checkpoint(): Promise<void>
  latency(query: string): Latency | undefined
  /** Closes all windows, as the end of the input does. */
  end(): void
  /** Keys and values of a topic of the bus, by partition; without the second partition and so on where there is one. */
  records(topic: string): Promise<readonly (readonly string[])[]>
  /** Stops it; `await using` does the same. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
  topic(name: string): OpenTopic
  /** How many records a partition has. */
  count(topic: string, partition: number): Promise<number>
}

export async function startQueries({
  folder: own,
  text,
  disk = nodeDisk,
  now = 0,
  clock = testClock(),
  reset = new Map(),
  bus: given,
  atRest = () => true,
}: Starting): Promise<Running> {
  const place = own === undefined ? temporaryFolder() : { path: own, [Symbol.dispose]() {} }
  const folder = place.path
  const pipeline = checkedText(text, folder, now)
  const bus = given ?? (await ownEmbedded(folder, { disk, clock }))
  await disk.mkdir(folder)
  try {
    const quiet = given === undefined ? 6 : 40
    const running = await start(pipeline, bus, { folder, disk, clock, reset, atRest, quiet })
    const stop = () => running.stop().finally(() => place[Symbol.dispose]())
    return { ...running, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await bus[Symbol.asyncDispose]()
    place[Symbol.dispose]()
    throw error
  }
}

async function start(
  pipeline: CheckedPipeline,
  bus: Bus,
  options: Required<Omit<Starting, 'text' | 'now' | 'bus'>> & { readonly quiet: number },
): Promise<Omit<Running, typeof Symbol.asyncDispose>> {
  const { folder, disk, clock, reset, atRest, quiet } = options
  const fullDisk = openFullDisk({ folder, clock, giveUp: new AbortController().signal, tell() {} })
  const before = readCheckpoint(disk, folder)
  const topics = await openTopics(pipeline, { bus, checkpoint: before, clock, warn() {} })
  const opened = openQueries({ pipeline, topics, checkpoint: before, reset, clock })
  const checkpoints = openCheckpointer(
    () => ({ group: (kind, name) => groupOf(pipeline, kind, name), before, opened, topics, deliveries: [] }),
    before,
    { clock, disk, fullDisk, dataFolder: folder, bus },
  )
  const clocks = openTopicClocks({ pipeline, topics, readers: opened.readers, clock, atRest }).run()
  const parts = Promise.all([clocks, ...opened.readers.map((reader) => reader.run())])
  let failure: unknown
  parts.catch((error: unknown) => {
    failure = error
  })
  const isRead = () =>
    opened.readers.every((reader) => {
      const { topic } = topicOf(topics, reader.topic)
      return Array.from({ length: topic.partitions }).every((_, p) => reader.offset(p) === topic.bounds(p).end)
    })
  const settle = async () => {
    // Turns of the event loop until nothing is left to read: the last rows may be the input of another query.
    for (let calm = 0; calm < quiet; calm++) {
      await setImmediate()
      if (failure !== undefined) throw failure
      for (const { result } of opened.queries) await result.settled()
      for (const { dead, ticks } of topics.values()) {
        await dead.settled()
        await ticks?.settled()
      }
      if (!isRead()) calm = 0
    }
  }
  const append = async (topic: Topic, partition: number, records: readonly string[]) => {
    if (records.length === 0) return
    const appended = { values: recordsOf(records), keys: undefined, timestamp: clock.now(), position: undefined }
    await topic.append(partition, appended)
  }
  return {
    append: (topic, partition, records) => append(topicOf(topics, topic).topic, partition, records),
    async appendTicks(name, partition, ticks) {
      const { topic } = topicOf(topics, name)
      await append(await bus.topic(`${topic.name}.ticks`, topic.partitions), partition, ticks)
    },
    settle,
    async pass(milliseconds, step = 100) {
      for (let passed = 0; passed < milliseconds; passed += step) {
        clock.advance(Math.min(step, milliseconds - passed))
        await settle()
      }
    },
    checkpoint: () => checkpoints.take(),
    latency: (name) => opened.queries.find((query) => query.name === name)?.tally.latency.summary(),
    end() {
      for (const query of opened.queries) closeWindows(query, topics.values())
    },
    records: (name) => readRecords(bus, name),
    topic: (name) => topicOf(topics, name),
    count: async (topic, partition) => (await readAll(topicOf(topics, topic).topic, partition)).length,
    async stop() {
      for (const { ended } of topics.values()) ended.abort()
      await parts
      await bus[Symbol.asyncDispose]()
    },
  }
}

async function readRecords(bus: Bus, name: string): Promise<readonly (readonly string[])[]> {
  const found = (await bus.topics()).find((topic) => topic.name === name)
  if (found === undefined) return []
  const topic = await bus.topic(name, found.partitions)
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => readAll(topic, partition))
  return (await Promise.all(partitions)).map((records) =>
    records.map(({ value }) => Buffer.from(value, 'latin1').toString()),
  )
}
