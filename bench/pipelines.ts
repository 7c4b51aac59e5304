/**
 * `make bench-pipelines`: the five examples, each by its own pipeline file with generated records: as fast as they are taken; at a rate,
 * to see how long an answer takes to its store; and the generator alone, into a topic that nobody reads. On their real parts, too:
 * Kafka holds what comes faster than the stores take it.
 *
 *   node bench/pipelines.ts embedded [NAME…]      within three minutes, all of them
 *   node bench/pipelines.ts cluster [NAME…]       a broker and the example's stores, which are started for it
 *
 * BENCH_SHARE=0.05 makes it a twentieth of the records, BENCH_SECONDS is the length of a run at a rate.
 */
import { loadNow } from './kafka/child.ts'
import { type Figure, figure, save } from './measure.ts'
import { EXAMPLES, type Example } from './pipelines/examples.ts'
import { type Burst, runAlone, runBurst, runFast, runPaced, type Setting, type Taken } from './pipelines/runs.ts'
import { startServers } from './pipelines/servers.ts'

const SHARE = Number(process.env.BENCH_SHARE ?? 1)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 25)
/** Stores take fewer than the embedded ones, and all is on one machine. */
const CLUSTER_SHARE = 0.3
const BURST = { rate: 50_000, seconds: Math.ceil(10 * SHARE) }

const [where = 'embedded', ...names] = process.argv.slice(2)
if (where !== 'embedded' && where !== 'cluster') throw new Error('expected embedded or cluster, and names of examples')
const chosen = EXAMPLES.filter(({ name }) => names.length === 0 || names.includes(name))

async function measure(example: Example): Promise<Figure[]> {
  await using servers = where === 'cluster' ? await startServers(example.servers) : undefined
  const setting: Setting = { example, servers }
  const records = Math.ceil(example.records * SHARE * (servers === undefined ? 1 : CLUSTER_SHARE))
  console.log(
    `\n### ${example.name}, ${where}\n\n| | in | out | processor | peak memory |\n| --- | ---: | ---: | ---: | ---: |`,
  )
  const alone = told('generator alone, into the topic', await fresh(setting, () => runAlone(setting, records)))
  const fast = told(`${records} records, as fast as taken`, await fresh(setting, () => runFast(setting, records)))
  const paced = await fresh(setting, () => runPaced(setting, example.rate * SECONDS))
  told(`at ${example.rate} records/s`, paced)
  const waits = [0.5, 0.99].map((part) => quantile(paced.waits, part))
  console.log(
    `\nEnd of the window to its rows in the store, without the delay of the watermark: p50 ${waits.map(ms).join(', p99 ')}`,
  )
  console.log(`(${paced.waits.length} windows, ${loadNow()}).`)
  const burst = servers && example.rate >= 1000 ? [await burstOf(setting)] : []
  return [
    ...figuresOf(`${example.name}, generator alone`, alone),
    ...figuresOf(example.name, fast),
    ...figuresOf(`${example.name}, paced`, paced),
    ...['p50', 'p99'].map((name, i) =>
      figure(`${example.name}, window to store, ${name}`, waits[i] ?? Number.NaN, 'ms'),
    ),
    ...burst.flatMap(({ mostLag, drainSeconds }) => [
      figure(`${example.name}, burst, most lag`, mostLag, 'records'),
      figure(`${example.name}, burst, drained after`, drainSeconds, 's'),
    ]),
  ]
}

async function burstOf(setting: Setting): Promise<Burst> {
  const burst = await fresh(setting, () => runBurst(setting, BURST))
  const { recordsPerSecond, mostLag, drainSeconds } = burst
  console.log(
    `\n${thousands(recordsPerSecond)} records/s for ${BURST.seconds} s: at most ${thousands(mostLag)} wait, and`,
  )
  console.log(`${drainSeconds.toFixed(1)} s after the last of them none does.`)
  return burst
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US')
const ms = (value: number): string => `${value.toFixed(0)} ms`

/** A run finds nothing of the one before it. */
async function fresh<Result>({ servers }: Setting, work: () => Promise<Result>): Promise<Result> {
  await servers?.empty()
  return work()
}

function told(what: string, taken: Taken): Taken {
  const { recordsPerSecond, rowsPerSecond, cpuSeconds, cpuMicros, peakMiB } = taken
  const cells = [
    `${thousands(recordsPerSecond)}/s`,
    `${thousands(rowsPerSecond)} rows/s`,
    `${cpuSeconds.toFixed(1)} s, ${cpuMicros.toFixed(1)} µs a record`,
    `${peakMiB.toFixed(0)} MiB`,
  ]
  console.log(`| ${[what, ...cells].join(' | ')} |`)
  return taken
}

const figuresOf = (what: string, { recordsPerSecond, rowsPerSecond, cpuMicros, peakMiB }: Taken): Figure[] => [
  figure(what, recordsPerSecond, 'records/s'),
  figure(`${what}, rows`, rowsPerSecond, 'rows/s'),
  figure(`${what}, processor`, cpuMicros, 'µs/record'),
  figure(`${what}, peak memory`, peakMiB, 'MiB'),
]

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

const figures: Figure[] = []
for (const example of chosen) figures.push(...(await measure(example)))
save(`pipelines-${where}`, figures)
