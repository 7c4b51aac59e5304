/** What tests of claimed parts do: they append numbers, each of which must be there once, in whatever process it was appended. */
import { appendOf, linesOf, readAll } from '../../src/bus/appends.test-tool.ts'
import type { Bus, ClaimedBus, Topic } from '../../src/bus/bus.ts'

export const PART = { pipeline: 'p', part: 'queries' }
export const PARTITIONS = 2

export async function claimedTopic(bus: Bus): Promise<{ readonly topic: Topic; readonly claimed: ClaimedBus }> {
  if (bus.claim === undefined) throw new Error('this bus has no parts to claim')
  const claimed = await bus.claim(PART)
  return { claimed, topic: await claimed.topic('t', PARTITIONS) }
}

/** The number that comes next in a partition, by the position of the part. */
export const nextNumber = async (topic: Topic, partition: number): Promise<number> =>
  Number((await topic.position('w'))[partition]?.mark ?? 0)

/** Appends `count` lines `NUMBER NAME`, in batches of some lines, several under way; rejects as an append does. */
export async function writeNumbers(topic: Topic, partition: number, name: string, count: number): Promise<void> {
  const from = await nextNumber(topic, partition)
  let under: Promise<unknown>[] = []
  for (let next = from; next < from + count; ) {
    const size = Math.min(1 + (next % 3), from + count - next)
    const lines = Array.from({ length: size }, (_, i) => `${next + i} ${name}`)
    next += size
    under.push(topic.append(partition, appendOf(linesOf(...lines), Date.now(), `${next}`)))
    if (under.length === 4) {
      await Promise.all(under)
      under = []
    }
  }
  await Promise.all(under)
}

type Numbers = { readonly numbers: readonly number[]; readonly names: ReadonlySet<string | undefined> }

/** The numbers of a partition in order of offset, and the names of those that appended them. */
export async function numbersIn(topic: Topic, partition: number): Promise<Numbers> {
  const lines = (await readAll(topic, partition)).map(({ value }) => value.split(' '))
  return { numbers: lines.map(([number]) => Number(number)), names: new Set(lines.map(([, name]) => name)) }
}

export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
