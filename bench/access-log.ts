/**
 * `make bench-access-log`: how long a request takes through examples/access-log on its real parts, all of them on this machine:
 *
 *   nginx ──▶ access log ──▶ RAWLOG, on three brokers ──▶ top_pages ──▶ RESULTS, in Cassandra
 *
 * Windows are short, so that there are many of them. All times are of one clock, and a record counts as there when a reader of its
 * topic has it, so each figure includes the way to that reader.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startCassandra } from '../scripts/services/cassandra/cassandra.ts'
import { startKafka } from '../scripts/services/kafka/kafka.ts'
import { copyOfSite, startNginx } from '../scripts/services/nginx.ts'
import { closersOf, type Line, watchLines, watchResults, watchStore } from './access-log/watch.ts'
import { loadNow, runToEnd, startChild } from './kafka/child.ts'
import { readBenchBus } from './kafka/open-bus.ts'
import { type Figure, figure, OUT, save } from './measure.ts'

const RATE = Number(process.env.BENCH_RATE ?? 500)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 60)
/** Compilers are at work at first, and tables are made. */
const FIRST_SECONDS = 10
const WINDOW_SECONDS = 2
/** How far the watermark of the example stays behind, and how long its last window waits for more. */
const DELAY_SECONDS = 5
const IDLE_SECONDS = 10
const EXAMPLE = 'examples/access-log'
const FOLDER = resolve(OUT, 'access-log')

const [before = 0] = loadavg()
rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER, { recursive: true })
for (const file of globSync(`${EXAMPLE}/*.yaml`)) cpSync(file, join(FOLDER, file.slice(EXAMPLE.length)))
await copyOfSite(join(FOLDER, 'nginx'))
withTimeOfLine(join(FOLDER, 'nginx/nginx.conf'))

await using kafka = await startKafka({ brokers: 3, javaOptions: ['-XX:TieredStopAtLevel=4'] })
await using cassandra = await startCassandra({ javaOptions: ['-XX:TieredStopAtLevel=4'] })
await using nginx = await startNginx({ folder: join(FOLDER, 'nginx') })
process.env.KAFKA = kafka.bootstrap
process.env.CASSANDRA = cassandra.contactPoints.join()
const overlays = ['--with', join(FOLDER, 'cluster.yaml'), '--data', join(FOLDER, 'data')]
const params = ['--set', 'N=5', '--set', `P=${WINDOW_SECONDS}s`]
const pipeline = startChild([
  ...[process.execPath, 'dist/cli/main.cjs', 'run', join(FOLDER, 'pipeline.yaml')],
  ...overlays,
  ...params,
])
const bus = await readBenchBus(kafka.bootstrap)
await using store = await cassandra.session()
const stop = new AbortController()
const lines: Line[] = []
const results = new Map<string, number>()
const stored = new Map<string, number>()
const watching = [
  watchLines(bus, stop.signal, (line) => void lines.push(line)),
  watchResults(bus, stop.signal, (window, at) => void results.set(window, at)),
  watchStore(store, stop.signal, (window, at) => void stored.set(window, at)),
]
try {
  await setTimeout(3000)
  pipeline.check()
  const load = ['--url', nginx.urls.nginx ?? '', '--requests', String(RATE * SECONDS), '--rate', `${RATE}/s`]
  await runToEnd([process.execPath, join(EXAMPLE, 'load.ts'), ...load])
  await setTimeout(1000 * (IDLE_SECONDS + 5))
  pipeline.check()
} finally {
  stop.abort()
  await Promise.all(watching)
  await pipeline.stop('SIGTERM')
  await bus[Symbol.asyncDispose]()
}
report()

/** Writes the time of each line, in milliseconds, behind it. */
function withTimeOfLine(conf: string): void {
  const text = readFileSync(conf, 'utf8')
  writeFileSync(conf, text.replace("$upstream_addr';", "$upstream_addr $msec';"))
}

function report(): void {
  const from = Math.min(...lines.map(({ written }) => written)) + 1000 * FIRST_SECONDS
  const closers = closersOf(lines, { window: 1000 * WINDOW_SECONDS, delay: 1000 * DELAY_SECONDS })
  // The last windows are closed by a tick, not by a line.
  const windows = [...results].filter(([window]) => Date.parse(window) >= from && closers.has(window))
  const storedAt = (window: string): number => stored.get(window) ?? Number.NaN
  const took = Math.max(...lines.map(({ written }) => written)) - Math.min(...lines.map(({ written }) => written))
  const reached = (1000 * lines.length) / took
  console.log(
    `\n${lines.length} requests, ${reached.toFixed(0)}/s of ${RATE}/s, ${windows.length} windows looked at   ${loadNow()}`,
  )
  const figures: Figure[] = [
    ...told(
      'producer to Kafka',
      100,
      lines.filter(({ written }) => written >= from).map(({ at, written }) => at - written),
    ),
    ...told(
      'Kafka to query',
      200,
      windows.map(([window, at]) => at - (closers.get(window) ?? Number.NaN)),
    ),
    ...told(
      'result to store',
      50,
      windows.map(([window, at]) => storedAt(window) - at),
    ),
    ...told(
      'end of the window to store',
      10_000,
      windows.map(([window]) => storedAt(window) - Date.parse(window)),
    ),
    figure('requests', reached, '1/s'),
    // What the machine had to do besides; figures count only if that was little.
    figure('load of the machine before the run', before, ''),
  ]
  save('access-log', figures)
  if (lines.length !== RATE * SECONDS || windows.length === 0) throw new Error('not every request came out')
}

/** The median and the 99th of a hundred, beside what the median should stay below, in milliseconds. */
function told(what: string, limit: number, values: readonly number[]): Figure[] {
  const sorted = values.toSorted((a, b) => a - b)
  const [p50 = Number.NaN, p99 = Number.NaN] = [0.5, 0.99].map(
    (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))],
  )
  const verdict = p50 < limit ? 'below' : 'NOT below'
  console.log(
    `  ${what.padEnd(28)}p50${p50.toFixed(0).padStart(6)} ms   p99${p99.toFixed(0).padStart(6)} ms   ${verdict} ${limit} ms`,
  )
  return [figure(`${what}, p50`, p50, 'ms'), figure(`${what}, p99`, p99, 'ms')]
}
