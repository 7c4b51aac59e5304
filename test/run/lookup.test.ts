/** Lookup tables over several runs: which version each row is joined with, and what is said of versions that cannot be used. */
import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { findRepairs } from '../../src/history/backfill.ts'
import { openSpanTopics } from '../../src/history/span-query.ts'
import { keptTables, withTicks } from '../../src/history/versions.ts'
import type { CheckedQuery } from '../../src/pipeline/checked.ts'
import type { RunOptions } from '../../src/run/run-options.ts'
import { checkedText, readTopics, runInProcess } from './in-process.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)

const TEXT = `version: 1
name: lk
sources: { log: { file: in.log, to: logs } }
topics:
  logs:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), n: INT, k: INT } } }
    watermark: ts - INTERVAL '5' SECOND
tables:
  ports: { file: ports.csv, columns: { k: INT, name: STRING }, key: k }
views:
  timed: SELECT *, PROCTIME() AS proc FROM logs
queries:
  named: SELECT l.n, p.name FROM timed AS l LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k
  counted: |
    SELECT window_start, window_end, name, COUNT(*) AS many
    FROM TABLE(TUMBLE(TABLE (
      SELECT l.ts, p.name FROM timed AS l JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k
    ), DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, name
reports:
  totals: { at: "* * * * *", span: 1h, sql: "SELECT name, COUNT(*) AS many FROM (SELECT p.name FROM timed AS l JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k) GROUP BY name" }
`

/** A folder with a pipeline whose input and table grow and change between runs. */
function openPlace(text = TEXT) {
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  let lines = 0
  const said: string[] = []
  writeFileSync(join(folder.path, 'in.log'), '')
  return {
    folder: folder.path,
    data,
    said,
    table: (text: string) => writeFileSync(join(folder.path, 'ports.csv'), text),
    removeTable: () => rmSync(join(folder.path, 'ports.csv')),
    /** Adds lines of one minute with these keys. */
    add(minute: number, ...keys: readonly number[]) {
      const made = keys.map((k) =>
        JSON.stringify({ ts: new Date(START + minute * MINUTE + lines * 10).toISOString(), n: lines++, k }),
      )
      appendFileSync(join(folder.path, 'in.log'), `${made.join('\n')}\n`)
    },
    pipeline: () => checkedText(text, folder.path),
    async run(options: Partial<RunOptions> = {}) {
      said.length = 0
      await runInProcess(checkedText(text, folder.path), {
        dataFolder: data,
        warn: (message) => void said.push(message),
        ...options,
      })
    },
    /** The names of the lines, by number: as the query has put them out. */
    async names() {
      const topics = await readTopics(data)
      const rows = [0, 1].flatMap((partition) =>
        (topics.get(`lk.named-${partition}`) ?? []).map(
          ({ value }) => JSON.parse(value ?? '') as { n: number; name: string },
        ),
      )
      return rows.sort((a, b) => a.n - b.n).map(({ name }) => name)
    },
    kept: () => readdirSync(join(data, 'tables/ports')),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

// Promise lookup-versions: A row is joined with the version of a lookup table that was in use when its record came, also in a replay.
test('records of earlier runs keep their version, and new ones have the new one', async () => {
  using place = openPlace()
  place.table('k,name\n1,one\n2,two\n')
  place.add(0, 1, 2, 3)
  await place.run()
  expect(await place.names()).toEqual(['one', 'two', null])
  place.table('k,name\n1,ONE\n3,THREE\n')
  place.add(1, 1, 2, 3)
  await place.run()
  expect(await place.names()).toEqual(['one', 'two', null, 'ONE', null, 'THREE'])
  expect(place.said).toEqual([])
  expect(place.kept()).toHaveLength(2)
  // The query begins anew: each record has the version that it had.
  await place.run({ reset: new Map([['named', 'earliest']]) })
  const again = (await place.names()).slice(0)
  expect(again.sort()).toEqual(['one', 'two', null, 'ONE', null, 'THREE'].flatMap((name) => [name, name]).sort())
})

test('the first row of each key over rows that are looked up', async () => {
  const first = `  first: |
    SELECT n, k, name FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY name ORDER BY ts) AS nth FROM (
      SELECT l.ts, l.n, l.k, p.name FROM timed AS l LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k
    )) WHERE nth = 1
reports:
`
  using place = openPlace(TEXT.replace('reports:\n', first))
  place.table('k,name\n1,one\n2,two\n3,two\n')
  place.add(0, 1, 3, 2, 1, 4)
  await place.run()
  place.table('k,name\n1,two\n2,three\n')
  place.add(1, 1, 2, 3)
  await place.run()
  const rows = (await readTopics(place.data)).get('lk.first-0') ?? []
  expect(rows.map(({ value }) => JSON.parse(value ?? ''))).toEqual([
    { n: 0, k: 1, name: 'one' },
    { n: 1, k: 3, name: 'two' },
    { n: 4, k: 4, name: null },
    { n: 6, k: 2, name: 'three' },
  ])
})

test('a content that came back is a version of its own', async () => {
  using place = openPlace()
  for (const [minute, name] of ['a', 'b', 'a'].entries()) {
    place.table(`k,name\n1,${name}\n`)
    place.add(minute, 1, 1)
    await place.run()
  }
  expect(await place.names()).toEqual(['a', 'a', 'b', 'b', 'a', 'a'])
  const ticks = (await readTopics(place.data)).get('logs.ticks-0') ?? []
  const versions = ticks.map(
    ({ value }) => JSON.parse(value ?? '') as { table: string; version: number; offset: number },
  )
  expect(versions.map(({ version, offset }) => [version, offset])).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ])
})

test('a version that cannot be used is said, and the one before stays in use', async () => {
  using place = openPlace()
  place.add(0, 1)
  await expect(place.run()).rejects.toMatchObject({ message: 'table ports: there is no file ports.csv' })
  place.table('k,name\n1,one\n1,two\n')
  await expect(place.run()).rejects.toThrow('table ports: ports.csv: line 2 and line 3 have the same key, k = 1')
  place.table('k,name\n1,one\n')
  await place.run()
  place.table('k\n1\n')
  place.add(1, 1)
  await place.run()
  expect(place.said).toEqual([
    expect.stringMatching(/^table ports: ports.csv has no column name\n.*\nVersion 1 stays in use\.$/),
  ])
  place.removeTable()
  place.add(2, 1)
  await place.run()
  expect(place.said).toEqual([expect.stringContaining('there is no file ports.csv')])
  expect(await place.names()).toEqual(['one', 'one', 'one'])
})

test('a backfill joins records with the versions that they had, and a report with the newest', async () => {
  using place = openPlace()
  place.table('k,name\n1,old\n')
  place.add(0, 1, 1, 1)
  await place.run()
  place.table('k,name\n1,new\n')
  place.add(1, 1, 1)
  place.add(2, 9)
  await place.run()
  const pipeline = place.pipeline()
  const query = pipeline.queries.find(({ name }) => name === 'counted') as CheckedQuery
  const repairs = async () => {
    await using bus = await ownEmbedded(place.data, { disk: nodeDisk, clock: systemClock })
    const open = ({ topic, partitions }: { topic: string; partitions: number }) => bus.topic(topic, partitions)
    const topics = await withTicks(query, await openSpanTopics(pipeline, ['logs', 'counted'], open), bus)
    const said: string[] = []
    const lookups = keptTables(pipeline, {
      disk: nodeDisk,
      dataFolder: place.data,
      warn: (text) => void said.push(text),
    })
    const span = { since: START, until: START + 10 * MINUTE }
    return { ...(await findRepairs({ pipeline, query, span, topics, lookups })), said }
  }
  expect(await repairs()).toMatchObject({ equal: 2, repairs: [], stale: [], said: [] })
  // Without the content, the newest is used, which is said.
  const digest = await oldest(place.data)
  rmSync(join(place.data, 'tables/ports', digest))
  const { repairs: found, said } = await repairs()
  expect(found.map(({ batch }) => batch)).toEqual([expect.stringContaining('"name":"new","many":3')])
  expect(said).toEqual(['version 1 of table ports is kept no more: its rows are joined with the newest one'])
})

async function oldest(data: string): Promise<string> {
  const [first] = (await readTopics(data)).get('logs.ticks-0') ?? []
  return (JSON.parse(first?.value ?? '') as { digest: string }).digest
}

test('old versions are removed once no checkpoint and no record of the last few needs them', async () => {
  using place = openPlace()
  for (let version = 0; version < 20; version++) {
    place.table(`k,name\n1,v${version}\n`)
    place.add(version, 1, 1)
    await place.run()
  }
  expect(place.kept().length).toBe(17)
  expect(await place.names()).toEqual(Array.from({ length: 40 }, (_, n) => `v${n >> 1}`))
})
