/**
 * Accelerated days: 100,000 lines a second (SOAK_RATE) of a site that is a hundred times as busy as NASA's, so that a day of
 * its log passes in about a minute, through a topic and results that are kept small. Memory, files, bytes and latency are
 * sampled, and should stay flat. Figures go to bench/out/soak.json, the plot to docs/soak.svg.
 *
 * An hour, or SOAK_MINUTES.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Latency } from '../src/topic/latency.ts'
import { type Panel, plot } from './soak-plot.ts'
import type { RunSample } from './soak-run.ts'

const minutes = Number(process.env.SOAK_MINUTES ?? 60)
const rate = Number(process.env.SOAK_RATE ?? 100_000)
const SAMPLES = 300
const MIB = 2 ** 20
const PIPELINE = `version: 1
name: soak
sources: { lines: { generator: { rate: ${rate}/s, busier: 100 }, to: access } }
topics:
  access: { partitions: 3, format: common, watermark: ts - INTERVAL '5' SECOND, retention: { size: 256MiB, limit: 1GiB } }
queries:
  methods: { count: { by: http_method, every: 60s, from: access }, retention: 1m }
  top_paths: { top: { count: 3, of: path, by: COUNT(*), every: 5m, from: access }, retention: 1m }
  hosts: { top: { count: 10, of: host, by: COUNT(DISTINCT path), every: 1h, from: access }, retention: 1m }
sinks:
  methods: { from: methods, ndjson: methods.ndjson }
  top_paths: { from: top_paths, csv: top_paths.csv }
`

type Sample = RunSample & { readonly files: number; readonly dataMiB: number }

function diskOf(data: string): Pick<Sample, 'files' | 'dataMiB'> {
  const names = readdirSync(data, { recursive: true, encoding: 'utf8' })
  const bytes = names.reduce((sum, name) => sum + (statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0), 0)
  return { files: names.length, dataMiB: bytes / MIB }
}

/** NaN if no window has closed since the last sample. */
const latencyOf = ({ methods }: Sample['latency']): Pick<Latency, 'p50Ms' | 'p99Ms'> =>
  methods === undefined || methods.count === 0 ? { p50Ms: Number.NaN, p99Ms: Number.NaN } : methods

function panelsOf(samples: readonly Sample[]): Panel[] {
  const line = (name: string, of: (sample: Sample) => number) => ({ name, values: samples.map(of) })
  const perSecond = samples.map(({ lines, seconds }, index) => {
    const before = samples[index - 1] ?? { lines: 0, seconds: 0 }
    return (lines - before.lines) / (seconds - before.seconds)
  })
  return [
    {
      title: 'memory',
      unit: 'MiB',
      lines: [
        line('resident', ({ rss }) => rss / MIB),
        line('array buffers', ({ arrayBuffers }) => arrayBuffers / MIB),
        line('heap in use', ({ heapUsed }) => heapUsed / MIB),
      ],
    },
    { title: 'lines taken in', unit: 'a second', lines: [{ name: 'lines/s', values: perSecond }] },
    { title: 'files in the data folder', unit: 'files and folders', lines: [line('files', ({ files }) => files)] },
    { title: 'bytes in the data folder', unit: 'MiB', lines: [line('data', ({ dataMiB }) => dataMiB)] },
    {
      title: 'from the arrival of the record that closes a window to its durable rows (query methods)',
      unit: 'ms',
      lines: [
        line('p50', ({ latency }) => latencyOf(latency).p50Ms),
        line('p99', ({ latency }) => latencyOf(latency).p99Ms),
      ],
    },
  ]
}

const folder = mkdtempSync(join(tmpdir(), 'tailrace-soak-'))
const file = join(folder, 'p.yaml')
writeFileSync(file, PIPELINE)
const child = spawn(process.execPath, [resolve('bench/soak-run.ts'), file, String((minutes * 60_000) / SAMPLES)], {
  stdio: ['ignore', 'pipe', 'inherit'],
  // As docs/operations.md recommends for a service.
  env: { MALLOC_MMAP_THRESHOLD_: '131072', ...process.env },
})
const ended = once(child, 'exit')
const samples: Sample[] = []
const messages: unknown[] = []
try {
  setTimeout(() => child.kill('SIGTERM'), minutes * 60_000).unref()
  for await (const line of createInterface({ input: child.stdout })) {
    const printed = JSON.parse(line) as RunSample | { readonly summary: unknown } | { readonly warning: string }
    if ('rss' in printed) samples.push({ ...printed, ...diskOf(join(folder, 'data')) })
    else messages.push(printed)
  }
  await ended
  mkdirSync('bench/out', { recursive: true })
  writeFileSync('bench/out/soak.json', JSON.stringify({ minutes, messages, samples }, undefined, 2))
  writeFileSync(
    'docs/soak.svg',
    plot(
      `${minutes} minutes at ${rate.toLocaleString('en')} lines a second`,
      samples.map(({ seconds }) => seconds),
      panelsOf(samples),
    ),
  )
  process.stdout.write(`after a fifth of the time ${JSON.stringify(samples[Math.floor(samples.length / 5)])}\n`)
  process.stdout.write(`at the end ${JSON.stringify(samples.at(-1))}\n${JSON.stringify(messages)}\n`)
  process.exitCode = child.exitCode ?? 1
} finally {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
