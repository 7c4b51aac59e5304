/**
 * What Grafana asks in examples/population: each query of its dashboard and of its alert rule, on a real InfluxDB with points that
 * the sink wrote. (There is no Grafana here, so its time range and bucket are put in as it does that.)
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPopulation } from '../../examples/population/population.ts'
import { DATABASE, type Influxdb, startInfluxdb } from '../../scripts/services/influxdb/influxdb.ts'
import { installedInfluxdb } from '../../scripts/services/influxdb/install.ts'
import { batchOf } from '../../src/record/batch.test-tool.ts'
import { recordsOf } from '../../src/record/records.ts'
import { BIGINT, type Field, INT, STRING } from '../../src/record/type.ts'
import { influxdb } from '../../src/sink/influxdb/influxdb.ts'
import { openSinkAt } from '../contract/sink.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 200_000
const FOLDER = join(import.meta.dirname, '../../examples/population/grafana')
const lacking = await isMissing('InfluxDB', installedInfluxdb)

type Query = { readonly title: string; readonly query: string }

const read = (path: string) => JSON.parse(readFileSync(join(FOLDER, path), 'utf8'))
const panels: readonly Query[] = read('dashboards/population.json').panels.map(
  ({ title, targets }: { title: string; targets: { query: string }[] }) => ({ title, query: targets[0]?.query }),
)
const [rule] = read('provisioning/alerting/population.json').groups[0].rules

const FIELDS: readonly Field[] = [
  { name: 'ID Nation', type: STRING },
  { name: 'Nation', type: STRING },
  { name: 'ID Year', type: INT },
  { name: 'Year', type: STRING },
  { name: 'Population', type: BIGINT },
  { name: 'Slug Nation', type: STRING },
]
const rows = openPopulation(1, 10).rows()
const MILLIS = (year: number): string => `${year}-01-01T00:00:00Z`
/** Nation, then year. */
const sorted = rows.toSorted((a, b) =>
  a.Nation === b.Nation ? a['ID Year'] - b['ID Year'] : a.Nation < b.Nation ? -1 : 1,
)
const lastYear = Math.max(...rows.map((row) => row['ID Year']))
const of = (id: string, year: number) =>
  rows.find((row) => row['ID Nation'] === id && row['ID Year'] === year)?.Population ?? 0

describe.skipIf(lacking)('what Grafana asks', { timeout: LIMIT_MS }, () => {
  let server: Influxdb
  beforeAll(async () => {
    server = await startInfluxdb()
    const options = {
      url: server.url,
      org: 'case',
      bucket: DATABASE,
      measurement: 'population_data',
      precision: 's',
      tags: { ID_Nation: '`ID Nation`' },
      fields: Object.fromEntries(FIELDS.map(({ name }) => [name, `\`${name}\``])),
      time: "TIMESTAMPADD(YEAR, `ID Year` - 1970, TIMESTAMP '1970-01-01 00:00:00')",
    }
    const key = { rowKey: [0, 2], rowKeyParts: [[0], [2]] }
    const target = { options, folder: FOLDER }
    await using sink = await openSinkAt(influxdb, target, { fields: FIELDS, rowtime: undefined, ...key })
    const cells = rows.map((row) => [
      row['ID Nation'],
      row.Nation,
      row['ID Year'],
      row.Year,
      BigInt(row.Population),
      row['Slug Nation'],
    ])
    const records = recordsOf(rows.map(() => ''))
    const delivery = { partition: 0, baseOffset: 0, records, rows: batchOf(FIELDS, cells) }
    // Twice: each point is there once all the same.
    for (const _ of [1, 2]) expect(await sink.write(delivery)).toBeUndefined()
  }, LIMIT_MS)
  afterAll(async () => {
    await server?.stop()
  }, LIMIT_MS)

  /** As Grafana asks, over the last `seconds`. */
  function ask(query: string, seconds: number) {
    const stop = new Date()
    const start = new Date(stop.getTime() - seconds * 1000)
    const range = `timeRangeStart: ${start.toISOString()}, timeRangeStop: ${stop.toISOString()}, windowPeriod: 7d`
    const bucket = `bucket: "${DATABASE}", defaultBucket: "${DATABASE}", organization: "case"`
    return server.flux(`option v = {${range}, ${bucket}}\n${query}`)
  }
  /** The time range of the dashboard. */
  const TWENTY_YEARS_S = 20 * 365 * 86_400
  const panel = (title: string) => ask(panels.find((one) => one.title === title)?.query ?? '', TWENTY_YEARS_S)

  test('the population of each nation by year', async () => {
    expect(
      (await panel('Population by year')).map(({ Nation, _time, Population }) => [Nation, _time, Population]),
    ).toEqual(sorted.map((row) => [row.Nation, MILLIS(row['ID Year']), String(row.Population)]))
  })

  test('the latest population, the largest first', async () => {
    const latest = rows.filter((row) => row['ID Year'] === lastYear).toSorted((a, b) => b.Population - a.Population)
    expect(await panel('Latest population')).toMatchObject(
      latest.map((row) => ({
        _time: MILLIS(lastYear),
        ID_Nation: row['ID Nation'],
        Nation: row.Nation,
        Population: String(row.Population),
      })),
    )
  })

  test('the change from the year before', async () => {
    const changes = sorted.filter((row) => of(row['ID Nation'], row['ID Year'] - 1) > 0)
    expect(changes.length).toBe(rows.length - 10)
    expect(await panel('Change from the year before')).toMatchObject(
      changes.map((row) => ({
        Nation: row.Nation,
        _time: MILLIS(row['ID Year']),
        Population: String(row.Population - of(row['ID Nation'], row['ID Year'] - 1)),
      })),
    )
  })

  test('points written, each once', async () => {
    expect(await panel('Points written')).toMatchObject([{ _value: String(rows.length) }])
    expect(panels).toHaveLength(4)
  })

  test('the alert rule fires for the nations that have fewer people than the year before', async () => {
    const [asked, reduced, threshold] = rule.data
    const percent = await ask(asked.model.query, asked.relativeTimeRange.from)
    // What Grafana does then: the last value of each series, and the condition on it.
    expect([reduced.model.reducer, threshold.model.conditions[0].evaluator]).toEqual([
      'last',
      { type: 'lt', params: [0] },
    ])
    const last = new Map(percent.map(({ ID_Nation = '', _value }) => [ID_Nation, Number(_value)]))
    const nations = rows.filter((row) => row['ID Year'] === lastYear).map((row) => row['ID Nation'])
    expect(last.size).toBe(nations.length)
    for (const id of nations) {
      const [before, now] = [of(id, lastYear - 1), of(id, lastYear)]
      expect(last.get(id)).toBeCloseTo(((now - before) * 100) / before, 9)
    }
    const falling = nations.filter((id) => of(id, lastYear) < of(id, lastYear - 1))
    expect(falling.length).toBeGreaterThan(0)
    expect([...last].filter(([, value]) => value < 0).map(([id]) => id)).toEqual(falling.toSorted())
  })
})
