/**
 * The run that `soak.ts` observes: a pipeline in this process, as in `tailrace run`. At an interval it prints its progress
 * and its memory as a line of JSON.
 */
import { join, resolve } from 'node:path'
import type { Latency } from '../src/topic/latency.ts'
import { runFile } from './run-file.ts'

export type RunSample = {
  readonly seconds: number
  readonly lines: number
  readonly rss: number
  readonly heapUsed: number
  readonly heapTotal: number
  readonly external: number
  readonly arrayBuffers: number
  readonly latency: { readonly [query: string]: Latency }
}

const [file, everyMs] = [process.argv[2] ?? 'p.yaml', Number(process.argv[3] ?? 1000)]
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
const began = performance.now()
const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)
let timer: NodeJS.Timeout | undefined

const summary = await runFile(file, join(resolve(file, '..'), 'data'), {
  stop: stop.signal,
  warn: (warning) => say({ warning }),
  watch(look) {
    timer = setInterval(() => {
      say({ seconds: (performance.now() - began) / 1000, ...process.memoryUsage(), ...look() } satisfies RunSample)
    }, everyMs)
  },
})
clearInterval(timer)
say({ summary })
