/** What the bus writes, other programs read, and the other way round, in each compression. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { systemClock } from '../../src/base/clock.ts'
import { appendOf, readAll, textsOf } from '../../src/bus/appends.test-tool.ts'
import { CODECS } from '../../src/bus/batch/compression/codec.ts'
import { kafkaPlace } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const missing = await isMissing('Kafka', () => installedJars('kafka'))
let kafka: Kafka
beforeAll(async () => {
  if (!missing) kafka = await startKafka()
})
afterAll(async () => await kafka?.stop())

const LINES = 300
const lineOf = (i: number): string => `${i}${' a line that compresses well'.repeat(i % 40)}`

test.skipIf(missing).each([...CODECS])('%s: Java reads our records, and we read those of Java', async (compression) => {
  await using place = kafkaPlace(kafka, { compression })
  await using bus = await place.open()
  const own = await bus.topic('own', 1)
  const records = Array.from({ length: LINES }, (_, i) => ({
    key: Buffer.from(`k${i}`),
    value: Buffer.from(lineOf(i)),
  }))
  const parts = [records.slice(0, 1), records.slice(1, 150), records.slice(150)]
  await Promise.all(parts.map((part, i) => own.append(0, appendOf(part, systemClock.now(), `${i}`))))
  const at = (topic: string) => ['--bootstrap-server', kafka.bootstrap, '--topic', `${place.prefix}${topic}`]
  const read = ['--from-beginning', '--max-messages', `${LINES}`, '--timeout-ms', '60000']
  const shown = ['--formatter-property', 'print.key=true', '--formatter-property', 'key.separator=|']
  const output = await kafka.tool('org.apache.kafka.tools.consumer.ConsoleConsumer', [...at('own'), ...read, ...shown])
  expect(output.trimEnd().split('\n')).toEqual(records.map(({ key, value }) => `${key}|${value}`))

  const theirs = await bus.topic('theirs', 1)
  const cursor = theirs.cursor({})
  const lines = Array.from({ length: LINES }, (_, i) => lineOf(i))
  const codec = ['--command-property', `compression.type=${compression}`]
  const written = kafka.tool('org.apache.kafka.tools.ConsoleProducer', [...at('theirs'), ...codec], {
    input: lines.map((line) => `${line}\n`).join(''),
  })
  const heard: string[] = []
  while (heard.length < LINES) {
    await cursor.waitForMore(new AbortController().signal)
    await cursor.load(0)
    const fetched = cursor.take(0)
    if (fetched !== undefined) heard.push(...textsOf(fetched.values))
    fetched?.values.lease?.release()
  }
  cursor.close()
  await written
  expect(heard).toEqual(lines)
  expect((await readAll(theirs, 0)).map(({ value }) => value)).toEqual(lines)
})
