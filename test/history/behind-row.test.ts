/**
 * The records behind a row of a query, in random pipelines over random streams with late records: as many as COUNT(*) of the
 * row says, before a backfill and after it.
 */
import { expect, test } from 'vitest'
import { SimulatedDisk } from '../../src/base/disk/simulated-disk.test-tool.ts'
import { newSeed, type Random, seededRandom } from '../../src/base/random.ts'
import { repairRows } from '../../src/history/backfill.ts'
import { recordsBehindRow } from '../../src/history/behind/behind-row.ts'
import type { CheckedPipeline, CheckedQuery } from '../../src/pipeline/checked.ts'
import { type PlacedRow, readRowPage } from '../../src/topic/placed-rows.ts'
import { checkedText } from '../run/in-process.ts'
import { makeStream } from '../sim/random-pipeline.ts'
import { type Running, startQueries, testClock } from '../sim/running.ts'

const WINDOWS = [
  "TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '7' SECOND)",
  "TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
  "HOP(TABLE access, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)",
  "HOP(TABLE access, DESCRIPTOR(ts), INTERVAL '4' SECOND, INTERVAL '12' SECOND)",
  "CUMULATE(TABLE access, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)",
]

function queriesOf(random: Random): Readonly<Record<string, string>> {
  const one = <T>(of: readonly T[]) => of[random.below(of.length)] as T
  const where = () => one(['', " WHERE k <> 'b'", ' WHERE v > 1 OR v IS NULL', " WHERE v + 1 > 2 AND k <> 'c'"])
  const keys = one([['k'], ['v'], ['k', 'v'], ['UPPER(k)'], []])
  const names = keys.map((_, index) => `key_${index}`)
  const shown = keys.map((key, index) => `, ${key} AS key_${index}`).join('')
  const by = ['window_start', 'window_end', ...keys].join(', ')
  const counted = (having = '') =>
    `SELECT window_start, window_end${shown}, COUNT(*) AS n FROM TABLE(${one(WINDOWS)})${where()} GROUP BY ${by}${having}`
  const inner = `SELECT window_start, window_end, k, v, COUNT(*) AS c FROM TABLE(${one(WINDOWS)})${where()} GROUP BY window_start, window_end, k, v`
  const last = names.length === 0 ? 'n' : names.join(', ')
  return {
    counted: counted(),
    having: counted(' HAVING COUNT(*) > 1'),
    top: `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, ${last}) AS nth FROM (${counted()})) WHERE nth <= 2`,
    first: `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, ${last}) AS nth FROM (${counted()})) WHERE nth = 1`,
    nested: `SELECT window_start, window_end, k AS who, SUM(c) AS n FROM (${inner}) GROUP BY window_start, window_end, k`,
    one_end: `SELECT window_end, k, COUNT(*) AS n FROM TABLE(${WINDOWS[random.below(4)]})${where()} GROUP BY window_start, window_end, k`,
    session: `SELECT window_start, window_end, k, COUNT(*) AS n FROM TABLE(SESSION(TABLE access PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND))${where()} GROUP BY window_start, window_end, k`,
    zoned: counted()
      .replaceAll('TABLE access', 'TABLE by_zone')
      .replaceAll('window_start, window_end', 'window_end, window_start'),
    few_counted: counted().replaceAll('TABLE access', 'TABLE few'),
    few: "SELECT ts, k, v FROM access WHERE k <> 'a'",
  }
}

const pipelineText = (queries: Readonly<Record<string, string>>): string => `version: 1
name: p
timezone: Europe/Berlin
topics:
  access:
    partitions: 3
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING, v: INT } } }
    watermark: ts - INTERVAL '2' SECOND
    idle: 10s
  by_zone:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), k: STRING, v: INT } } }
    watermark: ts - INTERVAL '2' SECOND
    idle: 10s
queries:
${Object.entries(queries)
  .map(([name, sql]) => `  ${name}: ${JSON.stringify(sql)}`)
  .join('\n')}
`

async function started(seed: number): Promise<{ readonly pipeline: CheckedPipeline; readonly running: Running }> {
  const queries = queriesOf(seededRandom(seed))
  const { few = '', ...others } = queries
  const text = pipelineText({ few, ...others })
  const running = await startQueries({ folder: '/data', text, disk: new SimulatedDisk().disk })
  for (const event of makeStream(seededRandom(seed + 1), { turns: 60, late: true })) {
    if ('silence' in event) await running.pass(event.silence, 500)
    else {
      // Around the night in which clocks are put back, in which an hour comes twice.
      const zoned = event.records.map((record) =>
        record.replace(/T(\d\d:\d\d:\d\d\.\d*)/, 'T$1Z').replace('-07-01', '-09-24'),
      )
      if (event.topic === 'access') await running.append('access', event.partition, event.records)
      else await running.append('by_zone', event.partition, zoned)
    }
    await running.settle()
  }
  return { pipeline: checkedText(text, '/data'), running }
}

const queryOf = (pipeline: CheckedPipeline, name: string): CheckedQuery =>
  pipeline.queries.find((query) => query.name === name) as CheckedQuery

async function rowsOf(running: Running, name: string): Promise<readonly PlacedRow[]> {
  return (await readRowPage(running.topic(name).topic, { limit: Number.POSITIVE_INFINITY })).rows
}

async function behind(pipeline: CheckedPipeline, running: Running, [name, row]: readonly [string, PlacedRow]) {
  const query = queryOf(pipeline, name)
  const { checked, topic, letters } = running.topic(query.reads[0] as string)
  const source = { checked, topic, letters }
  return await recordsBehindRow({ pipeline, query, results: running.topic(name), row, source, limit: 1000 })
}

const COUNTED = ['counted', 'having', 'top', 'first', 'nested', 'one_end', 'session', 'zoned', 'few_counted']

test('a row has as many records as COUNT(*) says, before a backfill and after it', async () => {
  const seed = newSeed()
  let rows = 0
  let late = 0
  for (let round = 0; round < 3; round++) {
    const { pipeline, running } = await started(seed + 10 * round)
    for (const name of COUNTED) {
      for (const row of await rowsOf(running, name)) {
        const { n } = JSON.parse(row.row ?? '{}')
        const found = await behind(pipeline, running, [name, row])
        const said = `seed ${seed + 10 * round}, ${name}: ${queryOf(pipeline, name).query.sql}\n${row.row}\n${JSON.stringify(found)}`
        expect(found, said).toMatchObject({ count: n, missing: undefined })
        rows++
        if ('late' in found) late += found.late
      }
    }
    for (const name of ['counted', 'nested', 'zoned']) {
      const query = queryOf(pipeline, name)
      const topics = new Map([name, ...query.reads].map((each) => [each, running.topic(each)]))
      const span = { since: 0, until: Date.UTC(2100, 0, 1) }
      await repairRows({ pipeline, query, span, topics }, testClock(Date.UTC(2026, 5, 1)))
      const seen = new Set<string>()
      for (const row of await rowsOf(running, name)) {
        // The newest row of each key is the right one.
        if (seen.has(row.key ?? '')) continue
        seen.add(row.key ?? '')
        const found = await behind(pipeline, running, [name, row])
        const said = `after a backfill, seed ${seed + 10 * round}, ${name}: ${query.query.sql}\n${row.row}\n${JSON.stringify(found)}`
        expect(found, said).toMatchObject({ count: JSON.parse(row.row ?? '{}').n })
      }
    }
    await running.stop()
  }
  expect(rows).toBeGreaterThan(100)
  expect(late).toBeGreaterThan(0)
}, 120_000)
