/**
 * The same records in the same partitions, with the same ticks, give the same rows, late ones and dead letters included:
 * at any speed, in batches of any size, with pauses and jumps of the clock, whole, stopped or killed anywhere. Pipelines,
 * streams and deaths are made by chance, from the seed that a test is named by.
 */
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../base/random.ts'
import { SimulatedDisk } from '../base/simulated-disk.test-tool.ts'
import type { DeadLetter } from './dead-letter.ts'
import { type Event, FILLED, type MadePipeline, makePipeline, makeStream } from './random-pipeline.test-tool.ts'
import { type Running, startQueries, type TestClock, testClock } from './running.test-tool.ts'
import type { Tick } from './tick-log.ts'

const FOLDER = '/data'
/** More of them, each with a seed of its own, by TAILRACE_SEEDS=100. */
const SEEDS = Number(process.env.TAILRACE_SEEDS ?? 6)

/** By topic and partition, all that follows from records and ticks. */
async function results(running: Running, { queries }: MadePipeline): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {}
  for (const { name, passes } of queries) {
    found[name] = await running.records(`p.${name}`)
    // Where rows come as windows, how often their clock is told depends on who waits for it, and changes nothing.
    if (passes) found[`${name}.ticks`] = (await running.records(`p.${name}.ticks`)).map(lastTicks)
  }
  for (const name of [...Object.keys(FILLED), ...queries.map((query) => `p.${query.name}`)]) {
    found[`${name}.dead`] = (await running.records(`${name}.dead`)).map(byQuery)
  }
  return found
}

/** Of several ticks at one offset the last counts. */
const lastTicks = (ticks: readonly string[]): readonly Tick[] => [
  ...new Map(ticks.map((text) => JSON.parse(text) as Tick).map((tick) => [tick.offset, tick])).values(),
]

/** Letters of a query come in order; how those of several queries interleave is a matter of who was first. */
function byQuery(letters: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {}
  for (const letter of letters) {
    const { kind, query = '' } = JSON.parse(letter) as DeadLetter
    found[`${kind} ${query}`] = [...(found[`${kind} ${query}`] ?? []), letter]
  }
  return found
}

type Lives = { readonly made: MadePipeline; readonly random: Random; readonly stops: number; readonly kills: number }

/** Follows the stream as it comes; stops or is killed now and then, and goes on. */
async function follow(events: readonly Event[], { made: { text }, random, stops, kills }: Lives) {
  const clock: TestClock = testClock()
  let disk = new SimulatedDisk()
  let running = await startQueries({ folder: FOLDER, text, clock, disk: disk.disk })
  const wanted = new Map<string, number>()
  let deaths = 0
  /** Does something on a disk that may stop meanwhile; then the next life does the rest. */
  const survive = async (act: () => Promise<void>): Promise<void> => {
    if (random.next() < kills) disk.stopAfter = disk.operations + 1 + random.below(40)
    try {
      await act()
    } catch (error) {
      if (!disk.stopped) throw error
    }
    if (!disk.stopped) {
      disk.stopAfter = Number.POSITIVE_INFINITY
      return
    }
    deaths++
    disk = random.below(2) === 0 ? disk.afterKill() : disk.afterPowerCut(random.below(1e6))
    running = await startQueries({ folder: FOLDER, text, clock, disk: disk.disk })
    await survive(act)
  }
  for (const event of events) {
    await survive(async () => {
      if ('silence' in event) {
        await running.pass(event.silence, 500)
        return
      }
      const { topic, partition, records } = event
      const before = wanted.get(`${topic} ${partition}`) ?? 0
      if (running.count(topic, partition) === before) await running.append(topic, partition, records)
    })
    if ('records' in event) {
      const place = `${event.topic} ${event.partition}`
      wanted.set(place, (wanted.get(place) ?? 0) + event.records.length)
    }
    if (random.next() < 0.3) clock.jump(1e8 * (random.next() - 0.5))
    if (random.next() < 0.5) await survive(() => running.settle())
    if (random.next() < 0.2) await survive(() => running.checkpoint())
    if (random.next() >= stops) continue
    await running.stop()
    running = await startQueries({ folder: FOLDER, text, clock, disk: disk.disk })
  }
  await survive(() => running.settle())
  const ticks = new Map<string, readonly (readonly string[])[]>()
  for (const name of Object.keys(FILLED)) ticks.set(name, await running.records(`${name}.ticks`))
  return { running, ticks, deaths }
}

type Ticks = ReadonlyMap<string, readonly (readonly string[])[]>

const recordsOf = (events: readonly Event[], topic: string, partition: number): readonly string[] =>
  events.flatMap((event) =>
    'records' in event && event.topic === topic && event.partition === partition ? event.records : [],
  )

/** Puts the same records and ticks there first, in batches of another size, and reads them in one go. */
async function replay(events: readonly Event[], ticks: Ticks, { text }: MadePipeline, random: Random) {
  const clock = testClock()
  const { disk } = new SimulatedDisk()
  const empty = await startQueries({
    folder: FOLDER,
    text: text.replace(/queries:[\s\S]*/, 'queries: {}'),
    clock,
    disk,
  })
  for (const [topic, partitions] of Object.entries(FILLED)) {
    for (let partition = 0; partition < partitions; partition++) {
      const records = recordsOf(events, topic, partition)
      for (let from = 0; from < records.length; ) {
        const to = from + 1 + random.below(20)
        await empty.append(topic, partition, records.slice(from, to))
        from = to
      }
      await empty.appendTicks(topic, partition, ticks.get(topic)?.[partition] ?? [])
    }
  }
  await empty.stop()
  return startQueries({ folder: FOLDER, text, clock, disk })
}

test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
  'seed %i: followed, stopped or killed anywhere, or replayed',
  async (seed) => {
    const made = makePipeline(seededRandom(seed))
    const events = makeStream(seededRandom(seed + 50), { turns: 60, late: true })
    const lives = { stops: seed % 3 === 1 ? 0.1 : 0, kills: seed % 3 === 2 ? 0.1 : 0 }
    const { running, ticks, deaths } = await follow(events, { made, random: seededRandom(seed + 100), ...lives })
    const followed = await results(running, made)
    await running.stop()
    expect([...ticks.values()].flat(2).length).toBeGreaterThan(5)
    for (const kind of ['late', 'partly_late', 'format'])
      expect(JSON.stringify(followed)).toContain(`\\"kind\\":\\"${kind}`)
    if (lives.kills > 0) expect(deaths).toBeGreaterThan(2)
    const replayed = await replay(events, ticks, made, seededRandom(seed + 200))
    await replayed.settle()
    const again = await results(replayed, made)
    await replayed.stop()
    for (const [topic, found] of Object.entries(again)) expect(found, topic).toEqual(followed[topic])
  },
)
