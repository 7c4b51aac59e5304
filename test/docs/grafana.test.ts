/** What Grafana reads in examples/population: made by its SDK, up to date, and of one piece. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { made } from '../../examples/population/grafana/make.ts'

const FOLDER = join(import.meta.dirname, '../../examples/population/grafana')
const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8')

const datasource = z.object({ type: z.literal('influxdb'), uid: z.string() })
const target = z.object({ refId: z.string(), query: z.string().regex(/^from\(bucket: v\.defaultBucket\)/), datasource })
const dashboard = z.object({
  uid: z.string().regex(/^[a-z-]{1,40}$/),
  title: z.string(),
  schemaVersion: z.int(),
  panels: z.array(
    z.object({
      id: z.int(),
      type: z.enum(['timeseries', 'table', 'stat']),
      title: z.string(),
      datasource,
      targets: z.array(target).min(1),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
    }),
  ),
})
const rules = z.object({
  apiVersion: z.literal(1),
  groups: z.array(
    z.object({
      orgId: z.literal(1),
      name: z.string(),
      folder: z.string(),
      interval: z.string(),
      rules: z.array(
        z.object({
          uid: z.string(),
          title: z.string(),
          condition: z.string(),
          for: z.string(),
          data: z.array(z.object({ refId: z.string(), datasourceUid: z.string(), model: z.looseObject({}) })),
        }),
      ),
    }),
  ),
})

test('the files are those that make.ts makes', () => {
  expect(Object.keys(made)).toHaveLength(2)
  for (const [path, text] of Object.entries(made)) expect(JSON.parse(read(path))).toEqual(JSON.parse(text))
})

test('panels and rules ask data sources that are there, and a rule expressions of its own', () => {
  const { datasources } = parse(read('provisioning/datasources/influxdb.yaml'))
  const uids = datasources.map(({ uid }: { uid: string }) => uid)
  const { panels } = dashboard.parse(JSON.parse(read('dashboards/population.json')))
  expect(panels.map(({ title }) => title)).toEqual([
    'Population by year',
    'Latest population',
    'Change from the year before',
    'Points written',
  ])
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const asked = panels.flatMap((panel) => [panel.datasource, ...panel.targets.map((one) => one.datasource)])
  for (const { uid } of asked) expect(uids).toContain(uid)
  const [group] = rules.parse(JSON.parse(read('provisioning/alerting/population.json'))).groups
  for (const { data, condition } of group?.rules ?? []) {
    const before = new Set<string>()
    for (const { refId, datasourceUid, model } of data) {
      if (datasourceUid === '__expr__') expect(before).toContain(model.expression)
      else expect(uids).toContain(datasourceUid)
      before.add(refId)
    }
    expect(before).toContain(condition)
  }
})

test('the provider looks for dashboards where the page puts them, and secrets come from outside', () => {
  const { providers } = parse(read('provisioning/dashboards/population.yaml'))
  expect(read('README.md')).toContain(`-v "$PWD/dashboards:${providers[0].options.path}"`)
  const { datasources } = parse(read('provisioning/datasources/influxdb.yaml'))
  for (const { secureJsonData } of datasources) {
    for (const secret of Object.values(secureJsonData)) expect(secret).toContain('${INFLUX_TOKEN}')
  }
})
