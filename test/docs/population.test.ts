/** The files of examples/population fit each other, and its page says what happens: on one machine, against the API of the folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startPopulation } from '../../examples/population/server.ts'
import type { Failure } from '../../src/base/failure.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'
import { folderWith } from '../cli/tailrace.ts'
import { exampleFolder, inOrder, OWN, peopleIn, startHook, tableIn } from '../services/population-example.ts'
import { blocksOf, readDocument } from './markdown.ts'

const FOLDER = 'examples/population'
const LIMIT_MS = 60_000
const inFolder = (name: string) => join(FOLDER, name)
const read = (name: string) => readFileSync(inFolder(name), 'utf8')
const page = readDocument(inFolder('README.md'))

/** The pipeline with overlays of the folder, and others over them. */
const load = async (names: readonly string[], others: readonly string[] = []) => {
  const overlays = [...names.map(inFolder), ...others]
  const loaded = await loadPipeline(inFolder('pipeline.yaml'), { environment: { INFLUX_TOKEN: 'secret' }, overlays })
  return checkPipeline(loaded, 0)
}

const ACKS = 'with acks: 1 a line can be lost that was acknowledged, when the leader of its partition fails'

test.each([
  [[], []],
  [['cluster.yaml'], [ACKS]],
  [['cluster.yaml', 'flume.yaml'], [ACKS]],
])('pipeline.yaml with %j is fine', async (overlays, expected) => {
  const { pipeline, warnings } = await load(overlays)
  expect(warnings.map(({ message }) => message)).toEqual(expected)
  expect(page).toContain(ACKS.split(',')[0])
  expect(pipeline.alerts.map(({ name }) => name)).toEqual(['population_falls', 'unreachable'])
})

test('without tag and time the points would overwrite each other, and check says what the page says', async () => {
  const options = (removed: string) => `sinks: { points: { influxdb: { ${removed} } } }`
  const overlay = {
    'bare.yaml': options('tags: null, time: null, overwrites: null'),
    'untagged.yaml': options('tags: null'),
  }
  using folder = folderWith(overlay)
  const refusal = (name: 'bare.yaml' | 'untagged.yaml') =>
    load(['cluster.yaml'], [folder.at(name)]).then(
      () => 'none',
      (error: Failure) => error.message,
    )
  const message = blocksOf(page)
    .find(({ text }) => text.startsWith('rows of people'))
    ?.text.trim()
  expect(await refusal('bare.yaml')).toContain(message)
  expect(await refusal('untagged.yaml')).toContain('rows of people that differ only in ID Nation would be one point')
})

test('Flume takes the files of the source and the topic of the sink, and puts them where the sink does', async () => {
  const { pipeline } = await load(['cluster.yaml'])
  const text = `${read('flume-in.conf')}\n${read('flume-out.conf')}`
  expect([...text.matchAll(/\.topics? = (.*)/g)].map(([, topic]) => topic)).toEqual(['pop', 'pop'])
  expect(new Set(text.match(/127\.0\.0\.1:909\d/g))).toEqual(new Set(read('cluster.yaml').match(/127\.0\.0\.1:909\d/g)))
  const [folder] = pipeline.sources.flatMap(({ options }) => (options as { folder?: string }).folder ?? [])
  expect(text).toContain(`spoolDir = ${folder}\n`)
  const pattern = new RegExp(/includePattern = (.*)/.exec(text)?.[1]?.replaceAll('\\\\', '\\') ?? '')
  expect('response_20261130_123456.json').toMatch(pattern)
  expect('response_20261130_123456.json.COMPLETED').not.toMatch(pattern)
  const path = /path: (\/case_pop.*)/.exec(read('cluster.yaml'))?.[1] ?? 'none'
  expect(text).toContain(`hdfs.path = hdfs://127.0.0.1:9000${path}\n`)
  for (const line of ['roundValue = 10\n', 'roundUnit = minute\n', 'filePrefix = events-\n', 'batchSize = 5000\n'])
    expect(text).toContain(line)
})

test(
  'on one machine: the years of the API, a year that falls, and what the page shows of it',
  async () => {
    const server = await startPopulation()
    await using hook = await startHook()
    using folder = exampleFolder({ API: `${server.url}/population`, HOOK: hook.url })
    const running = folder.start('run', 'pipeline.yaml', ...OWN)
    await running.line(/^population runs/)
    const until = async (is: () => boolean) => {
      while (!is()) await sleep(100)
    }
    await until(() => peopleIn(folder).length === 10)
    const changes = [...page.matchAll(/curl -d '(.*)' http:\/\/127\.0\.0\.1:8090\/change/g)].map(
      ([, body = '']) => body,
    )
    for (const [index, body] of changes.entries()) {
      await fetch(`${server.url}/change`, { method: 'POST', body })
      await until(() => hook.bodies.length === index + 1)
    }
    const { code, stdout, stderr } = await running.stop()
    await server.close()
    expect(code, stderr).toBe(0)
    const shown = blocksOf(page).find(({ text }) => text.includes('population_falls fires'))?.text ?? 'none'
    for (const notification of shown.trim().split(/^(?=critical)/m)) expect(stdout).toContain(notification)
    expect(hook.bodies.map(({ state }) => state)).toEqual(['firing', 'resolved'])
    expect(tableIn(folder)).toEqual(inOrder(server.population.rows()))
  },
  LIMIT_MS,
)
