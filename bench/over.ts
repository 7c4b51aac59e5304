/** `query` with OVER: q4, the hosts with the most requests within an hour, against DuckDB. */
import { nasaLog } from './logs.ts'
import { compareOnCores, save } from './measure.ts'
import { duckdbContenders } from './peers/duckdb.ts'
import { tailrace } from './questions.ts'

const log = await nasaLog()
const contenders = [tailrace('q4', log), ...duckdbContenders(['csv-q4'], log)]
save('over', compareOnCores(`q4, ${log.name}`, contenders, log.lines))
