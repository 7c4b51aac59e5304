/** Payments of each minute beside those of the hour before, as a z-score, by the built program. */
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { killedPipeline } from './killed.ts'
import { type Folder, folderWith, jsonOf } from './tailrace.ts'

const PIPELINE = `version: 1
name: p
sources:
  log: { file: { path: log.ndjson, poll: 20ms }, to: payment }
topics:
  payment:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP(3), country: STRING, amount: INT } } }
    watermark: ts - INTERVAL '2' SECOND
queries:
  unusual: |
    SELECT window_end, country, total, (total - mean) / dev AS z FROM (
      SELECT window_end, window_time, country, total, AVG(total) OVER w AS mean, STDDEV_POP(total) OVER w AS dev FROM (
        SELECT window_start, window_end, window_time, country, CAST(SUM(amount) AS DOUBLE) AS total
        FROM TABLE(TUMBLE(TABLE payment, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
        GROUP BY window_start, window_end, window_time, country)
      WINDOW w AS (PARTITION BY country ORDER BY window_time RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW))
    WHERE dev > 0
sinks:
  unusual: { from: unusual, ndjson: unusual.ndjson }
checkpoint: { interval: 30ms }
`

/** Operations of the disk before which the process is killed. */
const MOMENTS = [
  { at: 4, pattern: 'rename to .*checkpoint$' },
  { at: 3, pattern: 'write at .*p.unusual-0' },
]

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)
const COUNTRIES = ['AT', 'CH', 'DE']
const LINES = 3 * 100 * 4

type Payment = { readonly at: number; readonly country: string; readonly amount: number }

/** Four payments a minute in each country, for 100 minutes. */
const paymentAt = (n: number): Payment => {
  const country = COUNTRIES[n % 3] as string
  return { at: START + n * 5000, country, amount: 1 + ((n * n) % 97) + (n % 401 === 400 ? 5000 : 0) }
}

const lineAt = (n: number): string => {
  const { at, ...rest } = paymentAt(n)
  return `${JSON.stringify({ ts: new Date(at).toISOString().slice(0, -1), ...rest })}\n`
}

type Row = { readonly window_end: string; readonly country: string; readonly total: number; readonly z: number }

const rowsOf = (folder: Folder): readonly Row[] =>
  existsSync(folder.at('unusual.ndjson')) ? jsonOf<Row>(folder.lines('unusual.ndjson')) : []

/** By the definition, with Welford's additions in order of time. */
function wanted(): readonly Row[] {
  const totals = new Map<string, number>()
  for (let n = 0; n < LINES; n++) {
    const { at, country, amount } = paymentAt(n)
    const key = `${Math.floor(at / MINUTE)} ${country}`
    totals.set(key, (totals.get(key) ?? 0) + amount)
  }
  const rows = [...totals].map(([key, total]) => ({
    minute: Number(key.split(' ')[0]),
    country: key.split(' ')[1] ?? '',
    total,
  }))
  rows.sort((a, b) => a.minute - b.minute || (a.country < b.country ? -1 : 1))
  return rows.flatMap(({ minute, country, total }) => {
    const hour = rows.filter((row) => row.country === country && row.minute <= minute && row.minute >= minute - 60)
    const mean = hour.reduce((sum, row) => sum + row.total, 0) / hour.length
    let [count, middle, squares] = [0, 0, 0]
    for (const row of hour) {
      count++
      const apart = row.total - middle
      middle += apart / count
      squares += apart * (row.total - middle)
    }
    const dev = Math.sqrt(squares / count)
    const window_end = new Date((minute + 1) * MINUTE).toISOString().slice(0, -1)
    return dev > 0 ? [{ window_end, country, total, z: (total - mean) / dev }] : []
  })
}

// Holds over-rows.
test('the z-score of each minute is the same, to the last digit, out of a run that is killed again and again', {
  timeout: 120_000,
}, async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'log.ndjson': '' })
  const pipeline = killedPipeline(folder, lineAt)
  for (const moment of MOMENTS) await pipeline.killedBefore(moment, 200)
  for (const rows of [110, 180]) await pipeline.killedWhen(() => rowsOf(folder).length >= rows, 300)
  await pipeline.finished(LINES)
  const rows = rowsOf(folder)
  expect(rows).toEqual(wanted())
  // The payments of 5,000 stand out.
  expect(rows.filter(({ z }) => z > 5).length).toBeGreaterThan(0)
})

test('explain shows the frame; backfill refuses to repair it; a ttl is of no use to it', {
  timeout: 60_000,
}, async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'log.ndjson': [0, 1, 2, 3, 4].map(lineAt).join('') })
  expect(await folder.run()).toMatchObject({ code: 0 })
  const { stdout } = await folder.tailrace('explain', 'p.yaml')
  expect(stdout).toContain(
    "over     each country, by window_time, RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW",
  )
  expect(stdout).toMatch(/row key +window_end, country/)
  const repaired = await folder.tailrace(
    'backfill',
    'unusual',
    'p.yaml',
    '--since',
    '2026-01-01',
    '--until',
    '2026-01-02',
  )
  expect(repaired.stderr).toContain('computed from rows before them (OVER')
  const sql = PIPELINE.split('unusual: |\n')[1]?.split('sinks:')[0] ?? ''
  folder.write(
    'p.yaml',
    PIPELINE.replace(
      `unusual: |\n${sql}`,
      `unusual:\n    state: { ttl: 7d }\n    sql: |\n${sql.replaceAll(/^/gm, '  ').trimEnd()}\n`,
    ),
  )
  const refused = await folder.tailrace('check', 'p.yaml')
  expect(refused.stderr).toContain('ttl has no use here')
})

test('a late row is a dead letter of its query', { timeout: 60_000 }, async () => {
  const sql = `SELECT ts, country, SUM(amount) OVER (PARTITION BY country ORDER BY ts ROWS 2 PRECEDING) AS last_three FROM payment`
  const pipeline = PIPELINE.replace(
    / unusual: \|\n[\s\S]*(?=sinks:)/,
    ` unusual: { sql: "${sql}", state: { ttl: 7d } }\n`,
  )
  const lines = [0, 2, 4, 6, 0, 8].map(lineAt).join('')
  using folder = folderWith({ 'p.yaml': pipeline.replace('partitions: 2', 'partitions: 1'), 'log.ndjson': lines })
  expect(await folder.run()).toMatchObject({ code: 0 })
  const rows = jsonOf<{ readonly last_three: number }>(folder.lines('unusual.ndjson'))
  expect(rows.map(({ last_three }) => last_three)).toEqual([1, 5, 17, 1 + 37, 5 + 65])
  const dead = await folder.tailrace('dead', 'payment')
  expect(dead.stdout).toContain('1 × late in query unusual: ')
  expect(dead.stdout).toContain('what is put out of its time was decided')
})
