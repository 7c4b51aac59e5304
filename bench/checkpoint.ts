/**
 * How long a checkpoint stops the readers, with a million keys open: the longest time for which the event loop did not turn
 * during each of some hundred checkpoints. Everything has been read by then, so nothing else is at work. The thread's own
 * time is printed too, as the clock includes the other work of the machine.
 *
 *   node bench/checkpoint.ts [CHECKPOINTS]
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Disk } from '../src/base/disk/disk.ts'
import { nodeDisk } from '../src/base/disk/node-disk.ts'
import { inPieces } from './logs.ts'
import { figure, OUT, save } from './measure.ts'
import { runFile } from './run-file.ts'

const KEYS = 1_000_000
const CHECKPOINTS = Number(process.argv[2] ?? 100)
const LIMIT_MS = 20
const folder = join(OUT, 'checkpoint')

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const lineOf = (key: number): string =>
  `${(key * 7919) % KEYS}.example.com - - [01/Jul/1995:00:00:01 -0400] "GET /${key % 1000} HTTP/1.0" 200 ${key % 5000}\n`
await writeFile(join(folder, 'access.log'), inPieces(KEYS, lineOf))
writeFileSync(
  join(folder, 'p.yaml'),
  `version: 1
name: bench
sources: { log: { file: access.log, to: access } }
topics: { access: { partitions: 1, format: common, watermark: ts - INTERVAL '5' SECOND } }
queries:
  hosts: |
    SELECT window_start, window_end, host, COUNT(*) AS hits, SUM(body_bytes) AS traffic
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' HOUR))
    GROUP BY window_start, window_end, host
checkpoint: { interval: 50ms }
`,
)

/** The longest gap in the turns of the event loop since the last checkpoint became durable. */
let longest = 0
let longestOwn = 0
let size = 0
const pauses: number[] = []
const own: number[] = []
const stop = new AbortController()
const disk: Disk = {
  ...nodeDisk,
  rename(from, to) {
    if (to.includes('checkpoint')) {
      // Checkpoints of the first second do not have all keys.
      const bytes = statSync(from).size
      if (bytes === size) {
        pauses.push(longest)
        own.push(longestOwn)
      }
      size = bytes
      longest = 0
      longestOwn = 0
      if (pauses.length > CHECKPOINTS) stop.abort()
    }
    nodeDisk.rename(from, to)
  },
}

const running = runFile(join(folder, 'p.yaml'), join(folder, 'data'), { disk, stop: stop.signal })
const ownNow = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
for (let before = performance.now(), ownBefore = ownNow(); !stop.signal.aborted; ) {
  await setImmediate()
  const [now, nowOwn] = [performance.now(), ownNow()]
  longest = Math.max(longest, now - before)
  longestOwn = Math.max(longestOwn, nowOwn - ownBefore)
  before = now
  ownBefore = nowOwn
}
await running

const at = (all: readonly number[], share: number) => {
  const sorted = all.slice(1).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
console.log(`${pauses.length - 1} checkpoints of ${(size / 2 ** 20).toFixed(1)} MiB, ${KEYS} keys`)
const figures = [
  ['checkpoint pause', pauses],
  ['checkpoint pause, time of the thread', own],
] as const
save(
  'checkpoint',
  figures.flatMap(([what, all]) => {
    const [median, p99] = [at(all, 0.5), at(all, 0.99)]
    console.log(`${what}: median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (limit ${LIMIT_MS})`)
    return [
      figure(`${what}, median`, median, 'ms'),
      figure(`${what}, p99`, p99, 'ms', { name: 'the limit', value: LIMIT_MS }),
    ]
  }),
)
rmSync(folder, { recursive: true })
