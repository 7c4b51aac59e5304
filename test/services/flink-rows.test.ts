/** Which rows Flink has of a pipeline, and gives back: rows without event time, ticks of quiet topics, queries over queries, changed queries. */
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Folder, folderWith, type Running } from '../cli/tailrace.ts'
import { flinkServers, isFlinkMissing, whileRunning } from './flink-servers.ts'

const LIMIT_MS = 300_000

const isSkipped = await isFlinkMissing()

describe.skipIf(isSkipped)('rows on Flink', () => {
  const { kafka, flink } = flinkServers(LIMIT_MS)

  const onFlink = (name: string, queries: string, options = '') => {
    const engine = `engine: { flink: { gateway: "${flink().gateway}", checkpoint: 1s${options} } }`
    const text = pipeline(
      name,
      `bus: { kafka: { brokers: "${kafka().bootstrap}", prefix: "${name}." } }\n${engine}`,
      queries,
    )
    return folderWith({ 'p.yaml': text, 'events.log': '' })
  }

  test('the last windows of a topic that falls quiet come, and a row without event time stops no job', {
    timeout: LIMIT_MS,
  }, async () => {
    using folder = onFlink('quiet', `${TENS}${PASSED}`, ', parallelism: 2')
    const running = folder.start('run', 'p.yaml')
    folder.append('events.log', event(1, 1) + event(2, 2) + event(undefined, 3) + event(11, 4))
    await rowsReach({ folder, running }, 'tens', 2)
    // And once more, when the clock of the topic had gone on without rows.
    folder.append('events.log', event(41, 5) + event(undefined, 6))
    await rowsReach({ folder, running }, 'tens', 3)
    await rowsReach({ folder, running }, 'passed', 6)
    expect(rowsIn(folder, 'tens')).toEqual([row(0, 10, 2, 3), row(10, 20, 1, 4), row(40, 50, 1, 5)])
    expect(rowsIn(folder, 'passed')).toEqual([
      ',3',
      ',6',
      ...[1, 2, 11, 41].map((at, i) => `${time(at)}Z,${[1, 2, 4, 5][i]}`),
    ])
    const atWork = await looked(folder)
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    expect(stderr).not.toContain('has failed')
    const stopped = await looked(folder)
    expect(stopped).toEqual(atWork)
    expect(stopped.groups).toContain('quiet.flink.tens job tens')
    expect(stopped.groups.join()).not.toMatch(/of others| null/)
    expect(stopped.queries).toEqual(['events.rows', 'passed', 'tens'])
    // What the ticks have closed stays closed.
    folder.append('events.log', event(51, 7))
    const again = await folder.start('run', 'p.yaml', '--until-end').ended
    expect(again.code, again.stderr).toBe(0)
    expect(rowsIn(folder, 'tens')).toHaveLength(4)
    expect(rowsIn(folder, 'passed')).toHaveLength(7)
  })

  test('a query over another, at least once, is given its rows', { timeout: LIMIT_MS }, async () => {
    using folder = onFlink('over', `${TENS}${MINUTES}`, ', delivery: at-least-once')
    folder.append('events.log', [1, 11, 12, 61, 62, 121].map((at) => event(at, at)).join(''))
    const { code, stderr } = await folder.start('run', 'p.yaml', '--until-end').ended
    expect(code, stderr).toBe(0)
    expect(rowsIn(folder, 'minutes')).toEqual([row(0, 60, 2, 3), row(60, 120, 1, 2), row(120, 180, 1, 1)])
  })

  test('a query that is changed by a reload, or that keeps its state, goes on', { timeout: LIMIT_MS }, async () => {
    using folder = onFlink('changed', TENS)
    let running = folder.start('run', 'p.yaml')
    folder.append('events.log', event(1, 1) + event(11, 1) + event(12, 1))
    await rowsReach({ folder, running }, 'tens', 2)
    const change = (from: string, to: string) => folder.write('p.yaml', folder.read('p.yaml').replace(from, to))
    // The columns of the state stay what they are.
    change('SUM(v) AS total', 'SUM(v) * 100 AS total')
    const reloaded = await folder.tailrace('reload', 'p.yaml')
    expect(reloaded.code, reloaded.stderr).toBe(0)
    folder.append('events.log', event(31, 2))
    await rowsReach({ folder, running }, 'tens', 3)
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    change('SUM(v) * 100 AS total', 'SUM(v) * 1000 AS total')
    const refused = await folder.tailrace('run', 'p.yaml')
    expect(refused.stderr).toContain('--reset tens=keep')
    running = folder.start('run', 'p.yaml', '--reset', 'tens=keep')
    folder.append('events.log', event(51, 3))
    await rowsReach({ folder, running }, 'tens', 4)
    await running.stop()
    expect(rowsIn(folder, 'tens')).toEqual([
      row(0, 10, 1, 1),
      row(10, 20, 2, 2),
      row(30, 40, 1, 200),
      row(50, 60, 1, 3000),
    ])
  })
})

const pipeline = (name: string, places: string, queries: string): string => `version: 1
name: ${name}
${places}
sources: { log: { file: { path: events.log, poll: 50ms }, to: events } }
topics:
  events:
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), v: INT } } }
    watermark: ts - INTERVAL '1' SECOND
    partitions: 3
    idle: 2s
queries:
${queries}
sinks: { ${[...queries.matchAll(/^ {2}(\w+):/gm)].map(([, query]) => `${query}: { from: ${query}, csv: out/${query}.csv }`).join(', ')} }
checkpoint: { interval: 1s }
`

const TENS = `  tens: |
    SELECT window_start, window_end, COUNT(*) AS hits, SUM(v) AS total
    FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end
`
const PASSED = `  passed: SELECT ts, v FROM events
`
const MINUTES = `  minutes: |
    SELECT window_start, window_end, COUNT(*) AS tens, SUM(hits) AS total
    FROM TABLE(TUMBLE(TABLE timed, DESCRIPTOR(closed_at), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end
  timed: |
    SELECT window_time AS closed_at, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, window_time
`

const time = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().slice(0, -1)
const event = (second: number | undefined, v: number): string =>
  `${JSON.stringify({ ts: second === undefined ? null : `${time(second)}Z`, v })}\n`
const row = (start: number, end: number, hits: number, total: number): string =>
  [time(start), time(end), hits, total].join(',')

const rowsIn = (folder: Folder, query: string): readonly string[] =>
  existsSync(folder.at(`out/${query}.csv`)) ? [...folder.lines(`out/${query}.csv`).slice(1)].sort() : []

/** What `groups` shows of groups and queries. */
async function looked(folder: Folder) {
  const { stdout } = await folder.tailrace('groups', 'p.yaml', '--json')
  const { groups } = JSON.parse(stdout) as { groups: { name: string; part: string | null }[] }
  const status = JSON.parse((await folder.tailrace('status', 'p.yaml', '--json')).stdout) as {
    queries: { name: string }[]
  }
  return {
    groups: groups.map(({ name, part }) => `${name} ${part}`).sort(),
    queries: status.queries.map(({ name }) => name).sort(),
  }
}

type Place = { readonly folder: Folder; readonly running: Running }

/** Resolves when a query has put out `count` rows; rejects where the process has ended before. */
const rowsReach = ({ folder, running }: Place, query: string, count: number): Promise<void> =>
  whileRunning(running, () => rowsIn(folder, query).length >= count)
