/**
 * `make bench-dashboard`: what the server of a run costs it. Arms take turns, the run has a core of its own, and those who ask it have
 * the other.
 *
 * - The start of `run`, until its sources listen, with the server and without.
 * - A pipeline that reads a file: alone, with 200 open streams of events, and while statements over history run without a pause.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { nasaLog } from './logs.ts'
import { type Figure, figure, median, OUT, save } from './measure.ts'

const STARTS = Number(process.env.BENCH_STARTS ?? 15)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const LINES = Number(process.env.BENCH_LINES ?? 6_000_000)
const STREAMS = 200
const FOLDER = resolve(OUT, 'dashboard')
const MAIN = resolve('dist/cli/main.cjs')

const PIPELINE = `version: 1
name: watched
sources:
  log: { file: { path: access.log, poll: 20ms }, to: access }
topics:
  access: { partitions: 1, format: common, watermark: ts - INTERVAL '5' SECOND, idle: never }
queries:
  methods: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, http_method
sinks:
  rows: { from: methods, ndjson: rows.ndjson }
`
const HEAVY =
  'SELECT host, COUNT(*) AS hits, SUM(body_bytes) AS volume FROM access GROUP BY host ORDER BY hits DESC LIMIT 10'

type Run = AsyncDisposable & { readonly url: string; readonly startMs: number }

/** A run in an empty folder; `startMs`: until it says that it runs. */
async function startRun(...args: readonly string[]): Promise<Run> {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'pipeline.yaml'), PIPELINE)
  const began = performance.now()
  const command = ['-c', '0', process.execPath, MAIN, 'run', 'pipeline.yaml', ...args]
  const child = spawn('taskset', command, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'pipe'] })
  let url = ''
  let startMs = 0
  for await (const line of createInterface(child.stderr)) {
    url ||= /^dashboard: (\S+)/.exec(line)?.[1] ?? ''
    if (!/^watched runs/.test(line)) continue
    startMs = performance.now() - began
    break
  }
  if (startMs === 0) throw new Error('the run ended before it began')
  child.stderr.resume()
  return {
    url,
    startMs,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Lets the run read the log, and gives the time until its query has read all of it, in seconds. */
async function readLog(url: string, log: string): Promise<number> {
  linkSync(log, join(FOLDER, 'access.log'))
  const began = performance.now()
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text()
    const read = new RegExp(`^tailrace_query_read_rows_total\\{query="methods".*\\} ${LINES}$`, 'm')
    if (read.test(text)) return (performance.now() - began) / 1000
    await setTimeout(20)
  }
}

/** What is asked of a run while it reads: each begins before the log is there, and goes on until it is told to end. */
const ASKERS: { readonly [name: string]: (url: string, signal: AbortSignal) => Promise<unknown> } = {
  alone: async () => undefined,
  streams: (url, signal) => Promise.all(Array.from({ length: STREAMS }, () => followEvents(url, signal))),
  statements: async (url, signal) => {
    while (!signal.aborted) await postStatement(url, signal)
  },
}

async function followEvents(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${url}/api/v1/events`, { signal })
  for await (const _ of response.body ?? []);
}

async function postStatement(url: string, signal: AbortSignal): Promise<void> {
  const init = { method: 'POST', body: JSON.stringify({ sql: HEAVY }), headers: { 'content-type': 'application/json' } }
  await (await fetch(`${url}/api/v1/sql/run`, { ...init, signal })).text()
}

async function starts(): Promise<Figure> {
  const [withServer, without]: [number[], number[]] = [[], []]
  for (let round = 0; round < STARTS + 2; round++) {
    for (const [times, args] of [
      [withServer, ['--listen', '127.0.0.1:0']],
      [without, ['--no-listen']],
    ] as const) {
      await using run = await startRun(...args)
      // The first ones still compile.
      if (round >= 2) times.push(run.startMs)
    }
  }
  const [served, plain] = [median(withServer), median(without)]
  console.log(`start of run: ${served.toFixed(0)} ms with the server, ${plain.toFixed(0)} ms without`)
  return figure('start of run with the server', served, 'ms', { name: 'without', value: plain })
}

async function throughput(): Promise<readonly Figure[]> {
  const { path } = await nasaLog(LINES)
  const seconds = new Map<string, number[]>(Object.keys(ASKERS).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, ask] of Object.entries(ASKERS)) {
      await using run = await startRun('--listen', '127.0.0.1:0')
      const end = new AbortController()
      const asking = ask(run.url, end.signal).catch((error: unknown) => {
        if (!end.signal.aborted) throw error
      })
      await setTimeout(1500)
      seconds.get(name)?.push(await readLog(run.url, resolve(path)))
      end.abort()
      await asking
    }
  }
  const alone = median(seconds.get('alone') ?? [])
  return [...seconds].map(([name, all]) => {
    const rate = LINES / median(all)
    console.log(
      `${name.padEnd(12)} ${(rate / 1e6).toFixed(2)} M lines/s, ${(alone / median(all)).toFixed(2)} of that alone`,
    )
    return figure(`a run, ${name}`, rate, 'lines/s', { name: 'alone', value: LINES / alone })
  })
}

save('dashboard', [await starts(), ...(await throughput())])
