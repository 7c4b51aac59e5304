/** A real process, killed while it appends: its acknowledged records are there, and the next one goes on behind them. */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { markOf, readAll } from '../appends.test-tool.ts'
import { otherProcess, ownEmbedded } from './embedded.test-tool.ts'

const SEGMENT_BYTES = 20_000

/** Appends records that are their own offsets, 1 to 5 at a time, several appends at once; prints how far it is durable. */
const appender = (folder: string) => `
  const bus = await ownEmbedded(${JSON.stringify(folder)}, { disk: nodeDisk, segmentBytes: ${SEGMENT_BYTES} })
  const topic = await bus.topic('t', 2)
  const next = [0, 1].map((partition) => topic.bounds(partition).end)
  const appends = async (partition) => {
    for (;;) {
      const count = 1 + (next[partition] % 5)
      const first = next[partition]
      next[partition] += count
      const lines = Array.from({ length: count }, (_, i) => String(first + i))
      const offset = await topic.append(partition, appendOf(linesOf(...lines), 0, String(first + count)))
      if (offset !== first) throw new Error(offset + ' is not ' + first)
      process.stdout.write(partition + ' ' + (first + count) + '\\n')
    }
  }
  for (const partition of [0, 1, 0, 1, 0, 1]) appends(partition)`

// Holds durable.
test('after SIGKILL at any moment, every acknowledged record is there, once, at its offset', async () => {
  await using folder = temporaryFolder()
  const acknowledged = [0, 0]
  for (const kills of [1, 300, 37, 800]) {
    await killedAfter(otherProcess(appender(folder.path)), kills, acknowledged)
    await using bus = await ownEmbedded(folder.path, { disk: nodeDisk })
    const topic = await bus.topic('t', 2)
    for (const partition of [0, 1]) {
      const values = (await readAll(topic, partition, 5000)).map(({ value }) => value)
      expect(values.length).toBeGreaterThanOrEqual(acknowledged[partition] as number)
      expect(values).toEqual(values.map((_, offset) => String(offset)))
      expect(await markOf(topic, partition)).toBe(String(values.length))
    }
  }
  expect(Math.min(...acknowledged)).toBeGreaterThan(300)
})

/** Notes how far the child is durable, and kills it when it has printed that `times` times. */
async function killedAfter(
  child: ReturnType<typeof otherProcess>,
  times: number,
  acknowledged: number[],
): Promise<void> {
  const exited = once(child, 'exit')
  let heard = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [partition = 0, end = 0] = line.split(' ').map(Number)
    acknowledged[partition] = Math.max(acknowledged[partition] ?? 0, end)
    if (++heard === times) child.kill('SIGKILL')
  }
  await exited
}
