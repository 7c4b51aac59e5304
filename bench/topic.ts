/**
 * `tailrace run --until-end` through the durable topic, start-up included: requests by method per minute, from a file, from
 * a longer one, which shows the speed after the start, and from a socket whose sender has the other core. The cost of
 * safety is the difference to a disk that does not wait for the device, which no option offers.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nasaLog } from './logs.ts'
import { type Contender, compare, FIRST_RUNS, type Figure, figure, OUT, race, save } from './measure.ts'

const PORT = 19_871
const FOLDER = join(OUT, 'topic')
const log = await nasaLog()
const longLog = await nasaLog(8_000_000)

const pipeline = (source: string): string => `version: 1
name: bench
sources: { log: { ${source}, to: access } }
topics: { access: { partitions: 3, format: common, watermark: ts - INTERVAL '5' SECOND } }
queries:
  methods: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, http_method
sinks: { methods: { from: methods, csv: methods.csv } }
`

/** Every run begins with an empty data folder. */
function contender(name: string, command: string, file: string, before = ''): Contender {
  const data = join(FOLDER, 'data')
  const run = `${command} run ${join(FOLDER, file)} --until-end --data ${data}`
  return {
    name,
    command: ['sh', '-c', `${before} exec ${run}`],
    fresh: [data, join(FOLDER, 'methods.csv')],
    uncounted: FIRST_RUNS,
  }
}

mkdirSync(FOLDER, { recursive: true })
writeFileSync(join(FOLDER, 'file.yaml'), pipeline(`file: ${resolve(log.path)}`))
writeFileSync(join(FOLDER, 'long.yaml'), pipeline(`file: ${resolve(longLog.path)}`))
writeFileSync(join(FOLDER, 'socket.yaml'), pipeline(`tcp: 127.0.0.1:${PORT}`))

const figures: Figure[] = []
function measure(lines: number, contenders: readonly Contender[]): void {
  const what = 'through the durable topic, one core'
  for (const { name, seconds, peakMiB } of race(contenders, 1)) {
    figures.push(
      figure(`${what}, ${name}`, lines / seconds, 'lines/s'),
      figure(`${what}, ${name}, peak memory`, peakMiB, 'MiB'),
    )
    const rate = (lines / seconds / 1e6).toFixed(2)
    console.log(`${name}: ${seconds.toFixed(2)} s, ${rate} M lines/s, ${peakMiB.toFixed(0)} MiB`)
  }
}

const built = `${process.execPath} dist/cli/main.cjs`
const send = `taskset -c 1 ${process.execPath} bench/peers/send.mjs ${log.path} ${PORT} &`
measure(log.lines, [
  contender('from a file', built, 'file.yaml'),
  contender('from a socket', built, 'socket.yaml', send),
])
measure(longLog.lines, [contender(`from a file of ${longLog.lines} lines`, built, 'long.yaml')])

// The same small program runs both, so that only the disk differs.
const source = (disk: string): string => `${process.execPath} bench/topic-run.ts ${disk}`
const safety = race(
  [contender('tailrace', source('synced'), 'file.yaml'), contender('without fsync', source('unsynced'), 'file.yaml')],
  1,
)
figures.push(...compare('what safety costs, from a file, one core', safety, log.lines))
save('topic', figures)
