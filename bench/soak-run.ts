/**
 * The run that `soak.ts` observes: a pipeline in this process, as in `tailrace run`. At an interval it prints its progress
 * and its memory as a line of JSON.
 */
import { join, resolve } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { nodeDisk } from '../src/base/node-disk.ts'
import { seededRandom } from '../src/base/random.ts'
import { checkPipeline } from '../src/pipeline/check/check.ts'
import { loadPipeline } from '../src/pipeline/file/load.ts'
import { runPipeline } from '../src/run/run.ts'
import { SharedOutput } from '../src/terminal/output.ts'
import type { Latency } from '../src/topic/latency.ts'

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
const { pipeline } = checkPipeline(await loadPipeline(file, { environment: process.env, overrides: [] }), Date.now())
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
const began = performance.now()
const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)
let timer: NodeJS.Timeout | undefined

const summary = await runPipeline(pipeline, {
  dataFolder: join(resolve(file, '..'), 'data'),
  untilEnd: false,
  reset: new Map(),
  clock: systemClock,
  random: seededRandom(1),
  disk: nodeDisk,
  stop: stop.signal,
  output: new SharedOutput(process.stdout),
  started() {},
  warn: (warning) => say({ warning }),
  watch(look) {
    timer = setInterval(() => {
      say({ seconds: (performance.now() - began) / 1000, ...process.memoryUsage(), ...look() } satisfies RunSample)
    }, everyMs)
  },
})
clearInterval(timer)
say({ summary })
