/**
 * Windows by arrival (METADATA FROM 'timestamp'), by a clock that the test owns: the rows follow from when records came and
 * where they are, never from how they were appended, read, stopped or killed. Seeds are in the names of the tests.
 */
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { accessLine, DAY } from '../access-line.ts'
import { type Running, startQueries, type TestClock, testClock } from './running.ts'

const PARTITIONS = 2
const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1, 12)

/** The lines of the log are of 1995, so a window of event time would count nothing of what is counted here. */
const PIPELINE = (idle = '') => `version: 1
name: p
topics:
  access:
    partitions: ${PARTITIONS}
    format: common
    columns:
      arrived: TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'
      part: INT METADATA FROM 'partition'
      place: BIGINT METADATA FROM 'offset'
      second: FLOOR(arrived TO SECOND)
    watermark: arrived
    ${idle}
queries:
  counts: |
    SELECT window_start, part, COUNT(*) AS hits, MIN(place) AS first_at, MAX(place) AS last_at, MAX(\`second\`) AS latest
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(arrived), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, part
`

type Arrival = { readonly at: number; readonly partition: number; readonly lines: readonly string[] }

/** Lines that come at random times within some minutes; some are no lines of the format. */
function makeArrivals(random: Random): readonly Arrival[] {
  let at = START
  return Array.from({ length: 60 }, () => {
    at += random.below(12_000)
    const lines = Array.from({ length: 1 + random.below(5) }, (_, i) =>
      random.below(6) === 0 ? 'no line of the format' : accessLine(DAY + 1000 * i).trimEnd(),
    )
    return { at, partition: random.below(PARTITIONS), lines }
  })
}

const text = (time: number) => new Date(time).toISOString()

/** What a person would count: by minute of arrival and partition. */
function expectedRows(arrivals: readonly Arrival[]): readonly string[] {
  type Group = {
    readonly start: number
    readonly part: number
    hits: number
    first: number
    last: number
    latest: number
  }
  const groups = new Map<string, Group>()
  const ends = Array.from({ length: PARTITIONS }, () => 0)
  for (const { at, partition, lines } of arrivals) {
    const start = at - (at % MINUTE)
    for (const line of lines) {
      const offset = ends[partition] as number
      ends[partition] = offset + 1
      if (line.startsWith('no line')) continue
      const key = `${start} ${partition}`
      const group = groups.get(key) ?? { start, part: partition, hits: 0, first: offset, last: 0, latest: 0 }
      groups.set(key, { ...group, hits: group.hits + 1, last: offset, latest: at - (at % 1000) })
    }
  }
  return [...groups.values()]
    .sort((a, b) => a.start - b.start || a.part - b.part)
    .map(({ start, part, hits, first, last, latest }) =>
      JSON.stringify({
        window_start: text(start).slice(0, -1),
        part,
        hits,
        first_at: first,
        last_at: last,
        latest: text(latest),
      }),
    )
}

const rowsOf = async (running: Running): Promise<readonly string[]> =>
  ((await running.records('p.counts'))[0] ?? []).map((record) => record.slice(record.indexOf('{"window_start')))

type Living = { readonly arrivals: readonly Arrival[]; readonly random: Random; readonly deaths: boolean }

/** Appends everything in pieces, with checkpoints and, where there are deaths, restarts from the last of them. */
async function live({ arrivals, random, deaths }: Living): Promise<readonly string[]> {
  using folder = temporaryFolder()
  const clock: TestClock = testClock(START)
  const begin = () => startQueries({ folder: folder.path, text: PIPELINE(), clock })
  let running = await begin()
  for (const { at, partition, lines } of arrivals) {
    clock.advance(at - clock.now())
    for (let from = 0; from < lines.length; ) {
      const to = Math.min(lines.length, from + 1 + random.below(lines.length))
      await running.append('access', partition, lines.slice(from, to))
      from = to
    }
    if (random.below(3) === 0) await running.settle()
    if (random.below(6) === 0) {
      await running.settle()
      await running.checkpoint()
    }
    if (deaths && random.below(10) === 0) {
      await running.stop()
      running = await begin()
    }
  }
  await running.settle()
  running.end()
  await running.settle()
  const rows = await rowsOf(running)
  await running.stop()
  return rows
}

// Promise arrival: Arrival is kept with each record, so windows by arrival are the same after a restart, in a report and in a
// replay.
test.each([1, 2, 3])(
  'a window by arrival counts what came in it, in any pieces and through any restart, seed %d',
  async (seed) => {
    const arrivals = makeArrivals(seededRandom(seed))
    const expected = expectedRows(arrivals)
    expect(expected.length).toBeGreaterThan(8)
    expect(await live({ arrivals, random: seededRandom(seed + 100), deaths: false })).toEqual(expected)
    expect(await live({ arrivals, random: seededRandom(seed + 200), deaths: true })).toEqual(expected)
  },
)

test('a quiet partition does not hold a window by arrival open where the topic has idle', async () => {
  const line = accessLine(DAY).trimEnd()
  const rowsAfter = async (idle: string) => {
    const clock = testClock(START)
    await using running = await startQueries({ text: PIPELINE(idle), clock })
    await running.append('access', 0, [line])
    await running.append('access', 1, [line])
    await running.pass(MINUTE, 1000)
    await running.append('access', 0, [line])
    await running.pass(12_000, 1000)
    return (await rowsOf(running)).map(
      (row) => (JSON.parse(row) as { readonly part: number; readonly hits: number }).part,
    )
  }
  expect(await rowsAfter('')).toEqual([])
  expect(await rowsAfter('idle: 10s')).toEqual([0, 1])
})
