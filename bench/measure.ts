/**
 * Times whole processes, start-up included, side by side: the contenders take turns, so that a drift of the machine's speed
 * meets all of them. The figures are the median time and the largest peak of memory.
 *
 * GNU time measures the peak of memory, `taskset` pins to cores. Both are Debian packages (`time`, `util-linux`).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

export type Contender = {
  readonly name: string
  /** Program and arguments; no shell. */
  readonly command: readonly string[]
  /** File that becomes standard input. */
  readonly stdin?: string
  /** Files and folders that are removed before each run, outside of the measured time. */
  readonly fresh?: readonly string[]
  /** The number of first runs that do not count; 1 by default. */
  readonly uncounted?: number
}

export type Measured = { readonly name: string; readonly seconds: number; readonly peakMiB: number }

/** An element of `bench/out/NAME.json`. `ratio` is above 1 if tailrace is ahead; `peer` is null for a figure without one. */
export type Figure = {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly peer: number | null
  readonly peerName: string | null
  readonly ratio: number | null
}

/** The comparisons of `make bench`, each a file of this folder, in the order of their tables. */
export const COMPARISONS: readonly string[] = [
  'query',
  'threads',
  'groups',
  'sort',
  'aggregates',
  'sessions',
  'json',
  'avro',
  'unnest',
  'lookup',
  'parquet',
  'topic',
  'checkpoint',
  'batches',
  'startup',
]

/** Those of `make bench-kafka`. */
export const KAFKA_COMPARISON = 'kafka'

export const OUT = 'bench/out'
mkdirSync(OUT, { recursive: true })

export const cores = (count: number): string => (count === 1 ? '0' : `0-${Math.min(count, availableParallelism()) - 1}`)

/** The runs of a command of tailrace that still add to its compiled code, and do not count. */
export const FIRST_RUNS = 4

const RUNS = Number(process.env.BENCH_RUNS ?? 5)

/** Medians of `runs` runs each on a number of cores, in turns. A contender that fails is an error. */
export function race(contenders: readonly Contender[], coreCount: number, runs: number = RUNS): Measured[] {
  const pin = cores(coreCount)
  const seconds = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  const peaks = new Map<string, number>()
  for (const contender of contenders) {
    for (let run = 0; run < (contender.uncounted ?? 1); run++) runOnce(contender, pin)
  }
  for (let run = 0; run < runs; run++) {
    for (const contender of contenders) {
      const once = runOnce(contender, pin)
      seconds.get(contender.name)?.push(once.seconds)
      peaks.set(contender.name, Math.max(peaks.get(contender.name) ?? 0, once.peakMiB))
    }
  }
  return contenders.map(({ name }) => ({
    name,
    seconds: median(seconds.get(name) ?? []),
    peakMiB: peaks.get(name) ?? 0,
  }))
}

function runOnce({ name, command, stdin, fresh = [] }: Contender, pin: string): Measured {
  for (const path of fresh) rmSync(path, { recursive: true, force: true })
  const report = join(tmpdir(), `tailrace-bench-${process.pid}`)
  const began = performance.now()
  const done = spawnSync('taskset', ['-c', pin, '/usr/bin/time', '-f', '%M', '-o', report, ...command], {
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(stdin === undefined ? {} : { input: readFileSync(stdin) }),
    maxBuffer: 1 << 30,
  })
  const seconds = (performance.now() - began) / 1000
  if (done.status !== 0) throw new Error(`${name} failed: ${done.error?.message ?? done.stderr.toString()}`)
  const peak = Number(readFileSync(report, 'utf8').trim().split('\n').at(-1))
  rmSync(report)
  return { name, seconds, peakMiB: peak / 1024 }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Prints a table and returns figures: the first, which is ours, against each of the others. */
export function compare(what: string, [own, ...peers]: readonly Measured[], lines: number): Figure[] {
  if (own === undefined) throw new Error('nothing ran')
  console.log(`\n${what}`)
  const show = ({ name, seconds, peakMiB }: Measured, against = '') => {
    const rate = `${(lines / seconds / 1e6).toFixed(2)} M lines/s`
    console.log(
      `  ${name.padEnd(24)} ${seconds.toFixed(2).padStart(6)} s ${rate.padStart(18)} ${peakMiB.toFixed(0).padStart(6)} MiB${against}`,
    )
  }
  show(own)
  for (const peer of peers) show(peer, `  tailrace takes ${(own.seconds / peer.seconds).toFixed(2)} of its time`)
  const rates = peers.map(({ name, seconds }) =>
    figure(what, lines / own.seconds, 'lines/s', { name, value: lines / seconds }),
  )
  return [...rates, figure(`${what}, peak memory`, own.peakMiB, 'MiB')]
}

/** The same on one core, then on two. */
export const compareOnCores = (what: string, contenders: readonly Contender[], lines: number): Figure[] =>
  ['one core', 'two cores'].flatMap((on, index) => compare(`${what}, ${on}`, race(contenders, index + 1), lines))

/** For commands that read no lines: times in milliseconds. */
export function compareTimes([own, ...peers]: readonly Measured[]): Figure[] {
  if (own === undefined) throw new Error('nothing ran')
  return peers.map(({ name, seconds }) => {
    const [value, other] = [own.seconds * 1000, seconds * 1000]
    const times = (value / other).toFixed(2)
    console.log(`${own.name}: ${value.toFixed(0)} ms, ${times} times ${name} (${other.toFixed(0)} ms)`)
    return figure(own.name, value, 'ms', { name, value: other })
  })
}

/** Of times, `ms` and `µs/line`, the shorter is ahead; of everything else, the greater. */
export function figure(what: string, value: number, unit: string, peer?: { name: string; value: number }): Figure {
  if (peer === undefined) return { what, value, unit, peer: null, peerName: null, ratio: null }
  const ratio = /^[mµ]s/.test(unit) ? peer.value / value : value / peer.value
  return { what, value, unit, peer: peer.value, peerName: peer.name, ratio }
}

export function save(name: string, figures: readonly Figure[]): void {
  writeFileSync(join(OUT, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`)
}
