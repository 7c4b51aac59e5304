import { expect, test } from 'vitest'
import { startQueries, testClock } from '../../test/sim/running.ts'
import { quietWatermark } from './topic-clock.ts'

const MINUTES = `SELECT window_start, window_end, COUNT(*) AS n
      FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND)) GROUP BY window_start, window_end`

const pipeline = (partitions: number, queries: string, idle = 'idle: 10s') => `version: 1
name: p
topics:
  access:
    partitions: ${partitions}
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING } } }
    watermark: ts - INTERVAL '5' SECOND
    ${idle}
queries:
${queries}`
const COUNTED = `  counted:
    sql: |
      ${MINUTES}
`

const at = (second: number, k = 'a') =>
  JSON.stringify({ ts: new Date(Date.UTC(1995, 6, 1) + second * 1000).toISOString().slice(0, -1), k })
const counted = (minute: number, n: number) =>
  JSON.stringify({
    window_start: `1995-07-01T00:0${minute}:00.000`,
    window_end: `1995-07-01T00:0${minute + 1}:00.000`,
    n,
  })

test('quiet partitions follow the others; when all are quiet, the clock goes on from the greatest watermark', () => {
  const quiet = (quietMs: number, watermark: number, idleMs = 10) => ({ quietMs, watermark, idleMs })
  expect(quietWatermark([quiet(0, 50), quiet(5, 70)])).toBeUndefined()
  expect(quietWatermark([quiet(0, 50), quiet(5, 70), quiet(10, 20)])).toBe(50)
  expect(quietWatermark([quiet(12, 50), quiet(11, 70), quiet(10, -Infinity)])).toBe(80)
  expect(quietWatermark([quiet(0, -Infinity), quiet(10, 70)])).toBeUndefined()
  expect(quietWatermark([quiet(99, -Infinity)])).toBeUndefined()
  expect(quietWatermark([quiet(99, 50, Infinity), quiet(99, 20)])).toBe(50)
})

// Promise quiet: A quiet partition holds windows open only for as long as `idle`; then the last window closes without new
// records.
test('the last window closes when event time has gone on to its end, and no row of it that comes before is late', async () => {
  await using running = await startQueries({ text: pipeline(2, COUNTED) })
  await running.append('access', 0, [at(30)])
  await running.append('access', 1, [at(40)])
  await running.settle()
  // The watermark is 35: the window is closed 25 s after the last record.
  await running.pass(24_000)
  expect(await running.records('p.counted')).toEqual([[]])
  await running.append('access', 0, [at(45)])
  await running.settle()
  await running.pass(19_000)
  expect(await running.records('p.counted')).toEqual([[]])
  await running.pass(2_000)
  expect(await running.records('p.counted')).toEqual([[counted(0, 3)]])
  expect((await running.records('access.ticks')).map((ticks) => ticks.length)).toEqual([1, 1])
  // The latency of rows that a tick made complete counts from the tick.
  expect(running.latency('counted')).toMatchObject({ count: 1, maxMs: 0 })
  // Where nothing is open there is nothing to write.
  await running.pass(300_000, 500)
  expect((await running.records('access.ticks')).flat()).toHaveLength(2)
  // A record for that window is late now, and its letter says so.
  await running.append('access', 1, [at(59), at(61)])
  await running.settle()
  const dead = (await running.records('access.dead')).flat().map((text) => JSON.parse(text))
  expect(dead).toMatchObject([
    {
      kind: 'late',
      query: 'counted',
      partition: 1,
      offset: 1,
      windows: { count: 1, from: '1995-07-01T00:00:00.000', to: '1995-07-01T00:01:00.000' },
    },
  ])
  expect(dead[0].reason).toMatch(/^\d.* s late: .* by a tick, as the partition was quiet$/)
  expect(dead[0].late_ms).toBeGreaterThan(0)
})

// Holds quiet.
test('a partition that is quiet, or never had a record, follows the others', async () => {
  await using running = await startQueries({ text: pipeline(3, COUNTED) })
  for (let second = 0; second < 200; second += 4) {
    await running.append('access', 0, [at(second)])
    if (second < 100) await running.append('access', 1, [at(second)])
    await running.pass(4_000, 500)
  }
  expect(await running.records('p.counted')).toEqual([[counted(0, 30), counted(1, 25), counted(2, 15)]])
  const [, , never = []] = await running.records('access.ticks')
  expect(never.map((tick) => JSON.parse(tick).offset)).toEqual([0, 0, 0])
  expect((await running.records('access.dead')).flat()).toEqual([])
})

test('without idle nothing moves; nor while a source has more to read, or the process was asleep', async () => {
  for (const [idle, rest, step] of [
    ['', true, 500],
    ['idle: 10s', false, 500],
    ['idle: 1h', true, 600_000],
  ] as const) {
    await using running = await startQueries({ text: pipeline(1, COUNTED, idle), atRest: () => rest })
    await running.append('access', 0, [at(30)])
    await running.settle()
    await running.pass(20 * step, step)
    expect(await running.records('p.counted')).toEqual([[]])
  }
})

// Promise wall-clock: The wall clock decides nothing: it may jump, and only time that passes counts for quiet partitions.
test('the wall clock may jump: only time that passes counts', async () => {
  const clock = testClock()
  await using running = await startQueries({ text: pipeline(1, COUNTED), clock })
  await running.append('access', 0, [at(30)])
  await running.settle()
  for (const jump of [86_400_000, -2 * 86_400_000]) {
    clock.jump(jump)
    await running.pass(5_000)
  }
  expect(await running.records('p.counted')).toEqual([[]])
  await running.pass(30_000)
  expect(await running.records('p.counted')).toEqual([[counted(0, 1)]])
})

const CHAIN = `${COUNTED}  big:
    sql: |
      SELECT ts, k FROM access WHERE k <> 'small'
  minutes_of_big:
    sql: |
      ${MINUTES.replace('TABLE access', 'TABLE big')}
  five:
    sql: |
      SELECT window_end, SUM(n) AS n, COUNT(*) AS minutes
      FROM TABLE(TUMBLE(TABLE timed, DESCRIPTOR(t), INTERVAL '5' MINUTE)) GROUP BY window_start, window_end
  timed:
    sql: |
      SELECT window_time AS t, COUNT(*) AS n
      FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND)) GROUP BY window_start, window_end, window_time
`
const FIVE = JSON.stringify({ window_end: '1995-07-01T00:05:00.000', n: 3, minutes: 2 })

test('queries over the rows of queries close their last windows too', async () => {
  await using running = await startQueries({ text: pipeline(2, CHAIN) })
  await running.append('access', 0, [at(30, 'small'), at(90)])
  await running.append('access', 1, [at(100)])
  await running.settle()
  expect(await running.records('p.counted')).toEqual([[counted(0, 1)]])
  await running.pass(60_000, 500)
  expect(await running.records('p.counted')).toEqual([[counted(0, 1), counted(1, 2)]])
  expect(await running.records('p.minutes_of_big')).toEqual([[counted(1, 2)]])
  expect(await running.records('p.five')).toEqual([[]])
  await running.pass(200_000, 500)
  expect(await running.records('p.five')).toEqual([[FIVE]])
  expect((await running.records('p.timed.ticks')).flat()).toHaveLength(1)
})

const UNITED = (idle: string) => `version: 1
name: p
topics:
  busy:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING } } }
    watermark: ts - INTERVAL '5' SECOND
    idle: 10s
  rare:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING } } }
    watermark: ts - INTERVAL '5' SECOND
    ${idle}
queries:
  big:
    sql: |
      SELECT ts, k FROM rare WHERE k <> 'small'
  both:
    sql: |
      WITH united AS (SELECT ts, k FROM busy UNION ALL SELECT ts, k FROM big)
      ${MINUTES.replace('TABLE access', 'TABLE united')}
`

test('a query over several topics goes on where one of them has idle and is quiet, or never had a record', async () => {
  for (const first of [[], [at(3)]]) {
    await using running = await startQueries({ text: UNITED('idle: 10s') })
    await running.append('rare', 0, first)
    for (let second = 0; second < 200; second += 4) {
      await running.append('busy', (second / 4) % 2, [at(second)])
      // Event time of the busy topic goes faster than the clock, so the rare topic cannot go by the clock alone.
      await running.pass(1_000, 500)
    }
    expect(await running.records('p.both')).toEqual([[counted(0, 15 + first.length), counted(1, 15), counted(2, 15)]])
    await running.pass(60_000, 500)
    expect((await running.records('p.both'))[0]).toHaveLength(4)
    // Of records of the rare topic that come after all, one is late and one counts in an open window.
    await running.append('rare', 1, [at(10), at(1000)])
    await running.settle()
    expect((await running.records('p.big.dead')).flat()).toHaveLength(1)
  }
})

test('a topic without idle is waited for, also where it never had a record', async () => {
  await using running = await startQueries({ text: UNITED('') })
  for (let second = 0; second < 200; second += 4) {
    await running.append('busy', (second / 4) % 2, [at(second)])
    await running.pass(1_000, 500)
  }
  await running.pass(60_000, 500)
  expect(await running.records('p.both')).toEqual([[]])
})
