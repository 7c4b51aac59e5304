/** Runs on a bus whose appends take long: what is not durable yet is counted by nobody. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { Bus, Offsets, Topic } from '../../src/bus/bus.ts'
import { memoryStore, openMemoryBus } from '../../src/bus/memory-bus.test-tool.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { readCheckpoint } from '../../src/run/checkpoint-file.ts'
import { checkedText, runInProcess } from './in-process.ts'

const busWith = (change: (topic: Topic) => Topic) => async (): Promise<Bus> => {
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(2) })
  return { ...bus, topic: async (name, partitions) => change(await bus.topic(name, partitions)) }
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await sleep(5)
}

test('a checkpoint waits for the dead letter of a record that a sink has passed', async () => {
  await using folder = temporaryFolder()
  const dataFolder = join(folder.path, 'data')
  const pipeline = checkedText(
    `version: 1
name: p
checkpoint: { interval: 50ms }
sources: { one: { to: a, file: a.log }, other: { to: b, file: b.log } }
topics:
  a: { format: { json: { columns: { n: BIGINT } } } }
  b: { format: { json: { columns: { n: BIGINT } } } }
sinks: { of_a: { from: a, ndjson: a.out }, of_b: { from: b, ndjson: b.out } }
`,
    folder.path,
  )
  for (const name of ['a.log', 'b.log']) writeFileSync(join(folder.path, name), '')
  const held = { 'a.dead': Promise.withResolvers<void>(), 'b.dead': Promise.withResolvers<void>() }
  const asked: string[] = []
  const openBus = busWith((topic) => ({
    ...topic,
    async append(partition, append) {
      asked.push(topic.name)
      await held[topic.name as keyof typeof held]?.promise
      return topic.append(partition, append)
    },
  }))
  const stop = new AbortController()
  const run = runInProcess(pipeline, { dataFolder, untilEnd: false, stop: stop.signal, openBus })
  const placeOfB = () => readCheckpoint(nodeDisk, dataFolder).sinks.of_b?.offsets[0]
  await until(() => placeOfB() === 0)
  appendFileSync(join(folder.path, 'a.log'), 'nonsense\n')
  await until(() => asked.includes('a.dead'))
  // A checkpoint begins, and waits for the letter of a; meanwhile a letter of b is reported.
  await sleep(100)
  appendFileSync(join(folder.path, 'b.log'), 'nonsense\n')
  await until(() => asked.includes('b.dead'))
  await sleep(100)
  held['a.dead'].resolve()
  await sleep(100)
  expect(placeOfB()).toBe(0)
  held['b.dead'].resolve()
  await until(() => placeOfB() === 1)
  stop.abort()
  await run
})

test('a reload that fails leaves no cursor open', async () => {
  await using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'folder'))
  writeFileSync(join(folder.path, 'in.log'), '')
  const text = (queries: readonly string[], sink: string) => `version: 1
name: p
sources: { in: { to: lines, file: in.log } }
topics: { lines: { format: { json: { columns: { n: BIGINT } } } } }
queries:
${queries.map((name) => `  ${name}: SELECT n FROM \`lines\` WHERE n > 1`).join('\n')}
sinks: { s: { from: a, ndjson: ${sink} } }
`
  const open = new Set<object>()
  const openBus = busWith((topic) => ({
    ...topic,
    cursor(offsets: Offsets) {
      const cursor = topic.cursor(offsets)
      open.add(cursor)
      return {
        ...cursor,
        close() {
          open.delete(cursor)
          cursor.close()
        },
      }
    },
  }))
  const stop = new AbortController()
  const before = checkedText(text(['a'], 'a.ndjson'), folder.path)
  const after = checkedText(text(['a', 'b'], 'folder'), folder.path)
  let counts: readonly number[] = []
  const run = runInProcess(before, {
    dataFolder: join(folder.path, 'data'),
    untilEnd: false,
    stop: stop.signal,
    openBus,
    async started(_, reload) {
      counts = [open.size]
      for (let i = 0; i < 3; i++) {
        await expect(reload(() => after)).rejects.toThrow('it is a folder')
        counts = [...counts, open.size]
      }
      stop.abort()
    },
  })
  await run
  expect(new Set(counts).size).toBe(1)
  expect(open.size).toBe(0)
})
