import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { checkedText } from '../../test/run/in-process.ts'
import { type TestClock, testClock } from '../../test/sim/running.ts'
import { DAY_MS } from '../base/calendar.ts'
import type { Clock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { appendOf, linesOf, readAll } from '../bus/appends.test-tool.ts'
import type { Topic } from '../bus/bus.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { temporaryFolder } from '../data/data-folder.test-tool.ts'
import type { CheckedReport } from '../pipeline/checked.ts'
import { openReports } from './open-reports.ts'

const PIPELINE = `version: 1
name: shop
timezone: Europe/Berlin
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '10' SECOND, max_ahead: never }
reports:
  top:
    sql: SELECT path, COUNT(*) AS hits FROM access GROUP BY path
    at: "0 20 * * *"
  quiet: { sql: SELECT COUNT(*) AS hits FROM access, at: "0 0 1 1 *" }
`

const clockAt = (start: string) => testClock(Date.parse(start))

/** Goes on to a time, and lets both reports, which sleep or work, do their work on the way. */
async function goTo(clock: TestClock, time: string): Promise<void> {
  for (;;) {
    await vi.waitUntil(() => clock.sleeping().length === 2, { interval: 1 })
    const next = Math.min(...clock.sleeping())
    const left = Date.parse(time) - clock.now()
    clock.advance(Math.min(next, left))
    if (next > left) return
  }
}

async function append(topic: Topic, partition: number, time: string, path: string, day = 15): Promise<void> {
  const line = `host - - [${day}/May/2020:${time} +0200] "GET ${path} HTTP/1.0" 200 10`
  // It arrives at its own time: a record from the future is no row.
  const arrival = Date.parse(`2020-05-${day}T${time}+02:00`)
  await topic.append(partition, appendOf(linesOf(line), arrival))
}

/** The topic with reads that wait; `reading` is called when one begins. */
const heldReads = (topic: Topic, until: Promise<void>, reading: () => void): Topic => ({
  ...topic,
  async read(...args) {
    reading()
    await until
    return topic.read(...args)
  },
})

test('different reports do not wait for each other; runs of one report do', async () => {
  using folder = temporaryFolder()
  const clock = clockAt('2020-05-15T20:00:00Z')
  await using bus = await ownEmbedded(folder.path, { disk: nodeDisk, clock, warn: () => {} })
  const pipeline = checkedText(PIPELINE, folder.path)
  const go = Promise.withResolvers<void>()
  const bothRead = Promise.withResolvers<void>()
  let reading = 0
  const topics = new Map<string, { checked: (typeof pipeline.topics)[number]; topic: Topic }>()
  for (const checked of [...pipeline.topics, ...pipeline.reports.map((report) => report.topic)]) {
    const topic = await bus.topic(checked.topic, checked.partitions)
    const held = heldReads(topic, go.promise, () => {
      if (++reading === 2) bothRead.resolve()
    })
    topics.set(checked.name, { checked, topic: checked.name === 'access' ? held : topic })
    if (checked.name === 'access') await append(topic, 0, '12:00:00', '/a')
  }
  const reports = openReports({ pipeline, topics, clock, disk: nodeDisk, dataFolder: folder.path })
  const [top, quiet] = pipeline.reports as [CheckedReport, CheckedReport]
  const until = Date.parse('2020-05-15T20:00:00Z')
  const span = { since: until - DAY_MS, until }
  const runs = [reports.run(top, span), reports.run(top, span), reports.run(quiet, span)]
  await bothRead.promise
  expect(reading).toBe(2)
  go.resolve()
  expect((await Promise.all(runs)).map(({ rows, appended }) => [rows, appended])).toEqual([
    [1, 1],
    [1, 0],
    [1, 1],
  ])
})

const rowsOf = async (topic: Topic): Promise<string[]> =>
  (await readAll(topic, 0)).map(({ key, value }) => `${key} ${value}`)

/** The reports of a pipeline and their topics; at its end they follow no longer. */
async function open(dataFolder: string, clock: Clock, text = PIPELINE, atRest = () => true) {
  const bus = await ownEmbedded(dataFolder, { disk: nodeDisk, clock, warn: () => {} })
  const pipeline = checkedText(text, dataFolder)
  const all = [...pipeline.topics, ...pipeline.reports.map((report) => report.topic)]
  const topics = new Map<string, { checked: (typeof all)[number]; topic: Topic }>()
  for (const checked of all)
    topics.set(checked.name, { checked, topic: await bus.topic(checked.topic, checked.partitions) })
  const notes: string[] = []
  const note = (message: string) => void notes.push(message)
  const reports = openReports({ pipeline, bus, topics, clock, disk: nodeDisk, dataFolder, note, atRest })
  const stop = new AbortController()
  let following = Promise.resolve()
  const topic = (name: string) => topics.get(name)?.topic as Topic
  return {
    notes,
    reports,
    report: pipeline.reports[0] as CheckedReport,
    access: topic('access'),
    top: topic('top'),
    quiet: topic('quiet'),
    follow() {
      following = reports.follow(stop.signal)
    },
    /** Runs report `top` by hand, for the day that ends at this time. */
    runTop(until: string) {
      const end = Date.parse(until)
      return reports.run(pipeline.reports[0] as CheckedReport, { since: end - DAY_MS, until: end })
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await following
      await bus[Symbol.asyncDispose]()
    },
  }
}

const row = (day: string, path: string, hits: number) => {
  const span = `"span_start":"2020-05-${Number(day) - 1}T20:00:00.000","span_end":"2020-05-${day}T20:00:00.000"`
  return `{${span},"path":"${path}"} {${span},"path":"${path}","hits":${hits}}`
}

// Promise missed-report: A report that was missed runs once at the next start.
test('a report runs when it is due and the watermark has passed; missed, it runs once; repeated, it adds nothing', async () => {
  using folder = temporaryFolder()
  const clock = clockAt('2020-05-15T17:30:00Z')
  {
    await using first = await open(folder.path, clock)
    first.follow()
    await append(first.access, 0, '12:00:00', '/a')
    await append(first.access, 1, '19:59:59', '/b')
    await goTo(clock, '2020-05-15T18:05:00Z')
    expect(await rowsOf(first.top)).toEqual([])
    // Both partitions must have passed 20:00, by ten seconds.
    await append(first.access, 0, '20:00:10', '/c')
    await goTo(clock, '2020-05-15T18:06:00Z')
    expect(await rowsOf(first.top)).toEqual([])
    await append(first.access, 1, '20:00:10', '/c')
    await goTo(clock, '2020-05-15T18:07:00Z')
    expect(await rowsOf(first.top)).toEqual([row('15', '/a', 1), row('15', '/b', 1)])
    expect(first.notes).toEqual(['report top, for the span until 2020-05-15T18:00:00.000Z: 2 rows'])

    // By hand once more: the rows are there already, until there is another line.
    expect(await first.runTop('2020-05-15T18:00:00Z')).toMatchObject({ rows: 2, appended: 0 })
    expect(await rowsOf(first.top)).toHaveLength(2)
    await append(first.access, 0, '12:00:01', '/a')
    // Then the row that it changes is put out once more, and no other.
    expect(await first.runTop('2020-05-15T18:00:00Z')).toMatchObject({ rows: 2, appended: 1 })
    expect((await rowsOf(first.top)).slice(2)).toEqual([row('15', '/a', 2)])
  }
  // Three days later: the report that was due on the 18th is made up for, those of the days before are not.
  clock.advance(Date.parse('2020-05-18T19:00:00Z') - clock.now())
  await using second = await open(folder.path, clock)
  second.follow()
  await append(second.access, 0, '19:00:00', '/d', 18)
  for (const partition of [0, 1]) await append(second.access, partition, '20:00:10', '/e', 18)
  await goTo(clock, '2020-05-18T19:01:00Z')
  expect((await rowsOf(second.top)).slice(3)).toEqual([row('18', '/d', 1)])
  expect(await rowsOf(second.quiet)).toEqual([])
  await goTo(clock, '2020-05-18T20:00:00Z')
  expect(await rowsOf(second.top)).toHaveLength(4)
})

// Promise: Rows that a report made again has no more are named, as they stay in its topic and in stores.
test('a report that is made again names the rows that it has no more', async () => {
  using folder = temporaryFolder()
  const clock = clockAt('2020-05-15T19:00:00Z')
  const text = PIPELINE.replace('GROUP BY path', 'GROUP BY path ORDER BY hits DESC, path LIMIT 1')
  await using opened = await open(folder.path, clock, text)
  const run = () => opened.runTop('2020-05-15T18:00:00Z')
  const none = { count: 0, first: [] }
  await append(opened.access, 0, '12:00:00', '/a')
  // Another span has rows of its own.
  await opened.runTop('2020-05-15T19:00:00Z')
  expect(await run()).toMatchObject({ appended: 1, stale: none })
  expect(await run()).toMatchObject({ appended: 0, stale: none })
  for (const second of [1, 2]) await append(opened.access, 0, `12:00:0${second}`, '/b')
  const [, first = ''] = row('15', '/a', 1).split('} ')
  expect(await run()).toMatchObject({ rows: 1, appended: 1, stale: { count: 1, first: [first] } })
  expect(await rowsOf(opened.top)).toHaveLength(3)
})

test('a report that was run by hand before its pipeline has not missed what was due before', async () => {
  using folder = temporaryFolder()
  const clock = clockAt('2020-05-15T19:00:00Z')
  await using opened = await open(folder.path, clock)
  for (const partition of [0, 1]) await append(opened.access, partition, '20:00:10', '/a')
  await opened.runTop('2020-05-15T18:00:00Z')
  opened.follow()
  await goTo(clock, '2020-05-15T19:05:00Z')
  expect(opened.notes).toEqual([])
})

test('a report over a topic that has fallen quiet waits no longer than it is idle', async () => {
  using folder = temporaryFolder()
  const clock = clockAt('2020-05-15T17:59:30Z')
  let resting = false
  const text = PIPELINE.replace('max_ahead: never', 'max_ahead: never, idle: 30s')
  await using opened = await open(folder.path, clock, text, () => resting)
  opened.follow()
  await append(opened.access, 0, '19:59:55', '/a')
  await append(opened.access, 1, '19:00:00', '/b')
  // A source that has something to read is not quiet, only slow.
  await goTo(clock, '2020-05-15T18:02:00Z')
  expect(await rowsOf(opened.top)).toEqual([])
  // The watermark is 19:59:45: the time that passes would bring it there in 15 s, but counts only after 30 s of silence.
  resting = true
  await goTo(clock, '2020-05-15T18:02:29Z')
  expect(await rowsOf(opened.top)).toEqual([])
  await goTo(clock, '2020-05-15T18:02:32Z')
  expect(await rowsOf(opened.top)).toEqual([row('15', '/a', 1), row('15', '/b', 1)])
})

// Promise: A report that cron asks for when it is due waits until the watermarks have passed, as the schedule does, and has then not been missed.
test('what is asked for when it is due waits for its span; after an hour, or at a reload, it waits no longer', async () => {
  using folder = temporaryFolder()
  const clock = clockAt('2020-05-15T18:00:00Z')
  const due = Date.parse('2020-05-15T18:00:00Z')
  await using opened = await open(folder.path, clock)
  await append(opened.access, 0, '19:59:59', '/a')
  await append(opened.access, 1, '19:59:00', '/b')
  const wait = (signal = new AbortController().signal) => opened.reports.whenWhole(opened.report, due, signal)
  const first = wait()
  let isWhole: boolean | undefined
  void first.then((whole) => {
    isWhole = whole
  })
  const look = async () => {
    await vi.waitUntil(() => clock.sleeping().length === 1 || isWhole !== undefined, { interval: 1 })
    clock.advance(1000)
  }
  for (let looks = 0; looks < 3; looks++) await look()
  expect(isWhole).toBe(undefined)
  await append(opened.access, 0, '20:00:10', '/c')
  for (let looks = 0; looks < 3; looks++) await look()
  expect(isWhole).toBe(undefined)
  await append(opened.access, 1, '20:00:10', '/c')
  while (isWhole === undefined) await look()
  expect(await first).toBe(true)

  const later = { due: Date.parse('2020-05-16T18:00:00Z'), stop: new AbortController() }
  const ended = opened.reports.whenWhole(opened.report, later.due, later.stop.signal)
  const long = opened.reports.whenWhole(opened.report, later.due, new AbortController().signal)
  await vi.waitUntil(() => clock.sleeping().length === 2, { interval: 1 })
  later.stop.abort()
  expect(await ended).toBe(undefined)
  clock.advance(3_600_000)
  expect(await long).toBe(false)

  // The schedule does not make up for it.
  expect(await opened.reports.run(opened.report, { since: due - DAY_MS, until: due }, { due })).toMatchObject({
    rows: 2,
  })
  opened.follow()
  await goTo(clock, '2020-05-15T19:30:00Z')
  expect(opened.notes).toEqual([])
})

test('over a table, a report that is due waits for the delay of the table', async () => {
  using folder = temporaryFolder()
  const clock = clockAt('2020-05-15T17:59:00Z')
  const text = `version: 1
name: shop
timezone: Europe/Berlin
tables:
  day_log: { sqlite: { path: out.db, table: LOG }, columns: { ts: TIMESTAMP_LTZ(3), path: STRING }, time: ts, delay: 5m }
reports:
  top: { sql: SELECT path FROM day_log, at: "0 20 * * *" }
  quiet: { sql: SELECT COUNT(*) AS hits FROM day_log, at: "0 0 1 1 *" }
`
  await using opened = await open(folder.path, clock, text)
  const database = new DatabaseSync(join(folder.path, 'out.db'))
  database.exec('CREATE TABLE LOG (ts TEXT, path TEXT)')
  opened.follow()
  await goTo(clock, '2020-05-15T18:04:00Z')
  // It comes to the store four minutes late.
  database.exec("INSERT INTO LOG VALUES ('2020-05-15T17:59:59Z', '/a'), ('2020-05-15T18:00:00Z', '/b')")
  database.close()
  expect(opened.notes).toEqual([])
  await goTo(clock, '2020-05-15T18:06:00Z')
  expect(opened.notes).toEqual(['report top, for the span until 2020-05-15T18:00:00.000Z: 1 rows'])
})
