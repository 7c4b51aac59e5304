/** `status`, `topics`, `groups` and `tap --group` of a pipeline on three real brokers, by the real command line. */
import { Kafka as Kafkajs, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { printedStatus } from '../../src/run/status/schema.ts'
import type { PipelineStatus } from '../../src/run/status/status.ts'
import { accessLines, DAY } from '../access-line.ts'
import { type Folder, folderWith, linesOf } from '../cli/tailrace.ts'
import { kafkaDemo } from './kafka-demo.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

let kafka: Kafka
const missing = await isMissing('Kafka', () => installedJars('kafka'))
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ brokers: 3, heapMb: 256 })
})
afterAll(async () => await kafka?.stop())

async function askOnce(
  folder: Folder,
  args: readonly string[],
  fits: (status: PipelineStatus) => boolean,
): Promise<PipelineStatus> {
  for (;;) {
    const { code, stdout } = await folder.tailrace(...args, '--json')
    if (code !== 0) continue
    const status = printedStatus.parse(JSON.parse(stdout)) as PipelineStatus
    if (fits(status)) return status
  }
}

test.skipIf(missing)('brokers, copies, groups and members are seen; a broker that is gone is trouble', async () => {
  using folder = folderWith({ 'p.yaml': kafkaDemo(kafka.bootstrap), 'access.log': accessLines(130, DAY) })
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0')
  const port = await running.port(/^dashboard: http:/)
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  await running.line(/^demo runs:/)
  const whole = await askOnce(
    folder,
    ['status'],
    ({ bus, sinks, groups }) => bus.brokers.length === 3 && sinks[0]?.delivered === 2 && groups.length === 2,
  )
  expect(whole).toMatchObject({
    state: 'running',
    trouble: [],
    bus: { type: 'kafka', cluster: expect.any(String) },
    queries: [{ name: 'paths', reads: [{ topic: 'access', lag: 0 }] }],
    groups: [{ part: 'query paths' }, { part: 'sink paths' }],
  })
  expect(whole.bus.brokers.filter(({ isController }) => isController)).toHaveLength(1)
  const access = whole.topics.find(({ name }) => name === 'access')
  expect(access).toMatchObject({ kind: 'source', records: 130, bytes: expect.any(Number) })
  expect(access?.partitions.map(({ replicas, inSync }) => [replicas.length, inSync.length])).toEqual([
    [3, 3],
    [3, 3],
    [3, 3],
  ])

  // Somebody else reads the topic.
  const client = new Kafkajs({ clientId: 'indexer', brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })
  const consumer = client.consumer({ groupId: 'group1' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'access', fromBeginning: true })
  await consumer.run({ eachMessage: async () => undefined })
  const { groups } = await askOnce(folder, ['groups'], (status) =>
    status.groups.some(({ name, members, reads }) => name === 'group1' && members.length === 1 && reads.length === 1),
  )
  expect(groups.find(({ name }) => name === 'group1')).toMatchObject({
    part: null,
    isGone: false,
    state: 'Stable',
    members: [{ client: 'indexer', reads: { access: [0, 1, 2] } }],
  })
  // By HTTP the process itself looks at the bus, and says the same.
  const served = printedStatus.parse(await (await ask('/api/v1/status')).json()) as PipelineStatus
  const addresses = ({ bus }: PipelineStatus) => bus.brokers.map(({ id, address }) => ({ id, address }))
  expect(addresses(served)).toEqual(addresses(whole))
  expect(served.groups.map(({ name }) => name)).toEqual(['demo.query.paths', 'demo.sink.paths', 'group1'])
  expect(served.topics.find(({ name }) => name === 'access')).toMatchObject({ records: 130, bytes: access?.bytes })
  expect(await (await ask('/readyz')).text()).toBe('ready\n')
  const { stdout } = await folder.tailrace('status')
  expect(stdout).toMatch(/^brokers: .*\(controller\)/m)
  expect(stdout).toMatch(/^topic +partitions +records .* leaders +in sync/m)
  expect(stdout).toMatch(/^access +3 +130 .* 9 of 9/m)
  expect(stdout).toMatch(/^group1 +of others +\d+ +Stable, indexer at /m)
  await consumer.disconnect()
  folder.append('access.log', accessLines(3, DAY + 131_000))
  await askOnce(folder, ['topics'], (status) => status.topics[0]?.records === 133)
  const tapped = await folder.tailrace('tap', 'access', '--group', 'group1')
  expect(linesOf(tapped.stdout)).toHaveLength(3)

  await kafka.kill(2)
  const torn = await askOnce(folder, ['status'], ({ trouble }) =>
    trouble.some(({ text }) => /under-replicated.*\baccess \(0, 1, 2\)/.test(text)),
  )
  expect(torn.bus.brokers.map(({ id }) => id)).toEqual([1, 3])
  await kafka.restart(2)
  await kafka.whole()
  await askOnce(folder, ['status'], ({ trouble }) => trouble.length === 0)
  expect(await running.stop()).toMatchObject({ code: 0 })

  // The others are still shown, and what the silent one alone knows is said to be missing.
  kafka.pause(3)
  const silent = await askOnce(folder, ['status'], ({ trouble }) =>
    trouble.some(({ part, text }) => part === 'bus' && /does not answer; what it alone knows/.test(text)),
  )
  expect(silent.bus.brokers).toHaveLength(3)
  expect(silent.topics.find(({ name }) => name === 'access')?.partitions).toHaveLength(3)
})
