/** Kafka starts, takes and gives records, survives the death of a broker, and leaves nothing behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Admin, type SASLOptions } from '@platformatic/kafka'
import { afterAll, expect, test } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { isMissing } from './missing.ts'
import { expectNothingLeft, expectNothingLeftSoon } from './remains.ts'

const testWithKafka = test.skipIf(await isMissing('Kafka', () => installedJars('kafka')))

let shared: Promise<Kafka> | undefined
const oneBroker = (): Promise<Kafka> => (shared ??= startKafka({ security: true }))
afterAll(async () => await (await shared)?.stop())

async function write(kafka: Kafka, topic: string, lines: readonly string[]): Promise<void> {
  const options = ['--bootstrap-server', kafka.bootstrap, '--topic', topic, '--command-property', 'acks=all']
  await kafka.tool('org.apache.kafka.tools.ConsoleProducer', options, {
    input: lines.map((line) => `${line}\n`).join(''),
  })
}

/** The first `count` records of a topic. */
async function read(kafka: Kafka, topic: string, count: number): Promise<readonly string[]> {
  const options = ['--bootstrap-server', kafka.bootstrap, '--topic', topic, '--from-beginning']
  const end = ['--max-messages', `${count}`, '--timeout-ms', '60000']
  const output = await kafka.tool('org.apache.kafka.tools.consumer.ConsoleConsumer', [...options, ...end])
  return output.trimEnd().split('\n')
}

testWithKafka('a broker keeps its records when it is killed and started again at the same port', async () => {
  const kafka = await oneBroker()
  await kafka.createTopic('kept', 1, { 'max.message.bytes': 2_000_000 })
  await write(kafka, 'kept', ['one', 'two'])
  const before = kafka.pid(1)
  await kafka.kill(1)
  await kafka.restart(1)
  expect(kafka.pid(1)).not.toBe(before)
  expect(await read(kafka, 'kept', 2)).toEqual(['one', 'two'])
})

testWithKafka(
  'the secured listeners take the users, and refuse a wrong password and a client that does not trust the certificate',
  async () => {
    const kafka = await oneBroker()
    const { plain, scram } = kafka.users
    const ca = readFileSync(kafka.ca ?? '', 'utf8')
    const topics = async (
      listener: 'SASL_SSL' | 'SASL_PLAINTEXT' | 'SSL',
      options: { sasl?: SASLOptions; ca?: string },
    ) => {
      const admin = new Admin({
        clientId: 'test',
        bootstrapBrokers: kafka.bootstrapOf(listener).split(','),
        retries: 0,
        ...(options.sasl && { sasl: options.sasl }),
        ...(listener !== 'SASL_PLAINTEXT' && { tls: options.ca === undefined ? {} : { ca: options.ca } }),
      })
      try {
        return (await admin.metadata({})).brokers.size
      } finally {
        await admin.close()
      }
    }
    const byPlain: SASLOptions = { mechanism: 'PLAIN', ...plain }
    const byScram: SASLOptions = { mechanism: 'SCRAM-SHA-512', ...scram }
    expect(await topics('SASL_SSL', { sasl: byPlain, ca })).toBe(1)
    expect(await topics('SASL_SSL', { sasl: byScram, ca })).toBe(1)
    expect(await topics('SASL_PLAINTEXT', { sasl: byScram })).toBe(1)
    expect(await topics('SSL', { ca })).toBe(1)
    await expect(topics('SASL_SSL', { sasl: { ...byScram, password: 'wrong' }, ca })).rejects.toThrow()
    await expect(topics('SASL_SSL', { sasl: { ...byPlain, password: 'wrong' }, ca })).rejects.toThrow()
    await expect(topics('SASL_SSL', { sasl: byPlain })).rejects.toThrow()
  },
)

testWithKafka('of three brokers, two take records while one is dead or stopped, and it catches up', async () => {
  await using kafka = await startKafka({ brokers: 3 })
  const pids = [1, 2, 3].map((broker) => kafka.pid(broker))
  await kafka.createTopic('replicated', 3)
  await kafka.kill(2)
  await write(kafka, 'replicated', ['while 2 is dead'])
  await kafka.restart(2)
  await kafka.whole()
  kafka.pause(3)
  await write(kafka, 'replicated', ['while 3 is stopped'])
  kafka.resume(3)
  await kafka.whole()
  await kafka.kill(1)
  expect((await read(kafka, 'replicated', 2)).toSorted()).toEqual(['while 2 is dead', 'while 3 is stopped'])
  pids.push(kafka.pid(2))
  await kafka.stop()
  expectNothingLeft(kafka.folder, pids)
})

testWithKafka('a broker that cannot start is a failure that shows its log', async () => {
  const starting = startKafka({ settings: { 'log.segment.bytes': 1 } })
  await expect(starting).rejects.toMatchObject({ name: 'Failure', message: expect.stringContaining('StorageTool') })
  const dying = startKafka({ javaOptions: ['-XX:NoSuchOption'] })
  await expect(dying).rejects.toMatchObject({ message: expect.stringContaining('NoSuchOption') })
})

testWithKafka.each(['SIGKILL', 'SIGINT'] as const)('after %s of the owner, nothing is left', async (signal) => {
  const owner = spawn(process.execPath, ['scripts/services/main.ts', 'kafka', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(owner.stdout), 'line')
  const { folder, pids } = JSON.parse(line)
  owner.kill(signal)
  await once(owner, 'exit')
  if (signal === 'SIGINT') expectNothingLeft(folder, pids)
  else await expectNothingLeftSoon(folder, pids)
})
