/**
 * `tailrace run --until-end` over Kafka, start-up included: a file into a topic, from there through a windowed count into a
 * topic of rows. And the rate between two lengths of the file, which leaves the start out.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Kafka } from '../../scripts/services/kafka/kafka.ts'
import { type Figure, figure, median, OUT } from '../measure.ts'
import { loadNow, runToEnd } from './child.ts'
import { type DayLog, dayLog } from './day-log.ts'

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const FOLDER = join(OUT, 'kafka-through')

/** Runs the pipeline with the log, and with a fourth of it. */
export async function raceThrough(kafka: Kafka, log: DayLog): Promise<Figure[]> {
  mkdirSync(FOLDER, { recursive: true })
  const short = dayLog(log.lines / 4)
  const times = new Map<DayLog, number[]>([
    [short, []],
    [log, []],
  ])
  const cpu: number[] = []
  let run = 0
  // The first run does not count: it leaves the code that V8 compiled.
  for (const one of [short, ...Array.from({ length: RUNS }, () => [short, log]).flat()]) {
    const began = performance.now()
    const { cpuSeconds } = await runToEnd(pipelineOn(kafka, one, run++))
    if (run === 1) continue
    times.get(one)?.push((performance.now() - began) / 1000)
    if (one === log) cpu.push(cpuSeconds)
  }
  const seconds = median(times.get(log) ?? [])
  const rate = log.lines / seconds
  const steady = (log.lines - short.lines) / (seconds - median(times.get(short) ?? []))
  const micros = (median(cpu) / log.lines) * 1e6
  console.log(`\nfile to topic to window to topic, ${log.lines} lines`)
  console.log(
    `  tailrace   ${(rate / 1000).toFixed(0)} K lines/s, ${(steady / 1000).toFixed(0)} K lines/s without the start, ${micros.toFixed(2)} µs/line   ${loadNow()}`,
  )
  const what = 'file to topic to window to topic'
  return [figure(what, rate, 'lines/s'), figure(`${what}, without the start`, steady, 'lines/s')]
}

/** Every run has topics and a data folder of its own. */
function pipelineOn(kafka: Kafka, log: DayLog, run: number): readonly string[] {
  const file = join(FOLDER, 'through.yaml')
  const data = join(FOLDER, 'data')
  rmSync(data, { recursive: true, force: true })
  writeFileSync(
    file,
    `version: 1
name: bench
bus: { kafka: { brokers: "${kafka.bootstrap}", prefix: through${run}. } }
sources: { log: { file: "${resolve(log.path)}", to: access } }
topics: { access: { partitions: 3, format: common, watermark: ts - INTERVAL '5' SECOND } }
queries:
  counts: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, http_method
`,
  )
  return [process.execPath, 'dist/cli/main.cjs', 'run', file, '--until-end', '--data', data]
}
