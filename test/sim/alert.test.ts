import { expect, test } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import type { Reset } from '../../src/runner/reset.ts'
import { type Running, startQueries, testClock } from './running.ts'

type Options = {
  readonly alerts: string
  readonly zone?: string
  readonly idle?: string
  readonly every?: number
  readonly watermark?: string
}

const DELAYED = "ts - INTERVAL '5' SECOND"

const pipeline = ({ alerts, zone = 'UTC', idle = 'idle: 10s', every = 1, watermark = DELAYED }: Options) => `version: 1
name: p
timezone: ${zone}
topics:
  access:
    partitions: 2
    format: { json: { columns: { ts: ${zone === 'UTC' ? 'TIMESTAMP(3)' : 'TIMESTAMP_LTZ(3)'}, k: STRING, ok: BOOLEAN } } }
    watermark: ${watermark}
    ${idle}
queries:
  rates: |
    SELECT window_start, window_end, k, COUNT(*) AS n, CAST(COUNT(*) FILTER (WHERE NOT ok) AS DOUBLE) / COUNT(*) AS rate
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '${every}' MINUTE)) GROUP BY window_start, window_end, k
  each: SELECT ts, k, ok FROM access
alerts:
${alerts}`

const START = Date.UTC(1995, 6, 1)

const recordAt = (second: number, ok: boolean, { k = 'a', start = START, z = '' } = {}) =>
  JSON.stringify({ ts: new Date(start + second * 1000).toISOString().slice(0, -1) + z, k, ok })

type Alerted = {
  readonly state: string
  readonly k: string
  readonly since: string
  readonly at: string
  readonly message: string
}

/** What an alert has said: `firing a 00:05:00`. */
async function said(running: Running, name = 'high'): Promise<string[]> {
  const rows = (await running.records(`p.alert.${name}`)).flat().map((text) => JSON.parse(text) as Alerted)
  return rows.map(({ state, k, at }) => `${state} ${k ?? '-'} ${at.slice(11, 19)}`)
}

const HIGH =
  '  high: { from: rates, when: rate > 0.5, clear: rate < 0.2, for: 2m, min_count: n >= 2, message: "{{ k }} {{ rate }}" }'

// Promise alert: An alert fires once its condition was true for as long as the file says, and is resolved once; by event time.
test('an alert fires after `for` and is resolved by `clear`; between the two, and where a row has too little, nothing changes', async () => {
  await using running = await startQueries({ text: pipeline({ alerts: HIGH }) })
  const minute = async (number: number, bad: number, good: number) => {
    const records = [...Array<boolean>(bad).fill(false), ...Array<boolean>(good).fill(true)]
    await running.append(
      'access',
      number % 2,
      records.map((ok, index) => recordAt(number * 60 + index, ok)),
    )
    await running.append('access', (number + 1) % 2, [recordAt(number * 60 + 59, true, { k: 'other' })])
    await running.settle()
  }
  // True from the window that ends at 1 min on; the one of 2 min has too little to say anything, and so breaks nothing.
  await minute(0, 3, 1)
  expect(await said(running)).toEqual([])
  await minute(1, 3, 1)
  await minute(2, 3, 1)
  await minute(3, 1, 2)
  await minute(4, 1, 1)
  await minute(5, 0, 4)
  await minute(6, 3, 0)
  await minute(7, 3, 0)
  expect(await said(running)).toEqual(['firing a 00:03:00', 'resolved a 00:06:00'])
  const [firing = ''] = (await running.records('p.alert.high')).flat()
  expect(JSON.parse(firing)).toEqual({
    alert: 'high',
    state: 'firing',
    severity: 'warning',
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    since: '1995-07-01T00:01:00.000Z',
    at: '1995-07-01T00:03:00.000Z',
    message: 'a 0.75',
    window_start: '1995-07-01T00:02:00.000',
    window_end: '1995-07-01T00:03:00.000',
    k: 'a',
    n: 4,
    rate: 0.75,
  })
})

test('a key without rows is resolved, and one that never has any fires, by the clock of a topic that is quiet', async () => {
  const alerts = `  high: { from: rates, when: rate > 0.5 }
  silent: { from: rates, absent: 5m, remind: 10m }`
  await using running = await startQueries({ text: pipeline({ alerts }) })
  for (const partition of [0, 1]) await running.append('access', partition, [recordAt(30, false)])
  await running.settle()
  expect(await said(running)).toEqual([])
  // The window ends when the topic has been quiet for `idle` and its clock goes on.
  await running.pass(40_000, 1000)
  expect(await said(running)).toEqual(['firing a 00:01:00'])
  await running.pass(60_000, 1000)
  expect(await said(running)).toEqual(['firing a 00:01:00', 'resolved a 00:02:00'])
  expect(await said(running, 'silent')).toEqual([])
  await running.pass(300_000, 1000)
  expect(await said(running, 'silent')).toEqual(['firing a 00:06:00'])
  await running.pass(601_000, 1000)
  expect(await said(running, 'silent')).toEqual(['firing a 00:06:00', 'reminder a 00:16:00'])
  for (const partition of [0, 1])
    await running.append('access', partition, [recordAt(1200, true), recordAt(1300, true)])
  await running.settle()
  expect(await said(running, 'silent')).toEqual(['firing a 00:06:00', 'reminder a 00:16:00', 'resolved a 00:21:00'])
})

test.each([DELAYED, 'ts'])('with watermark %s the last row counts when the topic is quiet', async (watermark) => {
  const alerts = '  bad: { from: each, key: [k], when: NOT ok }'
  await using running = await startQueries({ text: pipeline({ alerts, watermark }) })
  await running.append('access', 0, [recordAt(30, false)])
  await running.settle()
  expect(await said(running, 'bad')).toEqual([])
  await running.pass(12_000, 1000)
  expect(await said(running, 'bad')).toEqual(['firing a 00:00:30'])
  await running.append('access', 0, [recordAt(60, true)])
  await running.settle()
  await running.pass(12_000, 1000)
  expect(await said(running, 'bad')).toEqual(['firing a 00:00:30', 'resolved a 00:01:00'])
})

test('a restart anywhere forgets nothing and says nothing twice', async () => {
  using folder = temporaryFolder()
  const clock = testClock()
  const alerts = '  high: { from: rates, when: rate > 0.5, for: 2m }\n  silent: { from: rates, absent: 5m }'
  const text = pipeline({ alerts })
  const minutes = Array.from({ length: 20 }, (_, minute) => minute % 7 < 4)
  for (const [minute, isBad] of minutes.entries()) {
    await using running = await startQueries({ text, folder: folder.path, clock })
    for (const partition of [0, 1]) {
      const k = minute < 8 ? 'b' : 'a'
      await running.append('access', partition, [
        recordAt(minute * 60 + 10, !isBad),
        recordAt(minute * 60 + 20, true, { k }),
      ])
      await running.append('access', partition, [recordAt(minute * 60 + 21, !isBad)])
    }
    await running.settle()
    // Every third run ends without a checkpoint, so its rows are computed again.
    if (minute % 3 !== 1) await running.checkpoint()
  }
  await using running = await startQueries({ text, folder: folder.path, clock })
  await running.settle()
  expect(await said(running)).toEqual([
    'firing a 00:03:00',
    'resolved a 00:05:00',
    'firing a 00:10:00',
    'resolved a 00:12:00',
    'firing a 00:17:00',
    'resolved a 00:19:00',
  ])
  expect(await said(running, 'silent')).toEqual(['firing b 00:13:00'])
})

test.each([
  ['spring, when the clock skips an hour', Date.UTC(2025, 2, 30, 0, 30)],
  ['autumn, when it shows an hour twice', Date.UTC(2025, 9, 25, 23, 30)],
])('in %s, a key with a row in each window is never quiet', async (_, start) => {
  const alerts = '  high: { from: rates, when: rate > 0.5, for: 10m }'
  await using running = await startQueries({ text: pipeline({ alerts, zone: 'Europe/Berlin', every: 10 }) })
  for (let second = 0; second < 5 * 3600; second += 300) {
    for (const partition of [0, 1]) {
      await running.append('access', partition, [recordAt(second, false, { start, z: 'Z' })])
    }
  }
  await running.append('access', 0, [recordAt(5 * 3600, true, { start, z: 'Z' })])
  await running.append('access', 1, [recordAt(5 * 3600, true, { start, z: 'Z' })])
  await running.settle()
  const rows = (await running.records('p.alert.high')).flat().map((text) => JSON.parse(text) as Alerted)
  // It fires for the second window, and nothing ends it.
  const second = new Date(start + 20 * 60_000).toISOString()
  expect(rows.map(({ state, at }) => [state, at])).toEqual([['firing', second]])
})

test('rows that are of no windows are taken by their event time, whichever partition was read first', async () => {
  const alerts = '  high: { from: each, when: NOT ok, key: k, for: 1m, quiet: 5m }'
  const saidBy = async (order: readonly (readonly [partition: number, second: number, ok: boolean])[]) => {
    await using running = await startQueries({ text: pipeline({ alerts }) })
    for (const [partition, second, ok] of order) {
      await running.append('access', partition, [recordAt(second, ok)])
      await running.settle()
    }
    return said(running)
  }
  const first = [
    [0, 10, false],
    [0, 50, false],
    [0, 90, false],
    [0, 200, true],
  ] as const
  const second = [
    [1, 30, false],
    [1, 80, true],
    [1, 100, false],
    [1, 210, true],
  ] as const
  const one = await saidBy([...first, ...second])
  expect(one).toEqual(['firing a 00:01:10', 'resolved a 00:01:20', 'firing a 00:02:30'])
  expect(await saidBy([...second, ...first])).toEqual(one)
})

test('an alert whose conditions or times have changed keeps what is in trouble, until a row says otherwise', async () => {
  const alert = (name: string, rule: string) => `  ${name}: { ${rule}, message: "{{ k }}" }`
  const before = [
    alert('high', 'from: rates, when: rate > 0.5, quiet: never'),
    alert('raw', 'from: each, when: NOT ok, key: [k]'),
  ]
  const after = [
    alert('high', 'from: rates, when: rate > 0.9, clear: rate < 0.1, min_count: n > 0, for: 1m, quiet: never'),
    alert('raw', 'from: each, when: k IS NULL, key: [k], remind: 1h'),
  ]
  const kinds = [
    [alert('high', 'from: rates, absent: 5m'), 'high'],
    [alert('high', 'from: rates, key: [], when: rate > 0.5, quiet: never'), 'high'],
    [alert('high', 'from: each, when: NOT ok, key: [k]'), 'high'],
    // Rows without windows wait with what the conditions said of them: others would misread it.
    [alert('raw', 'from: each, when: NOT ok, clear: ok, key: [k]'), 'raw'],
  ] as const
  using folder = temporaryFolder()
  const start = (alerts: readonly string[], reset: readonly (readonly [string, Reset])[] = []) =>
    startQueries({ folder: folder.path, text: pipeline({ alerts: alerts.join('\n') }), reset: new Map(reset) })
  const minute = async (running: Running, number: number, rates: { readonly [k: string]: number }) => {
    const records = Object.entries(rates).flatMap(([k, rate]) =>
      Array.from({ length: 10 }, (_, index) => recordAt(number * 60 + index, index >= 10 * rate, { k })),
    )
    for (const partition of [0, 1]) await running.append('access', partition, records)
    await running.settle()
  }
  {
    await using running = await start(before)
    await minute(running, 0, { a: 0.7, b: 0.7 })
    await minute(running, 1, { a: 0.7, b: 0.7 })
    await running.checkpoint()
    expect(await said(running)).toEqual(['firing a 00:01:00', 'firing b 00:01:00'])
  }
  await expect(start(after)).rejects.toMatchObject({ hint: expect.stringContaining('--reset high=keep') })
  for (const [other, name] of kinds) {
    const started = start(
      [other, ...before.filter((_, index) => index !== (name === 'high' ? 0 : 1))],
      [[name, 'keep']],
    )
    await expect(started).rejects.toThrow(`query "${name}" cannot keep its state`)
  }
  const keep = [
    ['high', 'keep'],
    ['raw', 'keep'],
  ] as const
  await using running = await start(after, keep)
  // Neither is over the new limit; one is below the new end.
  await minute(running, 2, { a: 0.7, b: 0 })
  await minute(running, 3, { a: 0.7, b: 0.7 })
  await minute(running, 4, { a: 0 })
  await minute(running, 5, { a: 0 })
  expect(await said(running)).toEqual([
    'firing a 00:01:00',
    'firing b 00:01:00',
    'resolved b 00:03:00',
    'resolved a 00:05:00',
  ])
})
