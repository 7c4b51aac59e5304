/** `query` that sorts: q3, the hosts and targets of all lines in order of both, as CSV, against DuckDB. */
import { nasaLog } from './logs.ts'
import { compare, cores, type Figure, race, save } from './measure.ts'
import { duckdb, duckdbContender } from './peers/duckdb.ts'
import { tailrace } from './questions.ts'

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const log = nasaLog()
const figures: Figure[] = []
const program = duckdb()
for (const count of [1, 2]) {
  const peers = program === undefined ? [] : [duckdbContender(program, 'csv-q3', log)]
  const measured = race([tailrace('q3', log), ...peers], { cores: cores(count), runs: RUNS })
  figures.push(
    ...compare(`q3, ${log.name}, ${count === 1 ? 'one core' : 'two cores'}`, measured, 'tailrace', log.lines),
  )
}
save('sort', figures)
