/**
 * The same windowed count by each engine: requests by method per minute, from a filled topic to a topic of rows, one engine after
 * the other. Each is judged by its rows as they arrive: lines counted per second between its first rows and its last, so
 * that its start does not count; and every row must be right.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Figure, figure, OUT } from '../measure.ts'
import { cpuOf, loadNow, startChild } from './child.ts'
import type { DayLog } from './day-log.ts'
import { openBenchBus, readBenchBus } from './open-bus.ts'
import { bytewaxPeer, javaPeer } from './peer-program.ts'
import { type Row, watchRows, windowOf } from './watch-rows.ts'

const MINUTE_MS = 60_000
/** An engine that has put out no row by then has failed. */
const START_LIMIT_MS = 300_000
/** An engine that takes longer from its first row on is judged by the rows that it has put out by then. */
const LIMIT_MS = Number(process.env.BENCH_LIMIT_MS ?? 120_000)
const FOLDER = join(OUT, 'kafka')

type Engine = {
  readonly name: string
  readonly rows: string
  /** Minutes at the end of the day whose windows it leaves open, as no later line closes them. */
  readonly open: number
  command(): Promise<readonly string[]> | readonly string[]
}

/** What the engines read, and the broker that they share. */
export type Setting = {
  readonly brokers: string
  readonly brokerPid: number
  readonly topic: string
  readonly log: DayLog
}

type Judged = {
  readonly rate: number
  readonly cpuMicros: number
  readonly brokerMicros: number
  readonly firstMs: number
}

/** Runs every engine, prints a table, and gives the figures. */
export async function raceEngines(setting: Setting, chosen: readonly string[]): Promise<Figure[]> {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  console.log(`\nrequests by method per minute, ${setting.log.lines} lines, topic to topic`)
  const judged = new Map<string, Judged>()
  for (const engine of enginesFor(setting)) {
    if (chosen.length > 0 && !chosen.some((name) => engine.name.startsWith(name))) continue
    const found = await judge(engine, setting)
    judged.set(engine.name, found)
    const rate = `${(found.rate / 1000).toFixed(0)} K lines/s`
    const costs = `${found.cpuMicros.toFixed(2)} µs/line, broker ${found.brokerMicros.toFixed(2)}`
    console.log(
      `  ${engine.name.padEnd(26)}${rate.padStart(16)}   ${costs}   first row after ${found.firstMs} ms   ${loadNow()}`,
    )
  }
  const own = judged.get('tailrace')
  if (own === undefined) return []
  const what = 'topic to window to topic'
  return [...judged].flatMap(([name, peer]) =>
    name === 'tailrace'
      ? []
      : [
          figure(what, own.rate, 'lines/s', { name, value: peer.rate }),
          figure(`${what}, processor`, own.cpuMicros, 'µs/line', { name, value: peer.cpuMicros }),
        ],
  )
}

function enginesFor({ brokers, topic }: Setting): readonly Engine[] {
  const own = `version: 1
name: bench
bus: { kafka: { brokers: "${brokers}" } }
topics: { ${topic}: { partitions: 3, format: common, watermark: ts - INTERVAL '5' SECOND, start: earliest } }
queries:
  counts: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE ${topic}, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, http_method
`
  const file = join(FOLDER, 'counts.yaml')
  const java = (name: string, rows: string) => {
    const folder = resolve(FOLDER, rows)
    mkdirSync(folder, { recursive: true })
    return javaPeer(name, [brokers, topic, rows, '2'], folder)
  }
  return [
    {
      name: 'tailrace',
      rows: 'bench.counts',
      open: 2,
      command() {
        writeFileSync(file, own)
        return [process.execPath, 'dist/cli/main.cjs', 'run', file, '--data', join(FOLDER, 'data')]
      },
    },
    {
      name: 'Kafka Streams 4.3.1',
      rows: 'streams-rows',
      open: 0,
      command: () => java('kafka-streams', 'streams-rows'),
    },
    { name: 'Flink SQL 2.3.0', rows: 'flink-rows', open: 2, command: () => java('flink', 'flink-rows') },
    {
      name: 'Bytewax 0.21.1',
      rows: 'bytewax-rows',
      open: 122,
      command: () => bytewaxPeer([brokers, topic, 'bytewax-rows']),
    },
  ]
}

/** What is expected of an engine, and what has come of it. */
type Progress = {
  readonly expected: ReadonlyMap<string, number>
  readonly latest: Map<string, number>
  counted: number
}

async function judge(engine: Engine, { brokers, brokerPid, log }: Setting): Promise<Judged> {
  const command = await engine.command()
  if (engine.name !== 'tailrace') {
    const bus = await openBenchBus(brokers)
    await bus.topic(engine.rows, 1)
    await bus[Symbol.asyncDispose]()
  }
  const minutes = [...log.counts.keys()].map((key) => Number(key.split(' ')[0]))
  const until = Math.max(...minutes) - (engine.open - 1) * MINUTE_MS
  const expected = new Map([...log.counts].filter(([key]) => engine.open === 0 || Number(key.split(' ')[0]) < until))
  const total = [...expected.values()].reduce((sum, hits) => sum + hits, 0)
  const progress: Progress = { expected, latest: new Map(), counted: 0 }

  const reader = await readBenchBus(brokers)
  const began = performance.now()
  const child = startChild(command)
  const ended = new AbortController()
  let timer = globalThis.setTimeout(() => ended.abort(), START_LIMIT_MS)
  const moments: { at: number; counted: number; cpu: number; broker: number }[] = []
  const watching = watchRows(reader, engine.rows, ended.signal, (row) => {
    take(row, progress)
    const at = performance.now()
    if (moments.length === 0) {
      clearTimeout(timer)
      timer = globalThis.setTimeout(() => ended.abort(), LIMIT_MS)
    }
    // Several rows a millisecond need no moment each.
    if (moments.length === 0 || at - (moments.at(-1)?.at ?? 0) > 5 || progress.counted === total) {
      moments.push({ at, counted: progress.counted, cpu: cpuOf(child.pid), broker: cpuOf(brokerPid) })
    }
    return progress.counted < total
  })
  try {
    while (!(await Promise.race([watching.then(() => true), setTimeout(500, false)]))) child.check()
  } finally {
    clearTimeout(timer)
    await child.stop('SIGKILL')
    await reader[Symbol.asyncDispose]()
  }
  checkRows(engine.name, progress, progress.counted < total)
  const [first, last] = [moments[0], moments.at(-1)]
  if (first === undefined || last === undefined || last.counted === first.counted) {
    throw new Error(`${engine.name} put out no rows`)
  }
  const lines = last.counted - first.counted
  return {
    rate: (lines / (last.at - first.at)) * 1000,
    cpuMicros: ((last.cpu - first.cpu) / lines) * 1e6,
    brokerMicros: ((last.broker - first.broker) / lines) * 1e6,
    firstMs: Math.round(first.at - began),
  }
}

/** An engine may put a row out again when its count has grown. */
function take(row: Row, progress: Progress): void {
  const key = `${windowOf(row)} ${row.http_method}`
  if (!progress.expected.has(key)) return
  progress.counted += row.hits - (progress.latest.get(key) ?? 0)
  progress.latest.set(key, row.hits)
}

/** Every count must be the right one; of an engine that was stopped early, none may be too large. */
function checkRows(name: string, { expected, latest }: Progress, isPart: boolean): void {
  const wrong = [...latest].filter(([key, hits]) =>
    isPart ? hits > (expected.get(key) ?? 0) : hits !== expected.get(key),
  )
  if (wrong.length > 0) throw new Error(`${name}: ${wrong.length} rows are wrong, such as ${wrong[0]?.join(': ')}`)
  if (isPart) console.log(`  ${name} was stopped ${LIMIT_MS / 1000} s after its first row`)
}
