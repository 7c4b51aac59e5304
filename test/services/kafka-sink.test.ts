/** The sink `kafka` on a real broker: each record is there once, in the partition that other producers give its key. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Kafka as Kafkajs, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { BusReader } from '../../src/bus/bus.ts'
import { readKafka } from '../../src/bus/kafka/kafka.ts'
import { recordText } from '../../src/record/records.ts'
import { kafka } from '../../src/sink/kafka/kafka.ts'
import type { Sink, SinkType } from '../../src/sink/sink.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { deliveryOf } from '../contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../contract/sink.ts'
import { PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 300_000
/** The sinks that are open, by their topics. */
const alive = new Map<string, Sink>()

/**
 * The sink, of which one is alive for a topic: a process that was killed sends nothing any more. Its client waits for brokers by a clock
 * on which time passes: that of the contracts jumps, and sleeping takes none of it.
 */
const type: SinkType = {
  ...kafka,
  async open(options, context) {
    const { topic } = options as { readonly topic: string }
    await alive.get(topic)?.[Symbol.asyncDispose]()
    const sink = await kafka.open(options, { ...context, clock: systemClock })
    const open: Sink = {
      ...sink,
      async [Symbol.asyncDispose]() {
        if (alive.get(topic) !== open) return
        alive.delete(topic)
        await sink[Symbol.asyncDispose]()
      },
    }
    alive.set(topic, open)
    return open
  },
}
const RUNS = 3
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
const run = promisify(execFile)
const lacking = await isMissing('Kafka', () => installedJars('kafka'))

describe.skipIf(lacking)('a real broker', { timeout: LIMIT_MS }, () => {
  let server: Kafka
  let reader: BusReader
  beforeAll(async () => {
    server = await startKafka({ settings: PATIENT })
    const options = { tls: false, client_id: 'reader', prefix: '', compression: 'none' } as const
    const context = { folder: '.', clock: systemClock, random: seededRandom(1), warn: () => undefined }
    reader = await readKafka({ ...options, brokers: server.bootstrap.split(',') }, context)
  }, LIMIT_MS)
  afterAll(async () => {
    for (const sink of alive.values()) await sink[Symbol.asyncDispose]()
    await reader?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  /** The records of each partition, as `KEY VALUE`; a key that is not there is `-`. */
  async function recordsIn(name: string): Promise<string[][]> {
    if (!(await reader.topics()).some((topic) => topic.name === name)) return []
    const topic = await reader.reader(name)
    return Promise.all(
      Array.from({ length: topic.partitions }, async (_, partition) => {
        const found: string[] = []
        for (let offset = topic.bounds(partition).start; offset < topic.bounds(partition).end; ) {
          const fetched = await topic.read(partition, offset, 1 << 20)
          if (fetched === undefined) break
          const { values, keys, next } = fetched
          for (let row = 0; row < values.count; row++) {
            found.push(`${keys === undefined ? '-' : recordText(keys, row)} ${recordText(values, row)}`)
          }
          offset = next
        }
        return found
      }),
    )
  }
  const valuesIn = async (name: string): Promise<string[]> =>
    (await recordsIn(name)).flat().map((record) => record.slice(record.indexOf(' ') + 1))

  let topics = 0
  async function target(options: object = {}): Promise<SinkTarget> {
    const topic = `sink${topics++}`
    return {
      options: { brokers: server.bootstrap, topic, partitions: 3, ...options },
      folder: await makeFolder(),
      stored: async () => (await valuesIn(topic)).map((value) => JSON.parse(value).text),
    }
  }

  describe('json', () => sinkContract(type, 'rows', () => target(), RUNS))
  describe('with a key', () => sinkContract(type, 'rows', () => target({ key: 'text', compression: 'zstd' }), RUNS))
  describe('delivered', () => deliveredSinkContract(type, () => target(), RUNS))

  test('a key is in the partition that another client gives it; NULL and no key go round', async () => {
    const { options, folder } = await target({ key: 'text', partitions: 7 })
    const { topic } = options as { topic: string }
    const words = Array.from({ length: 200 }, (_, i) => 'x'.repeat(i % 9) + i)
    await using sink = await openSinkAt(type, { options, folder })
    await sink.write(
      deliveryOf(
        0,
        0,
        words.map((text) => ({ text, time: 0 })),
      ),
    )
    const client = new Kafkajs({ brokers: server.bootstrap.split(','), logLevel: logLevel.NOTHING })
    const producer = client.producer()
    await producer.connect()
    await client.admin().createTopics({ topics: [{ topic: `${topic}-theirs`, numPartitions: 7 }] })
    await producer.send({ topic: `${topic}-theirs`, messages: words.map((key) => ({ key, value: 'v' })) })
    await producer.disconnect()
    const keysOf = async (name: string) =>
      (await recordsIn(name)).map((records) => records.map((one) => one.split(' ')[0]))
    expect(await keysOf(topic)).toEqual(await keysOf(`${topic}-theirs`))
  })

  test('a record that is too long is refused, and the others are there', async () => {
    const { options, folder } = await target({ partitions: 1, compression: 'none' })
    await using sink = await openSinkAt(type, { options, folder })
    const long = 'x'.repeat(9 << 20)
    const refusal = await sink.write(
      deliveryOf(
        0,
        0,
        ['a', long, 'b'].map((text) => ({ text, time: 0 })),
      ),
    )
    expect(refusal).toMatchObject({
      kind: 'rows',
      rows: [{ row: 1, reason: expect.stringMatching(/the topic takes/) }],
    })
    const texts = (await valuesIn((options as { topic: string }).topic)).map((value) => JSON.parse(value).text)
    expect(texts).toEqual(['a', 'b'])
  })

  test('a topic that is not there is made, or named', async () => {
    const { options, folder } = await target({ create: false })
    await expect(openSinkAt(type, { options, folder })).rejects.toThrow(
      /there is no topic sink\d+ at .*, and create is false/,
    )
    await expect(type.connect?.(type.options.parse(options), CONTEXT)).rejects.toThrow(/create is false/)
    const made = { ...(options as object), create: true, partitions: 5 }
    {
      await using _ = await openSinkAt(type, { options: made, folder })
    }
    const look = await type.connect?.(type.options.parse(made), CONTEXT)
    const other = type.options.parse({ ...made, partitions: 6 })
    await expect(type.connect?.(other, CONTEXT)).rejects.toThrow(/^topic sink\d+ has 5 partitions on Kafka, not 6$/)
    expect(look?.found).toMatch(/^topic sink\d+ at .*, 5 partitions$/)
  })

  // Promise kafka-sink-once: The sink `kafka` leaves each record once in its topic, after any crash and lost answer.
  test('a pipeline that is killed again and again leaves each row once, as kcat reads it', async () => {
    const lines = 40_000
    const folder = await makeFolder()
    await writeFile(join(folder, 'in.log'), Array.from({ length: lines }, (_, i) => `${i}\n`).join(''))
    await writeFile(
      join(folder, 'p.yaml'),
      `version: 1
name: killed
checkpoint: { interval: 200ms }
sources: { lines: { file: in.log, to: all } }
topics: { all: { partitions: 2, format: lines } }
sinks:
  out: { from: all, kafka: { brokers: "${server.bootstrap}", topic: killed, key: line, partitions: 3 }, batch: { rows: 500 } }
`,
    )
    const start = () =>
      spawn(process.execPath, [PROGRAM, 'run', 'p.yaml', '--until-end'], { cwd: folder, stdio: 'ignore' })
    let kills = 0
    for (let goal = 1000; goal < lines; goal += 9000) {
      if (await diesWith(start(), goal)) break
      kills++
    }
    expect(kills).toBeGreaterThan(1)
    const [code] = await once(start(), 'exit')
    expect(code).toBe(0)
    const [address] = server.bootstrap.split(',') as [string]
    const { stdout } = await run('kcat', ['-C', '-b', address, '-t', 'killed', '-e', '-q', '-f', '%k %s\n'], {
      maxBuffer: 1 << 26,
    })
    const found = stdout.trimEnd().split('\n').sort()
    expect(found).toEqual(Array.from({ length: lines }, (_, i) => `${i} {"line":"${i}"}`).sort())
  })

  /** Kills a run once the topic has this many records; true: it has ended before. */
  async function diesWith(child: ChildProcess, goal: number): Promise<boolean> {
    const exited = once(child, 'exit')
    while (child.exitCode === null && (await countIn('killed')) < goal) await sleep(5)
    const hasEnded = child.exitCode !== null
    child.kill('SIGKILL')
    await exited
    return hasEnded
  }

  async function countIn(name: string): Promise<number> {
    if (!(await reader.topics()).some((topic) => topic.name === name)) return 0
    const topic = await reader.reader(name)
    return Array.from({ length: topic.partitions }, (_, i) => topic.bounds(i).end).reduce((sum, end) => sum + end, 0)
  }
})

const CONTEXT = {
  pipeline: 'p',
  from: 'topic',
  topic: 'topic',
  partitions: 2,
  rowtime: undefined,
  fields: [],
  rowKey: undefined,
  rowKeyParts: undefined,
  timezone: 'UTC',
  folder: '.',
  clock: systemClock,
}
