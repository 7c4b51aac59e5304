/** The overlays of examples/nasa fit its pipeline, and Flume's configurations speak of the same port and topic. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'

const FOLDER = 'examples/nasa'
const inFolder = (name: string) => join(FOLDER, name)
/** In an order in which they can be laid over each other. */
const OVERLAYS = ['cluster.yaml', 'by-arrival.yaml']

const load = async (...overlays: readonly string[]) => {
  const loaded = await loadPipeline(inFolder('pipeline.yaml'), { environment: {}, overlays: overlays.map(inFolder) })
  return checkPipeline(loaded, 0)
}

const choices = [[], ...OVERLAYS.map((name) => [name]), OVERLAYS].map((names) => [names] as const)

test.each(choices)('pipeline.yaml with %j is fine', async (names) => {
  const { pipeline, warnings } = await load(...names)
  expect(warnings).toEqual([])
  expect(pipeline.queries.map(({ name }) => name).sort()).toEqual(['errors', 'hosts', 'methods', 'top_paths'])
})

test('Flume listens on the port of the source, and its topic is that of the pipeline', async () => {
  const { pipeline } = await load()
  const [source] = pipeline.sources
  const confs = readdirSync(FOLDER).filter((name) => name.endsWith('.conf'))
  const text = confs.map((name) => readFileSync(inFolder(name), 'utf8')).join('\n')
  expect(confs).toHaveLength(2)
  const port = Number(/\.port = (\d+)$/m.exec(text)?.[1])
  expect(source?.options).toMatchObject({ listen: { port } })
  expect([...text.matchAll(/\.topics? = (.*)/g)].map(([, topic]) => topic)).toEqual([source?.to, source?.to])
})
