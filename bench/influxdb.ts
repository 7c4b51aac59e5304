/**
 * `make bench-influxdb`: rows of the access log as line protocol, from columns to bytes on one core; and into InfluxDB, by the sink and
 * by plain posts of bytes that are there beforehand, in turns. InfluxDB is built by Go if it was not.
 *
 *   BENCH_ROWS=500000 BENCH_RUNS=3 node bench/influxdb.ts
 */
import { startInfluxdb } from '../scripts/services/influxdb/influxdb.ts'
import { figure, median, save } from './measure.ts'
import { influxdbWriters, openEncoding } from './sinks/influxdb.ts'
import { raceWriters } from './sinks/race.ts'
import { BATCH_ROWS } from './sinks/rows.ts'

const ROWS = Math.ceil(Number(process.env.BENCH_ROWS ?? 500_000) / BATCH_ROWS) * BATCH_ROWS
const RUNS = Number(process.env.BENCH_RUNS ?? 5)
/** Points of the runs that do not count, in which the code is compiled. */
const FIRST_POINTS = 500_000

function encode(points: number): number {
  const made = openEncoding('made')
  const before = process.cpuUsage()
  for (let n = 0; n * BATCH_ROWS < points; n++) made()
  const { user, system } = process.cpuUsage(before)
  return points / ((user + system) / 1e6)
}

encode(FIRST_POINTS)
const rate = median(Array.from({ length: RUNS }, () => encode(ROWS)))
const bytes = openEncoding('made')().length / BATCH_ROWS
console.log(
  `line protocol, encoding: ${(rate / 1e6).toFixed(2)} M points/s of ${bytes.toFixed(0)} bytes, by processor time`,
)
await using server = await startInfluxdb()
const raced = await raceWriters('influxdb', influxdbWriters(server), { rows: ROWS, uncounted: 2 })
save('influxdb', [figure('line protocol, encoding', rate, 'points/s'), ...raced])
