/**
 * From a topic to a topic on one broker: windows over raw lines, by `tailrace run --until-end` with its topics on Kafka, and by Flink
 * with a bounded Kafka source, whose sink writes at least once or exactly once. The input is written once.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { runToEnd } from '../kafka/child.ts'
import { dayLog } from '../kafka/day-log.ts'
import { OUT } from '../measure.ts'
import {
  answerTable,
  linesTable,
  METHODS,
  ownFormat,
  QUESTIONS,
  type Question,
  type Way,
  wayName,
  waysOf,
} from './access-log.ts'
import { type Cluster, MINI_BATCH } from './cluster.ts'
import { coresText } from './files.ts'
import { freshData, runOwn } from './own.ts'
import { fastest, type Racer, type Run, race } from './race.ts'
import { type Compared, withoutStart } from './report.ts'
import type { Columns } from './rows.ts'
import { bytesOfTopic, rowsOfTopic, watchTopic } from './topic-rows.ts'
import { cpuOfAll } from './usage.ts'

/** Two tasks of Flink have two each. */
const PARTITIONS = 4
const FOLDER = resolve(OUT, 'flink', 'kafka')
const EARLIEST = { watermark: "ts - INTERVAL '5' SECOND", start: 'earliest' }

export type Delivery = 'at-least-once' | 'exactly-once'
export type KafkaSetting = { readonly cluster: Cluster; readonly kafka: Kafka }

/** A broker as a server runs: with the better compiler, and a heap that suits it. It inherits the processors of this process. */
export const startBroker = (): Promise<Kafka> => startKafka({ heapMb: 1024, javaOptions: ['-XX:TieredStopAtLevel=4'] })

export type KafkaRaced = { readonly compared: readonly Compared[]; readonly way: Way }

/**
 * Every question. On one core mini-batch is tried first, with a fourth of the lines; then the first question is asked exactly once,
 * too, and without the start.
 */
export async function raceKafka(setting: KafkaSetting, lines: number, given: Way): Promise<KafkaRaced> {
  const isOne = setting.cluster.cores === 1
  const ways = isOne ? waysOf([given.decode]) : [given]
  const fewer = lines / 4
  const short = isOne
    ? await compare(setting, { topic: await filled(setting.kafka, fewer), lines: fewer, question: METHODS }, ways)
    : undefined
  const way = short === undefined ? given : fastest(short.raced, ways, (one) => nameOf(one, 'at-least-once'))
  const topic = await filled(setting.kafka, lines)
  const compared: Compared[] = short === undefined ? [] : [short]
  for (const question of QUESTIONS) {
    const isFirst = question === METHODS && short !== undefined
    const one = await compare(setting, { topic, lines, question, isExactToo: isFirst }, [way])
    compared.push(one)
    if (isFirst) compared.push(withoutStart(one, short))
  }
  return { compared, way }
}

const nameOf = (way: Way, delivery: Delivery): string => `Flink ${delivery}, ${wayName(way)}`

type KafkaRace = {
  readonly topic: string
  readonly lines: number
  readonly question: Question
  /** Whether Flink writes exactly once as well. */
  readonly isExactToo?: boolean
}

async function compare(setting: KafkaSetting, asked: KafkaRace, ways: readonly Way[]): Promise<Compared> {
  const { topic, lines, question, isExactToo = false } = asked
  const { columns } = question
  const { cluster, kafka } = setting
  const what = `${question.name}, ${(lines / 1e6).toFixed(2)} M raw lines, ${coresText(cluster.cores)}`
  const topics = { [topic]: { partitions: PARTITIONS, format: ownFormat('common'), ...EARLIEST } }
  const sql = question.sql.replaceAll('TABLE lines', `TABLE ${topic}`)
  const own = ownOnKafka(setting, { topics, sql, columns, isFolded: false })
  const deliveries: readonly Delivery[] = isExactToo ? ['at-least-once', 'exactly-once'] : ['at-least-once']
  const flink = ways.flatMap((way) =>
    deliveries.map((delivery) =>
      onFlink(setting, {
        name: nameOf(way, delivery),
        settings: way.isMiniBatch ? MINI_BATCH : {},
        statements(to) {
          const lines = linesTable(way.decode, sourceOf(kafka.bootstrap, topic))
          const { table, insert } = answerTable(question, sinkOf(kafka.bootstrap, to, delivery))
          return { tables: [lines, table], insert }
        },
        columns,
        isFolded: false,
      }),
    ),
  )
  return { what, lines, raced: await race(what, [own, ...flink]) }
}

/** A table over what a topic has now. */
export const sourceOf = (brokers: string, topic: string): string =>
  `'connector' = 'kafka', 'properties.bootstrap.servers' = '${brokers}', 'topic' = '${topic}',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'`

/** A table that writes JSON rows to a topic; transactions take part in checkpoints, so that they may last as long as those. */
export const sinkOf = (brokers: string, topic: string, delivery: Delivery): string =>
  `'connector' = 'kafka', 'properties.bootstrap.servers' = '${brokers}', 'topic' = '${topic}', 'format' = 'json',
  'properties.compression.type' = 'lz4', 'sink.delivery-guarantee' = '${delivery}'${
    delivery === 'exactly-once'
      ? `, 'sink.transactional-id-prefix' = '${topic}', 'properties.transaction.timeout.ms' = '600000'`
      : ''
  }`

/** Fills a topic with that number of lines, and says what they cost the broker. */
async function filled(kafka: Kafka, lines: number): Promise<string> {
  const topic = `lines_${lines}`
  const before = cpuOfAll([kafka.pid(1)])
  await fillTopic(kafka, { topic, lines, file: dayLog(lines).path, partitions: PARTITIONS })
  const micros = ((cpuOfAll([kafka.pid(1)]) - before) / lines) * 1e6
  const bytes = (await bytesOfTopic(kafka.bootstrap, topic)) / lines
  console.log(
    `\n${lines} lines into a topic: the broker took ${micros.toFixed(2)} µs and keeps ${bytes.toFixed(1)} bytes a line`,
  )
  return topic
}

export type Filling = {
  readonly topic: string
  readonly lines: number
  readonly file: string
  readonly partitions: number
}

/** Lines of a file, each a record, as sources of tailrace write them. */
export async function fillTopic(kafka: Kafka, { topic, lines, file, partitions }: Filling): Promise<void> {
  const args = [kafka.bootstrap, topic, String(lines), 'all', file, String(partitions)]
  await runToEnd([process.execPath, 'bench/kafka/produce.ts', ...args])
}

type Answer = { readonly columns: Columns; readonly isFolded: boolean }

/** Each run is a pipeline with a name, and so a result topic, of its own. */
let run = 0

export function ownOnKafka(
  { cluster, kafka }: KafkaSetting,
  { topics, sql, ...answer }: Answer & { readonly topics: object; readonly sql: string },
): Racer {
  mkdirSync(FOLDER, { recursive: true })
  const file = join(FOLDER, 'pipeline.yaml')
  let result = ''
  return {
    name: 'tailrace run',
    run() {
      const name = `own${++run}`
      result = `${name}.answer`
      const bus = { kafka: { brokers: kafka.bootstrap } }
      writeFileSync(file, JSON.stringify({ version: 1, name, bus, topics, queries: { answer: sql } }))
      const args = ['run', file, '--until-end', '--data', freshData(FOLDER)]
      const watch = () => watchTopic(kafka.bootstrap, result)
      const output = join(FOLDER, 'said.txt')
      return withBroker(kafka, () => runOwn({ args, cpus: cluster.cpus.engine, output, watch }))
    },
    rows: () => rowsOfTopic(kafka.bootstrap, result, answer),
  }
}

export type FlinkOnKafka = Answer & {
  readonly name: string
  readonly settings?: Readonly<Record<string, string>>
  /** What is sent, for a result topic. */
  statements(topic: string): { readonly tables: readonly string[]; readonly insert: string }
}

export function onFlink(
  { cluster, kafka }: KafkaSetting,
  { name, settings, statements, ...answer }: FlinkOnKafka,
): Racer {
  let result = ''
  return {
    name,
    async run() {
      result = `flink${++run}`
      await kafka.createTopic(result, 1)
      const watch = () => watchTopic(kafka.bootstrap, result)
      const job = { mode: 'streaming', ...statements(result), watch, ...(settings && { settings }) } as const
      return await withBroker(kafka, () => cluster.run(job))
    },
    rows: () => rowsOfTopic(kafka.bootstrap, result, answer),
  }
}

async function withBroker(kafka: Kafka, work: () => Promise<Run>): Promise<Run> {
  const broker = [kafka.pid(1)]
  const before = cpuOfAll(broker)
  const run = await work()
  return { ...run, brokerSeconds: cpuOfAll(broker) - before }
}
