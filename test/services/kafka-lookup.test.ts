/** Lookup tables with topics on a real broker: the versions are among the ticks there, and their contents in the data folder. */
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { seededRandom } from '../../src/base/random.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { checkedText, runInProcess } from '../run/in-process.ts'
import { PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const missing = await isMissing('Kafka', () => installedJars('kafka'))
let kafka: Kafka
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ settings: PATIENT })
})
afterAll(async () => await kafka?.stop())

// Holds lookup-versions.
test.skipIf(missing)('records of earlier runs keep their version of a table, on Kafka too', async () => {
  using folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const text = `version: 1
name: lk
bus: { kafka: { brokers: "${kafka.bootstrap}", prefix: "lookup-${process.pid}." } }
sources: { log: { file: in.log, to: logs } }
topics:
  logs: { partitions: 2, format: { json: { columns: { n: INT, k: INT } } } }
tables:
  ports: { file: ports.csv, columns: { k: INT, name: STRING }, key: k }
queries:
  named: |
    SELECT l.n, p.name FROM (SELECT *, PROCTIME() AS proc FROM logs) AS l
    LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k
`
  let lines = 0
  const add = (count: number) => {
    for (let i = 0; i < count; i++) appendFileSync(join(folder.path, 'in.log'), `{"n":${lines++},"k":1}\n`)
  }
  const run = async (reset?: 'earliest') =>
    await runInProcess(checkedText(text, folder.path), {
      dataFolder: data,
      reset: new Map(reset === undefined ? [] : [['named', reset]]),
    })
  for (const name of ['one', 'two', 'three']) {
    writeFileSync(join(folder.path, 'ports.csv'), `k,name\n1,${name}\n`)
    add(4)
    await run()
  }
  // The topic of its rows has those of the first runs, and then all of them again.
  await run('earliest')
  const pipeline = checkedText(text, folder.path)
  const { type, options } = pipeline.bus
  const context = {
    folder: folder.path,
    clock: systemClock,
    random: seededRandom(1),
    warn() {},
    disk: nodeDisk,
    dataFolder: data,
  }
  await using bus = await type.read(options, context)
  const named = await bus.reader('lk.named')
  for (const partition of [0, 1]) {
    const rows = (await readAll(named, partition)).map(
      ({ value }) => JSON.parse(value ?? '') as { n: number; name: string },
    )
    const expected = [0, 2, 4, 6, 8, 10].map((n) => ({ n: n + partition, name: ['one', 'two', 'three'][n >> 2] }))
    expect(rows).toEqual([...expected, ...expected])
  }
  const ticks = await readAll(await bus.reader('lk.logs.ticks'), 0)
  expect(ticks.map(({ value }) => JSON.parse(value ?? '').offset)).toEqual([0, 2, 4])
  expect(readdirSync(join(data, 'tables/ports'))).toHaveLength(3)
})
