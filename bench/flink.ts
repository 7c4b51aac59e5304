/**
 * `make bench-flink`: the same statements over the same input by tailrace, embedded, and by Apache Flink, side by side in one run, on
 * one core and on two. Every row of every run is compared. Needs Java 17 and Maven; everything comes from Maven Central.
 *
 *   node bench/flink.ts [files] [kafka] [nexmark]      all of them by default: about a quarter of an hour
 *   BENCH_LINES=200000 BENCH_EVENTS=50000 BENCH_RUNS=1 node bench/flink.ts      a quick look
 *
 * Prints its tables as Markdown at the end, and keeps them in bench/out/flink.md; figures are in bench/out/flink.json.
 */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { RAW_DECODES, type Way } from './flink/access-log.ts'
import { startCluster } from './flink/cluster.ts'
import { raceFiles } from './flink/files.ts'
import { raceKafka, startBroker } from './flink/kafka.ts'
import { type MiniBatched, raceNexmark } from './flink/nexmark.ts'
import { type Compared, figuresOf, markdownOf, type Section } from './flink/report.ts'
import { cpusFor, pin } from './flink/usage.ts'
import { figure, OUT, save } from './measure.ts'

const LINES = Number(process.env.BENCH_LINES ?? 2_000_000)
const EVENTS = Number(process.env.BENCH_EVENTS ?? 300_000)
const PARTS = ['files', 'kafka', 'nexmark'] as const

const chosen = process.argv.slice(2)
const unknown = chosen.find((part) => !PARTS.some((one) => one === part))
if (unknown !== undefined) throw new Error(`there is no part ${unknown}: expected ${PARTS.join(', ')}`)
const wants = (part: (typeof PARTS)[number]): boolean => chosen.length === 0 || chosen.includes(part)

const [before = 0] = loadavg()
const began = performance.now()
const found: Readonly<Record<(typeof PARTS)[number], Compared[]>> = { files: [], kafka: [], nexmark: [] }
/** The fastest ways to ask Flink, once they were tried. */
const fastest: { files?: Way; kafka?: Way; nexmark?: MiniBatched } = {}

for (const cores of [1, 2] as const) {
  const cpus = cpusFor(cores)
  // Whatever is started from here on, the broker too, is beside the engines.
  pin(process.pid, cpus.beside)
  await using cluster = await startCluster(cores, cpus)
  if (wants('files')) {
    const { compared, way } = await raceFiles({ cluster, lines: LINES }, fastest.files)
    fastest.files = way
    found.files.push(...compared)
  }
  if (!wants('kafka') && !wants('nexmark')) continue
  await using kafka = await startBroker()
  const setting = { cluster, kafka }
  if (wants('kafka')) {
    const usual = fastest.files ?? { decode: RAW_DECODES[0], isMiniBatch: false }
    const { compared, way } = await raceKafka(setting, LINES, fastest.kafka ?? usual)
    fastest.kafka = way
    found.kafka.push(...compared)
  }
  if (wants('nexmark')) {
    const { compared, miniBatched } = await raceNexmark(setting, EVENTS, fastest.nexmark)
    fastest.nexmark = miniBatched
    found.nexmark.push(...compared)
  }
}

const titles = {
  files: `From files to files: windows over an access log of ${LINES} lines`,
  kafka: `From Kafka to Kafka: the same, ${LINES} lines in a topic of four partitions`,
  nexmark: `Nexmark from Kafka to Kafka, ${EVENTS} events`,
}
const sections: readonly Section[] = PARTS.filter(wants).map((part) => ({ title: titles[part], compared: found[part] }))
const markdown = sections.map(markdownOf).join('\n')
writeFileSync(join(OUT, 'flink.md'), markdown)
save('flink', [
  ...sections.flatMap(figuresOf),
  // What the machine had to do besides; figures count only if that was little.
  figure('load of the machine before the run', before, ''),
])
console.log(
  `\n${markdown}\n${((performance.now() - began) / 60_000).toFixed(1)} minutes; load before the run: ${before}`,
)
