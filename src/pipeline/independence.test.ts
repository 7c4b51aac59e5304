/**
 * The same records in the same partitions, with the same ticks, give the same rows, late ones and dead letters included:
 * at any speed, in batches of any size, with pauses and jumps of the clock, whole or stopped anywhere.
 */
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../base/random.ts'
import { type Running, startQueries, type TestClock, temporaryFolder, testClock } from './running.test-tool.ts'

const windows = (table: string, time: string, window: string) =>
  `SELECT window_start, window_end, k, COUNT(*) AS n
      FROM TABLE(${window.replace('(', `(TABLE ${table}, DESCRIPTOR(${time}), `)}) GROUP BY window_start, window_end, k`

const TEXT = `version: 1
name: p
topics:
  access:
    partitions: 3
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING } } }
    watermark: ts - INTERVAL '2' SECOND
    idle: 10s
queries:
  tumbled:
    sql: |
      ${windows('access', 'ts', "TUMBLE(INTERVAL '10' SECOND)")}
  hopped:
    sql: |
      ${windows('access', 'ts', "HOP(INTERVAL '5' SECOND, INTERVAL '20' SECOND)")}
  few:
    sql: |
      SELECT ts, k FROM access WHERE k <> 'a'
  few_tumbled:
    sql: |
      ${windows('few', 'ts', "TUMBLE(INTERVAL '10' SECOND)")}
  timed:
    sql: |
      SELECT window_time AS t, k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end, window_time, k
  minutes:
    sql: |
      ${windows('timed', 't', "TUMBLE(INTERVAL '60' SECOND)")}
`
const TOPICS = ['tumbled', 'hopped', 'few', 'few_tumbled', 'timed', 'minutes']

/** What happens in the stream: records for a partition, or silence. */
type Event = { readonly partition: number; readonly records: readonly string[] } | { readonly silence: number }

/** Partitions of different speed, out of order by more than the delay now and then, with pauses long and short. */
function makeStream(random: Random): readonly Event[] {
  const whole = (below: number) => Math.floor(random.next() * below)
  const events: Event[] = []
  for (let second = 0, turn = 0; turn < 60; turn++) {
    const partition = Math.min(whole(3), whole(4))
    const records = Array.from({ length: 1 + whole(4) }, () => {
      second += random.next()
      const ms = 1000 * second - (random.next() < 0.1 ? 9000 : 2500 * random.next())
      return JSON.stringify({ ts: new Date(Date.UTC(1995, 6, 1) + ms).toISOString().slice(0, -1), k: 'abc'[whole(3)] })
    })
    events.push({ partition, records })
    if (random.next() < 0.15) {
      const silence = 5000 + whole(25_000)
      events.push({ silence })
      second += silence / 1000
    }
  }
  return [...events, { silence: 120_000 }]
}

async function results(running: Running): Promise<unknown> {
  const rows = await Promise.all(TOPICS.map(async (name) => [name, await running.records(`p.${name}`)] as const))
  const dead = await Promise.all(['access', 'p.few', 'p.timed'].map((name) => running.records(`${name}.dead`)))
  // Those of a query come in order; how those of several queries interleave is a matter of who was first.
  return { rows, dead: dead.map((partitions) => partitions.map((letters) => [...letters].sort())) }
}

/** Follows the stream as it comes; stops now and then, with or without a checkpoint, and goes on. */
async function follow(folder: string, events: readonly Event[], random: Random, restarts: number) {
  const clock: TestClock = testClock()
  let running = await startQueries({ folder, text: TEXT, clock })
  for (const event of events) {
    if ('silence' in event) await running.pass(event.silence, 500)
    else await running.append('access', event.partition, event.records)
    if (random.next() < 0.3) clock.jump(1e8 * (random.next() - 0.5))
    if (random.next() < 0.5) await running.settle()
    if (random.next() < 0.2) await running.checkpoint()
    if (random.next() >= restarts) continue
    await running.stop()
    running = await startQueries({ folder, text: TEXT, clock })
  }
  await running.settle()
  const ticks = await running.records('access.ticks')
  return { running, ticks }
}

/** Puts the same records and ticks there first, in batches of another size, and reads them in one go. */
async function replay(folder: string, events: readonly Event[], ticks: readonly (readonly string[])[], random: Random) {
  const clock = testClock()
  const empty = await startQueries({ folder, text: TEXT.replace(/queries:[\s\S]*/, 'queries: {}'), clock })
  const whole = ticks.map((_, partition) =>
    events.flatMap((event) => ('records' in event && event.partition === partition ? event.records : [])),
  )
  for (const [partition, records] of whole.entries()) {
    for (let from = 0; from < records.length; ) {
      const to = from + 1 + Math.floor(random.next() * 20)
      await empty.append('access', partition, records.slice(from, to))
      from = to
    }
    await empty.appendTicks('access', partition, ticks[partition] ?? [])
  }
  await empty.stop()
  return startQueries({ folder, text: TEXT, clock })
}

test.each([1, 2, 3, 4])('seed %i: followed, stopped anywhere, or replayed', async (seed) => {
  const events = makeStream(seededRandom(seed))
  using live = await temporaryFolder()
  using again = await temporaryFolder()
  const { running, ticks } = await follow(live.path, events, seededRandom(seed + 100), seed % 2 === 0 ? 0.1 : 0)
  const followed = await results(running)
  await running.stop()
  expect(ticks.flat().length).toBeGreaterThan(5)
  expect(JSON.stringify(followed)).toContain('late')
  const replayed = await replay(again.path, events, ticks, seededRandom(seed + 200))
  await replayed.settle()
  expect(await results(replayed)).toEqual(followed)
  await replayed.stop()
})
