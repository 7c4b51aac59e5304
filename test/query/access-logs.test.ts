/** Windowed answers over real logs agree with those of awk: see the README of ../shared/data. */
import { describe, expect } from 'vitest'
import type { Value } from '../../src/record/column.ts'
import { tailrace } from '../cli/tailrace.ts'
import { dataPath, readData, readFacts, testWithData } from '../format/shared-data.ts'
import { ask } from './ask.ts'

/** From docs/formats.md. */
const STRICT = `protocol LIKE 'HTTP/_._' AND target NOT LIKE '%"%'`
const TUMBLE_MINUTE = `TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))`
const TUMBLE_10 = `TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '10' MINUTE))`
const HOP_10_5 = `TABLE(HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE))`

const TABLES = {
  'method-per-minute': `
    SELECT window_start, http_method, COUNT(*) AS hits FROM ${TUMBLE_MINUTE}
    WHERE ${STRICT} GROUP BY window_start, window_end, http_method`,
  'error-rate-per-minute': `
    SELECT window_start, COUNT(*) AS hits, COUNT(*) FILTER (WHERE status >= 400) AS errors,
      SUM(COALESCE(body_bytes, 0)) AS size
    FROM ${TUMBLE_MINUTE} WHERE ${STRICT} GROUP BY window_start, window_end`,
  'top10-targets-per-10min': `
    SELECT window_start, rn, target, hits FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY hits DESC, target) AS rn FROM (
        SELECT window_start, window_end, target, COUNT(*) AS hits FROM ${TUMBLE_10}
        WHERE ${STRICT} GROUP BY window_start, window_end, target))
    WHERE rn <= 10`,
  'top5-hosts-by-bytes-hop10-5': `
    SELECT window_start, rn, host, hits, size FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY size DESC, host) AS rn FROM (
        SELECT window_start, window_end, host, COUNT(*) AS hits, SUM(COALESCE(body_bytes, 0)) AS size FROM ${HOP_10_5}
        WHERE ${STRICT} GROUP BY window_start, window_end, host))
    WHERE rn <= 5`,
} as const

const MIRROR = 'mirror-combined-2019-11_2020-04'
const LOGS = [
  ['nasa-aug95-first-20000', 20_000],
  ['nginx-combined-28021', 28_021],
  ['apache-combined-10000', 10_000],
  [MIRROR, 1_221_662],
] as const

const expectedRows = (log: string, table: string): string =>
  readData(`expected/${log}/${table}.tsv${log === MIRROR ? '.gz' : ''}`).toString()

/** In the notation of the expected tables: times as epoch seconds, tabs between. */
const written = (rows: readonly (readonly Value[])[]): string =>
  rows.map(([start, ...rest]) => `${[Number(start) / 1000, ...rest].join('\t')}\n`).join('')

describe.each(LOGS)('%s', (log, lines) => {
  const file = dataPath(`access/${log}.log.gz`)
  for (const [table, sql] of Object.entries(TABLES)) {
    testWithData(table, async () => {
      const answer = await ask(sql, file, { workers: 2 })
      expect(written(answer.values) === expectedRows(log, table) ? 'equal' : written(answer.values)).toBe('equal')
      expect(answer).toMatchObject({ lines, dead: 0, formats: [log.startsWith('nasa') ? 'common' : 'combined'] })
    })
  }

  testWithData('facts', async () => {
    const { values, tables } = readFacts(log)
    const number = (name: string) => BigInt(values.get(name) ?? -1)
    const whole = await ask(
      `SELECT COUNT(*), COUNT(DISTINCT host), COUNT(DISTINCT target), SUM(body_bytes), MIN(ts), MAX(ts)
       FROM log WHERE ${STRICT}`,
      file,
    )
    expect(whole.values).toEqual([
      [
        ...['well_formed', 'hosts_distinct', 'targets_distinct', 'bytes_total'].map(number),
        ...['first_epoch', 'last_epoch'].map((name) => Number(number(name)) * 1000),
      ],
    ])
    for (const [fact, column, limit] of log === MIRROR ? FACTS.slice(0, 1) : FACTS) {
      const { values: rows } = await ask(
        `SELECT ${column}, COUNT(*) AS hits FROM log WHERE ${STRICT} GROUP BY ${column}
         ORDER BY hits DESC, ${column} LIMIT ${limit}`,
        file,
      )
      expect(rows.map(([key, hits]) => [String(key), Number(hits)])).toEqual(tables.get(fact))
    }
  })
})

const FACTS = [
  ['by_status', 'status', 99],
  ['by_method', 'http_method', 99],
  ['top10_hosts', 'host', 10],
  ['top10_targets', 'target', 10],
] as const

describe('through the command line', () => {
  for (const [log] of LOGS.filter(([name]) => name !== MIRROR)) {
    testWithData(log, async () => {
      const table = 'method-per-minute'
      const { code, stdout } = await tailrace(['query', TABLES[table], dataPath(`access/${log}.log.gz`), '-o', 'csv'])
      expect(code).toBe(0)
      const [head, ...rows] = stdout.trimEnd().split('\n')
      expect(head).toBe('window_start,http_method,hits')
      const inEpoch = rows.map((row) => row.replace(/^[^,]*/, (time) => String(Date.parse(`${time}Z`) / 1000)))
      expect(inEpoch.map((row) => `${row.replaceAll(',', '\t')}\n`).join('')).toBe(expectedRows(log, table))
    })
  }
})
