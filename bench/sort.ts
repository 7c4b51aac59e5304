/** `query` that sorts: q3, the hosts and targets of all lines in order of both, as CSV, against DuckDB. */
import { nasaLog } from './logs.ts'
import { compareOnCores, save } from './measure.ts'
import { duckdbContenders } from './peers/duckdb.ts'
import { tailrace } from './questions.ts'

const log = await nasaLog()
const contenders = [tailrace('q3', log), ...duckdbContenders(['csv-q3'], log)]
save('sort', compareOnCores(`q3, ${log.name}`, contenders, log.lines))
