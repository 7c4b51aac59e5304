/** JSON lines of about 150 bytes: a grouped count, against JSON.parse on every line and DuckDB. */
import { existsSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '../src/base/random.ts'
import { inPieces } from './logs.ts'
import { type Contender, compareOnCores, FIRST_RUNS, OUT, save } from './measure.ts'
import { duckdb } from './peers/duckdb.ts'

const LINES = 1_000_000
const path = join(OUT, `requests-${LINES}.ndjson`)

const random = seededRandom(1)
function lineOf(line: number): string {
  const ts = new Date(Date.UTC(2024, 0, 1) + line * 50).toISOString()
  const status = [200, 200, 200, 200, 304, 404, 500][random.below(7)]
  const host = `10.${random.below(4)}.${random.below(256)}.${random.below(256)}`
  return `{"ts":"${ts}","host":"${host}","path":"/products/${random.below(20_000)}/view","status":${status},"bytes":${random.below(100_000)},"user":{"id":${random.below(9_999_999)},"plan":"free"}}\n`
}

if (!existsSync(path)) await writeFile(path, inPieces(LINES, lineOf))
// A column may have a name that SQL reserves: it is written in backquotes.
const sql = 'SELECT status, COUNT(*) AS requests, SUM(`bytes`) AS total FROM log GROUP BY status'
const contenders: Contender[] = [
  {
    name: 'tailrace',
    command: [process.execPath, 'dist/cli/main.cjs', 'query', sql, path, '--format', 'json', '-o', 'csv'],
    uncounted: FIRST_RUNS,
  },
  { name: 'JSON.parse per line', command: [process.execPath, 'bench/peers/node-json-parse.mjs', path] },
]
const program = duckdb()
if (program !== undefined) {
  const script = join(OUT, 'duckdb-json.sql')
  writeFileSync(
    script,
    `SELECT status, count(*), sum(bytes) FROM read_ndjson('${path}', columns = {'status': 'BIGINT', 'bytes': 'BIGINT'}) GROUP BY status;\n`,
  )
  contenders.push({ name: 'duckdb (ndjson)', command: [program, '-f', script] })
}
save('json', compareOnCores('JSON lines', contenders, LINES))
