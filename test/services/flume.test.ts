/** Flume brings lines from a socket to Kafka, and from Kafka to HDFS, and leaves nothing behind. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Flume, startFlume } from '../../scripts/services/flume/flume.ts'
import { startHdfs } from '../../scripts/services/hdfs/hdfs.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { startKafka } from '../../scripts/services/kafka/kafka.ts'
import { freePorts } from '../../scripts/services/ports.ts'
import { isMissing } from './missing.ts'
import { expectNothingLeft } from './remains.ts'

const LINES = ['GET /one', 'GET /two', 'GET /three']
const install = () => Promise.all(['flume', 'kafka', 'hdfs'].map(installedJars))
const testWithFlume = test.skipIf(await isMissing('Flume', install))

const socketToKafka = (port: number, bootstrap: string) => `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = ${port}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = org.apache.flume.sink.kafka.KafkaSink
a1.sinks.k1.kafka.bootstrap.servers = ${bootstrap}
a1.sinks.k1.kafka.topic = apache_logs
a1.sinks.k1.channel = c1
`

const kafkaToHdfs = (bootstrap: string, uri: string) => `
a2.sources = r1
a2.channels = c1
a2.sinks = k1
a2.sources.r1.type = org.apache.flume.source.kafka.KafkaSource
a2.sources.r1.kafka.bootstrap.servers = ${bootstrap}
a2.sources.r1.kafka.topics = apache_logs
a2.sources.r1.kafka.consumer.group.id = flume_consumer
a2.sources.r1.kafka.consumer.auto.offset.reset = earliest
a2.sources.r1.channels = c1
a2.channels.c1.type = memory
a2.channels.c1.capacity = 10000
a2.channels.c1.transactionCapacity = 1000
a2.sinks.k1.type = hdfs
a2.sinks.k1.hdfs.path = ${uri}/user/bigdata/apache_logs/%y-%m-%d
a2.sinks.k1.hdfs.filePrefix = apache_logs
a2.sinks.k1.hdfs.fileSuffix = .log
a2.sinks.k1.hdfs.fileType = DataStream
a2.sinks.k1.hdfs.useLocalTimeStamp = true
a2.sinks.k1.channel = c1
`

/** Sends lines to a netcat source and waits for its answer to each. */
async function send(port: number, lines: readonly string[]): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(lines.map((line) => `${line}\n`).join(''))
  for (let answers = ''; answers.split('OK').length <= lines.length; ) {
    const [chunk] = await once(socket, 'data')
    answers += String(chunk)
  }
  socket.destroy()
}

async function untilDrained(flume: Flume, events: number): Promise<void> {
  while (Number((await flume.counters())['SINK.k1']?.EventDrainSuccessCount) < events) await sleep(100)
}

testWithFlume('an unmodified Flume feeds a topic, and another archives it', async () => {
  await using kafka = await startKafka()
  await kafka.createTopic('apache_logs', 3)
  const [port = 0] = await freePorts(1)
  await using feeder = await startFlume({ conf: socketToKafka(port, kafka.bootstrap) })
  await send(port, LINES)
  await untilDrained(feeder, LINES.length)
  await feeder.stop()
  expectNothingLeft(feeder.folder, [feeder.pid])

  await using hdfs = await startHdfs()
  await using archiver = await startFlume({ conf: kafkaToHdfs(kafka.bootstrap, hdfs.uri) })
  await untilDrained(archiver, LINES.length)
  await archiver.stop()
  const archived = await hdfs.shell(['-cat', '/user/bigdata/apache_logs/*/apache_logs*.log'])
  expect(archived.toString().trimEnd().split('\n').toSorted()).toEqual(LINES.toSorted())
  expectNothingLeft(archiver.folder, [archiver.pid])
})

testWithFlume('a part of an agent that cannot start is a failure that shows the log', async () => {
  const conf = socketToKafka(0, '127.0.0.1:1').replace('netcat', 'no.such.Source')
  await expect(startFlume({ conf })).rejects.toThrow(/ended while it was starting.*no\.such\.Source/s)
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const inUse = startFlume({ conf: socketToKafka(port, '127.0.0.1:1') })
  await expect(inUse).rejects.toThrow(/a part that cannot start.*Address already in use/s)
  taken.close()
})
