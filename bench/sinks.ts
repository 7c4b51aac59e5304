/**
 * `make bench-sinks`: rows of LOG into a store, by the sink alone and by the plain driver in its best way, in turns. Rows a second
 * by the clock, and the processor's time for a row, all threads together.
 *
 *   BENCH_ROWS=500000 BENCH_RUNS=3 node bench/sinks.ts [WORD]      those whose name has the word
 */
import { type Figure, save } from './measure.ts'
import { cassandraWriters, MOST_ROWS, startBenchCassandra } from './sinks/cassandra.ts'
import { raceWriters } from './sinks/race.ts'
import { BATCH_ROWS } from './sinks/rows.ts'
import { sqliteWriters } from './sinks/sqlite.ts'

const ROWS = Math.ceil(Number(process.env.BENCH_ROWS ?? 500_000) / BATCH_ROWS) * BATCH_ROWS
const [word = ''] = process.argv.slice(2)

const figures: Figure[] = []
for (const [what, writers] of Object.entries(sqliteWriters)) {
  if (what.includes(word)) figures.push(...(await raceWriters(what, writers, { rows: ROWS })))
}
if ('cassandra'.includes(word)) {
  await using server = await startBenchCassandra()
  for (const [what, writers] of Object.entries(cassandraWriters(server))) {
    figures.push(...(await raceWriters(what, writers, { rows: Math.min(ROWS, MOST_ROWS), uncounted: 4 })))
  }
}
save('sinks', figures)
