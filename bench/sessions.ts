/** `query` with SESSION: q5, the sessions of each host with half an hour between them, against DuckDB's LAG and sum over gaps. */
import { nasaLog } from './logs.ts'
import { compareOnCores, save } from './measure.ts'
import { duckdbContenders } from './peers/duckdb.ts'
import { tailrace } from './questions.ts'

const log = await nasaLog()
const contenders = [tailrace('q5', log), ...duckdbContenders(['csv-q5'], log)]
save('sessions', compareOnCores(`q5, ${log.name}`, contenders, log.lines))
