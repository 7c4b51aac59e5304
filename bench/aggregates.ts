/** `query` with aggregates of any size: percentiles of sizes, and numbers of hosts and requests, by status; against DuckDB. */
import { nasaLog } from './logs.ts'
import { compareOnCores, type Figure, save } from './measure.ts'
import { duckdbContenders } from './peers/duckdb.ts'
import { tailrace } from './questions.ts'

const log = await nasaLog()
const figures: Figure[] = []
for (const question of ['percentiles', 'sketches'] as const) {
  const contenders = [tailrace(question, log), ...duckdbContenders([`csv-${question}`], log)]
  figures.push(...compareOnCores(`${question}, ${log.name}`, contenders, log.lines))
}
save('aggregates', figures)
