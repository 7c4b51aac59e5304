/**
 * A lookup join: JSON lines of connections, each looked up by its port in a table of 60,000 names, and counted by what was found.
 * Against DuckDB, which joins the same files with columns of the same types. Figures are lines a second.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '../src/base/random.ts'
import { inPieces } from './logs.ts'
import { type Contender, compareOnCores, FIRST_RUNS, OUT, save } from './measure.ts'
import { duckdb } from './peers/duckdb.ts'

const LINES = 2_000_000
const PORTS = 60_000
const KINDS = ['web', 'mail', 'files', 'games', 'other']
const log = join(OUT, `connections-${LINES}.ndjson`)
const ports = join(OUT, `ports-${PORTS}.csv`)

const random = seededRandom(1)
const line = (): string =>
  `{"source_ip":"10.${random.below(256)}.${random.below(256)}.${random.below(256)}","port":${random.below(65_536)},"action":"ALLOW","bytes_sent":${random.below(100_000)}}\n`

if (!existsSync(log)) await writeFile(log, inPieces(LINES, line))
const names = Array.from({ length: PORTS }, (_, port) => `${port},service-${port},${KINDS[port % KINDS.length]}\n`)
writeFileSync(ports, `port,name,kind\n${names.join('')}`)

const sql = `SELECT p.kind, COUNT(*) AS n, SUM(l.bytes_sent) AS total
FROM (SELECT *, PROCTIME() AS proc FROM log) AS l
LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.port = p.port
GROUP BY p.kind`
const duckdbSql = `SELECT p.kind, count(*), sum(l.bytes_sent)
FROM read_ndjson('${log}', columns = {'port': 'BIGINT', 'bytes_sent': 'BIGINT'}) AS l
LEFT JOIN read_csv('${ports}', columns = {'port': 'BIGINT', 'name': 'VARCHAR', 'kind': 'VARCHAR'}, header = true) AS p USING (port)
GROUP BY ALL`

const contenders: Contender[] = [
  {
    name: 'tailrace',
    command: [process.execPath, 'dist/cli/main.cjs', 'query', sql, log, '--table', `ports=${ports}`, '-o', 'csv'],
    uncounted: FIRST_RUNS,
  },
]
const program = duckdb()
if (program !== undefined) {
  const script = join(OUT, 'duckdb-lookup.sql')
  writeFileSync(script, `${duckdbSql};\n`)
  contenders.push({ name: 'duckdb (ndjson, csv)', command: [program, '-f', script] })
}
save('lookup', compareOnCores('lookup join by an INT', contenders, LINES))
