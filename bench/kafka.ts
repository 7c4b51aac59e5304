/**
 * `make bench-kafka`: tailrace and its peers on one broker of Apache Kafka, side by side in one run: rates of reading and writing
 * against Kafka's own tools, a windowed count against Kafka Streams, Flink SQL and Bytewax, and latency at a steady rate.
 * Everything comes from package registries; the broker has a temporary folder.
 *
 *   node bench/kafka.ts [PART…]      (rates, through, engines, latency, or an engine's name; all of them by default)
 */
import { loadavg } from 'node:os'
import { startKafka } from '../scripts/services/kafka/kafka.ts'
import { runToEnd } from './kafka/child.ts'
import { dayLog } from './kafka/day-log.ts'
import { measureLatency } from './kafka/latency.ts'
import { raceRates } from './kafka/rates.ts'
import { raceThrough } from './kafka/through.ts'
import { raceEngines } from './kafka/windowed.ts'
import { type Figure, figure, KAFKA_COMPARISON, save } from './measure.ts'

const LINES = Number(process.env.BENCH_LINES ?? 4_000_000)
const PARTS = ['rates', 'through', 'latency']

const chosen = process.argv.slice(2)
const engines = chosen.filter((part) => !PARTS.includes(part) && part !== 'engines')
const wants = (part: string): boolean => chosen.length === 0 || chosen.includes(part)

const [before = 0] = loadavg()
const log = dayLog(LINES)
// As a server runs, unlike the brokers of the tests: with the better compiler, and a heap that suits it.
await using kafka = await startKafka({ heapMb: 1024, javaOptions: ['-XX:TieredStopAtLevel=4'] })
const figures: Figure[] = []
if (wants('rates')) figures.push(...(await raceRates(kafka, log, LINES)))
if (wants('through')) figures.push(...(await raceThrough(kafka, log)))
if (wants('engines') || engines.length > 0) {
  const topic = 'bench_lines'
  await runToEnd([process.execPath, 'bench/kafka/produce.ts', kafka.bootstrap, topic, String(LINES), 'all', log.path])
  const setting = { brokers: kafka.bootstrap, brokerPid: kafka.pid(1), topic, log }
  figures.push(...(await raceEngines(setting, engines)))
}
if (wants('latency')) figures.push(...(await measureLatency(kafka)))
// What the machine had to do besides; figures count only if that was little.
figures.push(figure('load of the machine before the run', before, ''))
save(KAFKA_COMPARISON, figures)
