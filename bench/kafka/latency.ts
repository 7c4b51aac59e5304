/**
 * How long a line takes at a steady rate: from its sender to a reader of the topic, and from the line that closes a window to the
 * window's row in the topic of rows. Both are seen by another process, over Kafka. Windows are of one second of event time,
 * of which ten pass in each second; the first seconds do not count.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Kafka } from '../../scripts/services/kafka/kafka.ts'
import { freePorts } from '../../scripts/services/ports.ts'
import type { BusReader } from '../../src/bus/bus.ts'
import { recordText } from '../../src/record/records.ts'
import { type Figure, figure, OUT } from '../measure.ts'
import { loadNow, runToEnd, startChild } from './child.ts'
import { readBenchBus } from './open-bus.ts'
import { next, readerOf, watchRows } from './watch-rows.ts'

const RATE = Number(process.env.BENCH_RATE ?? 50_000)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 40)
/** Compilers are at work at first. */
const FIRST_SECONDS = 10
const PARTITIONS = 3
/** Seconds of event time in a second: as in `send-lines.ts`. */
const PACE = 10
const FOLDER = join(OUT, 'kafka-latency')
/** One line in these is looked at. */
const SAMPLED = 50

const now = (): number => performance.timeOrigin + performance.now()

/** Runs the pipeline and its sender, and gives the figures. */
export async function measureLatency(kafka: Kafka): Promise<Figure[]> {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const [port = 0] = await freePorts(1)
  const file = join(FOLDER, 'latency.yaml')
  writeFileSync(file, pipelineOn(kafka, port))
  const child = startChild([process.execPath, 'dist/cli/main.cjs', 'run', file, '--data', join(FOLDER, 'data')])
  const bus = await readBenchBus(kafka.bootstrap)
  const stop = new AbortController()
  try {
    await readerOf(bus, 'latency.counts')
    await setTimeout(1000)
    child.check()
    const lines: number[] = []
    const rows: number[] = []
    const closers = new Map<number, number>()
    const seen = new Map<number, number>()
    const watching = [
      watchLines(bus, stop.signal, ({ sent, second, isFirst, at }) => {
        if (second >= FIRST_SECONDS * PACE) lines.push(at - sent)
        // The line that closes a window is the first of the next one, in the partition that gets it last.
        if (isFirst) closers.set(second, Math.max(closers.get(second) ?? 0, sent))
      }),
      watchRows(bus, 'latency.counts', stop.signal, ({ window_start }) => {
        seen.set(Math.round((Date.parse(`${window_start}Z`) - Date.UTC(1995, 6, 1)) / 1000), now())
        return true
      }),
    ]
    const args = [String(port), String(RATE), String(SECONDS)]
    await runToEnd([process.execPath, 'bench/kafka/send-lines.ts', ...args])
    await setTimeout(2000)
    stop.abort()
    await Promise.all(watching)
    for (const [second, at] of seen) {
      const closer = closers.get(second + 1)
      if (second >= FIRST_SECONDS * PACE && closer !== undefined) rows.push(at - closer)
    }
    console.log(
      `\nlatency at ${RATE} lines/s, ${lines.length} lines and ${rows.length} windows looked at   ${loadNow()}`,
    )
    return [...report('line to bus', lines), ...report('closing line to row', rows)]
  } finally {
    await child.stop('SIGTERM')
    await bus[Symbol.asyncDispose]()
  }
}

function report(what: string, values: number[]): Figure[] {
  const sorted = values.toSorted((a, b) => a - b)
  return [0.5, 0.99].map((part) => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
    const name = `${what}, p${part * 100}`
    console.log(`  ${name.padEnd(28)}${value.toFixed(0).padStart(6)} ms`)
    return figure(name, value, 'ms')
  })
}

const pipelineOn = (kafka: Kafka, port: number): string => `version: 1
name: latency
bus: { kafka: { brokers: "${kafka.bootstrap}" } }
sources: { log: { tcp: 127.0.0.1:${port}, to: latency_lines } }
topics: { latency_lines: { partitions: ${PARTITIONS}, format: common, watermark: ts } }
queries:
  counts: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE latency_lines, DESCRIPTOR(ts), INTERVAL '1' SECOND))
    GROUP BY window_start, window_end, http_method
`

/** A line: when it was sent and read, its second of event time, and whether it is the first of that in its partition. */
type Seen = { readonly sent: number; readonly at: number; readonly second: number; readonly isFirst: boolean }

/** Calls `seen` for the first line of each second in each partition, and for some of the others. */
async function watchLines(bus: BusReader, signal: AbortSignal, seen: (line: Seen) => void): Promise<void> {
  const cursor = (await bus.reader('latency_lines')).cursor({})
  const stamps = new Array<string>(PARTITIONS).fill('')
  while (!signal.aborted) {
    await cursor.waitForMore(signal)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const fetched = cursor.hasMore(partition) ? await next(cursor, partition) : undefined
      if (fetched === undefined) continue
      const at = now()
      const { values, baseOffset } = fetched
      for (let row = 0; row < values.count; row++) {
        const text = recordText(values, row)
        const stamp = text.slice(text.indexOf('[') + 1, text.indexOf(']'))
        const isFirst = stamp !== stamps[partition]
        if (!isFirst && (baseOffset + row) % SAMPLED !== 0) continue
        stamps[partition] = stamp
        seen({ sent: Number(/\/at\/([\d.]+) /.exec(text)?.[1]), at, second: secondOf(stamp), isFirst })
      }
      values.lease?.release()
    }
  }
  cursor.close()
}

/** Seconds since the log began, of `01/Jul/1995:00:00:01 +0000`. */
function secondOf(stamp: string): number {
  const [, day, hour, minute, second] = /^(\d\d).{9}:(\d\d):(\d\d):(\d\d)/.exec(stamp) ?? []
  return ((Number(day) - 1) * 24 + Number(hour)) * 3600 + Number(minute) * 60 + Number(second)
}
