/** Topics that others write: a pipeline without a source reads what kcat, rsyslog and Java put there. And others read ours. */
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Kafka as Kafkajs, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { startRsyslog } from '../../scripts/services/rsyslog.ts'
import { CODECS } from '../../src/bus/batch/compression/codec.ts'
import { type Folder, folderWith, jsonOf } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'
import { rsyslogToTopic } from './rsyslog-to-topic.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const noKafka = await isMissing('Kafka', () => installedJars('kafka'))
const noKcat = await isMissing('kcat', () => debianProgram('kcat'))
const noRsyslog = await isMissing('rsyslog', () => debianProgram('rsyslog'))

let kafka: Kafka
beforeAll(async () => {
  if (!noKafka) kafka = await startKafka()
})
afterAll(async () => await kafka?.stop())

const LINES = 50
const linesOf = (who: string): string[] => Array.from({ length: LINES }, (_, i) => `${who} ${i} ${'x'.repeat(i)}`)
const textOf = (who: string): string => linesOf(who).join('\n').concat('\n')

/** The lines that a sink has written so far, in order of their text. */
const written = (folder: Folder): readonly string[] =>
  existsSync(folder.at('out'))
    ? jsonOf<{ line: string }>(folder.lines('out'))
        .map(({ line }) => line)
        .sort()
    : []

test.skipIf(noKafka || noKcat || noRsyslog)(
  'a topic without a source is read while kcat in each codec, rsyslog and Java fill it',
  async () => {
    await kafka.createTopic('shared', 3)
    using folder = folderWith({
      'p.yaml': `version: 1
name: p
bus: kafka://${kafka.bootstrap}
topics: { shared: { partitions: 3, format: lines } }
sinks: { out: { from: shared, ndjson: out } }
`,
      'access.log': '',
    })
    const running = folder.start('run', 'p.yaml')
    await running.line(/^p runs/)
    for (const codec of CODECS) {
      await kafka.kcat(['-P', '-t', 'shared', '-z', codec], { input: textOf(`kcat-${codec}`) })
    }
    const producer = ['--bootstrap-server', kafka.bootstrap, '--topic', 'shared']
    await kafka.tool('org.apache.kafka.tools.ConsoleProducer', producer, { input: textOf('java') })
    await using rsyslog = await startRsyslog({ conf: rsyslogToTopic(folder.at('access.log'), 'shared', kafka) })
    folder.append('access.log', textOf('rsyslog'))
    const expected = [...CODECS.map((codec) => `kcat-${codec}`), 'java', 'rsyslog'].flatMap(linesOf).sort()
    while (written(folder).length < expected.length) await setTimeout(100)
    expect(written(folder)).toEqual(expected)
    await rsyslog.stop()
    expect(await running.stop()).toMatchObject({ code: 0 })
    expect(written(folder)).toEqual(expected)
  },
)

test.skipIf(noKafka || noKcat)('kcat reads our records in each codec, and kafkajs in those that it has', async () => {
  const entry = (what: (codec: string) => string) =>
    CODECS.map((codec) => `  ours-${codec}: { ${what(codec)} }`).join('\n')
  using folder = folderWith({
    'in.log': textOf('ours'),
    'p.yaml': `version: 1
name: ours
bus: kafka://${kafka.bootstrap}
sources:
${entry((codec) => `file: in.log, to: ours-${codec}`)}
topics:
${entry((codec) => `format: lines, compression: ${codec}`)}
`,
  })
  expect(await folder.run()).toMatchObject({ code: 0 })
  for (const codec of CODECS) {
    expect(await kafka.kcat(['-C', '-t', `ours-${codec}`, '-e', '-q'])).toBe(textOf('ours'))
  }
  const client = new Kafkajs({ brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })
  for (const codec of ['none', 'gzip']) {
    const consumer = client.consumer({ groupId: `reads-${codec}` })
    const heard: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    await consumer.connect()
    await consumer.subscribe({ topic: `ours-${codec}`, fromBeginning: true })
    await consumer.run({
      async eachMessage({ message }) {
        if (heard.push(String(message.value)) === LINES) resolve()
      },
    })
    await promise
    await consumer.disconnect()
    expect(heard).toEqual(linesOf('ours'))
  }
})

// Promise: A new data folder whose source would read its input once more into a topic that has records is warned of, once.
test.skipIf(noKafka)('a second data folder that reads the same log into the same topic says so', async () => {
  using folder = folderWith({
    'in.log': textOf('twice'),
    'p.yaml': `version: 1
name: twice
bus: kafka://${kafka.bootstrap}
sources: { log: { file: in.log, to: twice } }
topics: { twice: { format: lines } }
`,
  })
  const runAt = async (data: string) => {
    const { code, stderr } = await folder.run('--data', data)
    expect(code, stderr).toBe(0)
    return stderr
  }
  expect(await runAt('one')).not.toContain('already')
  expect(await runAt('one')).not.toContain('already')
  expect(await runAt('two')).toContain(
    `warning: topic twice has ${LINES} records already, and this data folder is new: source log reads from the start`,
  )
  expect(await runAt('two')).not.toContain('already')
})
