/**
 * The process is killed at any append: the topics and the file of results are those of an undisturbed run on the embedded
 * bus. TAILRACE_CRASH_ROUNDS is the number of kills, TAILRACE_CRASH_SEED decides the moments.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { seededRandom } from '../../src/base/random.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { accessLine, DAY } from '../access-line.ts'
import { checkedText, readTopics, runInProcess } from '../run/in-process.ts'
import { kafkaPlace } from './kafka-place.ts'
import { isMissing } from './missing.ts'

const ROUNDS = Number(process.env.TAILRACE_CRASH_ROUNDS ?? 20)
vi.setConfig({ testTimeout: 120_000 + 20_000 * ROUNDS, hookTimeout: 120_000 })
const SEED = Number(process.env.TAILRACE_CRASH_SEED ?? 1)
const LINES = 4000 * ROUNDS
const PARTITIONS = 3

let kafka: Kafka
const missing = await isMissing('Kafka', () => installedJars('kafka'))
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ settings: { 'log.retention.ms': -1 } })
})
afterAll(async () => await kafka?.stop())

const pipelineText = (bus: string) => `version: 1
name: p
bus: ${bus}
sources: { access: { to: lines, file: lines.log } }
topics:
  lines: { partitions: ${PARTITIONS}, format: common, watermark: "ts - INTERVAL '5' SECOND" }
queries:
  methods: |
    SELECT window_start, http_method, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, http_method
  errors: SELECT ts, path FROM lines WHERE status >= 400
sinks:
  methods_file: { from: methods, csv: methods.csv }
  errors_file: { from: errors, csv: errors.csv }
`

async function live(folder: string, appends: number, moment: string): Promise<string> {
  const script = fileURLToPath(new URL('kafka-life.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, String(appends), moment], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (bytes) => {
    said += String(bytes)
  })
  const [code, signal] = await once(child, 'close')
  return code === 0 || signal === 'SIGKILL' ? '' : said
}

const valuesOf = async (bus: Bus, name: string, partitions: number): Promise<readonly (readonly string[])[]> => {
  const topic = await bus.topic(name, partitions)
  const all = await Promise.all(Array.from({ length: partitions }, (_, partition) => readAll(topic, partition)))
  return all.map((records) => records.map(({ value }) => value))
}

// Holds kafka-durable.
test.skipIf(missing)(`after ${ROUNDS} kills every line and every row is there once`, async () => {
  using undisturbed = temporaryFolder()
  await using place = kafkaPlace(kafka)
  const random = seededRandom(SEED)
  const line = (i: number): string =>
    accessLine(DAY + 20 * i, { method: i % 3 === 0 ? 'POST' : 'GET', path: `/${i}`, status: i % 7 === 0 ? 404 : 200 })
  const lines = Array.from({ length: LINES }, (_, i) => line(i)).join('')
  for (const folder of [undisturbed.path, place.folder]) writeFileSync(join(folder, 'lines.log'), lines)
  await runInProcess(checkedText(pipelineText('embedded'), undisturbed.path), {
    dataFolder: join(undisturbed.path, 'data'),
  })

  const brokers = `{ kafka: { brokers: '${kafka.bootstrap}', prefix: ${place.prefix} } }`
  writeFileSync(join(place.folder, 'p.yaml'), pipelineText(brokers))
  const failures: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const moment = ['0', '1', '4', 'acknowledged'][random.below(4)] as string
    failures.push(await live(place.folder, 1 + random.below(8), moment))
  }
  // A batch that arrived after its process had been killed may end the next life; the one after it goes on.
  for (let life = 0; life < 3; life++) failures.push(await live(place.folder, 0, '0'))
  expect(failures.filter((said) => said !== '' && !said.includes('have arrived only now'))).toEqual([])
  expect(failures.at(-1)).toBe('')

  await using bus = await place.open()
  const kept = await readTopics(join(undisturbed.path, 'data'))
  for (const [name, partitions] of [
    ['lines', PARTITIONS],
    ['p.methods', 1],
    ['p.errors', PARTITIONS],
  ] as const) {
    const wanted = Array.from({ length: partitions }, (_, p) => kept.get(`${name}-${p}`)?.map(({ value }) => value))
    expect(await valuesOf(bus, name, partitions), name).toEqual(wanted)
  }
  // The rows of several partitions come to a sink in any order.
  const rowsIn = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8').split('\n').toSorted()
  for (const file of ['methods.csv', 'errors.csv']) {
    expect(rowsIn(place.folder, file), file).toEqual(rowsIn(undisturbed.path, file))
  }
})
