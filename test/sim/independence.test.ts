/**
 * The same records in the same partitions, with the same ticks, give the same rows, late ones and dead letters included:
 * at any speed, in batches of any size, with pauses and jumps of the clock, whole, stopped or killed anywhere. Pipelines,
 * streams and deaths are made by chance, from the seed that a test is named by.
 */
import { expect, test } from 'vitest'
import { type Operation, SimulatedDisk } from '../../src/base/disk/simulated-disk.test-tool.ts'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { type MemoryBus, type MemoryStore, memoryStore, openMemoryBus } from '../../src/bus/memory-bus.test-tool.ts'
import type { DeadLetter } from '../../src/topic/letter.ts'
import { settledLetters } from '../../src/topic/letters.test-tool.ts'
import type { Tick } from '../../src/topic/tick-log.ts'
import { type Event, FILLED, type MadePipeline, makePipeline, makeStream } from './random-pipeline.ts'
import { type Running, startQueries, type TestClock, testClock } from './running.ts'

const FOLDER = '/data'
/** More of them, each with a seed of its own, by TAILRACE_SEEDS=100. */
const SEEDS = Number(process.env.TAILRACE_SEEDS ?? 6)
/** About how many of the moments around a tick are tried. */
const KILLS = 40

/** By topic and partition, all that follows from records and ticks. */
async function results(running: Running, { queries }: MadePipeline): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {}
  for (const { name, passes } of queries) {
    found[name] = await running.records(`p.${name}`)
    // Where rows come as windows, how often their clock is told depends on who waits for it, and changes nothing.
    if (passes) found[`${name}.ticks`] = (await running.records(`p.${name}.ticks`)).map(lastTicks)
  }
  for (const name of [...Object.keys(FILLED), ...queries.map((query) => `p.${query.name}`)]) {
    found[`${name}.dead`] = (await running.records(`${name}.dead`)).map((letters) => byQuery(settledLetters(letters)))
  }
  return found
}

/** Of several ticks at one offset the last counts. */
const lastTicks = (ticks: readonly string[]): readonly Tick[] => [
  ...new Map(ticks.map((text) => JSON.parse(text) as Tick).map((tick) => [tick.offset, tick])).values(),
]

/** Letters of a query, in any order: those of several queries, and of rows that a tick made late, interleave by chance. */
function byQuery(letters: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {}
  for (const letter of letters) {
    const { kind, query = '' } = JSON.parse(letter) as DeadLetter
    found[`${kind} ${query}`] = [...(found[`${kind} ${query}`] ?? []), letter].sort()
  }
  return found
}

type Lives = {
  readonly made: MadePipeline
  readonly random: Random
  /** The likelihood of a stop after an event, and of a kill during one. */
  readonly stops?: number
  readonly kills?: number
  /** The first life ends after this number of operations of the disk. */
  readonly firstDeath?: number
  /** Topics are kept by a bus in memory, shared by all lives; deaths are counted in its requests. */
  readonly store?: MemoryStore
  /** Sees what the first life does to its disk. */
  watch?(operation: Operation): void
}

/** Follows the stream as it comes; stops or is killed now and then, and goes on. */
async function follow(events: readonly Event[], lives: Lives) {
  const { made, random, stops = 0, kills = 0, firstDeath = Number.POSITIVE_INFINITY } = lives
  const { text } = made
  const fate = seededRandom(Number.isFinite(firstDeath) ? firstDeath : random.below(1e6))
  const clock: TestClock = testClock()
  let disk = new SimulatedDisk()
  disk.trouble = (operation) => {
    lives.watch?.(operation)
    return undefined
  }
  let bus: MemoryBus | undefined
  const start = (): Promise<Running> => {
    bus = lives.store && openShared(lives.store, seededRandom(fate.below(1e6)))
    return startQueries({ folder: FOLDER, text, clock, disk: disk.disk, ...(bus === undefined ? {} : { bus }) })
  }
  let running = await start()
  const wanted = new Map<string, number>()
  let left: Event | undefined
  let deaths = 0
  /** Does something on a disk that may stop meanwhile; then the next life does the rest. */
  const survive = async (act: () => Promise<void>): Promise<void> => {
    if (bus !== undefined) {
      if (random.next() < kills) bus.dieAfter(1 + random.below(60))
      await Promise.race([act(), bus.died])
      if (!bus.isDead()) return bus.dieAfter(Number.POSITIVE_INFINITY)
      deaths++
      disk = disk.afterKill()
      running = await start()
      return survive(act)
    }
    disk.stopAfter = deaths === 0 ? firstDeath : Number.POSITIVE_INFINITY
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
    disk = fate.below(4) === 0 ? disk.afterKill() : disk.afterPowerCut(fate.below(1e6))
    running = await start()
    await survive(act)
  }
  for (const event of events) {
    await survive(async () => {
      if ('silence' in event) {
        // After a kill the next life goes on with the event behind the silence: a silence may not be repeated.
        const { silence } = event
        left = left === event ? undefined : event
        if (left !== undefined) await running.pass(silence, 500)
        return
      }
      const { topic, partition, records } = event
      const before = wanted.get(`${topic} ${partition}`) ?? 0
      if ((await running.count(topic, partition)) === before) await running.append(topic, partition, records)
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
    running = await start()
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

/** A bus far away: requests take a while, answers are lost, and the topics that are filled have gaps in their offsets. */
const openShared = (store: MemoryStore, random: Random): MemoryBus =>
  openMemoryBus(store, {
    random,
    turns: 2,
    lost: 0.1,
    gaps: (topic) => (topic in FILLED ? 0.2 : 0),
    maxAppendBytes: 4000,
  })

/** Reads the same records and ticks in one go, from a copy of their topics. */
async function replayShared({ topics }: MemoryStore, { text }: MadePipeline, random: Random): Promise<Running> {
  const store = memoryStore()
  for (const name of Object.keys(FILLED).flatMap((topic) => [topic, `${topic}.ticks`])) {
    const kept = topics.get(name)
    if (kept !== undefined) store.topics.set(name, structuredClone(kept))
  }
  const { disk } = new SimulatedDisk()
  return startQueries({ folder: FOLDER, text, clock: testClock(), disk, bus: openShared(store, random) })
}

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

/** Holds what was followed against a replay of its records and ticks. */
async function compare(
  events: readonly Event[],
  { running, ticks }: { readonly running: Running; readonly ticks: Ticks },
  { made, random, store }: Lives,
  told: string,
): Promise<Readonly<Record<string, unknown>>> {
  const followed = await results(running, made)
  await running.stop()
  const replayed = await (store === undefined ? replay(events, ticks, made, random) : replayShared(store, made, random))
  await replayed.settle()
  const again = await results(replayed, made)
  await replayed.stop()
  for (const [topic, found] of Object.entries(again)) expect(found, `${told}: ${topic}`).toEqual(followed[topic])
  return followed
}

const BUSES = [
  { bus: 'a bus of its own', turns: 60, kinds: ['late', 'partly_late', 'format', 'future'], newStore: () => undefined },
  {
    bus: 'a shared bus that is far away, with gaps and lost answers',
    turns: 40,
    kinds: ['late'],
    newStore: memoryStore,
  },
]
const runs = BUSES.flatMap((each) => Array.from({ length: SEEDS }, (_, i) => ({ ...each, seed: i + 1 })))

// Promise same-rows: The same records in the same partitions give the same rows in the same order, at any reading speed, with
// any size of batch, through any crash.
test.each(runs)(
  'seed $seed: followed, stopped or killed anywhere, or replayed, on $bus',
  async ({ seed, turns, kinds, newStore }) => {
    const store = newStore()
    const shared = store === undefined ? {} : { store }
    const made = makePipeline(seededRandom(seed))
    const events = makeStream(seededRandom(seed + 50), { turns, late: true })
    const [stops, kills] = [seed % 3 === 1 ? 0.1 : 0, seed % 3 === 2 ? 0.1 : 0]
    const lived = await follow(events, { made, random: seededRandom(seed + 100), stops, kills, ...shared })
    if (store === undefined) expect([...lived.ticks.values()].flat(2).length).toBeGreaterThan(5)
    if (kills > 0) expect(lived.deaths).toBeGreaterThan(1)
    const again = { made, random: seededRandom(seed + 200), ...shared }
    const found = JSON.stringify(await compare(events, lived, again, `seed ${seed}`))
    for (const kind of kinds) expect(found).toContain(`\\"kind\\":\\"${kind}`)
  },
)

// Promise ticks: What moved a quiet partition is written down before anybody acts on it, so a restart or a replay acts at the
// same record.
test('killed before a tick is written, while it is, before it is acted upon, and after', async () => {
  const all = makePipeline(seededRandom(1))
  const chosen = all.queries.filter(({ name }) => ['counted_0', 'few_0', 'few_1', 'few_counted_0'].includes(name))
  const queries = chosen.map(({ name, sql }) => `  ${name}: ${JSON.stringify(sql)}\n`).join('')
  const made = { text: all.text.replace(/queries:[\s\S]*/, `queries:\n${queries}`), queries: chosen }
  const stream = makeStream(seededRandom(7), { turns: 8, late: false }).filter((event) => 'records' in event)
  const events: readonly Event[] = [...stream.slice(0, 4), { silence: 30_000 }, ...stream.slice(4), { silence: 30_000 }]
  const ticked: number[] = []
  const whole = await follow(events, {
    made,
    random: seededRandom(1),
    watch: ({ path, number }) => void (path.includes('access.ticks-') && ticked.push(number)),
  })
  await whole.running.stop()
  const ends = [...new Set(ticked.flatMap((number) => [number, number + 1, number + 2, number + 4]))]
  const stride = Math.ceil(ends.length / KILLS)
  let deaths = 0
  for (const firstDeath of ends.filter((_, i) => i % stride === 0)) {
    const lived = await follow(events, { made, random: seededRandom(1), firstDeath })
    deaths += lived.deaths
    await compare(events, lived, { made, random: seededRandom(firstDeath) }, `killed after operation ${firstDeath}`)
  }
  expect(deaths).toBeGreaterThan(KILLS / 2)
})
